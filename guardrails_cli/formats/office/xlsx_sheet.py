"""A worksheet of an XLSX file as streamed XML: rows of cells, and other text in the sheet.

`python-calamine` was weighed for the cells: it is six times as fast (0.3 s against 1.9 s for 250,000 cells), but it
holds a whole sheet in memory and returns values without their number formats, so that `078-05-1120` under a mask
becomes `78051120`, and it returns no formulas, links or comments.
"""

import re
from array import array
from typing import Any

import msgspec

from guardrails_cli.core.table_cells import letters
from guardrails_cli.formats.office import number_format

MAX_COLUMN = 16_384
MAX_ROW = 1_048_576
_HEADERS = frozenset(
    {"oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"},
)
_WORDS = {
    "dataValidation": ("validation", ("promptTitle", "prompt", "errorTitle", "error")),
    "hyperlink": ("link", ("location", "display", "tooltip")),
}
"""Kind and text attributes of elements, by name."""


class Strings:
    """Many strings in little memory, by number."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])
        self._used = bytearray()

    def add(self, text: str) -> None:
        """Append a string."""
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))
        self._used.append(0)

    def get(self, number: int) -> str:
        """Return a string and mark it as used; empty if there is none of that number."""
        if not 0 <= number < len(self._used):
            return ""
        self._used[number] = 1
        return self._text(number)

    def unused(self) -> list[str]:
        """Return the strings that were never used."""
        return [self._text(number) for number, used in enumerate(self._used) if not used]

    def _text(self, number: int) -> str:
        return self._bytes[self._ends[number] : self._ends[number + 1]].decode("utf-8", "surrogatepass")


class SharedStrings:
    """Handler of `sharedStrings.xml`: an item's runs are joined, its phonetic reading is an item of its own."""

    def __init__(self, strings: Strings) -> None:
        self.out: list[Any] = []
        self._strings = strings
        self._pieces: list[str] = []
        self._reading: list[str] = []
        self._into: list[str] | None = None
        self._phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Process the start of an element."""
        del attributes
        if name == "t":
            self._into = self._reading if self._phonetic else self._pieces
        elif name == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        """Process the end of an element."""
        if name == "t":
            self._into = None
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self._strings.add("".join(self._pieces))
            if self._reading:
                self.out.append("".join(self._reading))
            self._pieces, self._reading = [], []

    def data(self, text: str) -> None:
        """Process a piece of text."""
        if self._into is not None:
            self._into.append(text)


class Style(msgspec.Struct):
    """The display style of a cell's number."""

    code: str = ""
    date: bool = False


class Remark(msgspec.Struct, frozen=True):
    """Text of a sheet outside of its cells' values."""

    part: str
    cell: str | None
    """First cell that it is about."""
    text: str


MAX_REMARKS = 100_000
"""Maximum number per sheet; further ones are not read."""


