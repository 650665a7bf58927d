"""Tables as text: cells separated by commas, semicolons, tabs or bars (CSV, TSV; RFC 4180), with the file's own text.

Rows must be found in hostile files too: quotes that never close, lines of any length, any number of columns. So nothing
here looks back, and no more than `_WINDOW` characters ahead.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

from guardrails_cli.core.text import Layout, Location, Segment
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.table_text import MAX_ROW, SAMPLE_ROWS, cell_place, columns_of, header_index
from guardrails_cli.formats.text import plain

SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".psv", ".xls"})
"""Suffixes of files that are tables if they look like one; programs export text tables with Excel's suffix, too."""
_DELIMITERS = ",;\t|"
_SAMPLE = 64 * 1024
"""Characters examined to find the delimiter."""
_WINDOW = 256 * 1024
"""Characters; a longer quoted cell with line breaks counts as a stray quote."""
_MAX_STRAYS = 16
"""Number of stray quotes after which line breaks end cells: the file's quotes are not meant as such."""
_LEAST_SHARE = 0.6
"""Minimum share of rows that have the usual number of cells."""
_SEP = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""First line that Excel writes and understands."""

_MAX_EXACT = 100_000
"""Cells of one row that are yielded one by one; further cells, in a file that is all one line, are yielded in bulk."""

_Piece = tuple[int, range | None, str]
"""Row number; numbers of the cells, from 0, or None for the whole row; their text with its delimiter or line end."""


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield the rows, a long one cell by cell."""
    window = _Window(plain.decode(blob, reading))
    window.see(_SAMPLE)
    announced = _SEP.match(window.held)
    if announced:
        yield Segment(announced[0], Location(part="header"))
        window.at = announced.end()
    sample = window.held[window.at : window.at + _SAMPLE]
    delimiter = announced[1] if announced else _delimiter(sample) or ","
    index = header_index(_rows(sample, delimiter, SAMPLE_ROWS))
    names = columns_of(_rows(sample, delimiter, index + 1)[index]) if index is not None else ()
    return (yield from _segments(_pieces(window, delimiter), delimiter, index, names))


def looks_like_table(head: bytes) -> bool:
    """Return whether the head of a file with a table's name holds a table."""
    text = head.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    announced = _SEP.match(text)
    return announced is not None or _delimiter(text) is not None or header_index(_rows(text, ",", SAMPLE_ROWS)) == 0


def _segments(
    pieces: Iterable[_Piece], delimiter: str, header: int | None, names: tuple[str, ...]
) -> Iterator[Segment]:
    layout = Layout(delimiter, names if header == 0 else ())
    title = Location(part="header")
    top = None if header is None else header + 1
    last = 0
    for number, column, text in pieces:
        if number == top:
            place = title
            layout = Layout(delimiter, names)
        elif column is None:
            place = Location(row=number)
        elif len(column) == 1:
            place = cell_place(None, layout, number, column[0])
        else:
            place = Location(row=number, column=f"{column[0] + 1}–{column[-1] + 1}")
        begins = last == 0 or (number == top and last != top)
        last = number
        yield Segment(text, place, begins=True, layout=layout) if begins else Segment(text, place)


def _delimiter(sample: str) -> str | None:
    """Return the character that splits most rows into the same number of cells, at least two; None if none does."""
    best: tuple[float, int] = (0.0, 1)
    found = None
    for delimiter in _DELIMITERS:
        rows = _rows(sample, delimiter, 5 * SAMPLE_ROWS)
        widths = Counter(len(row) for row in rows if any(row))
        if widths:
            usual, count = max(widths.items(), key=lambda item: (item[1], item[0]))
            share = count / widths.total()
            if share < _LEAST_SHARE and header_index(rows[:SAMPLE_ROWS]) is not None:
                share = _LEAST_SHARE  # ragged, but its columns have names
            score = (share + 0.2 * (len(rows[0]) == usual), usual)
            if usual > 1 and share >= _LEAST_SHARE and score > best:
                best, found = score, delimiter
    return found


def _rows(sample: str, delimiter: str, count: int) -> list[list[str]]:
    """Return the values of the first rows, without the row cut off by the sample's end if there are others."""
    rows: list[list[str]] = []
    for number, column, text in _pieces(_Window(iter([sample])), delimiter):
        while len(rows) < number:
            if len(rows) == count:
                return rows
            rows.append([])
        if column is None:
            rows[-1] = [_value(cell) for cell in cells(text.rstrip("\r\n"), delimiter)]
        else:
            rows[-1].append(_value(text.rstrip("\r\n").removesuffix(delimiter)))
    return rows[:-1] if len(rows) > 1 and not sample.endswith("\n") and len(sample) >= 8192 else rows


