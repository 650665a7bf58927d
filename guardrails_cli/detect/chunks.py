"""Cutting long text into chunks that overlap, so that merged results equal those of the whole.

A chunk is its core plus a margin on either side. What begins in the core is the chunk's own; the margins let a
recognizer see what it would see in the whole text: an entity that runs over the edge, the context words before it,
the tokens around a name. Cores tile the text, so nothing is lost and nothing is counted twice.
"""

from collections.abc import Iterator

from guardrails_cli.config import MAX_TEXT_BYTES
from guardrails_cli.model import Chunk

MARGIN = 4096
"""Characters. Longer than any entity but a data URL; far longer than the six context words Presidio looks at and the
four tokens to either side that spaCy's convolutions see."""
_WIDEST = 4
"""Bytes of the longest characters in UTF-8."""


def split(text: str, limit: int = MAX_TEXT_BYTES, margin: int = MARGIN) -> Iterator[Chunk]:
    """Yield the chunks of `text`, each at most `limit` bytes of UTF-8 with its margins.

    Args:
        text: of any length.
        limit: bytes; at least ten times the margin and four more. Then every chunk has a core even where all
            characters have four bytes: it has two margins, and a good place to cut may be half a margin away.
        margin: characters to either side.

    Raises:
        ValueError: if the limit is too small for the margin.

    """
    search = margin // 2
    if limit < _WIDEST * (2 * margin + search + 1):
        raise ValueError(f"a limit of {limit} bytes leaves no room between margins of {margin} characters")
    if len(text) <= limit and (text.isascii() or len(_encode(text)) <= limit):
        yield Chunk(text)
        return
    line, column = 1, 1  # of text[start]
    header = _header(text)
    start = core_start = 0
    while True:
        end = _fitting(text, start, limit)
        last = end == len(text)
        core_end = end if last else _cut(text, max(core_start + 1, end - margin - search), end - margin)
        yield Chunk(text[start:end], start, core_start, core_end, line, column, header if start else None)
        if last:
            return
        core_start = core_end
        following = _cut(text, max(start + 1, core_start - margin - search), max(start + 1, core_start - margin))
        line, column = advance(text, start, following, line, column)
        start = following


def advance(text: str, start: int, end: int, line: int, column: int) -> tuple[int, int]:
    """Return line and column of `text[end]`, given those of `text[start]`; only a line feed ends a line."""
    breaks = text.count("\n", start, end)
    if breaks:
        return line + breaks, end - text.rfind("\n", start, end)
    return line, column + end - start


def _header(text: str) -> str:
    """Return the first line if it is the header of a table: later chunks are read by it."""
    from guardrails_cli.detect.refine.tables import MAX_HEADER, read_header

    line = text[: text.find("\n", 0, MAX_HEADER) + 1].rstrip("\r\n")
    return line if line and read_header(line) else ""


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # a lone surrogate counts as one byte, and keeps its place


def _fitting(text: str, start: int, limit: int) -> int:
    """Return the largest end such that text[start:end] has at most `limit` bytes of UTF-8."""
    piece = text[start : start + limit]
    if piece.isascii():
        return start + len(piece)
    return start + len(_encode(piece)[:limit].decode("utf-8", "ignore"))


def _cut(text: str, low: int, high: int) -> int:
    """Return the best place to cut in [low, high]: after a line break, else after a space, else `high`."""
    for separator in ("\n", " "):
        found = text.rfind(separator, low, high)
        if found >= 0:
            return found + 1
    return high
