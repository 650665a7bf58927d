"""Names and values made safe to show and to compare: pure functions over strings."""

import hashlib
import hmac
import os
import re
import unicodedata

from guardrails_cli.core.finding import Severity

INSIDE = "!"
"""Separator between the path of a document and that of one inside it."""
MAX_PREVIEW = 48
_KEPT_DIGITS = 4
_WORD = re.compile(r"\w+", re.UNICODE)
_SEPARATORS = re.compile(r"[\s./-]+")
_MASKED = re.compile(r"\w{0,8}?[*#•·xX]{3,}\w{0,4}")
"""Masked value. Eight characters are the longest bank identification number (ISO/IEC 7812-1:2017)."""


def display_path(name: bytes | str) -> str:
    """Return a path as valid Unicode; undecodable bytes and lone surrogates become escapes."""
    try:
        raw = os.fsencode(name)
    except UnicodeEncodeError:
        raw = name.encode("utf-8", "backslashreplace") if isinstance(name, str) else name
    return raw.decode("utf-8", "backslashreplace")


def printable(text: str) -> str:
    """Return `text` fit for one line of a terminal: control, format and line-break characters become escapes.

    File names are data: an escape sequence or a newline in one must not act on the terminal (Unicode general
    categories C*, Zl and Zp).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char
        if char == " "
        or (unicodedata.category(char)[0] not in "C" and unicodedata.category(char)[:2] not in ("Zl", "Zp"))
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def mask(value: str, entity_type: str) -> str:
    """Return the shape of a value without its content, at most `MAX_PREVIEW` characters, fit for a terminal.

    Words keep their first letter if they have at least three letters and no digit; everything else in a word
    becomes `*`; separators stay. A card number keeps its last four digits, which PCI DSS 4.0.1 requirement 3.4.1
    allows to be shown, if it has more than these. A value that is too long ends with an ellipsis.
    """
    masked = _WORD.sub(_hide, value[: MAX_PREVIEW + 1])
    last = value[-_KEPT_DIGITS:]
    if entity_type == "CREDIT_CARD" and _KEPT_DIGITS < len(value) <= MAX_PREVIEW and last.isdecimal():
        masked = masked[:-_KEPT_DIGITS] + last
    return _shortened(masked)


def is_masked(value: str) -> bool:
    """Return whether a value shows at most its first eight and last four characters, with the rest masked.

    PCI DSS 4.0.1 requirement 3.4.1 allows the bank identification number and the last four digits to be shown.
    """
    return _MASKED.fullmatch(_SEPARATORS.sub("", value)) is not None


def _hide(match: re.Match[str]) -> str:
    word = match[0]
    return word[0] + "*" * (len(word) - 1) if len(word) > 2 and word.isalpha() else "*" * len(word)


def _shortened(text: str) -> str:
    """Return `text` printable and at most `MAX_PREVIEW` characters long, without cutting an escape sequence."""
    shown = printable(text)
    if len(shown) <= MAX_PREVIEW:
        return shown
    while len(shown) >= MAX_PREVIEW:
        text = text[:-1]
        shown = printable(text)
    return shown + "…"


SEVERITY_STYLE = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
}


def human_bytes(count: float) -> str:
    """Return a number of bytes in human-readable form, in powers of 1024."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, in the plural if needed."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def fingerprint(value: str, entity: str, key: bytes) -> str:
    """Return 32 hexadecimal digits that are equal for equal values, ignoring letter case and white space."""
    message = f"{entity}\0{normalized(value)}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, message, hashlib.sha256).hex()[:32]


def normalized(value: str) -> str:
    """Return the form shared by equal values: white space and letter case do not count."""
    return " ".join(value.split()).casefold()
