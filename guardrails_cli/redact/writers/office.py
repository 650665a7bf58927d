"""Copies of Word, Excel and PowerPoint files: values are replaced in all parts; other parts keep their bytes."""

import re
import shutil
import zipfile
import zlib
from typing import IO

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.formats.office.xlsx_sheet import Style, Styles
from guardrails_cli.formats.reader import MEMORY_BYTES, Blob, DamagedError, Reading, RefusedError
from guardrails_cli.formats.zip_package import Parts, key, open_parts
from guardrails_cli.redact.sealing import QUOTED, form_of, unseal
from guardrails_cli.redact.value_search import Values
from guardrails_cli.redact.writers.office_part import INNER, edit_part, shown_with
from guardrails_cli.redact.writers.writer import Choice, Rewritten, Scanned
from guardrails_cli.redact.writers.xml_edits import Edits, decoded

_SHEET = re.compile(r"xl/(work|dialog|macro)sheets/[^/]*\.xml")
_CONTENT_TYPES = "[content_types].xml"
_THUMBNAIL = re.compile(r"docprops/thumbnail\.[a-z]+")
_THUMBNAIL_RELATION = re.compile(r"<Relationship\b[^>]*/metadata/thumbnail\"[^>]*/>")
_SEALED_NUMBER = re.compile(
    r"(<(?:\w+:)?c\b[^>]*?) t=\"str\"([^>]*>(?:(?!</?(?:\w+:)?c\b).)*?<(?:\w+:)?v>)(\[[^\]<]*\])<", re.DOTALL
)
_SEALED_OR_HASHED = re.compile(r"(?:\[|%5B)[A-Z][A-Z0-9_]*:[\w:-]+(?:\]|%5D)")
_SEALED_URI = re.compile(r"%5B([A-Z][A-Z0-9_]*:sealed:[\w-]+)%5D")


def rewrite(source: IO[bytes], target: IO[bytes], scanned: Scanned, choice: Choice) -> Rewritten:
    """Write a copy with the findings replaced; see `Rewriter.rewrite`."""
    parts = open_parts(Blob("", source, seekable=True), Reading())
    _check(parts)
    values = Values(scanned)
    cells = shown_with(_styles(parts), since_1904=_since_1904(parts))
    count, written = 0, set[str]()
    with zipfile.ZipFile(target, "w") as archive:
        for entry in parts.entries:
            name, data = key(entry), _read(parts, entry)
            if _THUMBNAIL.fullmatch(name):  # a picture of the first page
                continue
            if name.endswith((".xml", ".rels", ".vml")) and name != _CONTENT_TYPES:
                text, bom, codec = decoded(data)
                if name == "_rels/.rels":
                    text = _THUMBNAIL_RELATION.sub("", text)
                edits = Edits(text, choice)
                edit_part(
                    edits,
                    values,
                    own=name.startswith("customxml/") and "/itemprops" not in name,
                    links=name.endswith(".rels"),
                    cells=cells if _SHEET.fullmatch(name) else None,
                )
                data = bom + edits.result().encode(codec)
                decoded(data)
                count, written = count + edits.count, written | edits.written
            _verify(entry.filename, data, values, written)
            _write(archive, entry, data)
    return Rewritten(count, frozenset(written - {""}))


def restore(source: IO[bytes], target: IO[bytes], key: bytes) -> tuple[int, int]:
    """Write a copy with sealed values opened; return how many were opened and how many failed."""
    parts = open_parts(Blob("", source, seekable=True), Reading())
    changed: dict[str, bytes] = {}
    opened = failed = 0
    for entry in parts.entries:
        if not entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        data = _read(parts, entry)
        if b":sealed:" not in data and b":\0sealed" not in data and b"s\0e\0a\0l\0e\0d\0" not in data:
            continue
        text, bom, codec = decoded(data)
        numbers = _SEALED_NUMBER.sub(
            lambda found: f"{found[1]}{found[2]}{found[3]}<" if form_of(found[3], key) == QUOTED else found[0], text
        )
        text, done, wrong = unseal(_SEALED_URI.sub(r"[\1]", numbers), key)
        opened, failed = opened + done, failed + wrong
        changed[entry.filename] = bom + text.encode(codec)
    if not changed:
        source.seek(0)
        shutil.copyfileobj(source, target)
        return 0, 0
    with zipfile.ZipFile(target, "w") as archive:
        for entry in parts.entries:
            _write(archive, entry, changed[entry.filename] if entry.filename in changed else _read(parts, entry))
    return opened, failed


def _check(parts: Parts) -> None:
    names = [key(entry) for entry in parts.entries]
    if len(set(names)) < len(names):
        raise RefusedError(Reason(ReasonCode.NOT_REWRITABLE, "two of its parts have one name"))
    if any(name.startswith("_xmlsignatures/") for name in names):
        raise RefusedError(Reason(ReasonCode.NOT_REWRITABLE, "it is signed: a copy would break the signature"))
    if any(name.endswith("vbaproject.bin") for name in names):
        raise RefusedError(Reason(ReasonCode.NOT_REWRITABLE, "it has macros, which cannot be rewritten"))
    if "xl/workbook.bin" in names:
        raise RefusedError(Reason(ReasonCode.UNSUPPORTED, "a binary workbook cannot be rewritten: save it as XLSX"))


def _read(parts: Parts, entry: zipfile.ZipInfo) -> bytes:
    """Return a part's bytes, within the limits of reading."""
    try:
        stream = parts.stream(entry)
        found, size = [], 0
        while data := stream.read():
            found.append(data)
            size += len(data)
            if size > MEMORY_BYTES:
                raise RefusedError(
                    Reason(ReasonCode.TOO_LARGE, f"one of its parts is larger than {MEMORY_BYTES // 1024**2} MiB")
                )
    except (DamagedError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise RefusedError(Reason(ReasonCode.NOT_REWRITABLE, "one of its parts is damaged")) from error
    return b"".join(found)


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, data: bytes) -> None:
    """Append a part with its original name, time, order and compression."""
    info = zipfile.ZipInfo(entry.filename, entry.date_time)
    info.compress_type, info.external_attr, info.create_system = (
        entry.compress_type,
        entry.external_attr,
        entry.create_system,
    )
    archive.writestr(info, data)


def _verify(name: str, data: bytes, values: Values, written: set[str]) -> None:
    """Check that a part contains no value, except short ones that occur by chance.

    Raises:
        RefusedError: if it contains one.

    """
    forms = [name, _SEALED_OR_HASHED.sub("", data.decode("utf-8", "replace"))]
    if not name.lower().endswith((".xml", ".rels", ".vml")) or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        forms += [data[start:].decode(codec, "ignore") for start in (0, 1) for codec in ("utf-16-le", "utf-16-be")]
    for hit in (hit for text in forms for hit in values.certain(text)):
        if not any(hit.value in one for one in written):
            raise RefusedError(INNER)


def _styles(parts: Parts) -> list[Style]:
    styles: list[Style] = []
    for entry in parts.named("xl/styles.xml"):
        for _ in parts.segments(entry, Styles(styles)):
            pass
    return styles


def _since_1904(parts: Parts) -> bool:
    found = parts.elements("xl/workbook.xml", "workbookPr")
    return any(attributes.get("date1904") in ("1", "true") for _, attributes in found)
