"""The values to replace, and where they stand in a text that is not the scan's."""

import html
from collections.abc import Iterator
from dataclasses import dataclass

from guardrails_cli.redact.operators import Span, merged
from guardrails_cli.rewriting.base import Scanned

_SPECIFIC = 6
"""Characters from which on a value is replaced within words and numbers too."""
_BARE_DIGITS = 9
"""From which on the digits of a number alone are its value too; a date has eight."""
_SPACES = {ord(char): " " for char in "\t\n\r\v\f\x85\xa0\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A value at half-open offsets."""

    start: int
    end: int
    value: str
    entity_type: str


class Values:
    """Finds the values of a scan's findings wherever they stand; white space counts as equal.

    A value that reaches over several cells or lines is searched for piece by piece as well.
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
        self._index = _Index(types)
        specific = {one: kind for one, kind in types.items() if _is_specific(one)}
        self._certain = _Index(specific | {html.escape(one, quote=False): kind for one, kind in specific.items()})

    def hits(self, text: str) -> Iterator[Hit]:
        """Yield where values are, in order, the longest first where several begin, without overlaps."""
        return self._index.hits(text)

    def are_in(self, text: str) -> bool:
        """Return whether any value stands in the text."""
        return next(self.hits(text), None) is not None

    def certain(self, text: str) -> Iterator[Hit]:
        """Yield, as `hits` does, the values that stand nowhere by chance: long, with a digit or an `@`."""
        return self._certain.hits(text)


class _Index:
    """Values by how they begin, and how long they are: a lookup per place however many there are."""

    def __init__(self, types: dict[str, str]) -> None:
        self._types = types
        lengths: dict[str, set[int]] = {}
        for value in types:
            lengths.setdefault(value[:2], set()).add(len(value))
        self._lengths = {begin: sorted(found, reverse=True) for begin, found in lengths.items()}

    def hits(self, text: str) -> Iterator[Hit]:
        plain = text.translate(_SPACES)
        at, lengths = 0, self._lengths.get
        while at < len(plain) - 1:
            found = next((one for one in lengths(plain[at : at + 2], ()) if self._stands(plain, at, at + one)), 0)
            if found:
                yield Hit(at, at + found, text[at : at + found], self._types[plain[at : at + found]])
            at += found or 1

    def _stands(self, text: str, start: int, end: int) -> bool:
        """Return whether a value is at a place; a short one must be a word of its own."""
        if text[start:end] not in self._types or end > len(text):
            return False
        return end - start >= _SPECIFIC or not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


def _bare(value: str) -> Iterator[str]:
    """Yield how a number with separators stands where a format adds them: in the caches of charts, in other cells."""
    digits = "".join(char for char in value if char.isdigit())
    if len(digits) >= _BARE_DIGITS and not set(value) - set("0123456789-() ./+"):
        yield from (digits, digits.lstrip("0")) if digits.lstrip("0") else ()


def _is_specific(value: str) -> bool:
    return len(value) >= _SPECIFIC and any(char.isdigit() or char == "@" for char in value)
