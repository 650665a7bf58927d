"""The text of word-processing documents: runs form paragraphs, rows and asides, and these form segments.

An aside is text that a reader does not see at its place, such as deleted or hidden words. It comes in a line of its own
after the paragraph, so that it neither breaks the paragraph nor is glued to it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import count

from msgspec.structs import replace

from guardrails_cli.core.text import Layout, Location, Segment
from guardrails_cli.formats import table_text

INSERTED = "inserted text"
DELETED = "deleted text"
HIDDEN = "hidden text"
FIELD = "field code"
MAX_HELD = 64 * 1024
"""Characters held of a paragraph or of a table's first rows; longer ones are yielded as they come."""
_WORDS = r"(?:(?<!\S)[^\s\d@]{1,40}\s+){0,4}"
_CONTEXT = {DELETED: re.compile(_WORDS + r"\S{0,80}$"), HIDDEN: re.compile(_WORDS + r"(?:(?<!\S)[\d-]{1,30})?$")}
"""Context before such a text: words that are not values themselves, and the beginning of the word, or for hidden text
of the number, that it is part of."""
_REST = {DELETED: re.compile(r"\S{0,80}"), HIDDEN: re.compile(r"(?<!\S)[\d-]{0,30}(?!\S)")}
"""Context after it."""
_BREAKS = re.compile(r"[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")


class Prose:
    """Takes runs of text in order; `out` has the segments that are ready.

    Args:
        base: location of everything.
        numbered: whether paragraphs are counted.
        numbers: numbers of the coming tables; shared by all parts of a document.

    """

    def __init__(
        self, base: Location | None = None, *, numbered: bool = False, numbers: Iterator[int] | None = None
    ) -> None:
        self.out: list[Segment] = []
        self.base = base or Location()
        """Location of everything; may be changed between paragraphs."""
        self.paragraph = 0
        """Number of the last paragraph outside of tables."""
        self._numbered = numbered
        self._begins = True
        self._open: list[_Paragraph] = []
        self._tables: list[_Table] = []
        self._numbers = numbers or count(1)

    def run(self, text: str, part: str | None = None) -> None:
        """Add text to the paragraph; with a `part`, except `INSERTED`, it is an aside."""
        if not self._open:
            self.begin_paragraph()
        paragraph = self._open[-1]
        paragraph.add(text, part)
        if paragraph.size > MAX_HELD:
            self._tell(paragraph, end="")

    @property
    def is_open(self) -> bool:
        """Whether a paragraph is open."""
        return bool(self._open)

    def aside(self, text: str, part: str) -> None:
        """Add a line that belongs to the paragraph, or stands alone if there is none."""
        text = " ".join(text.split())
        if text and self._open:
            self._open[-1].lines.append((part, text))
        elif text:
            self._later(text + "\n", _within(self._place(), part))

    def remark(self, text: str, part: str) -> None:
        """Add a line that belongs to no paragraph."""
        text = " ".join(text.split())
        if text:
            self._line(text + "\n", _within(self.base, part))

    def begin_paragraph(self, *, counts: bool = True) -> None:
        """Begin a paragraph; an outer one, whose text box it is in, continues afterwards."""
        self.paragraph += counts and not self._tables and not self._open
        self._open.append(_Paragraph(None if self._tables else self._place()))

    def end_paragraph(self) -> None:
        """End the innermost paragraph."""
        if self._open:
            self._tell(self._open.pop(), end="\n")

    def begin_table(self) -> None:
        """Begin a table; a table inside another one's cell breaks up the outer table."""
        if self._tables:
            self._tell_rows(self._tables[-1].broken_up())
        self._tables.append(_Table(f"table {next(self._numbers)}"))

    def end_table(self) -> None:
        """End the innermost table."""
        if self._tables:
            table = self._tables.pop()
            self._tell_rows(table.end_row() + table.rest())
            self._begins = self._begins or table.begun or bool(self._tables)

    def begin_row(self) -> None:
        """Begin a row of the innermost table."""
        if self._tables:
            self._tables[-1].begin_row()

    def end_row(self) -> None:
        """End the row."""
        if self._tables:
            self._tell_rows(self._tables[-1].end_row())

    def begin_cell(self) -> None:
        """Begin a cell of the row."""
        if self._tables:
            self._tables[-1].cells.append("")

    def end_cell(self, span: int = 1) -> None:
        """End the cell, which is `span` columns wide."""
        if self._tables:
            self._tables[-1].cells += [""] * min(span - 1, table_text.MAX_COLUMNS)

    def finish(self) -> None:
        """End all open items, as at the end of a damaged document."""
        while self._open:
            self.end_paragraph()
        while self._tables:
            self.end_row()
            self.end_table()

    def begin_part(self, base: Location | None = None) -> None:
        """Begin a part of the document; no finding crosses its border."""
        self.finish()
        self._begins = True
        if base is not None:
            self.base = base

    def _place(self) -> Location:
        if self._tables:
            table = self._tables[-1]
            return replace(self.base, table=table.name, row=table.row or 1, column=str(max(1, len(table.cells))))
        return replace(self.base, paragraph=self.paragraph) if self._numbered and self.paragraph else self.base

    def _tell(self, paragraph: "_Paragraph", end: str) -> None:
        text = paragraph.text()
        if self._tables and not self._tables[-1].add(text + (" " if end else "")):
            self._tell_rows(self._tables[-1].spilled())
        elif not self._tables and (text.strip() or (end and paragraph.told)):
            self._line(text + end, paragraph.place or self._place())
            paragraph.told = True
        for part, line in paragraph.asides():
            self._later(line + "\n", _within(paragraph.place or self._place(), part))

    def _later(self, text: str, place: Location) -> None:
        """Yield an aside; inside a table it waits for the end of the row."""
        if self._tables:
            self._tables[-1].asides.append(Segment(text, place))
        else:
            self._line(text, place)

    def _tell_rows(self, segments: Sequence[Segment]) -> None:
        """Yield segments of a table, adding the slide or part that the table is in to their places."""
        for segment in segments:
            place = segment.location or Location()
            if self.base != Location() and place.table is not None:
                inner = replace(self.base, table=place.table, row=place.row, column=place.column)
                place = (
                    _within(inner, "header")
                    if place.part == "header"
                    else replace(inner, part=place.part or inner.part)
                )
            begins = segment.begins or self._begins
            self._begins = False
            self.out.append(replace(segment, location=place, begins=begins))

    def _line(self, text: str, place: Location) -> None:
        self.out.append(Segment(text, None if place == Location() else place, begins=self._begins))
        self._begins = False


