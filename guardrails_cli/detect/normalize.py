"""Text as recognizers read it: other dashes, spaces and digits as ASCII has them, invisible characters left out.

A value is often not written in ASCII: word processors put non-breaking hyphens and spaces into numbers, East Asian
input methods write full-width digits, web pages hold soft hyphens and zero-width spaces. Recognizers need not know any
of that. Offsets of the normalized text are mapped back, so that findings have those of the document.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cache

import msgspec
from msgspec.structs import replace

from guardrails_cli.core.finding import Detection
from guardrails_cli.core.text import Mark

_DASHES = "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u180e"
_DROPPED = re.compile(f"(?<=[^\\s])[{_INVISIBLE}]+(?=[^\\s])")
"""Invisible characters inside of a word or number; the soft hyphen is one of them and no dash then."""


class Normalized(msgspec.Struct, frozen=True):
    """A text for recognizers, and the way back to the original's offsets."""

    text: str
    gone: tuple[int, ...] = ()
    """Offsets in the original of the characters that were left out, in order."""

    def original(self, offset: int) -> int:
        """Return the original's offset of the character at `offset`."""
        if not self.gone:
            return offset
        low, high = 0, len(self.gone)
        while low < high:  # the number of characters left out before it
            middle = (low + high) // 2
            if self.gone[middle] - middle <= offset:
                low = middle + 1
            else:
                high = middle
        return offset + low

    def offset(self, original: int) -> int:
        """Return the offset of the original's character, or of the next one that is left."""
        return original - bisect_left(self.gone, original)

    def back(self, detections: Iterable[Detection]) -> list[Detection]:
        """Return the detections with the original's offsets."""
        if not self.gone:
            return list(detections)
        return [
            replace(
                each,
                start=self.original(each.start),
                end=self.original(each.end - 1) + 1,
                alternatives=tuple(self.back(each.alternatives)),
            )
            for each in detections
        ]

    def marks(self, marks: Sequence[Mark]) -> Sequence[Mark]:
        """Return the marks of the original with offsets of this text."""
        return [replace(mark, start=self.offset(mark.start)) for mark in marks] if self.gone else marks


def normalize(text: str) -> Normalized:
    """Return the text with one ASCII character for each dash, space and digit of other alphabets.

    A NUL ends a line: it separates records, or fills a place where nothing was written.
    """
    if "\0" in text:
        text = text.replace("\0", "\n")
    if text.isascii():
        return Normalized(text)
    gone = tuple(place for match in _DROPPED.finditer(text) for place in range(*match.span()))
    if gone:
        text = _DROPPED.sub("", text)
    return Normalized(text.translate({ord(each): _plain(each) for each in set(text)}), gone)


@cache
def _plain(character: str) -> str:
    """Return the ASCII character that a character stands for, itself if it stands for none."""
    code = ord(character)
    if code < 0x80:
        return character
    if character in _DASHES:
        return "-"
    if 0xFF01 <= code <= 0xFF5E:  # full-width forms of ASCII
        return chr(code - 0xFEE0)
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    return " " if category == "Zs" else character
