"""A document's text on its way to detection: segments with their locations, cut into chunks."""

import msgspec

from guardrails_cli.core.reasons import Reason


class Location(msgspec.Struct, frozen=True):
    """The place of a piece of text, in the terms of its format; only the fields that the format has are set."""

    part: str | None = None
    """Kind of text if it is not plain content: `header`, `comment`, `notes`, `metadata`, `attribute` …"""
    page: int | None = None
    slide: int | None = None
    table: str | None = None
    """Name of a sheet or of a table in a database, or the number of a table in a text."""
    row: int | None = None
    """Row as the format counts: the sheet's row, the record of a CSV with the header as 1, the rowid of a database."""
    column: str | None = None
    """Name of the column in the header, otherwise its number."""
    cell: str | None = None
    """Coordinates in a spreadsheet, such as `B7`."""
    paragraph: int | None = None
    path: str | None = None
    """A JSON path such as `$.patients[3].ssn`, or the path of an XML element."""

    @property
    def is_row(self) -> bool:
        """Whether it is a whole row of a table."""
        return self.row is not None and self.column is None and self.cell is None

    @property
    def label(self) -> str:
        """One-line description for a person: `Patients!B7 (ssn)`, `page 3`, `slide 2, notes`."""
        if self.cell is not None:
            name = f" ({self.column})" if self.column is not None else ""
            return f"{self.table}!{self.cell}{name}" + (f", {self.part}" if self.part else "")
        named = (
            ("page {}", self.page),
            ("slide {}", self.slide),
            ("{}", self.table),
            ("paragraph {}", self.paragraph),
            ("row {}", self.row),
            ("column {}", self.column),
            ("{}", self.path),
            ("{}", self.part),
        )
        return ", ".join(words.format(value) for words, value in named if value is not None)


class Layout(msgspec.Struct, frozen=True):
    """The form of a table in the text: one row after the other, with cells separated by `delimiter`."""

    delimiter: str
    columns: tuple[str, ...] = ()
    """Names of the columns, if the table has any."""
    lettered: bool = False
    """Whether cells have coordinates such as `B7`."""


class Segment(msgspec.Struct, frozen=True):
    """A piece of a document's text with one location. A document's text is its segments, joined in order."""

    text: str
    location: Location | None = None
    """Location; None in plain text, where line and column suffice."""
    line: int = 0
    """Line of its first character in the file, from 1; 0 if the file has no lines or `text` is the file's own text."""
    column: int = 0
    begins: bool = False
    """Whether it begins a part, such as a sheet; no finding crosses its border."""
    layout: Layout | None = None
    """Layout of the part that it begins, if that is a table. Each row then begins with a segment that has its `row`."""


class Document(msgspec.Struct, frozen=True):
    """Facts about a document after it was read to its end."""

    path: str
    size_bytes: int
    sha256: str | None
    """Hash of the raw bytes, hexadecimal; None if they were not all read."""
    encoding: str | None
    """Python codec that decoded the bytes; None if the format determines it."""
    format: str = "text"
    rows: tuple[tuple[str, int], ...] = ()
    """Number of rows by table; the name is empty if there is only one table."""
    members: int = 0
    """Number of documents inside it."""
    failure: Reason | None = None
    """Reason why it could not be read to its end; None if it was."""
    pictures: tuple[int, ...] = ()
    """Pages with unread pictures."""


class Chunk(msgspec.Struct, frozen=True):
    """A part of a document's text, with enough around it to detect in its core what is detected in the whole."""

    text: str
    start: int = 0
    """Offset of `text` in the document's text, in characters."""
    core_start: int = 0
    """Findings that begin in [core_start, core_end) of the document belong to this chunk; others to a neighbour."""
    core_end: int = -1
    """End of the core, exclusive; -1 is the end of the document."""
    line: int = 1
    """Line of the first character of `text`, from 1."""
    column: int = 1
    """Column of the first character of `text`, from 1."""
    header: str | None = None
    """First line of the document if it is the header of a table that `text` continues; empty if there is no table.
    None: `text` begins the document, or its part of the document."""
    layout: Layout | None = None
    """Layout of the table that `text` is part of."""
    marks: "tuple[Mark, ...]" = ()
    """Start of each place in `text`, in order; empty in plain text."""


class Mark(msgspec.Struct, frozen=True):
    """The `location` of a chunk's text from `start` up to the next mark."""

    start: int
    location: Location | None
    line: int = 0
    """Line of the character at `start` in the file; 0 if line and column are those of the document's text."""
    column: int = 0
