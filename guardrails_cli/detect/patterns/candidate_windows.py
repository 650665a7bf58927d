"""All matches of one pattern, searched only where its head was seen: the answer of `finditer` on the whole text.

Why that is so. `finditer` yields the leftmost match, then the leftmost that starts at or after its end, and so on;
whether and how far the expression matches at a place depends on the text alone, not on where the search began (`pos`
leaves what is left of it in sight). Each match has a prefix that the head matches, so its start lies in the interval
that `starts` computes from where that prefix ends: the search need only run over the union of these intervals. A search
that is cut off at `endpos` gives the answer of the uncut one unless an assertion, or the match, comes so near the cut
that it sees it: then it is repeated uncut.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from guardrails_cli.detect.patterns.regex_shape import Shape

_STRIDE = 512
"""Characters read at a time; more than most parts of an expression are wide."""


def find(pattern: Any, shape: Shape, text: str, data: bytes, ends: Sequence[int]) -> list[tuple[int, int]]:
    """Return the spans of `pattern.finditer(text)`; there must be no empty match.

    Args:
        pattern: compiled by the `regex` module.
        shape: the pattern's shape for the bytes in `data`.
        text: as long as `data`.
        data: the text with one byte per character.
        ends: places where matches of the shape's head end, ascending; other places may be among them.

    """
    search, ahead, size = pattern.search, shape.ahead, len(text)
    found = []
    position = 0
    known: tuple[int, int] | None = None  # the next match, where an uncut search already found it
    for low, high, cut in _intervals(shape, data, ends):
        position = max(position, low)
        while position <= high:
            if known is None or known[0] < position:
                match = search(text, position, cut)
                if match is None or match.start() > high:
                    break
                if match.end() + ahead >= cut < size:
                    match = search(text, position)
                known = match.span() if match else (size + 1, size + 1)
            if known[0] > high:
                break
            found.append(known)
            position = known[1]
            known = None
    return found


def _intervals(shape: Shape, data: bytes, ends: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield disjoint, ascending (first start, last start, cut) that cover the start of every match."""
    size, shortest, reach, tail = len(data), shape.shortest, shape.ahead + 1, shape.tail
    low = high = cut = -1
    right = 0
    for end in ends:
        if tail.width is None:
            if end > right:
                right = _run_right(data, end, tail.chars)
            following = right + reach
        else:
            following = end + tail.width + reach
        following = min(following, size)
        first = _start(shape, data, end, low if low >= 0 else 0)
        if first <= high + 1 and low >= 0:
            low, high, cut = min(low, first), max(high, end - shortest), max(cut, following)
        else:
            if low >= 0:
                yield low, high, cut
            low, high, cut = first, end - shortest, following
    if low >= 0:
        yield low, high, cut


def _start(shape: Shape, data: bytes, end: int, floor: int) -> int:
    """Return the first place where a match with its head ending at `end` can begin."""
    place = end
    for part in shape.back:
        limit = floor if part.width is None else max(floor, place - part.width)
        place = run_left(data, place, part.chars, limit)
    return place


def run_left(data: bytes, end: int, chars: bytes, floor: int) -> int:
    """Return the first place, at least `floor`, from which all bytes up to `end` are in `chars`."""
    while end > floor:
        start = max(floor, end - _STRIDE)
        kept = len(data[start:end].rstrip(chars))
        if kept:
            return start + kept
        end = start
    return max(end, 0)


def _run_right(data: bytes, start: int, chars: bytes) -> int:
    while start < len(data):
        piece = data[start : start + _STRIDE]
        kept = len(piece.lstrip(chars))
        if kept:
            return start + len(piece) - kept
        start += len(piece)
    return start
