"""Surroundings that refute a value: the tests that entries name as `refuted_by`.

Each takes the text and the half-open offsets of a value, and looks no further than `REACH` characters to either side,
so that a chunk gives the same answer as the whole text.
"""

import re
from collections.abc import Callable

REACH = 64
_HEX_TOKEN = re.compile(
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|(?=[0-9A-Fa-f-]*[A-Fa-f])[0-9A-Fa-f-]{16,}"
)
_TOKEN_LEFT = re.compile(r"[\w.+/=-]*$")
_TOKEN_RIGHT = re.compile(r"[\w.+/=-]*")
_WORD_LEFT = re.compile(r"[\w-]*$")
_WORD_RIGHT = re.compile(r"[\w-]*")
_VERSION_LEFT = re.compile(r"(?:(?<![A-Za-z])v|version|release|build|rev|[<>~^=@]=?)[ :='\"@~^]{0,4}$", re.IGNORECASE)
_VERSION = re.compile(r"\d{1,5}(?:\.\d{1,8}){1,4}")
_EPOCH = re.compile(r"1[0-9]{9}(?:\d{3}|\d{6}|\d{9})?")
_UNIT = re.compile(r" ?(?:[nmuµ]s|secs?|seconds?|bytes|[KMGT]i?B|%|px|rows|times|calls|items|records|iterations)\b")
_PATH = re.compile(r"[\w.-]*[/\\][\w./\\-]*$")

Refutation = Callable[[str, int, int], bool]


def is_inside_token(text: str, start: int, end: int) -> bool:
    """Return whether a letter, digit or underscore touches the value: it is part of a longer word."""
    return _is_word(text[max(0, start - 1) : start]) or _is_word(text[end : end + 1])


def is_decimal(text: str, start: int, end: int) -> bool:
    """Return whether the value is the fraction of a decimal number, or its integer part."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    fraction = len(before) == 2 and before[1] == "." and before[0].isdigit()
    integer = len(after) == 2 and after[0] == "." and after[1].isdigit()
    return fraction or integer or (text[start:end].count(".") == 1 and text[start:end].replace(".", "").isdigit())


def is_hexadecimal(text: str, start: int, end: int) -> bool:
    """Return whether the value is part of a UUID, a hash or another long hexadecimal token."""
    token = _left(_WORD_LEFT, text, start) + text[start:end] + _right(_WORD_RIGHT, text, end)
    return bool(_HEX_TOKEN.fullmatch(token)) or token[:2] in ("0x", "0X")


def is_version(text: str, start: int, end: int) -> bool:
    """Return whether the value is a version number, by the word before it or by more dotted parts beside it."""
    if _VERSION_LEFT.search(text[max(0, start - REACH) : start]):
        return True
    return bool(_VERSION.fullmatch(text[start:end]))


def is_epoch(text: str, start: int, end: int) -> bool:
    """Return whether the value is a bare POSIX time of 2001 to 2033, in seconds, milli-, micro- or nanoseconds."""
    return bool(_EPOCH.fullmatch(text, start, end))


def has_unit(text: str, start: int, end: int) -> bool:
    """Return whether a unit follows the value: it is an amount."""
    del start
    return bool(_UNIT.match(text, end))


def is_in_path(text: str, start: int, end: int) -> bool:
    """Return whether the value is part of a path or of a URL's path."""
    left = text[max(0, start - REACH) : start]
    return bool(_PATH.search(left.rpartition("\n")[2].rpartition(" ")[2])) and not text[start:end].startswith("+")


def is_in_blob(text: str, start: int, end: int) -> bool:
    """Return whether the value is part of a long run without spaces that mixes letters and digits, such as Base64."""
    left, right = _left(_TOKEN_LEFT, text, start), _right(_TOKEN_RIGHT, text, end)
    return len(left) + len(right) >= 24 and any(c.isalpha() for c in left + right)


def _left(pattern: "re.Pattern[str]", text: str, start: int) -> str:
    match = pattern.search(text[max(0, start - REACH) : start])
    return match[0] if match else ""


def _right(pattern: "re.Pattern[str]", text: str, end: int) -> str:
    match = pattern.match(text, end, end + REACH)
    return match[0] if match else ""


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


REFUTATIONS: dict[str, Refutation] = {
    "blob": is_in_blob,
    "decimal": is_decimal,
    "epoch": is_epoch,
    "hexadecimal": is_hexadecimal,
    "path": is_in_path,
    "token": is_inside_token,
    "unit": has_unit,
    "version": is_version,
}
