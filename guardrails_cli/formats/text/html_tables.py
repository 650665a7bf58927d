"""The rows of an HTML table, with named columns if its first row is a header.

The second row decides: a table with one row, one column or a table inside it is only layout.

`lxml` and `selectolax` were weighed for tables: they build the whole tree in memory, and neither returns the columns
in the file that findings are reported with (`lxml` has lines only).
"""

from collections.abc import Callable, Iterator

import msgspec
from msgspec.structs import replace

from guardrails_cli.core.text import Layout, Location, Segment

MAX_COLUMNS = 1_000
MAX_SPAN = 1_000
MAX_ROW = 256 * 1024
"""Maximum number of characters of a row; a longer one makes the table plain text."""
OVERHEAD = 64
"""Weight of a piece besides its text, in characters."""
MAX_PADDING = 20
"""Cells that a row may lack and still be read by the names of the columns."""
_MAX_LABEL = 40


class Piece(msgspec.Struct):
    """A piece of text that may still change."""

    text: str
    line: int
    column: int
    location: Location | None = None

    def segment(self) -> Segment:
        """Return it in its present form."""
        return Segment(self.text, self.location, self.line, self.column)


class Row:
    """A row in the making."""

    def __init__(self, line: int, column: int) -> None:
        self.place = (line, column)
        self.cells: list[list[Piece]] = []
        self.heads = 0
        """Number of its cells that are headers."""
        self.length = 0

    def add(self, piece: Piece) -> None:
        """Add a piece to the last cell."""
        self.cells[-1].append(piece)
        self.length += len(piece.text) + OVERHEAD


class Table:
    """A table in the making."""

    def __init__(self, number: int) -> None:
        self.name = f"table {number}"
        self.row: Row | None = None
        self.in_cell = False
        self.in_head = False
        self.is_plain = False
        """Whether it is only layout."""
        self.begun = False
        """Whether rows of it were yielded as a table's."""
        self._first: Row | None = None
        self._columns: tuple[str, ...] = ()
        self._number = 0
        self._spans: dict[int, int] = {}
        self._wide = 0

    def cell(self, row: Row, *, is_head: bool, colspan: int, rowspan: int) -> None:
        """Begin a cell of the row."""
        self._fill(row)
        if rowspan > 1:
            self._spans[len(row.cells)] = rowspan - 1
        row.cells.append([])
        row.heads += is_head or self.in_head
        self.in_cell = True
        self._wide = min(colspan, MAX_SPAN) - 1

    def cell_ends(self, row: Row) -> None:
        """End the open cell."""
        self.in_cell = False
        row.cells += [[] for _ in range(min(self._wide, MAX_COLUMNS - len(row.cells)))]
        self._wide = 0

    def _fill(self, row: Row) -> None:
        """Skip the columns that a cell of an earlier row reaches into."""
        while self._spans.get(len(row.cells), 0) > 0 and len(row.cells) < MAX_COLUMNS:
            self._spans[len(row.cells)] -= 1
            row.cells.append([])

    def ends_row(self) -> Iterator[Segment]:
        """Yield the rows that are final now that another one has ended."""
        row, self.row = self.row, None
        if row is None or not any(row.cells):
            return
        self._fill(row)
        if self.is_plain or row.length > MAX_ROW:
            yield from self.plainly(row)
        elif self._first is None and not self.begun:
            self._first = row
        elif self._first is not None and max(len(row.cells), len(self._first.cells)) < 2:
            yield from self.plainly(row)
        else:
            yield from self._begin()
            yield from self._told(row)

    def plainly(self, row: Row | None) -> Iterator[Segment]:
        """Yield the rows so far as lines; later rows become lines, too."""
        self.is_plain = True
        first, self._first = self._first, None
        for each in filter(None, (first, row)):
            yield from _line(each, lambda _: None, each.heads == 1 and len(each.cells) == 2)

    def _begin(self) -> Iterator[Segment]:
        """Yield the first row once there is a second one."""
        first, self._first = self._first, None
        if first is None:
            return
        self.begun = True
        width = len(first.cells)
        if first.heads >= len([cell for cell in first.cells if cell]) and width > 1:
            names = tuple(" ".join("".join(piece.text for piece in cell).split()) for cell in first.cells)
            self._columns = names if width <= MAX_COLUMNS else ()
            place = Location(part="header", table=self.name)
            pieces = _line(first, lambda _: place, labelled=False)
        else:
            pieces = self._told(first)
        for index, piece in enumerate(pieces):
            layout = Layout("\t", self._columns) if self._columns else None
            yield replace(piece, begins=True, layout=layout) if not index else piece

    def _told(self, row: Row) -> Iterator[Segment]:
        self._number += 1
        number, names = self._number + bool(self._columns), self._columns
        missing = len(names) - len(row.cells)
        if 0 < missing <= MAX_PADDING:
            row.cells += [[] for _ in range(missing)]

        def place(index: int) -> Location:
            name = names[index] if index < len(names) else ""
            return Location(table=self.name, row=number, column=name or str(index + 1))

        return _line(row, place, labelled=not names and len(row.cells) == 2)


def _line(row: Row, place: Callable[[int], Location | None], labelled: bool) -> Iterator[Segment]:
    """Yield a row as one line of consecutive cells.

    Args:
        row: the row with its cells.
        place: returns a cell's location.
        labelled: whether the first cell labels the second.

    """
    last: Piece | None = None
    for index, cell in enumerate(row.cells):
        where = place(index) if cell or last is None else None
        if last is None and not cell:
            last = Piece("", *row.place, where)
        for piece in cell:
            if last is not None:
                yield last.segment()
            part = piece.location.part if piece.location else None
            location = replace(where, part=part) if where and part else where or piece.location
            last = Piece(piece.text.replace("\n", " ").replace("\t", " "), piece.line, piece.column, location)
        if last is None:
            continue
        end = "\t" if index + 1 < len(row.cells) else "\n"
        if labelled and index == 0:
            text = "".join(piece.text for piece in cell).rstrip()
            end = end if not text or text.endswith(":") or len(text) > _MAX_LABEL else ":" + end
        last.text = (last.text.rstrip(" ") if cell else last.text) + end
    if last is not None:
        yield last.segment()
