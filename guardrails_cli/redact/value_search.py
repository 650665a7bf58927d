"""Search a text that is not the scan's for the values to replace."""

import html
import re
from collections.abc import Iterator

import msgspec

from guardrails_cli.redact.operators import Span, merged
from guardrails_cli.redact.writers.writer import Scanned

LONG = 6
"""Length from which a value is replaced within words and numbers too, since it does not occur by chance."""
_BARE_DIGITS = 9
"""Number of digits from which a number's bare digits are its value too; a date has eight."""
_STYLES = frozenset(
    {
        *("Caption", "Closing", "Emphasis", "Footer", "Header", "Heading"),
        *("Hyperlink", "Normal", "Salutation", "Signature", "Strong", "Subtitle"),
    }
)
"""Words in the names of the program's own styles (ECMA-376 Part 1, 17.7.4.5), which are nobody's values."""
_SPACES = {ord(char): " " for char in "\t\n\r\v\f\x85\xa0\u2028\u2029"}


class Hit(msgspec.Struct, frozen=True):
    """A value at half-open offsets."""

    start: int
    end: int
    value: str
    entity_type: str


class Values:
    """Finds the values of a scan's findings anywhere; all white space is equal.

    A value that spans several cells or lines is also searched for piece by piece.
    """

    def __init__(self, scanned: Scanned) -> None:
        spans = [Span(found.start, found.end, found.entity_type) for found in scanned.findings]
        types: dict[str, str] = {}
        for span in (*merged(spans), *spans):
            value = scanned.text[span.start : span.end].strip()
            for piece in (value, *value.replace("\t", "\n").split("\n")):
                plain = piece.strip().translate(_SPACES)
                if len(plain) > 1:
                    types.setdefault(plain, span.entity_type)
                for bare in _bare(plain):
                    types.setdefault(bare, span.entity_type)
        self._index = _Index(types, frozenset(one for one in types if len(one) >= LONG))
        long = {one: kind for one, kind in types.items() if len(one) >= LONG and one not in _STYLES}
        long |= {html.escape(one, quote=False): kind for one, kind in long.items()}
        self._certain = _Index(long, frozenset(one for one in long if _is_specific(one)))

    def hits(self, text: str) -> Iterator[Hit]:
        """Yield the values' places in order, without overlaps; the longest wins where several begin."""
        return self._index.hits(text)

    def are_in(self, text: str) -> bool:
        """Return whether the text contains any value."""
        return next(self.hits(text), None) is not None

    def certain(self, text: str) -> Iterator[Hit]:
        """Yield hits as `hits` does, but only of long values, which do not occur by chance; words must be whole.

        Names of styles are the exception. The serialized form, where `&` is `&amp;`, is searched as well.
        """
        return self._certain.hits(text)


class _Index:
    """Values indexed by beginning and length: one lookup per place, however many values there are.

    Args:
        types: entity type by value.
        anywhere: values that may be part of a word; all others must be whole words.

    """

    def __init__(self, types: dict[str, str], anywhere: frozenset[str]) -> None:
        self._types = types
        self._anywhere = anywhere
        lengths: dict[str, set[int]] = {}
        for value in types:
            lengths.setdefault(value[:2], set()).add(len(value))
        self._lengths = {begin: sorted(found, reverse=True) for begin, found in lengths.items()}
        self._begins = re.compile("|".join(map(re.escape, lengths)) or r"(?!)", re.DOTALL)

    def hits(self, text: str) -> Iterator[Hit]:
        plain = text.translate(_SPACES)
        at = 0
        while begin := self._begins.search(plain, at):
            at = begin.start()
            found = next((one for one in self._lengths[begin[0]] if self._stands(plain, at, at + one)), 0)
            if found:
                yield Hit(at, at + found, text[at : at + found], self._types[plain[at : at + found]])
            at += found or 1

    def _stands(self, text: str, start: int, end: int) -> bool:
        """Return whether a value is at a place, and may be there."""
        if text[start:end] not in self._types or end > len(text):
            return False
        if text[start:end] in self._anywhere:
            return True
        return not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


def _bare(value: str) -> Iterator[str]:
    """Yield a number without the separators that a format adds, as it is in charts' caches and other cells."""
    digits = "".join(char for char in value if char.isdigit())
    if len(digits) >= _BARE_DIGITS and not set(value) - set("0123456789-() ./+"):
        yield from (digits, digits.lstrip("0")) if digits.lstrip("0") else ()


def _is_specific(value: str) -> bool:
    return any(char.isdigit() or char == "@" for char in value)
