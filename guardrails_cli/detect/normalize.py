"""Text as recognizers read it: other dashes, spaces and digits as ASCII has them, invisible characters left out.

A value is often not written in ASCII: word processors put non-breaking hyphens and spaces into numbers, East Asian
input methods write full-width digits, web pages hold soft hyphens and zero-width spaces. Recognizers need not know any
of that. Offsets of the normalized text are mapped back, so that findings have those of the document.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain

import msgspec
from msgspec.structs import replace

from guardrails_cli.core.finding import Detection
from guardrails_cli.core.text import Mark

_DASHES = "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u180e"
_DROPPED = re.compile(f"(?<=[^\\s])[{_INVISIBLE}]+(?=[^\\s])")
"""Invisible characters inside of a word or number; the soft hyphen is one of them and no dash then."""

_PERCENT = re.compile(r"%(?:20(?=[\dA-Z(])|2[8-9BbDdEe](?=[\w(%-])|29|40(?=\w))")
_ENCODED = 3
"""Characters of an encoded one."""
_QUERY = re.compile(r"[?&=][^\s\"'<>?&=]*$")
_QUERY_REACH = 100
_BREAK = re.compile(
    r"\n(?:(?:(?<=\d-\n)|(?<=\d-\r\n)|(?<=\d- \n))(?P<hyphen>[ \t]{0,8})(?=\d)"
    r"|(?=\d{4}(?!\d))(?:(?<=[ -]\d{4}\n)|(?<=[ -]\d{4}\r\n)))"
)
_CARD_REACH = 18
_GROUPS = r"\d{4}[ -]\d{4}"
_CARD = re.compile(
    rf"(?<=[A-Za-z:#] )(?:{_GROUPS}[ -]\d{{4}}\r?\n\d{{4}}|{_GROUPS}\r?\n{_GROUPS}|\d{{4}}\r?\n{_GROUPS}[ -]\d{{4}})"
    r"(?![ -]?\d|\r?\n\d)"
)
"""The digits of a card, broken at a line end in prose; in a table of numbers more of them follow."""
_Edit = tuple[int, int, str]
"""Start, end and what is kept of the text there."""


class Normalized(msgspec.Struct, frozen=True):
    """A text for recognizers, and the way back to the original's offsets."""

    text: str
    gone: tuple[int, ...] = ()
    """Offsets in the original of the characters that were left out, in order."""
    encoded: frozenset[int] = frozenset()
    """Offsets in the original of percent signs that begin an encoded character."""

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
                end=self._end(each.end),
                alternatives=tuple(self.back(each.alternatives)),
            )
            for each in detections
        ]

    def _end(self, end: int) -> int:
        last = self.original(end - 1)
        return last + (3 if last in self.encoded else 1)

    def marks(self, marks: Sequence[Mark]) -> Sequence[Mark]:
        """Return the marks of the original with offsets of this text."""
        return [replace(mark, start=self.offset(mark.start)) for mark in marks] if self.gone else marks


def normalize(text: str) -> Normalized:
    """Return the text with one ASCII character for each dash, space and digit of other alphabets.

    A NUL ends a line: it separates records, or fills a place where nothing was written. A number that goes on in the
    next line is put together, and characters in the query of a URL are decoded.
    """
    if "\0" in text:
        text = text.replace("\0", "\n")
    edits = sorted(chain(_invisible(text), _encoded(text), _broken(text)))
    pieces, gone, encoded, at = [], list[int](), set(), 0
    for start, end, kept in edits:
        if start < at:
            continue
        pieces += [text[at:start], kept]
        gone += range(start + len(kept), end)
        if kept and end - start == _ENCODED:
            encoded.add(start)
        at = end
    if edits:
        text = "".join([*pieces, text[at:]])
    if not text.isascii():
        text = text.translate({ord(each): _plain(each) for each in set(text)})
    return Normalized(text, tuple(gone), frozenset(encoded))


def _invisible(text: str) -> Iterator[_Edit]:
    if not text.isascii():
        for match in _DROPPED.finditer(text):
            yield *match.span(), ""


def _encoded(text: str) -> Iterator[_Edit]:
    """Yield the encoded characters inside of numbers, addresses and names in queries and forms (RFC 3986, 2.1)."""
    if "%" in text:
        for match in _PERCENT.finditer(text):
            if _QUERY.search(text, max(0, match.start() - _QUERY_REACH), match.start()):
                yield *match.span(), chr(int(match[0][1:], 16))


def _broken(text: str) -> Iterator[_Edit]:
    """Yield the line ends inside of numbers: behind a hyphen, or between the groups of a card's number in prose."""
    if "\n" in text:
        for match in _BREAK.finditer(text):
            start, end = match.start() - (text[match.start() - 1] == "\r"), match.end()
            if match["hyphen"] is not None:
                yield start, end, ""
            elif _CARD.search(text[max(0, start - _CARD_REACH) : end + _CARD_REACH]):
                yield start, end, " "


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
