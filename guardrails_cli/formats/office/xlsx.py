"""Excel workbooks (ECMA-376): each sheet with its parts, hidden ones too, then the rest of the file."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from guardrails_cli.core.table_cells import letters
from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats import table_text
from guardrails_cli.formats.office.ooxml import PropertyHandler, TextHandler, links, relations
from guardrails_cli.formats.office.xlsx_sheet import SharedStrings, Strings, Style, Styles, Worksheet
from guardrails_cli.formats.prose import Prose
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.zip_package import Parts, key, open_parts

_NO_TEXT = re.compile(
    r"\[content_types\]\.xml|.*\.rels|xl/(workbook|styles|calcchain|metadata|sharedstrings)\.xml|xl/theme/.*"
    r"|_xmlsignatures/.*|.*/(colors|style|layout|quickstyle|drawing|themeoverride)\d+\.xml(?<!xl/drawings/.{13})"
    r"|.*/itemprops\d+\.xml|xl/richdata/rdrichvaluetypes\.xml|.*/printersettings\d*\.bin|docprops/thumbnail\.[a-z]+"
    r"|xl/printersettings/.*|.*\.vml"
)
"""Parts that only describe appearance, or repeat another part."""
_KINDS = {
    "comments": "comment",
    "threadedComment": "comment",
    "drawing": "text box",
    "chart": "chart",
    "chartEx": "chart",
    "diagramData": "diagram",
    "chartUserShapes": "chart",
}
"""Kinds of a sheet's parts, by relationship."""
_OTHERS = (
    ("xl/comments", "comment"),
    ("xl/threadedcomments/", "comment"),
    ("xl/persons/", "author"),
    ("xl/drawings/", "text box"),
    ("xl/charts/", "chart"),
    ("xl/diagrams/", "diagram"),
    ("xl/pivotcache/", "pivot cache"),
    ("xl/pivottables/", "pivot table"),
    ("xl/externallinks/", "values of another file"),
    ("xl/connections", "connection"),
    ("xl/", "workbook"),
)
"""Kinds of parts that belong to no sheet, by the beginning of the key."""


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the sheets, the other parts, then the embedded documents."""
    parts = open_parts(blob, reading)
    if parts.named("xl/workbook.bin"):
        yield from _binary(blob)
    workbook = _Workbook(parts)
    for name, sheet in workbook.sheets():
        yield from workbook.sheet(name, sheet)
    yield from workbook.names()
    entries = [
        entry for entry in parts.entries if not _NO_TEXT.fullmatch(key(entry)) and key(entry) not in workbook.done
    ]
    for entry in entries:
        name = key(entry)
        if not name.endswith(".xml"):
            continue
        part = next((part for folder, part in _OTHERS if name.startswith(folder)), None)
        if part is not None:
            yield from parts.segments(entry, _Values(Location(part=part)))
            yield from links(relations(parts, name), Location(part="link"))
        else:
            kind = "metadata" if name.startswith("docprops/") else "custom XML"
            yield from parts.segments(entry, PropertyHandler(Location(part=kind), attributes=kind == "custom XML"))
    yield from parts.members([entry for entry in entries if not key(entry).endswith((".xml", "sheet.bin"))])


def _binary(blob: Blob) -> Iterator[Segment]:
    """Yield the cells of a workbook whose parts are not XML (MS-XLSB)."""
    from guardrails_cli.formats.office import xls

    yield from xls.cells(blob.file())


class _Workbook:
    """Reads the sheets of a workbook with their parts, each part once."""

    def __init__(self, parts: Parts) -> None:
        self.done: set[str] = set()
        self._parts = parts
        self._relations = relations(parts, "xl/workbook.xml")
        self._strings = Strings()
        self._readings = list(self._all("xl/sharedstrings.xml", SharedStrings(self._strings)))
        self._styles: list[Style] = []
        for _ in self._all("xl/styles.xml", Styles(self._styles)):
            pass
        self._main = _Main()
        for _ in self._all("xl/workbook.xml", self._main):
            pass

    def sheets(self) -> Iterator[tuple[str, str]]:
        """Yield the sheets' names and keys in order, then sheets that the workbook does not name."""
        seen = set()
        for name, identity in self._main.sheets:
            relation = self._relations.get(identity)
            if relation is not None and relation.target not in seen:
                seen.add(relation.target)
                yield name, relation.target
        for entry in self._parts.entries:
            found = re.fullmatch(r"xl/(?:work|chart|dialog|macro)sheets/(.*)\.xml", key(entry))
            if found and key(entry) not in seen:
                seen.add(key(entry))
                yield found[1], key(entry)

    def sheet(self, name: str, part: str) -> Iterator[Segment]:
        """Yield the rows of a sheet, its remarks, its comments and drawings."""
        self.done.add(part)
        name = table_text.one_line(name)
        handler = Worksheet(self._strings, self._styles, since_1904=self._main.since_1904)
        yield from table_text.sheet(name, self._all(part, handler))
        begins = True
        for remark in handler.remarks:
            place = Location(part=remark.part, table=name, cell=remark.cell)
            yield Segment(table_text.one_line(remark.text) + "\n", place, begins=begins)
            begins = False
        found = relations(self._parts, part)
        waiting = list(found.values())
        for relation in waiting:
            kind = _KINDS.get(relation.kind)
            if kind is None or relation.external or relation.target in self.done:
                continue
            self.done.add(relation.target)
            for entry in self._parts.named(relation.target):
                anchored = _Anchored(Prose(Location(part=kind, table=name)))
                yield from self._parts.segments(entry, anchored)
                yield from anchored.finish()
            below = relations(self._parts, relation.target)
            yield from links(below, Location(part="link", table=name))
            waiting += below.values()
        yield from links(found, Location(part="link", table=name))

    def names(self) -> Iterator[Segment]:
        """Yield the words of the workbook itself, and strings that no cell shows."""
        for part, texts in (
            ("defined name", self._main.names),
            ("phonetic reading", self._readings),
            ("unused string", self._strings.unused()),
        ):
            for index, text in enumerate(texts):
                yield Segment(table_text.one_line(text) + "\n", Location(part=part), begins=index == 0)

    def _all(self, name: str, handler: Any) -> Iterator[Any]:
        """Yield everything that a handler produces for a part."""
        return chain.from_iterable(self._parts.segments(entry, handler) for entry in self._parts.named(name))


