"""Assemble the lines of a page: visible text, asides, and the rows of tables."""

import re

from msgspec.structs import replace

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.text.html_tables import MAX_ROW, OVERHEAD, Piece, Table

MAX_ASIDE = 64 * 1024
"""Maximum number of characters of an aside; a longer one interrupts its line."""
HIDDEN = Location(part="hidden text")
_WORDS = re.compile(r"[^ \t\r\n\f]+(?: [^ \t\r\n\f]+)*")
_AS_SEEN = {0xA0: " ", 0xAD: None, 0x200B: None}
"""A no-break space looks like a space; a soft hyphen and a zero-width space are invisible."""
_LINE = re.compile(r"[^\n]*\n?")


class Flow:
    """Assembles the text of a page. Finished segments are in `out`."""

    def __init__(self) -> None:
        self.out: list[Segment] = []
        self.tables: list[Table] = []
        self.preformatted = 0
        self._held: Piece | None = None
        """Last piece of the visible line, to which a space or a line break may be added."""
        self._space = False
        self._aside: list[Segment] = []
        self._aside_length = 0
        self._begins = False

    def taken(self) -> list[Segment]:
        """Return the finished segments, and drop them."""
        out, self.out = self.out, []
        return out

    @property
    def in_cell(self) -> bool:
        """Whether a cell of a table is open."""
        return bool(self.tables) and self.tables[-1].in_cell and not self.tables[-1].is_plain

    def add(self, text: str, line: int, column: int, location: Location | None = None) -> bool:
        """Add visible text; return whether there was any."""
        text = text if text.isascii() else text.translate(_AS_SEEN)
        if self.preformatted:
            self._put(text, line, column, location)
            return True
        seen = False
        begin = 0
        for match in _WORDS.finditer(text):
            gap = text[begin : match.start()]
            if gap:
                self.space()
            breaks = gap.count("\n")
            line, column = (line + breaks, len(gap) - gap.rfind("\n")) if breaks else (line, column + len(gap))
            self._put(match[0], line, column, location)
            column += len(match[0])
            begin = match.end()
            seen = True
        if begin < len(text):
            self.space()
        return seen

    def _put(self, text: str, line: int, column: int, location: Location | None) -> None:
        if self._held is not None:
            self._push(self._held)
        self._held = Piece(text, line, column, location)

    def space(self) -> None:
        """Separate the following text from the visible text before it."""
        held = self._held
        if held is not None and not held.text.endswith((" ", "\n")):
            held.text += " "

    def colon(self) -> None:
        """Make the following text on the line the value of the text before it."""
        held = self._held
        if held is not None:
            text = held.text.rstrip()
            held.text = text + (" " if text.endswith(":") else ": ")

    def end_line(self) -> None:
        """End the visible line; in a cell it is only a space."""
        if self.in_cell:
            self.space()
            return
        if self._held is not None:
            self._held.text = self._held.text.rstrip(" ") + "\n"
            self._push(self._held)
            self._held = None
        if not self.tables:
            self._flush_aside()

    def _push(self, piece: Piece) -> None:
        if self.tables and self.in_cell and self.tables[-1].row is not None:
            row = self.tables[-1].row
            row.add(piece)
            if row.length > MAX_ROW:
                self.out += self.tables[-1].plainly(row)
                self.tables[-1].row = None
            return
        self._tell(piece.segment())

    def _tell(self, segment: Segment) -> None:
        if self._begins:
            segment, self._begins = replace(segment, begins=True), False
        self.out.append(segment)

    def aside(self, text: str, line: int, column: int, location: Location) -> None:
        """Add an aside to the line."""
        self._aside.append(Segment(text, location, line, column))
        self._aside_length += len(text) + OVERHEAD
        if self._aside_length > MAX_ASIDE:
            self._flush_aside()

    def hidden(self, text: str, line: int, column: int) -> None:
        """Add text of a hidden element as an aside."""
        for match in _LINE.finditer(text):
            if match[0] and not match[0].isspace():
                self.aside(match[0], line, column, HIDDEN)
            line, column = line + 1, 1

    def end_aside(self) -> None:
        """End the aside."""
        if self._aside and not self._aside[-1].text.endswith("\n"):
            last = self._aside[-1]
            self._aside[-1] = replace(last, text=last.text + "\n")
        if self._held is None and not self.tables:
            self._flush_aside()

    def _flush_aside(self) -> None:
        for segment in self._aside:
            self._tell(segment)
        self._aside, self._aside_length = [], 0

    def begin_table(self, table: Table) -> None:
        """Begin a table; a table around it is only layout."""
        if self.tables and not self.tables[-1].is_plain:
            outer = self.tables[-1]
            self._end_text()
            self.out += outer.plainly(outer.row)
            outer.row = None
        self.end_line()
        self.tables.append(table)

    def _end_text(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            self._push(held)

    def end_cell(self) -> None:
        """End the open cell."""
        if not self.tables:
            return
        table = self.tables[-1]
        if table.is_plain:
            self.end_line()
        elif table.in_cell and table.row is not None:
            self._end_text()
            if table.row is not None:
                table.cell_ends(table.row)
        table.in_cell = False

    def end_row(self) -> None:
        """End the open row."""
        self.end_cell()
        if self.tables:
            for segment in self.tables[-1].ends_row():
                self.out.append(segment)

    def end_head(self) -> None:
        """End the rows of the table's header."""
        self.end_row()
        if self.tables:
            self.tables[-1].in_head = False

    def end_table(self) -> None:
        """End the innermost table."""
        if not self.tables:
            return
        self.end_row()
        table = self.tables.pop()
        self.out += table.plainly(None)
        self._begins = self._begins or table.begun
        if not self.tables:
            self._flush_aside()

    def end(self) -> None:
        """End the page."""
        self.end_line()
        self._flush_aside()
