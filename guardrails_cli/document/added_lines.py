"""The new lines of a changed file, to which the scan of a change is limited."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from msgspec.structs import replace

from guardrails_cli.core.finding import ChunkResult, Finding, Signal
from guardrails_cli.core.text import Chunk

LINED = frozenset(
    {"text", "csv", "html", "json", "json lines", "jupyter notebook", "markdown", "xml", "yaml"}
)  # fmt: skip
"""Formats with lines as git counts them. Files in other formats count as new in full."""
_LINE_BREAK = re.compile("\n")


class AddedText:
    """The characters of a document on added lines. Call `learn` with each chunk in order, before its result.

    A finding counts if part of it is on such a line.
    """

    def __init__(self, lines: tuple[tuple[int, int], ...]) -> None:
        self._lines = lines
        self._lasts = [last for _, last in lines]
        self._begins: list[int] = []
        self._ends: list[int] = []
        """Ends of the runs of added characters, in order; they do not overlap."""

    def has(self, line: int) -> bool:
        """Return whether a line was added."""
        index = bisect_left(self._lasts, line)
        return index < len(self._lines) and self._lines[index][0] <= line

    def learn(self, chunk: Chunk) -> None:
        """Record the places of a chunk's added lines."""
        for start, end, line in _runs(chunk):
            if self.has(line):
                self._add(chunk.start + start, chunk.start + end)

    def _add(self, start: int, end: int) -> None:
        if self._ends and start <= self._ends[-1]:
            self._ends[-1] = max(end, self._ends[-1])
        else:
            self._begins.append(start)
            self._ends.append(end)

    def only(self, result: ChunkResult) -> ChunkResult:
        """Return the part of a chunk's result that touches an added line."""
        return replace(
            result,
            findings=tuple(found for found in result.findings if self._touches(found)),
            signals=tuple(found for found in result.signals if self._touches(found)),
        )

    def _touches(self, found: Finding | Signal) -> bool:
        index = bisect_left(self._ends, found.start + 1)
        return index < len(self._begins) and self._begins[index] < max(found.end, found.start + 1)


def _runs(chunk: Chunk) -> Iterator[tuple[int, int, int]]:
    """Yield the pieces of a chunk's text that are on one line of the file: start, end and line.

    If a mark has no line, the text is the file's own. A value whose line breaks are not the file's ends at the line of
    the next one.
    """
    marks = [mark for mark in chunk.marks if mark.line]
    begins = [(0, chunk.line), *((mark.start, mark.line) for mark in marks)]
    ends = [*((mark.start, mark.line) for mark in marks), (len(chunk.text), 0)]
    for (start, line), (end, most) in zip(begins, ends, strict=True):
        limit = most if most >= line else 0
        for match in _LINE_BREAK.finditer(chunk.text, start, end):
            yield start, match.end(), line
            start, line = match.end(), min(line + 1, limit) if limit else line + 1  # noqa: PLW2901
        if start < end:
            yield start, end, line
