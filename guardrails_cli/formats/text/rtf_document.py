"""Read one RTF file: control words in, segments of text out, pictures and objects collected."""

import re
from collections.abc import Callable, Iterator

import msgspec
from msgspec.structs import replace

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.office.ooxml import ALT_TEXT
from guardrails_cli.formats.prose import DELETED, FIELD, HIDDEN, INSERTED, MAX_HELD, Prose
from guardrails_cli.formats.reader import MEMORY_BYTES
from guardrails_cli.formats.text.rtf_words import (
    ASIDES,
    CODE_PAGES,
    PARTS,
    PROPERTIES,
    SHAPE_TEXTS,
    SILENT,
    SYMBOLS,
    codec,
    native,
)

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([\r\n\0]+)|([^\\{}\r\n\0]{1,65536})",
    re.DOTALL,
)
_LONGEST = 64
"""Bytes of the longest control word with its number."""
_NOT_HEX = re.compile(rb"[^0-9a-fA-F]+")
_DATA = frozenset({"pict", "objdata"})
UNKNOWN = "text that is not shown"
"""Part name of text in a destination that a reader may ignore."""


class _Group(msgspec.Struct):
    """The state between two braces."""

    kind: str = "text"
    """Destination; `text` and the keys of `PARTS` hold paragraphs."""
    silent: bool = False
    hidden: bool = False
    deleted: bool = False
    inserted: bool = False
    fallback: int = 1
    """Number of replacement characters after a Unicode character."""
    code_page: str = ""
    enters: bool = False
    """Whether its end is the end of a part that it began."""