class _Main:
    """Processes the workbook's own part: names and order of the sheets, names of ranges."""

    def __init__(self) -> None:
        self.out: list[Segment] = []
        self.sheets: list[tuple[str, str]] = []
        self.names: list[str] = []
        self.since_1904 = False
        self._name: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            self.sheets.append((attributes.get("name", ""), attributes.get("id", "")))
        elif name == "workbookPr":
            self.since_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "definedName":
            self._name = [f"{attributes.get('name', '')} {attributes.get('comment', '')}".strip(), ": "]
        elif name == "fileSharing" and attributes.get("userName"):
            self.names.append(f"user: {attributes['userName']}")

    def end(self, name: str) -> None:
        if name == "definedName" and self._name is not None:
            self.names.append("".join(self._name))
            self._name = None

    def data(self, text: str) -> None:
        if self._name is not None:
            self._name.append(text)


class _Anchored(TextHandler):
    """Processes comments and drawings: their text is located at the cell that they are attached to."""

    def __init__(self, prose: Prose) -> None:
        super().__init__(prose)
        self._page = prose
        self._anchor: list[str] | None = None
        self._author: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("comment", "threadedComment"):
            self._hang(attributes.get("ref"))
        elif name == "from":
            self._anchor = []
        elif name == "author":
            self._author = []
        super().start(name, attributes)

    def end(self, name: str) -> None:
        super().end(name)
        if name == "from" and self._anchor is not None:
            numbers = [int(text) for text in "".join(self._anchor).split() if text.isdecimal() and len(text) < 8]
            if len(numbers) == 4:  # column, offset in it, row, offset in it
                self._hang(f"{letters(numbers[0])}{numbers[2] + 1}")
            self._anchor = None
        elif name == "author" and self._author is not None:
            self._person({"name": "".join(self._author)})
            self._author = None

    def data(self, text: str) -> None:
        if self._anchor is not None:
            self._anchor.append(f"{text} ")
        elif self._author is not None:
            self._author.append(text)
        else:
            super().data(text)

    def _hang(self, cell: str | None) -> None:
        base = self._page.base
        self._page.base = Location(part=base.part, table=base.table, cell=cell)


_SAID = frozenset({
    "author", "caption", "command", "connection", "description", "displayName", "error", "lastRefreshedBy", "name",
    "oldName", "refreshedBy", "sourceFile", "title", "tooltip", "userId", "userName", "v", "value",
})  # fmt: skip
"""Attributes that hold people's words or values."""


class _Values:
    """Processes a part that is mostly structure: its text and the attributes that hold values, one per line."""

    def __init__(self, place: Location) -> None:
        self.out: list[Segment] = []
        self._place = place
        self._text: list[str] = []
        self._told = False

    def start(self, _name: str, attributes: dict[str, str]) -> None:
        self._tell()
        for attribute, value in attributes.items():
            if attribute in _SAID and value:
                self._line(value)

    def end(self, _name: str) -> None:
        self._tell()

    def data(self, text: str) -> None:
        self._text.append(text)

    def _tell(self) -> None:
        text = "".join(self._text)
        self._text = []
        if not text.isspace() and text:
            self._line(text)

    def _line(self, text: str) -> None:
        self.out.append(Segment(table_text.one_line(text) + "\n", self._place, begins=not self._told))
        self._told = True