def _within(place: Location, part: str) -> Location:
    """Return the place of a part of something, such as hidden text in a comment."""
    return replace(place, part=f"{place.part}, {part}" if place.part else part)


class _Paragraph:
    """The runs of a paragraph that are not yielded yet."""

    def __init__(self, place: Location | None) -> None:
        self.place = place
        """Place of the paragraph; None inside a table, which has its own."""
        self.size = 0
        self.told = False
        """Whether its beginning was yielded."""
        self.lines: list[tuple[str, str]] = []
        self._runs: list[tuple[str | None, str]] = []

    def add(self, text: str, part: str | None) -> None:
        self.size += len(text)
        if self._runs and self._runs[-1][0] == part and len(self._runs[-1][1]) < 1024:
            text = self._runs.pop()[1] + text
        self._runs.append((part, text))

    def text(self) -> str:
        """Return the visible text."""
        return "".join([text for part, text in self._runs if part in (None, INSERTED)])

    def asides(self) -> list[tuple[str, str]]:
        """Return the asides by kind, and drop all runs."""
        found = [
            (part, line)
            for part in dict.fromkeys(part for part, _ in self._runs if part not in (None, INSERTED))
            if part is not None
            for line in self._lines(part)
        ]
        found += self.lines
        self._runs, self.lines, self.size = [], [], 0
        return found

    def _lines(self, wanted: str) -> list[str]:
        # A replacement was not beside the text that it replaced.
        beside = (None, wanted) if wanted == DELETED else (None, INSERTED, wanted)
        rest_of_word = _REST.get(wanted)
        lines: list[str] = []
        before, current = "", ""
        for part, text in self._runs:
            if part == wanted:
                current = (current or _context(before, wanted)) + text
            elif part in beside:
                if current:
                    rest = rest_of_word.match(text) if rest_of_word and current[-1:].strip() else None
                    lines.append(current + (rest[0] if rest else ""))
                    current = ""
                before = (before + text)[-400:]
        lines.append(current)
        return [" ".join(line.split()) for line in lines if line.strip()]


