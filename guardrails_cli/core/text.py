"""A document's text on its way to detection: segments with their locations, cut into chunks."""

from dataclasses import dataclass

from guardrails_cli.core.reasons import Reason


@dataclass(frozen=True, slots=True)
class Location:
    """Where a piece of text lies, in the terms of its format; only what the format has is set."""

    part: str | None = None
    """What the text is where that is not plain content: `header`, `comment`, `notes`, `metadata`, `attribute` …"""
    page: int | None = None
    slide: int | None = None
    table: str | None = None
    """A sheet, a table of a database, or the number of a table in a text."""
    row: int | None = None
    """As the format counts: the sheet's row, the record of a CSV with the header as 1, the rowid of a database."""
    column: str | None = None
    """The column's name in the header, else its number."""
    cell: str | None = None
    """A spreadsheet's coordinates, such as `B7`."""
    paragraph: int | None = None
    path: str | None = None
    """A JSON path such as `$.patients[3].ssn`, or the path of an XML element."""

    @property
    def is_row(self) -> bool:
        """Whether it is a whole row of a table."""
        return self.row is not None and self.column is None and self.cell is None

    @property
    def label(self) -> str:
        """All of it in one line for a person: `Patients!B7 (ssn)`, `page 3`, `slide 2, notes`."""
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


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a table stand in the text: one after the other, the cells separated by `delimiter`."""

    delimiter: str
    columns: tuple[str, ...] = ()
    """The columns' names, as far as the table has any."""
    lettered: bool = False
    """Whether cells have coordinates such as `B7`."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a document's text that lies in one place. A document's text is its segments, one after the other."""

    text: str
    location: Location | None = None
    """None in plain text, where line and column say all."""
    line: int = 0
    """Of its first character in the file, from 1; 0 where the file has no lines or `text` is the file's own text."""
    column: int = 0
    begins: bool = False
    """Whether it begins a part of its own, such as a sheet: nothing that is found reaches over its border."""
    layout: Layout | None = None
    """Of the part that it begins, if that is a table. Then each row begins with a segment that has its `row`."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is known of a document once all of it was read."""

    path: str
    size_bytes: int
    sha256: str | None
    """Of the raw bytes, hexadecimal; None if not all of them were read."""
    encoding: str | None
    """The Python codec that the bytes were decoded with; None where the format says how."""
    format: str = "text"
    rows: tuple[tuple[str, int], ...] = ()
    """By table, how many rows it has; the empty name where there is only one table."""
    members: int = 0
    """How many documents are inside it."""
    failure: Reason | None = None
    """Why it could not be read to its end; None if it was."""
    pictures: tuple[int, ...] = ()
    """Pages with pictures that nobody has read."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a document's text, with enough around it that what begins in its core is found as in the whole."""

    text: str
    start: int = 0
    """Where `text` begins in the document's text, in characters."""
    core_start: int = 0
    """Findings that begin in [core_start, core_end) of the document belong to this chunk; others to a neighbour."""
    core_end: int = -1
    """Exclusive; -1 stands for the end of the document."""
    line: int = 1
    """The line of the first character of `text`, counted from 1."""
    column: int = 1
    """The column of the first character of `text`, counted from 1."""
    header: str | None = None
    """The document's first line where it heads a table that `text` is a later part of; empty where there is no table.
    None: `text` begins the document, or the part of it that it belongs to."""
    layout: Layout | None = None
    """Of the table that `text` is a part of."""
    marks: "tuple[Mark, ...]" = ()
    """Where in `text` each place begins, in order; empty in plain text."""


@dataclass(frozen=True, slots=True)
class Mark:
    """From `start` of a chunk's text on, up to the next mark, the text lies at `location`."""

    start: int
    location: Location | None
    line: int = 0
    """Of the character at `start` in the file; 0 where line and column are those of the document's text."""
    column: int = 0
