"""Card and telephone numbers that Presidio's own recognizers miss."""

from guardrails_cli.detect.recognizers.checksums import payment_card
from guardrails_cli.detect.recognizers.recognizer import VALUE, Evidence, ValueRecognizer

_CARD_WORDS = r"(?i:\b(?:credit|debit|card|visa|maestro|mastercard|amex|diners|discover|jcb|unionpay|pan|cc)(?![a-z]))"
_PHONE_WORDS = (
    r"(?i:\b(?:tele)?phone|\btel\b|\bmobile|\bcell(?:phone)?\b|\bfax|\bdesk\b|\bdial\b|\bwhatsapp|\bhotline|\btelefon\w?"
    r"|\bcall(?:ed|ing)?(?: (?:me|him|her|us|them|back))?\b|\breach(?:ed)?(?: (?:me|him|her|us))?\b|\banswering\b"
    r"|\bmessages? to|\btext (?:me|him|her)\b|\bSMS\b|\bregistered\b|\bcontact(?: number)?\b)"
)
_PHONE = r"(?:\+|00)?\(?\d{1,4}\)?(?:[ .\-/]{0,2}\(?\d{1,5}\)?){1,6}(?:x\d{1,6})?"


def _is_phone(value: str) -> bool:
    """ITU-T E.164: at most 15 digits; fewer than six is an extension. Dates and amounts are rejected."""
    digits = sum(character.isdigit() for character in value)
    return 6 <= digits <= 15 and value.count("(") == value.count(")") and not _looks_like_date(value)


def _looks_like_date(value: str) -> bool:
    parts = value.replace(".", "-").replace("/", "-").split("-")
    return len(parts) == 3 and sorted(len(part) for part in parts) in ([1, 1, 4], [1, 2, 4], [2, 2, 4])


_CARD = (
    Evidence(
        "2-series and rare 15",
        r"(?<![\w.-])(?:2[2-7]\d{2}(?:[ -]?\d{4}){3}|(?:2131|1800)\d{11})(?![\w.-]?\d)",
        1.0,
        payment_card,
    ),
    Evidence(
        "any length, after a word",
        rf"{_CARD_WORDS}[^\n\d]{{0,40}}(?P<{VALUE}>\d(?:[ -]?\d){{11,18}})(?![\d-])",
        1.0,
        payment_card,
    ),
)
_PHONES = (
    Evidence("after a word", rf"{_PHONE_WORDS}[^\n\d+(]{{0,24}}(?P<{VALUE}>{_PHONE})(?![\w-])", 0.75, _is_phone),
    Evidence(
        "international",
        r"(?<![\w.+])(?P<value>\+[1-9]\d{0,2}(?:[ .-]?\(?0?\)?)?(?:[ .-]?\d{2,5}){2,5})(?![\w-])",
        0.6,
        _is_phone,
    ),
)


def number_recognizers() -> list[ValueRecognizer]:
    """Return the recognizers of card and telephone numbers; their context words are English."""
    return [
        ValueRecognizer("CREDIT_CARD", _CARD, name="CardRecognizer"),
        ValueRecognizer("PHONE_NUMBER", _PHONES, name="PhoneInContextRecognizer"),
    ]
