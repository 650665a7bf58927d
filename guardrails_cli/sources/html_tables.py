"""The rows of an HTML table, as a table with named columns where its first row is a header.

A table is told by its second row: what has one row, one column or a table inside it is only there for the layout.
"""

from collections.abc import Iterator
from dataclasses import replace

from guardrails_cli.model import Layout, Location, Segment

MAX_COLUMNS = 1_000
MAX_SPAN = 1_000
MAX_ROW = 1024 * 1024
"""Characters; a longer row makes a table plain text."""
_MAX_LABEL = 40


class Row:
    """A row while it is read."""

    def __init__(self, line: int, column: int) -> None:
        self.place = (line, column)
        self.cells: list[list[Segment]] = []
        self.heads = 0
        """How many of its cells are headers."""
        self.length = 0

    def add(self, segment: Segment) -> None:
        """Add a piece to the last cell."""
        self.cells[-1].append(segment)
        self.length += len(segment.text)


class Table:
    """A table while it is read."""

    def __init__(self, number: int) -> None:
        self.name = f"table {number}"
        self.row: Row | None = None
        self.in_cell = False
        self.in_head = False
        self.is_plain = False
        """Whether it is only there for the layout."""
        self.begun = False
        """Whether rows of it were told as a table's."""
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
        """End it."""
        self.in_cell = False
        row.cells += [[] for _ in range(self._wide)]
        self._wide = 0

    def _fill(self, row: Row) -> None:
        """Leave out the columns that a cell of an earlier row reaches into."""
        while self._spans.get(len(row.cells), 0) > 0 and len(row.cells) < MAX_COLUMNS:
            self._spans[len(row.cells)] -= 1
            row.cells.append([])

    def ends_row(self) -> Iterator[Segment]:
        """Yield the rows that are certain now that one more has ended."""
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
        """Yield the rows so far as lines; so are those that follow."""
        self.is_plain = True
        first, self._first = self._first, None
        for each in filter(None, (first, row)):
            yield from self._line(each, [None] * len(each.cells), each.heads == 1 and len(each.cells) == 2)

    def _begin(self) -> Iterator[Segment]:
        """Yield the first row once it is known that there is a second one."""
        first, self._first = self._first, None
        if first is None:
            return
        self.begun = True
        width = len(first.cells)
        if first.heads >= len([cell for cell in first.cells if cell]) and width > 1:
            names = tuple(" ".join("".join(piece.text for piece in cell).split()) for cell in first.cells)
            self._columns = names if width <= MAX_COLUMNS else ()
            place = Location(part="header", table=self.name)
            pieces = self._line(first, [place] * width, False)
        else:
            pieces = self._told(first)
        for index, piece in enumerate(pieces):
            layout = Layout("\t", self._columns) if self._columns else None
            yield replace(piece, begins=True, layout=layout) if not index else piece

    def _told(self, row: Row) -> Iterator[Segment]:
        self._number += 1
        width = max(len(row.cells), len(self._columns))
        row.cells += [[] for _ in range(width - len(row.cells))]
        names = [*self._columns, *[""] * (width - len(self._columns))]
        number = self._number + bool(self._columns)
        places = [
            Location(table=self.name, row=number, column=name or str(index + 1)) for index, name in enumerate(names)
        ]
        return self._line(row, places, not self._columns and width == 2)

    @staticmethod
    def _line(row: Row, places: "list[Location] | list[None]", labelled: bool) -> Iterator[Segment]:
        """Yield a row as one line, its cells behind each other; `labelled`: the first cell says what the second is."""
        pieces: list[Segment] = []
        for index, (cell, place) in enumerate(zip(row.cells, places, strict=True)):
            for piece in cell:
                text = piece.text.replace("\n", " ").replace("\t", " ")
                part = piece.location.part if piece.location else None
                where = replace(place, part=part) if place and part else place or piece.location
                pieces.append(replace(piece, text=text, location=where))
            end = "\t" if index + 1 < len(row.cells) else "\n"
            if labelled and not index and pieces:
                text = "".join(piece.text for piece in pieces).rstrip()
                end = end if text.endswith(":") or len(text) > _MAX_LABEL else ":" + end
            if not pieces:
                pieces.append(Segment("", place, *row.place))
            last = pieces[-1]
            pieces[-1] = replace(last, text=(last.text.rstrip(" ") if cell else last.text) + end)
        yield from pieces
