"""The values to replace, and where they stand in a text that is not the scan's."""

from collections.abc import Iterator
from dataclasses import dataclass

from guardrails_cli.redact.operators import Span, merged
from guardrails_cli.rewriting.base import Scanned

_SPECIFIC = 6
"""Characters from which on a value is replaced within words and numbers too."""
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
        self._types = types
        self._by_start: dict[str, list[str]] = {}
        for value in sorted(types, key=len, reverse=True):
            self._by_start.setdefault(value[:2], []).append(value)

    def hits(self, text: str) -> Iterator[Hit]:
        """Yield where values are, in order, the longest first where several begin, without overlaps."""
        plain = text.translate(_SPACES)
        at, get = 0, self._by_start.get
        while at < len(plain) - 1:
            found = next((one for one in get(plain[at : at + 2], ()) if _stands(plain, at, one)), None)
            if found is None:
                at += 1
                continue
            yield Hit(at, at + len(found), text[at : at + len(found)], self._types[found])
            at += len(found)

    def are_in(self, text: str) -> bool:
        """Return whether any value stands in the text."""
        return next(self.hits(text), None) is not None

    def specific(self) -> Iterator[str]:
        """Yield the values that cannot stand anywhere by chance: long, with a digit or an `@`."""
        return (one for one in self._types if len(one) >= _SPECIFIC and any(c.isdigit() or c == "@" for c in one))


def _stands(text: str, at: int, value: str) -> bool:
    """Return whether a value is at a place; a short one must be a word of its own."""
    if not text.startswith(value, at):
        return False
    if len(value) >= _SPECIFIC:
        return True
    return not text[at - 1 : at].isalnum() and not text[at + len(value) : at + len(value) + 1].isalnum()
