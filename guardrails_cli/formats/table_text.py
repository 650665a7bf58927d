"""Tables, for every reader that has some: find the header row, and turn rows into segments."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from guardrails_cli.core.table_cells import letters
from guardrails_cli.core.text import Layout, Location, Segment

MAX_COLUMNS = 1000
"""Maximum number of columns with names, which travel with each chunk."""
MAX_ROW = 2000
"""Maximum row in characters; a longer one comes cell by cell, so that a chunk has enough line breaks to be cut at."""
SAMPLE_ROWS = 20
"""Rows examined to find the header."""

Row = tuple[int, list[str]]
"""Row number and values from the first column on."""

_NAME = re.compile(r"(?=[^@]{1,64}$)(?!(?:\D*\d){5})\W{0,2}[^\W\d][^\n]*")
_IDENTIFIER = re.compile(r"[a-z]+(?:_[a-z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]+)+|[A-Z]+(?:_[A-Z0-9]+)+")
_BREAKS = {ord(char): " " for char in "\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"}


def header_index(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the index of the header among a table's first rows; None if there is none.

    Titles and remarks may precede it: it is the first row that is as wide as most are, or has known names only.
    """
    for index, row in enumerate(rows):
        names = [cell.strip() for cell in row if cell.strip()]
        if len(names) > 1 and all(map(_NAME.fullmatch, names)) and _known(names) * 2 > len(names):
            return index if _known(names) == len(names) or not _are_pairs(rows[index:]) else None
    if _are_pairs(rows):
        return None
    widths = Counter(width for width in map(_width, rows) if width)
    if not widths:
        return None
    usual = max(widths, key=lambda width: (widths[width], width))
    for index, row in enumerate(rows):
        if _width(row) >= usual and len([cell for cell in row if cell]) * 2 > usual:
            return index if _names_columns(row, rows[index + 1 :]) else None
    return None