class Worksheet:
    """Handler of a worksheet: `out` gets its rows, `remarks` the text outside of cells.

    Args:
        strings: the workbook's strings.
        styles: styles by number.
        since_1904: whether the workbook counts days from 1904.

    """

    def __init__(self, strings: Strings, styles: list[Style], *, since_1904: bool) -> None:
        self.out: list[Any] = []
        self.remarks: list[Remark] = []
        self._strings = strings
        self._styles = styles
        self._since_1904 = since_1904
        self._row = 0
        self._cells: list[str] = []
        self._column = -1
        self._type = self._style = ""
        self._value: list[str] = []
        self._formula: list[str] = []
        self._text: list[str] | None = None
        self._letters: dict[str, int] = {}
        self._phonetic = False
        self._range = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Process the start of an element."""
        if name in ("v", "t"):
            self._text = None if self._phonetic else self._value
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdecimal() and 0 < int(number[:8]) <= MAX_ROW else self._row + 1
            self._cells, self._column = [], -1
        elif name == "f":
            self._text = self._formula
        elif name == "rPh":
            self._phonetic = True
        elif name in _HEADERS or name in ("formula1", "formula2"):
            self._value = self._text = []
        elif name in _WORDS:
            self._range = attributes.get("ref") or attributes.get("sqref") or ""
            self._remark(_WORDS[name][0], " ".join(attributes[key] for key in _WORDS[name][1] if attributes.get(key)))

    def end(self, name: str) -> None:
        """Process the end of an element."""
        if name in ("v", "t", "f"):
            self._text = None
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if self._cells:
                self.out.append((self._row, self._cells))
        elif name == "rPh":
            self._phonetic = False
        elif name in _HEADERS:
            self._range, self._text = "", None
            self._remark("header" if name.endswith("Header") else "footer", _plain_header("".join(self._value)))
        elif name in ("formula1", "formula2"):
            text = "".join(self._value)
            self._text = None
            if '"' in text:
                self._remark("validation", text)

    def data(self, text: str) -> None:
        """Process a piece of text."""
        if self._text is not None:
            self._text.append(text)

    def _remark(self, part: str, text: str) -> None:
        if text and len(self.remarks) < MAX_REMARKS:
            self.remarks.append(Remark(part, re.split("[: ]", self._range)[0] or None, text))

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._column = self._index(attributes.get("r", ""))
        self._value, self._formula = [], []

    def _index(self, reference: str) -> int:
        name = reference.rstrip("0123456789")
        index = self._letters.get(name)
        if index is None:
            index = column_index(name)
            if index is None:
                return min(self._column + 1, MAX_COLUMN - 1)
            self._letters[name] = index
        return index

    def _end_cell(self) -> None:
        raw = "".join(self._value)
        if raw:
            cells, column = self._cells, self._column
            if column > len(cells):
                cells += [""] * (column - len(cells))
            value = self._shown(raw)
            if column == len(cells):
                cells.append(value)
            else:
                cells[column] = f"{cells[column]} {value}" if cells[column] else value
        formula = "".join(self._formula)
        if '"' in formula:
            self._range = f"{letters(self._column)}{self._row}"
            self._remark("formula", formula)

    def _shown(self, raw: str) -> str:
        if self._type == "s":
            return self._strings.get(int(raw)) if raw.strip().isdecimal() else raw
        if self._type == "b":
            return "TRUE" if raw.strip() == "1" else "FALSE"
        if self._type != "n":
            return raw.removesuffix("T00:00:00") if self._type == "d" else raw
        number = int(self._style) if self._style.isdecimal() else 0
        style = self._styles[number] if number < len(self._styles) else _GENERAL
        return number_format.shown(raw, style.code, date=style.date, since_1904=self._since_1904)


_GENERAL = Style()


class Styles:
    """Handler of `styles.xml`: fills a list with the style of each number."""

    def __init__(self, styles: list[Style]) -> None:
        self.out: list[Any] = []
        self._styles = styles
        self._codes: dict[str, str] = {}
        self._inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Process the start of an element."""
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            number = attributes.get("numFmtId", "0")
            code = self._codes.get(number, "")
            date = number_format.is_date(code) if code else number in _DATES
            self._styles.append(Style("" if date or not number_format.masks(code) else code, date))

    def end(self, name: str) -> None:
        """Process the end of an element."""
        if name == "cellXfs":
            self._inside = False

    def data(self, text: str) -> None:
        """Process a piece of text."""


_DATES = frozenset(map(str, number_format.BUILT_IN_DATES))


def column_index(name: str) -> int | None:
    """Return the number, from 0, of the column with the spreadsheet name `name`; None if it is not one."""
    if not 0 < len(name) <= 3 or not name.isascii() or not name.isalpha():
        return None
    number = 0
    for char in name.upper():
        number = number * 26 + ord(char) - ord("A") + 1
    return number - 1 if number <= MAX_COLUMN else None


def _plain_header(text: str) -> str:
    """Return a page header without its formatting codes (ECMA-376 part 1, 18.3.1.46)."""
    out, at = [], 0
    while at < len(text):
        if text[at] != "&" or at + 1 == len(text):
            out.append(text[at])
            at += 1
        elif text[at + 1] == '"':
            at = text.find('"', at + 2) + 1 or len(text)
        elif text[at + 1] == "&":
            out.append("&")
            at += 2
        elif text[at + 1] == "K":
            at += 8
        else:
            out.append(" " if text[at + 1] in "LCR" else "")
            at += 2
            while text[at - 1].isdigit() and at < len(text) and text[at].isdigit():
                at += 1
    return "".join(out).strip()
