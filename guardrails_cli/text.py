"""Names and values made safe to show: pure functions over strings."""

import os
import re
import unicodedata

MAX_PREVIEW = 48
_WORD = re.compile(r"\w+", re.UNICODE)


def display_path(name: bytes | str) -> str:
    """Return a path as valid Unicode; bytes that are no UTF-8 become backslash escapes (`\\xff`)."""
    raw = os.fsencode(name) if isinstance(name, str) else name
    return raw.decode("utf-8", "backslashreplace")


def printable(text: str) -> str:
    """Return `text` fit for one line of a terminal: control, format and line-break characters become escapes.

    File names are data: an escape sequence or a newline in one must not act on the terminal (Unicode general
    categories C*, Zl and Zp).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if char == " " or unicodedata.category(char)[0] not in "C" and unicodedata.category(char)[:2] not in ("Zl", "Zp")
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def mask(value: str, entity_type: str) -> str:
    """Return the shape of a value without its content, at most `MAX_PREVIEW` characters.

    Words keep their first letter if they have at least three letters and no digit; everything else in a word
    becomes `*`; separators stay. A card number keeps its last four digits, which PCI DSS 4.0.1 requirement 3.4.1
    allows to be shown.
    """
    short = value[:MAX_PREVIEW]
    kept = 4 if entity_type == "CREDIT_CARD" and len(value) <= MAX_PREVIEW else 0

    def hide(match: re.Match[str]) -> str:
        word = match[0]
        return word[0] + "*" * (len(word) - 1) if len(word) > 2 and word.isalpha() else "*" * len(word)

    masked = printable(_WORD.sub(hide, short))
    if kept:
        masked = masked[:-kept] + short[-kept:]
    return masked + ("…" if len(value) > MAX_PREVIEW else "")
