"""Cut long text into overlapping chunks, so that the merged results equal those of the whole text.

A chunk is its core plus a margin on either side. An entity that begins in the core belongs to the chunk; the margins
let a recognizer see what it would see in the whole text: an entity that runs over the edge, the context words before
it, the tokens around a name. Cores tile the text, so nothing is lost or counted twice. Each part of a document, such as
a sheet, is cut separately, so that no entity crosses its border.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from guardrails_cli.core.text import Chunk, Layout, Mark, Segment
from guardrails_cli.options.model import MAX_TEXT_BYTES

MARGIN = 4096
"""Margin in characters: longer than any entity but a data URL, and far longer than the six context words Presidio looks
at and the four tokens to either side that spaCy's convolutions see."""
_WIDEST = 4
"""Bytes of the longest characters in UTF-8."""


def split(text: str, limit: int = MAX_TEXT_BYTES, margin: int = MARGIN) -> Iterator[Chunk]:
    """Yield the chunks of the document with the text `text`; see `cut`."""
    return cut([Segment(text)], limit, margin)


def cut(segments: Iterable[Segment], limit: int = MAX_TEXT_BYTES, margin: int = MARGIN) -> Iterator[Chunk]:
    """Yield the chunks of a document, each at most `limit` bytes of UTF-8 including margins; at least one chunk.

    Only a few chunks are held in memory, however long the document is.

    Args:
        segments: the document's text in order, in pieces of any length.
        limit: bytes, at least ten times the margin plus four. Every chunk then has a core even if all characters take
            four bytes: there are two margins, and a good place to cut may be half a margin away.
        margin: characters on either side.

    Raises:
        ValueError: if the limit is too small for the margin.

    """
    if limit < _WIDEST * (2 * margin + margin // 2 + 1):
        raise ValueError(f"a limit of {limit} bytes leaves no room between margins of {margin} characters")
    part = _Part(limit, margin)
    for segment in segments:
        if segment.begins and part.length:
            yield from part.end()
            part = part.following()
        yield from part.add(segment)
    yield from part.end(last=True)


class _Part:
    """Text between two borders that has not been cut yet."""

    def __init__(self, limit: int, margin: int, start: int = 0, line: int = 1, column: int = 1) -> None:
        self.length = 0
        """Length of the part so far, in characters."""
        self._limit = limit
        self._margin = margin
        self._begin = self._start = self._core_start = start
        self._line, self._column = line, column
        self._text = ""
        self._pieces: list[str] = []
        self._waiting = 0
        """Characters in `_pieces`. There may be many small pieces, so they are joined only when a chunk can be cut."""
        self._marks: list[Mark] = []
        """Marks with their start offsets in the document's text."""
        self._header: str | None = None
        self._layout: Layout | None = None

    def following(self) -> "_Part":
        """Return the part that begins where this one ends."""
        return _Part(self._limit, self._margin, self._begin + self.length, self._line, self._column)

    def add(self, segment: Segment) -> Iterator[Chunk]:
        """Take the next piece of text, and yield the chunks that are now final."""
        if segment.begins and segment.layout:
            self._layout = segment.layout
        if segment.location is not None or segment.line or self._marks:
            self._marks.append(Mark(self._begin + self.length, segment.location, segment.line, segment.column))
        self._pieces.append(segment.text)
        self._waiting += len(segment.text)
        self.length += len(segment.text)
        if len(self._text) + self._waiting > self._limit:
            self._join()
            while len(self._text) > self._limit:
                yield self._next(end=False)

    def end(self, last: bool = False) -> Iterator[Chunk]:
        """Yield the chunks of the remaining text; the last part yields one even if it is empty."""
        self._join()
        if last and not self._start and _fits(self._text, self._limit):
            yield self._chunk(len(self._text), -1)  # the whole document
            return
        while self._text:
            yield self._next(end=True)

    def _join(self) -> None:
        self._text += "".join(self._pieces)
        self._pieces, self._waiting = [], 0

    def _next(self, *, end: bool) -> Chunk:
        """Cut off one chunk; `end` says that the text is the rest of the part."""
        text, margin = self._text, self._margin
        if self._header is None:
            self._header = _header(text, self._layout)
        stop = _fitting(text, self._limit)
        if end and stop == len(text):
            chunk = self._chunk(stop, self._start + stop)
            self._move(stop, self._start + stop)
            return chunk
        core = self._core_start - self._start
        core_end = _cut(text, max(core + 1, stop - margin - margin // 2), stop - margin)
        chunk = self._chunk(stop, self._start + core_end)
        self._move(self._following(core_end), self._start + core_end)
        return chunk

    def _following(self, core_end: int) -> int:
        """Return where the next chunk's text begins: in a table at a row, since a cell may hold line breaks."""
        low, high = max(1, core_end - self._margin - self._margin // 2), max(1, core_end - self._margin)
        if self._layout:
            index = bisect_right(self._marks, self._start + high, key=_start_of) - 1
            if index >= 0 and self._marks[index].start >= self._start + low:
                return self._marks[index].start - self._start
        return _cut(self._text, low, high)

    def _move(self, steps: int, core_start: int) -> None:
        """Drop the first characters of the text, and their marks."""
        text, start = self._text, self._start
        current = bisect_right(self._marks, start + steps, key=_start_of) - 1
        if current >= 0:
            mark = self._marks[current]
            line, column = mark.line, mark.column
            if line:
                line, column = advance(text, max(0, mark.start - start), steps, line, column)
            self._marks[: current + 1] = [replace(mark, start=start + steps, line=line, column=column)]
        self._line, self._column = advance(text, 0, steps, self._line, self._column)
        self._core_start, self._start, self._text = core_start, start + steps, text[steps:]

    def _chunk(self, stop: int, core_end: int) -> Chunk:
        begin = self._start
        later = begin > self._begin
        marks = self._marks[: bisect_left(self._marks, self._start + stop, key=_start_of)]
        return Chunk(
            self._text[:stop],
            self._start,
            self._core_start,
            core_end,
            self._line,
            self._column,
            self._header if later else None,
            self._layout,
            tuple(Mark(mark.start - begin, mark.location, mark.line, mark.column) for mark in marks),
        )


def _start_of(mark: Mark) -> int:
    return mark.start


def advance(text: str, start: int, end: int, line: int, column: int) -> tuple[int, int]:
    """Return line and column of `text[end]`, given those of `text[start]`; only a line feed ends a line."""
    breaks = text.count("\n", start, end)
    if breaks:
        return line + breaks, end - text.rfind("\n", start, end)
    return line, column + end - start


def _header(text: str, layout: Layout | None) -> str:
    """Return the first line if it is a table's header, which later chunks need."""
    from guardrails_cli.detect.refine.tables import MAX_HEADER, read_header

    line = text[: text.find("\n", 0, MAX_HEADER) + 1].rstrip("\r\n")
    if layout:
        return line if layout.columns else ""
    return line if line and read_header(line) else ""


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # a lone surrogate becomes one byte, so places are kept


def _fits(text: str, limit: int) -> bool:
    return len(text) <= limit and (text.isascii() or len(_encode(text)) <= limit)


def _fitting(text: str, limit: int) -> int:
    """Return the largest end such that text[:end] has at most `limit` bytes of UTF-8."""
    piece = text[:limit]
    if piece.isascii():
        return len(piece)
    return len(_encode(piece)[:limit].decode("utf-8", "ignore"))


def _cut(text: str, low: int, high: int) -> int:
    """Return the best place to cut in [low, high]: after a line break, else after a space, else `high`."""
    for separator in ("\n", " "):
        found = text.rfind(separator, low, high)
        if found >= 0:
            return found + 1
    return high