def _are_pairs(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether rows begin with a field's name: the first one's values are no names of columns then.

    The first row itself may begin with an unknown name.
    """
    keys = [row[0].strip(" :") for row in rows if _width(row) > 1]
    return len(keys) > 1 and _known(keys[1:], of_somebody=True) * 2 >= len(keys) - 1


def _width(row: Sequence[str]) -> int:
    return next((index for index in range(len(row), 0, -1) if row[index - 1].strip()), 0)


def _names_columns(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether a row holds names and differs from the rows below it."""
    names = [cell.strip() for cell in row if cell.strip()]
    if not all(map(_NAME.fullmatch, names)):
        return False
    if len(names) == 1:
        return _known(names) == 1
    if len(below) > 1 and any(map(_is_secret, names)) and not any(char.isdigit() for name in names for char in name):
        return True
    known = _known(names)
    identifiers = sum(_IDENTIFIER.fullmatch(name) is not None for name in names)
    return (known > 1 and known * 3 >= len(names)) or identifiers * 2 >= len(names) or _differs(row, below)


def _is_secret(name: str) -> bool:
    from guardrails_cli.core.field_names import field_type

    return field_type(name) in ("PASSWORD", "API_KEY")


def _known(names: Sequence[str], *, of_somebody: bool = False) -> int:
    """Return how many of the names are names of fields, or of fields with values of a person."""
    from guardrails_cli.core.field_names import NOBODY, field_type

    nothing = (None, NOBODY) if of_somebody else (None,)
    return sum(field_type(name) not in nothing for name in names)


def _differs(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether a column has numbers, dates or mail addresses below a cell without any."""
    for index, name in enumerate(row):
        values = [other[index] for other in below if index < len(other) and other[index].strip()]
        data = sum(not _NAME.fullmatch(value.strip()) for value in values)
        if not any(char.isdigit() for char in name) and data * 2 > len(values):
            return True
    return False


def columns_of(row: Sequence[str]) -> tuple[str, ...]:
    """Return the names in a header; none if there are too many."""
    names = [one_line(cell).strip() for cell in row]
    while names and not names[-1]:
        names.pop()
    return tuple(names) if len(names) <= MAX_COLUMNS else ()


def one_line(value: str) -> str:
    """Return a value without tabs and line breaks, which separate cells and rows in a table's text view."""
    return value if value.isprintable() else value.translate(_BREAKS)


def named(table: str | None, columns: Sequence[str], rows: Iterable[Row]) -> Iterator[Segment]:
    """Yield the segments of a table whose columns have names: these first, then the rows."""
    layout = Layout("\t", columns_of(columns))
    yield from _header(table, columns, layout)
    for number, cells in rows:
        yield from row(table, layout, number, cells)


def sheet(table: str | None, rows: Iterable[Row], *, lettered: bool = True) -> Iterator[Segment]:
    """Yield the segments of a sheet: tables one below the other, separated by empty rows, with or without headers.

    Rows after an empty row belong to the table above unless they begin with a header.
    """
    layout = Layout("\t", lettered=lettered)
    begins = True
    for block in _blocks(rows):
        sample = list(islice(block, SAMPLE_ROWS))
        index = header_index([cells for _, cells in sample])
        above = sample if index is None else sample[:index]
        if index is not None and above:
            layout, begins = Layout("\t", lettered=lettered), True
        for number, cells in above:
            yield from row(table, layout, number, cells, begins=begins)
            begins = False
        if index is not None:
            layout = Layout("\t", columns_of(sample[index][1]), lettered)
            yield from _header(table, sample[index][1], layout)
            begins = False
        rest = [] if index is None else sample[index + 1 :]
        for number, cells in chain(rest, block):
            yield from row(table, layout, number, cells)


def _blocks(rows: Iterable[Row]) -> Iterator[Iterator[Row]]:
    """Yield the rows in groups separated by gaps in their numbers; consume each group before the next."""
    source = iter(rows)
    waiting = next(source, None)

    def block() -> Iterator[Row]:
        nonlocal waiting
        while waiting is not None:
            current, waiting = waiting, next(source, None)
            yield current
            if waiting is None or waiting[0] != current[0] + 1:
                return

    while waiting is not None:
        yield block()


def _header(table: str | None, cells: Sequence[str], layout: Layout) -> Iterator[Segment]:
    place = Location(part="header", table=table)
    begins = True
    for start in range(0, len(cells), MAX_COLUMNS):
        names = [one_line(cell) for cell in cells[start : start + MAX_COLUMNS]]
        end = "\n" if start + MAX_COLUMNS >= len(cells) else "\t"
        yield Segment("\t".join(names) + end, place, begins=begins, layout=layout if begins else None)
        begins = False


def row(
    table: str | None, layout: Layout, number: int, cells: Sequence[str], *, begins: bool = False
) -> Iterator[Segment]:
    """Yield a row of a binary table: whole if a finding's cell can be found by counting, otherwise cell by cell."""
    text = "\t".join(cells)
    if len(text) < MAX_ROW and not ('"' in text and any(cell.lstrip(" ").startswith('"') for cell in cells)):
        if not text.isprintable() and ("\n" in text or text.count("\t") >= len(cells)):
            text = "\t".join([one_line(cell) for cell in cells])
        place = Location(table=table, row=number)
        yield Segment(text + "\n", place, begins=begins, layout=layout if begins else None)
        return
    last = len(cells) - 1
    for index, value in enumerate(cells):
        if value or index == last:
            place = cell_place(table, layout, number, index)
            text = one_line(value) + ("\n" if index == last else "\t")
            yield Segment(text, place, begins=begins, layout=layout if begins else None)
            begins = False


def cell_place(table: str | None, layout: Layout, number: int | None, index: int) -> Location:
    """Return the location of a cell; `index` counts columns from 0."""
    name = layout.columns[index] if index < len(layout.columns) else ""
    cell = f"{letters(index)}{number}" if layout.lettered else None
    return Location(table=table, row=number, column=name or (None if cell else str(index + 1)), cell=cell)