def _value(cell: str) -> str:
    cell = cell.strip(" ")
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a row, including quotes."""
    if '"' not in line:
        return line.split(delimiter)
    return [match[1] for match in _patterns(delimiter).cell.finditer(line)]


class _Patterns:
    def __init__(self, delimiter: str) -> None:
        other = re.escape(delimiter)
        self.cell = re.compile(rf'(?:^|{other})( *+"(?:[^"]|"")*+"[^{other}\n]*+|[^{other}\n]*+)')
        cell = rf' *+"(?:[^"]++|"")*+"[^{other}\n]*+|(?! *")[^{other}\n]*+'
        self.row = re.compile(rf"(?>{cell})(?:{other}(?>{cell}))*+(?:\n|\Z)")
        """Regex of a row whose quotes all close."""
        self.quoted = re.compile(rf' *+"(?:[^"]++|"")*+"[^{other}\n]*+')
        self.opens = re.compile(r' *+"')
        self.bare = re.compile(rf"[^{other}\n]*+")


_patterns = cache(_Patterns)


class _Window:
    """The window of text under examination: `held` is the text from `at` on."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self.held = ""
        self.at = 0
        self._pieces = pieces

    def more(self) -> bool:
        """Append the next piece; return False at the end of the text."""
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self.held = self.held[self.at :] + piece
        self.at = 0
        return True

    def see(self, count: int) -> None:
        """Hold at least `count` characters from `at` on, if there are so many."""
        while len(self.held) - self.at < count and self.more():
            pass


def _pieces(window: _Window, delimiter: str) -> Iterator[_Piece]:
    """Yield the rows in order."""
    row = _patterns(delimiter).row
    long = _LongRows(window, delimiter)
    number = 1
    while True:
        at, end = window.at, window.held.find("\n", window.at) + 1
        if not end:
            if len(window.held) - at <= MAX_ROW and window.more():
                continue
            end = len(window.held)
            if at == end:
                return
        if window.held.find('"', at, min(end, at + MAX_ROW)) >= 0:
            window.see(MAX_ROW + 1)
            match = row.match(window.held, window.at, window.at + MAX_ROW + 1)
            at, end = window.at, match.end() if match else window.at + MAX_ROW + 1
        if end - at <= MAX_ROW:
            window.at = end
            yield number, None, window.held[at:end]
        else:
            yield from long.cells(number)
        number += 1


class _LongRows:
    """Splits rows of any length that do not fit a line."""

    def __init__(self, window: _Window, delimiter: str) -> None:
        self._window = window
        self._delimiter = delimiter
        self._patterns = _patterns(delimiter)
        self._strays = 0

    def cells(self, number: int) -> Iterator[_Piece]:
        """Yield the cells of the row that begins at the window's place; a very long cell in pieces."""
        column, fresh = 0, True
        while True:
            many = self._many() if fresh and column >= _MAX_EXACT else ""
            text = many or self._cell(fresh=fresh)
            if not text:
                return
            self._window.at += len(text)
            count = many.count(self._delimiter) or 1
            yield number, range(column, column + count), text
            if text[-1] == "\n":
                return
            fresh = text[-1] == self._delimiter
            column += count * fresh

    def _many(self) -> str:
        """Return the text of many whole cells; empty if a quote or the row's end is in sight."""
        self._window.see(2 * MAX_ROW)
        text = self._window.held[self._window.at : self._window.at + MAX_ROW]
        return "" if '"' in text or "\n" in text else text[: text.rfind(self._delimiter) + 1]

    def _cell(self, *, fresh: bool) -> str:
        end = self._end(fresh=fresh)  # may move the window
        return self._window.held[self._window.at : end + 1]

    def _end(self, *, fresh: bool) -> int:
        """Return the place of the cell's end, or of the window's end."""
        window, patterns = self._window, self._patterns
        window.see(MAX_ROW)
        if fresh and self._strays < _MAX_STRAYS and patterns.opens.match(window.held, window.at):
            match = patterns.quoted.match(window.held, window.at)
            if match is None or match.end() == len(window.held):
                window.see(_WINDOW)
                match = patterns.quoted.match(window.held, window.at)
            if match is not None and (match.end() < len(window.held) or not window.more()):
                return match.end()
            self._strays += 1
        match = patterns.bare.match(window.held, window.at)
        return match.end() if match else window.at
