"""Entity types with their sensitivity and description.

Sensitivity (0 to 1) says how much harm one disclosed value alone can do, and orders the types of one document. It
follows NIST SP 800-122 section 3.2 (identifiability, data field sensitivity): values that open accounts or prove an
identity are above 0.8, direct identifiers and contact data 0.3 to 0.6, data that is harmless by itself below 0.2.
"""

import msgspec

from guardrails_cli.core.finding import Severity

PROMPT_INJECTION = "PROMPT_INJECTION"


class EntityType(msgspec.Struct, frozen=True):
    """An entity type that findings can have."""

    name: str
    sensitivity: float
    description: str

    @property
    def severity(self) -> Severity:
        """Severity of a finding of this type that no rule raises."""
        return severity_of(self.sensitivity)


def severity_of(sensitivity: float) -> Severity:
    """Return the severity for a sensitivity of 0 to 1."""
    if sensitivity >= 0.85:
        return Severity.CRITICAL
    if sensitivity >= 0.6:
        return Severity.HIGH
    return Severity.MEDIUM if sensitivity >= 0.25 else Severity.LOW


UNKNOWN_SENSITIVITY = 0.5
"""Sensitivity of an unlisted type, such as a user's own: MEDIUM, so that it is neither lost nor loudest."""

ENTITY_TYPES: dict[str, EntityType] = {
    name: EntityType(name, sensitivity, description)
    for name, sensitivity, description in (
        # Values that open accounts by themselves.
        ("ACCESS_TOKEN", 0.85, "JSON Web Token; whoever holds it is its owner while it lasts"),
        ("API_KEY", 0.9, "Key or token of a service, by its vendor's format"),
        ("CARD_CVV", 0.95, "Card verification code; must not be stored after authorization (PCI DSS 3.3.1.2)"),
        ("CARD_PIN", 0.95, "Card PIN; must not be stored after authorization (PCI DSS 3.3.1.3)"),
        ("CARD_TRACK_DATA", 0.98, "Magnetic-stripe data, enough to copy the card (PCI DSS 3.3.1.1)"),
        ("CRYPTO_PRIVATE_KEY", 0.95, "Private key or recovery phrase of a wallet; spends what is in it"),
        ("PASSWORD", 0.9, "Password in a setting or a URL"),
        ("PRIVATE_KEY", 0.95, "Private key in PEM form"),
        # Special categories (GDPR Art. 9, 10): disclosure exposes a person to discrimination and cannot be undone.
        ("BIOMETRIC_DATA", 0.85, "Biometric template or scan; cannot be changed like a password"),
        ("CRIMINAL_RECORD", 0.7, "Criminal conviction or offence, said of a person"),
        ("ETHNICITY", 0.6, "Racial or ethnic origin, said of a person"),
        ("GENETIC_DATA", 0.85, "Genetic variant; identifies a person and the kin"),
        ("HEALTH_DATA", 0.6, "Diagnosis, condition or medication, said of a person"),
        ("ICD10_CODE", 0.5, "Diagnosis code, ICD-10"),
        ("POLITICAL_OPINION", 0.6, "Political opinion or party, said of a person"),
        ("RELIGION", 0.6, "Religious belief, said of a person"),
        ("SEXUAL_ORIENTATION", 0.7, "Sexual orientation, said of a person"),
        ("UNION_MEMBERSHIP", 0.6, "Trade-union membership, said of a person"),
        # Values that lead to one person through a register.
        ("DATE_OF_BIRTH", 0.4, "Date of birth; with a name it proves an identity in many places"),
        ("DEVICE_SERIAL", 0.2, "Serial number of a device"),
        ("HEALTH_PLAN_ID", 0.65, "Health-plan beneficiary or member number"),
        ("IMEI", 0.4, "Identity of a mobile device, checksummed"),
        ("LICENSE_PLATE", 0.35, "Vehicle registration plate"),
        ("MEDICAL_RECORD_NUMBER", 0.65, "Medical record or patient number"),
        (
            "NATIONAL_ID",
            0.7,
            "National identity, tax, social security or passport number; the evidence names the country",
        ),
        ("US_NPI", 0.15, "US National Provider Identifier; the register is public"),
        ("VIN", 0.35, "Vehicle identification number"),
        # National identifiers with a type of their own; those of other countries are NATIONAL_ID.
        ("AU_ABN", 0.3, "Australian Business Number; the register is public"),
        ("AU_MEDICARE", 0.7, "Australian Medicare number, checksummed"),
        ("AU_TFN", 0.8, "Australian Tax File Number, checksummed"),
        ("BR_CPF", 0.8, "Brazilian CPF, checksummed"),
        ("CA_SIN", 0.8, "Canadian Social Insurance Number, checksummed"),
        ("DE_TAX_ID", 0.7, "German tax identification number, checksummed"),
        ("ES_NIE", 0.7, "Spanish foreigner number, checksummed"),
        ("ES_NIF", 0.7, "Spanish DNI or NIF of a person, checksummed"),
        ("FI_PERSONAL_IDENTITY_CODE", 0.8, "Finnish personal identity code, checksummed"),
        ("FR_NIR", 0.8, "French social security number, checksummed"),
        ("IN_AADHAAR", 0.8, "Indian Aadhaar number, checksummed"),
        ("IN_PAN", 0.7, "Indian Permanent Account Number"),
        ("IT_FISCAL_CODE", 0.7, "Italian codice fiscale, checksummed"),
        ("KR_RRN", 0.8, "South Korean resident registration number"),
        ("PL_PESEL", 0.75, "Polish PESEL, checksummed"),
        ("SE_PERSONNUMMER", 0.75, "Swedish personal identity number, checksummed"),
        ("SG_NRIC_FIN", 0.75, "Singaporean NRIC or FIN, checksummed"),
        ("TH_TNIN", 0.75, "Thai national identity number, checksummed"),
        ("UK_NINO", 0.75, "UK National Insurance number"),
        # Values needed to pay, but not enough to take.
        ("ABA_ROUTING_NUMBER", 0.15, "US bank routing number; public, but it goes with an account number"),
        ("SWIFT_CODE", 0.1, "Bank identifier (BIC); public, but it goes with an account number"),
        # Presidio's own.
        ("AGE", 0.1, "A person's age"),
        ("CREDIT_CARD", 0.95, "Payment card number (PAN), Luhn-checked"),
        ("CRYPTO", 0.5, "Cryptocurrency wallet address, checksummed"),
        ("DATE_TIME", 0.05, "Date or time of day"),
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
    """Return the type `name`; an unlisted type gets a middling sensitivity."""
    return ENTITY_TYPES.get(name) or EntityType(name, UNKNOWN_SENSITIVITY, "Not described")
