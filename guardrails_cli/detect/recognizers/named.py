"""Names of people and organizations recognized by the words next to them, where a language model may miss them.

A title or "my name is" precedes a person's name; a legal form (ISO 20275 lists them) ends a company's.
"""

from guardrails_cli.detect.recognizers.recognizer import VALUE, Evidence, ValueRecognizer

_CAP = r"\p{Lu}[\p{L}\p{M}'’-]{1,30}"
_INITIAL = r"(?:\p{Lu}\.?)"
_PARTICLE = r"(?:de|del|della|der|den|di|da|do|dos|du|van|von|ten|ter|af|al|bin|ibn|la|le)"
_FULL = rf"(?:{_CAP}|{_INITIAL})(?: (?:{_CAP}|{_INITIAL}|{_PARTICLE}(?= \p{{L}}))){{0,3}}"
_FORM = (
    r"(?:Inc|Incorporated|Corp|Corporation|LLC|LLP|Ltd|Limited|PLC|GmbH|AG|S\.A|S\.p\.A|S\.r\.l|N\.V|B\.V|Oy|AB|ASA"
    r"|Pty|L\. ?P|Holdings|Technologies|Bancorp|Group|Partners LP|Foundation|University|Associates)"
)

_PERSON = (
    Evidence(
        "title",
        rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Madam|Herr|Frau|Mme|Mlle|Señora?)\b\.? (?P<{VALUE}>{_FULL})",
        0.9,
    ),
    Evidence(
        "title in small letters", rf"\b(?:mr|mrs|ms|dr|prof)\. (?P<{VALUE}>\p{{Ll}}[\p{{L}}\p{{M}}'’-]{{2,30}})", 0.7
    ),
    Evidence(
        "name is",
        r"(?i:\b(?:my|his|her|their|the|partner'?s|maiden|last|first|full|middle|family|wife'?s|husband'?s) name"
        rf"(?:'s| is|:)) (?P<{VALUE}>{_FULL})",
        0.9,
    ),
    Evidence(
        "name is, in small letters",
        rf"(?i:\b(?:maiden|last|first|family) name is) (?P<{VALUE}>\p{{Ll}}[\p{{L}}\p{{M}}'’-]{{2,30}})(?=[.,;]|$)",
        0.7,
    ),
    Evidence(
        "name asked for",
        rf"(?i:\bwhat(?:'s| is) your (?:full |last |first |maiden )?name\?) (?P<{VALUE}>{_FULL})",
        0.9,
    ),
)
_ORGANIZATION = (
    Evidence("legal form", rf"\b(?:{_CAP}(?:,? (?:&|and|of|-)|,)? ){{1,5}}{_FORM}\b\.?(?! of\b)", 0.88),
    Evidence("legal form in small letters", r"\b(?:[a-z]{2,20} ){1,4}(?:inc\.|llc|ltd\.?|gmbh|corp\.)(?=\s|$)", 0.7),
    Evidence(
        "works for",
        rf"(?i:\b(?:work(?:s|ed|ing)? (?:for|at)|employed (?:by|at)|my employer is|employee of|customer of|client of))"
        rf" (?P<{VALUE}>{_CAP}(?: {_CAP}){{0,4}})",
        0.9,
    ),
    Evidence(
        "heads it",
        rf"\b(?:CEO|CFO|CTO|COO|(?i:co-?founder|founder|chairman)) (?:of|at) (?P<{VALUE}>{_CAP}(?: {_CAP}){{0,4}})",
        0.88,
    ),
    Evidence(
        "company verbs",
        rf"\b(?P<{VALUE}>{_CAP}(?: {_CAP}){{0,4}}) (?:invested|was acquired by|has acquired|is a (?:company"
        rf"|start-?up|non-?profit|501\(c\)|subsidiary|corporation|firm))",
        0.88,
    ),
    Evidence(
        "its website",
        rf"\b[Tt]he (?P<{VALUE}>{_CAP}(?: {_CAP}){{0,4}})"
        r" (?:website|headquarters|board of directors)",
        0.88,
    ),
)


def named_recognizers() -> list[ValueRecognizer]:
    """Return the recognizers of people and organizations by English words next to their names."""
    return [
        ValueRecognizer("PERSON", _PERSON, name="PersonInContextRecognizer"),
        ValueRecognizer("ORGANIZATION", _ORGANIZATION, name="OrganizationInContextRecognizer"),
    ]
