"""What the entity types are: how sensitive, in which words.

Sensitivity (0 to 1) says how much harm one disclosed value alone can do, and orders the types of one document. It
follows NIST SP 800-122 section 3.2 (identifiability, data field sensitivity): values that open accounts or prove an
identity are above 0.8, direct identifiers and contact data 0.3 to 0.6, data that is harmless by itself below 0.2.
"""

from dataclasses import dataclass

from guardrails_cli.model import Severity

PROMPT_INJECTION = "PROMPT_INJECTION"


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity type that findings can have."""

    name: str
    sensitivity: float
    description: str

    @property
    def severity(self) -> Severity:
        """The severity of a finding of this type that no rule raises."""
        return severity_of(self.sensitivity)


def severity_of(sensitivity: float) -> Severity:
    """Return the severity for a sensitivity of 0 to 1."""
    if sensitivity >= 0.85:
        return Severity.CRITICAL
    if sensitivity >= 0.6:
        return Severity.HIGH
    return Severity.MEDIUM if sensitivity >= 0.25 else Severity.LOW


UNKNOWN_SENSITIVITY = 0.5
"""For a type that is not listed, such as a user's own: MEDIUM, so that it is neither lost nor loudest."""

ENTITY_TYPES: dict[str, EntityType] = {
    name: EntityType(name, sensitivity, description)
    for name, sensitivity, description in (
        ("AGE", 0.1, "A person's age"),
        ("CREDIT_CARD", 0.95, "Payment card number (PAN), Luhn-checked"),
        ("CRYPTO", 0.5, "Cryptocurrency wallet address, checksummed"),
        ("DATE_TIME", 0.05, "Date, time or period; a date of birth among them"),
        ("EMAIL", 0.3, "E-mail address found by the language model"),
        ("EMAIL_ADDRESS", 0.3, "E-mail address"),
        ("IBAN_CODE", 0.85, "International bank account number, checked by ISO 13616 mod 97"),
        ("ID", 0.3, "Identifier found by the language model"),
        ("IP_ADDRESS", 0.15, "IPv4 or IPv6 address"),
        ("LOCATION", 0.15, "Place, address or part of one"),
        ("MAC_ADDRESS", 0.15, "Network hardware address"),
        ("MEDICAL_LICENSE", 0.6, "US DEA registration number, checksummed"),
        ("NRP", 0.25, "Nationality, religious or political group"),
        ("ORGANIZATION", 0.05, "Company, agency or institution"),
        ("PERSON", 0.25, "A person's name"),
        ("PHONE_NUMBER", 0.3, "Telephone number"),
        (PROMPT_INJECTION, 0.6, "Text that tries to command a language model that reads the document"),
        ("UK_NHS", 0.7, "UK National Health Service number, checksummed"),
        ("URL", 0.05, "Web address"),
        ("US_BANK_NUMBER", 0.6, "US bank account number"),
        ("US_DRIVER_LICENSE", 0.6, "US driver licence number"),
        ("US_ITIN", 0.85, "US individual taxpayer identification number"),
        ("US_PASSPORT", 0.7, "US passport number"),
        ("US_SSN", 0.95, "US Social Security number"),
        ("UUID", 0.05, "Universally unique identifier"),
    )
}


def entity_type(name: str) -> EntityType:
    """Return what is known of the type `name`; a type that is not listed gets a middling sensitivity."""
    return ENTITY_TYPES.get(name) or EntityType(name, UNKNOWN_SENSITIVITY, "Not described")