class Document:
    """Reads RTF piece by piece; `taken` yields the text so far, `objects` collects embedded data."""

    def __init__(self) -> None:
        self.objects: list[bytes] = []
        self.left_out = False
        self._size = 0
        self._prose = Prose(numbered=True)
        self._group = _Group()
        self._groups: list[_Group] = []
        self._places: list[Location] = []
        self._starred = False
        self._first = False
        """Whether the group has just begun: only now may its destination come."""
        self._skip = 0
        self._binary = 0
        """Bytes of binary data to come."""
        self._bytes = bytearray()
        self._units: list[str] = []
        self._captured: list[str] = []
        """Text of a destination that is one value."""
        self._name = ""
        self._data = bytearray()
        self._code_page = "cp1252"
        self._font = 0
        self._fonts: dict[int, str] = {}
        self._in_table = self._in_row = self._in_cell = self._table_text = False
        self._words: dict[str, Callable[[int | None], None]] = {
            "par": lambda _: self._end_paragraph(),
            "sect": lambda _: self._end_paragraph(),
            "page": lambda _: self._end_paragraph(),
            "pard": lambda _: setattr(self, "_table_text", False),
            "intbl": lambda _: setattr(self, "_table_text", True),
            "trowd": lambda _: self._begin_row(),
            "cell": lambda _: self._end_cell(),
            "row": lambda _: self._end_row(),
            "nestcell": lambda _: self._show(" "),
            "nestrow": lambda _: self._show(" "),
            "plain": lambda _: self._plain(),
            "v": lambda value: setattr(self._group, "hidden", value != 0),
            "deleted": lambda value: setattr(self._group, "deleted", value != 0),
            "revised": lambda value: setattr(self._group, "inserted", value != 0),
            "uc": lambda value: setattr(self._group, "fallback", max(0, min(value or 0, 100))),
            "u": self._unicode,
            "bin": lambda value: setattr(self, "_binary", max(0, value or 0)),
            "ansicpg": self._set_code_page,
            "mac": lambda _: setattr(self, "_code_page", "mac_roman"),
            "pc": lambda _: setattr(self, "_code_page", "cp437"),
            "pca": lambda _: setattr(self, "_code_page", "cp850"),
            "f": self._set_font,
            "fcharset": self._set_charset,
            "ftnalt": lambda _: self._is_endnote(),
        }

    @property
    def is_open(self) -> bool:
        """Whether more must come: a group is open, or binary data were announced."""
        return bool(self._groups or self._binary)

    def taken(self) -> Iterator[Segment]:
        """Yield the segments that are ready."""
        ready, self._prose.out = self._prose.out, []
        yield from ready

    def feed(self, data: bytes, *, last: bool) -> int:
        """Take the next bytes; return how many of them were consumed."""
        at, end = 0, len(data)
        stop = end if last else end - _LONGEST
        while at < stop:
            if self._binary:
                count = min(self._binary, end - at)
                self._keep(data[at : at + count])
                self._binary -= count
                at += count
                continue
            match = _TOKEN.match(data, at)
            if match is None:  # a lone backslash at the end
                at += 1
                continue
            at = match.end()
            word, value, byte, symbol, brace, _, text = match.groups()
            if text is not None:
                self._text(text)
            elif byte is not None:
                self._text(bytes.fromhex(byte.decode("ascii")))
            elif brace is not None:
                self._brace(brace)
            elif word is not None:
                self._word(word.decode("ascii"), None if value is None else int(value))
            elif symbol is not None:
                self._symbol(symbol)
        return at

    def finish(self) -> None:
        """End all open groups."""
        self._flush()
        while self._groups:
            self._brace(b"}")
        self._prose.finish()

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self._skip = 0
        if brace == b"{":
            self._groups.append(self._group)
            self._group = replace(self._group, enters=False)
            self._first = True
            self._starred = False
            return
        self._first = False
        ended = self._group
        if not self._groups:
            return
        self._group = self._groups.pop()
        if ended.kind in _DATA and self._group.kind != ended.kind:
            self._end_data(ended.kind)
        elif ended.kind != self._group.kind or ended.enters:
            self._end_destination(ended)

    def _word(self, word: str, value: int | None) -> None:
        first, self._first = self._first, False
        starred, self._starred = self._starred, False
        if word != "u" and self._skip:
            self._skip -= 1
            return
        if word not in ("u", "bin"):
            self._flush()
        if word in SYMBOLS:
            self._show(SYMBOLS[word])
        elif word in self._words:
            self._words[word](value)
        elif first or starred:
            self._begin_destination(word, starred=starred)

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._starred = self._first
            return
        self._first = False
        if self._skip:
            self._skip -= 1
        elif symbol in b"\\{}":
            self._bytes += symbol
        elif symbol in b"\r\n":
            self._flush()
            self._end_paragraph()
        elif symbol in b"~_":
            self._flush()
            self._show(" " if symbol == b"~" else "-")

    def _text(self, data: bytes) -> None:
        self._first = False
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        if self._group.kind in _DATA:
            self._keep_hex(data)
        elif not self._group.silent and data:
            if self._units:
                self._flush()
            self._bytes += data
            if len(self._bytes) > MAX_HELD:
                self._flush()

    def _unicode(self, value: int | None) -> None:
        if self._bytes:
            self._flush()
        self._skip = self._group.fallback
        if not self._group.silent:
            self._units.append(chr((value or 0) & 0xFFFF))
            if len(self._units) > MAX_HELD:
                self._flush()

    def _flush(self) -> None:
        if self._bytes:
            text = bytes(self._bytes).decode(self._group.code_page or self._code_page, "replace")
            self._bytes.clear()
            self._show(text)
        elif self._units:
            text = "".join(self._units).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            self._units = []
            self._show(text)

    def _show(self, text: str) -> None:
        group = self._group
        if group.silent or group.kind in _DATA:
            return
        if group.kind not in PARTS and group.kind != "text":
            if len(self._captured) < MAX_HELD:
                self._captured.append(text[:MAX_HELD])
            return
        self._place()
        part = HIDDEN if group.hidden else DELETED if group.deleted else INSERTED if group.inserted else None
        self._prose.run(text, part)

    def _place(self) -> None:
        """Make text go where it belongs: into a cell, or after the table."""
        if not self._in_table or self._places:
            return
        if not self._in_row and not self._table_text:
            self._prose.end_table()
            self._in_table = False
            return
        self._begin_row()
        if not self._in_cell:
            self._prose.begin_cell()
            self._in_cell = True

    def _begin_row(self) -> None:
        if self._group.silent or self._places or self._in_row:
            return
        if not self._in_table:
            self._prose.end_paragraph()
            self._prose.begin_table()
            self._in_table = True
        self._prose.begin_row()
        self._in_row = True

    def _end_cell(self) -> None:
        if self._group.silent or self._places:
            return
        self._begin_row()
        if not self._in_cell:
            self._prose.begin_cell()
        self._prose.end_paragraph()
        self._prose.end_cell()
        self._in_cell = False

    def _end_row(self) -> None:
        if self._in_row and not self._group.silent and not self._places:
            self._prose.end_paragraph()
            self._prose.end_row()
            self._in_row = self._in_cell = False

    def _end_paragraph(self) -> None:
        if self._group.silent or (self._group.kind not in PARTS and self._group.kind != "text"):
            return
        self._place()
        if not self._places:
            self._prose.run("")
        self._prose.end_paragraph()
        if self._places:
            self._prose.begin_paragraph(counts=False)

    def _plain(self) -> None:
        self._group.hidden = self._group.deleted = self._group.inserted = False
        self._group.code_page = ""

    def _set_code_page(self, value: int | None) -> None:
        self._code_page = codec(f"cp{value}")

    def _set_font(self, value: int | None) -> None:
        self._font = value or 0
        if self._group.kind != "fonttbl":
            self._group.code_page = self._fonts.get(self._font, "")

    def _set_charset(self, value: int | None) -> None:
        if self._group.kind == "fonttbl" and value in CODE_PAGES and len(self._fonts) < 10_000:
            self._fonts[self._font] = CODE_PAGES[value]

    def _is_endnote(self) -> None:
        if self._places:
            self._prose.base = Location(part="endnote")
            self._prose.end_paragraph()
            self._prose.begin_paragraph(counts=False)

    def _begin_destination(self, word: str, *, starred: bool) -> None:
        group = self._group
        if group.silent:
            return
        if word in PARTS or word in ASIDES:
            self._place()
        if word in PARTS:
            group.kind, group.enters = word, True
            self._places.append(self._prose.base)
            self._prose.base = Location(part=PARTS[word])
            self._prose.begin_paragraph(counts=False)
        elif word in SILENT:
            group.kind, group.silent = word, True
        elif word in ASIDES or word in PROPERTIES or word in _DATA or word in ("sn", "sv"):
            group.kind, group.enters = word, True
            self._captured = []
            self._data.clear()
        elif starred:
            group.kind, group.enters = UNKNOWN, True
            self._captured = []

    def _end_destination(self, group: _Group) -> None:
        if group.kind in PARTS:
            self._prose.end_paragraph()
            if self._places:
                self._prose.base = self._places.pop()
            return
        if not group.enters:
            return
        text = "".join(self._captured)
        self._captured = []
        if group.kind in PROPERTIES:
            self._prose.remark(PROPERTIES[group.kind] + text if text.strip() else "", "metadata")
        elif group.kind == "sn":
            self._name = text.strip()
        elif group.kind == "sv":
            if self._name in SHAPE_TEXTS:
                self._aside(text, ALT_TEXT)
        elif group.kind in ASIDES:
            self._aside(text, ASIDES[group.kind])
        elif group.kind == UNKNOWN:
            self._aside(text, UNKNOWN)

    def _aside(self, text: str, part: str) -> None:
        if part == FIELD and re.fullmatch(r"\s*(PAGE|NUMPAGES|DATE|TIME|TOC|REF|PAGEREF)\b[^@]*", text):
            return
        self._prose.aside(text, part)

    def _keep(self, data: bytes) -> None:
        if self._group.kind not in _DATA:
            return
        if self._size + len(self._data) + len(data) > MEMORY_BYTES:
            self.left_out = True
        else:
            self._data += data

    def _keep_hex(self, data: bytes) -> None:
        digits = _NOT_HEX.sub(b"", data)
        self._bytes += digits
        whole = len(self._bytes) // 2 * 2
        self._keep(bytes.fromhex(self._bytes[:whole].decode("ascii")))
        del self._bytes[:whole]

    def _end_data(self, kind: str) -> None:
        data, self._data = bytes(self._data), bytearray()
        self._bytes.clear()
        if kind == "objdata":
            data = native(data)
        if data:
            self._size += len(data)
            self.objects.append(data)
