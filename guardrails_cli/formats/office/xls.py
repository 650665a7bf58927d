"""Excel workbooks in binary formats: cells by calamine; notes, text boxes, headers and links from the records."""

import datetime
import re
from collections.abc import Iterable, Iterator
from typing import IO, Any

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.table_cells import letters
from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats import table_text
from guardrails_cli.formats.office import number_format
from guardrails_cli.formats.panics import caught
from guardrails_cli.formats.reader import Blob, DamagedError, Reading, RefusedError

_BOUNDSHEET, _CONTINUE, _FILEPASS, _FOOTER, _HEADER, _HLINK, _NOTE, _OBJ, _TXO = (
    0x85, 0x3C, 0x2F, 0x15, 0x14, 0x1B8, 0x1C, 0x5D, 0x1B6,
)  # fmt: skip
"""Numbers of records (MS-XLS 2.3.2)."""
_MAX_RECORDS = 50_000_000
_WIDE_TEXT = re.compile(rb"(?:[\x20-\x7e]\0){4,2000}")
_PROPERTIES = (
    "title", "subject", "author", "keywords", "comments", "last_saved_by", "category", "manager", "company",
)  # fmt: skip


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the cells of all sheets, hidden ones too, then the other text.

    Raises:
        RefusedError: if it is encrypted or damaged.

    """
    del reading
    import olefile

    file = blob.file()
    try:
        ole = olefile.OleFileIO(file)
    except OSError as error:
        raise DamagedError("damaged: its directory cannot be read") from error
    name = next((name for name in ("Workbook", "Book") if ole.exists(name)), None)
    stream = ole.openstream(name).read() if name else b""
    if any(kind == _FILEPASS for _, kind, _ in _records(stream)):
        raise RefusedError(Reason(ReasonCode.ENCRYPTED, "encrypted"))
    damage = None
    file.seek(0)
    try:
        yield from cells(file)
    except DamagedError as error:
        damage = error
    yield from _remarks(stream)
    yield from _properties(ole)
    if damage is not None:
        raise damage


def cells(file: IO[bytes]) -> Iterator[Segment]:
    """Yield the cells of a workbook in any of Excel's formats.

    Raises:
        RefusedError: if it is encrypted or damaged, after the sheets that can be read.

    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with caught():
            book = CalamineWorkbook.from_filelike(file)
    except PasswordError as error:
        raise RefusedError(Reason(ReasonCode.ENCRYPTED, "encrypted")) from error
    except CalamineError as error:
        raise _broken(error) from error
    damage = None
    for index, name in enumerate(book.sheet_names):
        try:
            yield from table_text.sheet(table_text.one_line(name), _rows(book, index))
        except DamagedError as error:
            damage = error
    if damage is not None:
        raise damage


def _rows(book: Any, index: int) -> Iterator[table_text.Row]:
    from python_calamine import CalamineError

    try:
        with caught():
            sheet = book.get_sheet_by_index(index)
            begin = sheet.start or (0, 0)
            rows = sheet.to_python(skip_empty_area=True) if sheet.start else []
    except CalamineError as error:
        raise _broken(error) from error
    left = [""] * begin[1]
    for number, values in enumerate(rows, start=begin[0] + 1):
        row = left + [_shown(value) for value in values]
        while row and not row[-1]:
            row.pop()
        if row:
            yield number, row


def _broken(error: Exception) -> DamagedError:
    return DamagedError(f"damaged, or not what it seems ({type(error).__name__})")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return number_format.plain(value)
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield place, number and content of each record (MS-XLS 2.1.4)."""
    at = 0
    while at + 4 <= len(stream):
        kind, size = int.from_bytes(stream[at : at + 2], "little"), int.from_bytes(stream[at + 2 : at + 4], "little")
        yield at, kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _remarks(stream: bytes) -> Iterator[Segment]:
    """Yield notes, text boxes, headers, footers and links, with the sheet that they are on."""
    sheets: list[tuple[int, str]] = []
    texts: dict[int, str] = {}
    found: list[tuple[str, str, str | None, str]] = []
    number, waiting = 0, False
    for at, kind, data in _records(stream):
        sheet = next((name for start, name in reversed(sheets) if start <= at), "")
        if kind == _BOUNDSHEET and len(data) > 8:
            sheets.append((int.from_bytes(data[:4], "little"), _characters(data[7:], data[6])))
            sheets.sort()
        elif kind in (_HEADER, _FOOTER) and len(data) > 3:
            part = "header" if kind == _HEADER else "footer"
            found.append((part, sheet, None, _characters(data[2:], int.from_bytes(data[:2], "little"))))
        elif kind == _OBJ and len(data) >= 8:
            number = int.from_bytes(data[6:8], "little")
        elif kind == _CONTINUE and waiting:
            texts[number] = _characters(data, len(data))
        elif kind == _NOTE and len(data) >= 11:
            row, column, _, owner, length = (int.from_bytes(data[i : i + 2], "little") for i in range(0, 10, 2))
            author = _characters(data[10:], length)
            found.append(("comment", sheet, f"{letters(column)}{row + 1}", f"{texts.pop(owner, '')} {author}"))
        elif kind == _HLINK and len(data) > 32:
            cell = f"{letters(int.from_bytes(data[4:6], 'little'))}{int.from_bytes(data[:2], 'little') + 1}"
            links = " ".join(match[0].decode("utf-16-le") for match in _WIDE_TEXT.finditer(data))
            found.append(("link", sheet, cell, links))
        waiting = kind == _TXO
    found += [("text box", "", None, text) for text in texts.values()]
    yield from _segments(found)


def _segments(found: Iterable[tuple[str, str, str | None, str]]) -> Iterator[Segment]:
    begins = True
    for part, sheet, cell, raw in found:
        text = table_text.one_line(raw.replace("\0", "")).strip()
        if text:
            yield Segment(
                text + "\n", Location(part=part, table=sheet or None, cell=cell if sheet else None), begins=begins
            )
            begins = False


def _characters(data: bytes, count: int) -> str:
    """Return text whose first byte says whether its characters have two bytes (MS-XLS 2.5.293)."""
    if data[:1] == b"\1":
        return data[1 : 1 + 2 * count].decode("utf-16-le", "replace")
    return data[1 : 1 + count].decode("latin-1")


def _properties(ole: Any) -> Iterator[Segment]:
    try:
        metadata = ole.get_metadata()
    except Exception as error:
        raise DamagedError("damaged: its properties cannot be read") from error
    encoding = f"cp{metadata.codepage}" if isinstance(metadata.codepage, int) and metadata.codepage > 0 else "cp1252"
    begins = True
    for name in _PROPERTIES:
        value = getattr(metadata, name, None)
        if isinstance(value, bytes):
            value = _decoded(value, encoding)
        if isinstance(value, str) and value.strip("\0 "):
            text = table_text.one_line(value.strip("\0 "))
            yield Segment(f"{name.replace('_', ' ')}: {text}\n", Location(part="metadata"), begins=begins)
            begins = False


def _decoded(value: bytes, encoding: str) -> str:
    try:
        return value.decode("utf-8" if encoding == "cp65001" else encoding, "replace")
    except LookupError:
        return value.decode("utf-8", "replace")
