"""Markdown: the file's own text; a table with a header row is a table with named columns."""

import re
from collections.abc import Iterator

from guardrails_cli.core.text import Layout, Location, Segment
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.text.plain import decode

MAX_ROW = 4_000
"""Maximum number of characters of a table's row."""
MAX_COLUMNS = 1_000
_RULE = re.compile(r"[ \t]{0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\r?\n?")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield the text; each row of a table has its number, the header is row 1 (GitHub Flavored Markdown, 4.10)."""
    yield from _segments(_lines(decode(blob, reading)))


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    """Yield the lines; a very long one comes in several pieces."""
    rest = ""
    for piece in pieces:
        lines = (rest + piece).splitlines(keepends=True) if "\n" in piece else [rest + piece]
        rest = lines.pop() if len(lines[-1]) <= MAX_ROW and not lines[-1].endswith("\n") else ""
        yield from lines
    if rest:
        yield rest


def _segments(lines: Iterator[str]) -> Iterator[Segment]:
    tables, row, header, fenced, begins = 0, 0, "", False, False
    place = Location()
    for line in lines:
        if row:
            if "|" in line and len(line) <= MAX_ROW:
                row += 1
                yield Segment(line, Location(table=place.table, row=row))
                continue
            row, begins = 0, True
        if header:
            cells = _cells(header)
            if _RULE.fullmatch(line) and len(_cells(line)) == len(cells):
                tables += 1
                row = 1
                place = Location(part="header", table=f"table {tables}")
                names = tuple(cells) if len(cells) <= MAX_COLUMNS else ()
                yield Segment(header, place, begins=True, layout=Layout("|", names))
                yield Segment(line, place)
                header, begins = "", False
                continue
            yield Segment(header, None, begins=begins)
            header, begins = "", False
        fenced ^= bool(_FENCE.match(line))
        if "|" in line and not fenced and len(line) <= MAX_ROW:
            header = line
        else:
            yield Segment(line, None, begins=begins)
            begins = False
    if header:
        yield Segment(header, None, begins=begins)


def _cells(line: str) -> list[str]:
    """Return the cells of a row; a leading bar adds an empty one."""
    return [cell.strip() for cell in line.strip().split("|")]
