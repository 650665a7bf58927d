"""Fold a text for the patterns: lower case, no accents, look-alikes or invisible characters; places are kept."""

import re
import unicodedata
from bisect import bisect_right
from functools import cache

import msgspec

_FOLDED = ((0xA0, 0x250), (0x400, 0x530), (0x1E00, 0x1F00), (0xFF01, 0xFF5F), (0x1D400, 0x1D800))
"""Latin, Cyrillic, full-width and mathematical letters. Accents of others are not optional in writing."""
_ALSO = {"İ": "i", "ı": "i", "’": "'", "‘": "'", "ʼ": "'", "´": "'", "ø": "o", "ł": "l", "đ": "d", "æ": "a"}
_TWINS = str.maketrans("аеорсухіјѕһԁԛԝьαεορτυνκιχ", "aeopcyxijshdqwbaeoptuvkix")
"""Cyrillic and Greek letters that look like Latin ones (Unicode Technical Standard 39, confusables)."""
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\U000e0000-\U000e01ef"
)
"""Invisible characters (Unicode's Default_Ignorable_Code_Point), as the inside of a class."""
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_OTHER_ALPHABET = re.compile("[\u0370-\u052f]")
_MIXED = re.compile(r"\w*(?:[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z])\w*")


class Folded(msgspec.Struct, frozen=True):
    """A folded text, with the places of its characters in the original text."""

    text: str
    starts: tuple[int, ...] = ()
    """Ascending starts in `text` of the stretches before which invisible characters were dropped."""
    shifts: tuple[int, ...] = ()
    """Total number of characters dropped before each of them."""
    twins: bool = False
    """Whether look-alikes from another alphabet were replaced."""

    def place(self, offset: int) -> int:
        """Return the offset in the original text of the character at `offset` of the folded text."""
        found = bisect_right(self.starts, offset)
        return offset + (self.shifts[found - 1] if found else 0)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span of a non-empty span of the folded text."""
        return self.place(start), self.place(end - 1) + 1


def fold(text: str) -> Folded:
    """Return `text` folded. ASCII, the common case, costs no more than converting to lower case."""
    if text.isascii():
        return Folded(text.lower())
    starts, shifts, left_out = [], [], 0
    for gap in _INVISIBLE.finditer(text) if has_invisible(text) else ():
        starts.append(gap.start() - left_out)
        left_out += gap.end() - gap.start()
        shifts.append(left_out)
    folded = fold_letters(_INVISIBLE.sub("", text) if left_out else text)
    plain = _MIXED.sub(lambda word: word[0].translate(_TWINS), folded) if _OTHER_ALPHABET.search(folded) else folded
    return Folded(plain, tuple(starts), tuple(shifts), plain != folded)


def has_invisible(text: str) -> bool:
    """Return whether `text` contains an invisible character."""
    return bool(_INVISIBLE.search("".join(_NOT_ASCII.findall(text))))


def fold_letters(text: str) -> str:
    """Return `text` in lower case without accents, character by character."""
    table = _table()
    folded = _NOT_ASCII.sub(lambda found: found[0].translate(table), text).lower()
    return folded if len(folded) == len(text) else "".join(_one(char) for char in text)


def _one(char: str) -> str:
    lower = _table().get(ord(char), char).lower()
    return lower if len(lower) == 1 else char


@cache
def _table() -> dict[int, str]:
    table = {ord(char): plain for char, plain in _ALSO.items()}
    for low, high in _FOLDED:
        for code in range(low, high):
            parts = unicodedata.normalize("NFKD", chr(code))
            if len(parts) > 1:
                parts = "".join(part for part in parts if not unicodedata.combining(part))
            if len(parts) == 1 and parts != chr(code) and code not in table:
                table[code] = parts
    return table
