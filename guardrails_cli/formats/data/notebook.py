"""Jupyter notebooks: each cell's source and outputs as text, in order, with the cell's number.

The notebook is streamed as JSON, so line and column are those of the file. Fields in unexpected places become `key:
value`, damaged text stays as it is.
"""

import re
from collections.abc import Iterator

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.data.json_scanner import Scanner
from guardrails_cli.formats.data.json_syntax import Part
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.text.plain import decode

_CELL = re.compile(r"\$(?:\.worksheets\[\d+\])?\.cells\[(\d+)\]\.(\w+)(.*)", re.DOTALL)
_BINARY = re.compile(r'\["(?:image/(?!svg)|audio/|video/|application/(?:pdf|octet-stream|zip|vnd))')
_TEXT = re.compile(r'\[\d+\](?:\.(?:text|traceback|ename|evalue|html|latex|svg)|\.data\["[^"]*"\])(?:\[\d+\])?')
"""Paths of text among the outputs, including the older format's names."""
_NO_TEXT_WORDS = """
stdout stderr stream display_data execute_result update_display_data error pyout pyerr
"""
_NO_TEXT = frozenset(_NO_TEXT_WORDS.split())
"""Fields in which outputs describe themselves."""
_KEY = re.compile(r'(?:\.(\w+)|\["((?:[^"\\]|\\.)*)"\])(?:\[\d+\])*$')
_INDEX = re.compile(r"\[\d+\]$")
_DIGITS = re.compile(r"\d(?:\D?\d){3}")


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield the text cell by cell."""
    return _Cells().segments(Scanner(decode(blob, reading), strings=True).parts())


class _Cells:
    """The place of the text in the notebook."""

    def __init__(self) -> None:
        self._kind = ""
        self._kind_of = ""
        """Number of the cell that has this kind."""
        self._group = ""
        """Text that the next string continues: a list of lines is one text."""
        self._last = "\n"
        self._path = ""

    def segments(self, parts: Iterator[Part]) -> Iterator[Segment]:
        for part in parts:
            if part.path is None:
                yield from self._text(part, None, "damaged", "")
            elif part.kind == "string" or (part.kind == "scalar" and _DIGITS.search(part.text)):
                yield from self._value(part, part.path)

    def _value(self, part: Part, path: str) -> Iterator[Segment]:
        if _BINARY.search(path):
            return
        cell = _CELL.fullmatch(path)
        if cell is None:
            yield from self._text(part, Location(path=path, part="metadata"), path, _key(path))
            return
        number, field, inner = cell.groups()
        if field == "id":  # random
            return
        if field == "cell_type":
            self._kind = (self._kind if self._kind_of == number else "") + part.text
            self._kind_of = number
            return
        name = f"cell {int(number) + 1}"
        kind = f" ({self._kind})" if self._kind_of == number and self._kind.isalpha() else ""
        if field in ("source", "input") and (not inner or _INDEX.fullmatch(inner)):
            yield from self._text(part, Location(part=name + kind), f"{number} source", "")
        elif field == "outputs":
            if part.text in _NO_TEXT:
                return
            is_text = _TEXT.fullmatch(inner)
            group = _INDEX.sub("", path) if is_text else path
            yield from self._text(part, Location(part=f"{name} output"), group, "" if is_text else _key(path))
        else:
            yield from self._text(part, Location(part=f"{name}{kind}, {field}"), path, _key(path))

    def _text(self, part: Part, location: Location | None, group: str, key: str) -> Iterator[Segment]:
        if group != self._group:
            self._group = group
            title = f"{key}: " if key else ""
            begin = ("" if self._last.endswith("\n") else "\n") + title
            if begin:
                yield Segment(begin, location, part.line, part.column)
        elif group.endswith("traceback") and part.path != self._path and not self._last.endswith("\n"):
            yield Segment("\n", location, part.line, part.column)
        self._path = part.path or ""
        self._last = part.text or self._last
        yield Segment(part.text, location, part.line, part.column)


def _key(path: str) -> str:
    """Return the last key of a path."""
    found = _KEY.search(path)
    return (found[1] or found[2]) if found else ""
