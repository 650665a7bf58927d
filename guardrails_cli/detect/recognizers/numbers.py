"""The tests of card and telephone numbers, account numbers and licences: what digits with separators can be."""

import re

from guardrails_cli.detect.recognizers.checksums import payment_card

_GROUPINGS = re.compile(r"4 4 4 [1-4]|4 4 4 4 [1-3]|4 6 [45]|4 4 5|8 8|6 13")
"""How the digits of card numbers are grouped in print: fours; American Express and Diners; Maestro."""


def is_card(value: str) -> bool:
    """ISO/IEC 7812: Luhn, an issuer's range, and digits that are grouped as in print."""
    groups = re.split(r"\D+", value)
    if len(groups) > 1 and not _GROUPINGS.fullmatch(" ".join(str(len(group)) for group in groups)):
        return False
    digits = "".join(groups)
    return len(set(digits)) > 1 and payment_card(digits)


def is_phone(value: str) -> bool:
    """ITU-T E.164: at most 15 digits; fewer than six is an extension. Dates and amounts are rejected."""
    digits = count_digits(value)
    return 6 <= digits <= 15 and value.count("(") == value.count(")") and not is_date(value)


def is_national_phone(value: str) -> bool:
    """Return whether a number with a trunk prefix is a telephone number's: 9 to 12 digits, and no date."""
    return 9 <= count_digits(value) <= 12 and is_phone(value)


def is_account(value: str) -> bool:
    """Return whether a number after an account's label can be one: no date, and not one digit repeated."""
    return len(set(re.sub(r"\D", "", value))) > 1 and not is_date(value)


def is_date(value: str) -> bool:
    """Return whether three groups of digits have the lengths of a date's."""
    parts = re.split(r"[-/. ]", value)
    return len(parts) == 3 and sorted(map(len, parts)) in ([1, 1, 4], [1, 2, 4], [2, 2, 4], [2, 2, 2])


def count_digits(value: str) -> int:
    """Return the number of digits in a value."""
    return sum(character.isdigit() for character in value)
