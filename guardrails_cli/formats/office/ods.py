"""The content of OpenDocument spreadsheets (ISO/IEC 26300): rows of cells, their comments, and text on the sheets."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any
from zipfile import ZipInfo

from guardrails_cli.core.table_cells import letters
from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats import table_text
from guardrails_cli.formats.office import number_format
from guardrails_cli.formats.zip_package import Parts

MAX_COLUMN = 16_384
MAX_COPIES = 100_000
"""Repeated cells beyond the first that are read; a small file can declare a billion."""
_REMARKS = {"annotation": "comment", "text-box": "text box", "custom-shape": "text box"}
_DIGITS = frozenset("0123456789")


def content(parts: Parts, entry: ZipInfo) -> Iterator[Segment]:
    """Yield the sheets, each followed by its remarks."""
    events: Iterator[Any] = iter(parts.segments(entry, _Content()))
    for (_, is_remark), group in groupby(events, key=lambda event: (event[0], isinstance(event[2], Segment))):
        if is_remark:
            for index, (_, _, segment) in enumerate(group):
                yield Segment(segment.text, segment.location, begins=index == 0)
        else:
            _, name, _ = next(group)
            yield from table_text.sheet(name, (row for _, _, row in group))


class _Content:
    """Processes the events of `content.xml`; `out` gets (sheet's number, its name, row or remark)."""

    def __init__(self) -> None:
        self.out: list[Any] = []
        self._sheet = 0
        self._name: str | None = None
        self._row = 0
        self._rows_more = 0
        self._cells: list[str] = []
        self._attributes: dict[str, str] = {}
        self._paragraphs: list[str] = []
        self._depth = 0
        self._text: list[str] = []
        self._remarks: list[Segment] = []
        self._inside: list[tuple[str, list[str]]] = []
        """Open elements that belong to a cell, each with the paragraphs of the enclosing text."""
        self._copies = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Process the start of an element."""
        if name in ("table-cell", "covered-table-cell"):
            self._attributes, self._paragraphs = attributes, []
        elif name == "table-row":
            self._row += 1
            self._rows_more = _count(attributes, "number-rows-repeated") - 1
            self._cells = []
        elif name == "table":
            self._sheet += 1
            self._name, self._row = table_text.one_line(attributes.get("name", "")), 0
            self.out.append((self._sheet, self._name, None))
        elif name in ("p", "h", "creator"):
            self._depth += 1
        elif name in _REMARKS:
            self._inside.append((name, self._paragraphs))
            self._paragraphs = []
        elif self._depth and name in ("s", "tab", "line-break"):
            self._text.append(" " * min(_count(attributes, "c"), 1000))
        elif name == "a" and ":" in attributes.get("href", ""):
            self._remark("link", attributes["href"])
        if name == "table-cell" and '"' in attributes.get("formula", ""):
            self._remark("formula", attributes["formula"])

    def end(self, name: str) -> None:
        """Process the end of an element."""
        if name in ("p", "h", "creator"):
            self._depth = max(0, self._depth - 1)
            if not self._depth:
                self._paragraphs.append("".join(self._text))
                self._text = []
        elif name in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif name == "table-row":
            self._end_row()
        elif name in _REMARKS and self._inside and self._inside[-1][0] == name:
            self._remark(_REMARKS[name], " ".join(self._paragraphs))
            self._paragraphs = self._inside.pop()[1]
        elif name == "table":
            self.out += [(self._sheet, self._name, remark) for remark in self._remarks]
            self._remarks = []

    def data(self, text: str) -> None:
        """Process a piece of text."""
        if self._depth:
            self._text.append(text)

    def _remark(self, part: str, text: str) -> None:
        text = table_text.one_line(text).strip()
        if text and len(self._remarks) < MAX_COPIES:
            cell = f"{letters(len(self._cells))}{self._row}" if self._row else None
            self._remarks.append(Segment(text + "\n", Location(part=part, table=self._name, cell=cell)))

    def _end_cell(self) -> None:
        times = _count(self._attributes, "number-columns-repeated")
        value = _shown(self._attributes, " ".join(self._paragraphs))
        if value and times > 1:
            times = 1 + self._copied(times - 1)
        self._cells += [value] * max(0, min(times, MAX_COLUMN - len(self._cells)))
        self._paragraphs = []

    def _end_row(self) -> None:
        cells = self._cells
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            for copy in range(1 + self._copied(self._rows_more, len(cells))):
                self.out.append((self._sheet, self._name, (self._row + copy, cells)))
        self._row += self._rows_more

    def _copied(self, count: int, width: int = 1) -> int:
        """Return how many more copies of this width are allowed."""
        count = min(count, (MAX_COPIES - self._copies) // width)
        self._copies += count * width
        return count


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 8 else 1


def _shown(attributes: dict[str, str], text: str) -> str:
    """Return a cell's value: the displayed one if it has all digits, otherwise the stored one."""
    kind = attributes.get("value-type")
    if kind == "date":
        return attributes.get("date-value", text).removesuffix("T00:00:00")
    if kind not in ("float", "currency", "percentage"):
        return text or attributes.get("string-value", "")
    stored = number_format.shown(attributes.get("value", ""))
    if _digits(text).lstrip("0") == _digits(stored).lstrip("0"):
        return text
    return stored or text


def _digits(text: str) -> str:
    return "".join(char for char in text if char in _DIGITS)
