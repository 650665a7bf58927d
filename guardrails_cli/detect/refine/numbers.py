"""Rules for numbers that are only part of something longer, or that are seconds."""

import re

WEAK_NUMBERS = frozenset(
    {"PHONE_NUMBER", "US_BANK_NUMBER", "US_DRIVER_LICENSE", "US_PASSPORT", "US_ITIN", "UK_NHS", "US_SSN", "AU_TFN"}
)
"""Types whose patterns match inside identifiers, hashes and decimals."""

_REACH = 40
_MIN_DIGITS = 4
"""Minimum number of digits: `h1` fits the pattern of a driver licence, but no such number in use is so short."""
_HEX = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|(?=[0-9A-Fa-f-]*[A-Fa-f])[0-9A-Fa-f-]{16,}")
_TOKEN_RIGHT = re.compile(r"[\w-]*")
_FRACTION = re.compile(r"\d\.$")
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_ZIP_PLUS_4 = re.compile(r"\d{5}-\d{4}")
_TIME_KEY = re.compile(
    r"(?:time|stamp|epoch|created|updated|expires?|exp|iat|nbf|mtime|ctime|\bts|_at)(?:_?at)?\W{0,4}$", re.IGNORECASE
)


def is_part_of_another(text: str, start: int, end: int) -> bool:
    """Return whether the number is part of a UUID or hash, a decimal's fraction, a US postal code or a time."""
    if sum(character.isdigit() for character in text[start:end]) < _MIN_DIGITS:
        return True
    left = text[max(0, start - _REACH) : start]
    right = text[end : end + _REACH]
    token = _end_of_token(left) + text[start:end] + _found(_TOKEN_RIGHT.match(right))
    if len(token) > end - start and _HEX.fullmatch(token):
        return True
    if _ZIP_PLUS_4.fullmatch(text, start, end):
        return True
    if left.endswith((".", ".\n")) and _FRACTION.search(left) and text[start:end].isdigit():
        return True
    return bool(_EPOCH.fullmatch(text, start, end)) and bool(_TIME_KEY.search(left))


def _end_of_token(left: str) -> str:
    """Return the word characters and hyphens at the end of `left`, ignoring a line feed after them."""
    left = left.removesuffix("\n")
    place = len(left)
    while place and (left[place - 1].isalnum() or left[place - 1] in "_-"):
        place -= 1
    return left[place:]


def _found(match: re.Match[str] | None) -> str:
    return match[0] if match else ""