def _context(before: str, wanted: str) -> str:
    match = _CONTEXT[wanted].search(before) if wanted in _CONTEXT else None
    return match[0] if match else ""


class _Table:
    """The rows of a table that are not yielded yet: the first ones are held until its kind is known."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cells: list[str] = []
        """Cells of the current row."""
        self.asides: list[Segment] = []
        self.begun = False
        """Whether it begins a part of the document's text."""
        self.row = 0
        self._held: list[tuple[int, list[str], list[Segment]]] | None = []
        """Held rows; None once the table's kind is known."""
        self._layout: Layout | None = None
        self._size = 0
        self._spilled = False

    def begin_row(self) -> None:
        self.row += 1
        self.cells = []
        self._spilled = False

    def add(self, text: str) -> bool:
        """Add text to the current cell; return whether there is room for more."""
        if not self.cells:
            self.cells.append("")
        self.cells[-1] += _BREAKS.sub(" ", text)
        self._size += len(text)
        return self._size <= MAX_HELD

    def end_row(self) -> list[Segment]:
        cells, asides = [cell.strip(" ") for cell in self.cells], self.asides
        self.cells, self.asides = [], []
        if not cells and not self._spilled:
            return asides
        if self._spilled:
            told = self._row_cells(cells, "\n")
            self._spilled = False
            return [*told, *asides]
        if self._held is not None:
            self._held.append((self.row, cells, asides))
            return self.rest() if len(self._held) >= table_text.SAMPLE_ROWS or self._size > MAX_HELD else []
        self._size = 0
        return [*self._told(self.row, cells), *asides]

    def rest(self) -> list[Segment]:
        """Decide the table's kind, and return its rows so far."""
        held, self._held = self._held, None
        self._size = 0
        rows = [cells for _, cells, _ in held or [] if any(cells)]
        if not rows:
            return []
        found: list[Segment] = []
        index = None if _is_form(rows) else table_text.header_index(rows)
        header = rows[index] if index is not None else None
        for number, cells, asides in held or []:
            if cells is header:
                self._layout = Layout("\t", table_text.columns_of(cells))
                self.begun = True
                place = Location(table=self.name, part="header")
                found.append(Segment("\t".join(cells) + "\n", place, begins=True, layout=self._layout))
            else:
                found += self._told(number, cells)
            found += asides
        return found

    def spilled(self) -> list[Segment]:
        """Return the text that is too long to hold."""
        found = self.rest() if self._held else []
        self._held = None
        self._spilled = True
        self._size = 0
        cells, self.cells = self.cells, [""] * len(self.cells)
        return found + self._row_cells(cells, "")

    def broken_up(self) -> list[Segment]:
        """Return the rows before a table inside this one."""
        self.cells = [cell.strip(" ") for cell in self.cells]
        found = self.spilled()
        if found:
            found[-1] = replace(found[-1], text=found[-1].text + "\n")
        asides, self.asides, self._layout = self.asides, [], None
        return found + asides

    def _told(self, number: int, cells: list[str]) -> list[Segment]:
        if not any(cells):
            return []
        if self._layout is not None:
            return list(table_text.row(self.name, self._layout, number, cells))
        return self._row_cells(cells, "\n", number)

    def _row_cells(self, cells: list[str], end: str, number: int | None = None) -> list[Segment]:
        """Return a row without known columns, in which a cell that labels the next is written like a label."""
        from guardrails_cli.core.field_names import field_type

        found = []
        for index, cell in enumerate(cells):
            if not cell:
                continue
            named = (
                index + 1 < len(cells) and bool(cells[index + 1]) and len(cell) <= 64 and field_type(cell) is not None
            )
            place = table_text.cell_place(self.name, self._layout or Layout("\t"), number or self.row or 1, index)
            found.append(Segment(cell + (": " if named else "\t"), place))
        if found:
            found[-1] = replace(found[-1], text=found[-1].text.rstrip("\t") + end)
        elif end and self._spilled:
            found.append(Segment(end, Location(table=self.name)))
        return found


def _is_form(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a table is a form: each row is a name and its value, so the first row is not a header."""
    from guardrails_cli.core.field_names import field_type

    if not all(len(row) <= 4 for row in rows):
        return False
    names = [row[0] for row in rows if row and row[0]]
    labels = [name for name in names if name.endswith(":") or field_type(name) is not None]
    return len(rows) == 1 or (len(labels) >= 2 and len(labels) * 2 >= len(names))
