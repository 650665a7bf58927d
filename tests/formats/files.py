"""Small files of the documents' formats, built from their parts."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)


def zipped(*parts: tuple[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file with these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return file.getvalue()


def docx(body: str, *parts: tuple[str, str | bytes], before: str = "") -> bytes:
    """Return a Word document with a body and more parts."""
    document = f'{before}<w:document {W} xmlns:r="r" xmlns:mc="mc" xmlns:a="a"><w:body>{body}</w:body></w:document>'
    return zipped(("[Content_Types].xml", CONTENT_TYPES), ("word/document.xml", document), *parts)


def p(*runs: str) -> str:
    """Return a paragraph of Word."""
    return f"<w:p>{''.join(runs)}</w:p>"


def r(text: str, properties: str = "", element: str = "t") -> str:
    """Return a run of Word."""
    return f"<w:r><w:rPr>{properties}</w:rPr><w:{element}>{text}</w:{element}></w:r>"


def table(*rows: tuple[str, ...]) -> str:
    """Return a table of Word."""
    lines = ("".join(f"<w:tc>{p(r(cell))}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{line}</w:tr>' for line in lines)}</w:tbl>"


def pdf(*objects: bytes | None) -> bytes:
    """Return a PDF of these objects, numbered from 1; the first is the catalog."""
    data = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, content or b"null")
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(data)


def stream(content: bytes, entries: bytes = b"", *, packed: bool = False) -> bytes:
    """Return a stream object."""
    if packed:
        content, entries = zlib.compress(content), entries + b"/Filter/FlateDecode"
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(content), content)


def text(*lines: str, before: str = "", left: int = 72) -> bytes:
    """Return a page's content that shows lines of text."""
    shown = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
    return f" {before} BT /F1 12 Tf {left} 700 Td {shown} ET".encode("latin-1")


FONT = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"


def pdf_pages(
    *contents: bytes, page: bytes | Sequence[bytes] = b"", catalog: bytes = b"", more: tuple[bytes, ...] = ()
) -> bytes:
    """Return a PDF with one page for each content; an image called `/I` can be shown by all of them.

    The objects of `more` begin with number 4. `page` is what each page's object has besides, or that of each one.
    """
    own = [page] * len(contents) if isinstance(page, bytes) else page
    first = 4 + len(more)
    kids = b" ".join(b"%d 0 R" % (first + 2 * index) for index in range(len(contents)))
    resources = FONT + b"/XObject<</I 3 0 R>>>>"
    objects: list[bytes | None] = [
        b"<</Type/Catalog/Pages 2 0 R%b>>" % catalog,
        b"<</Type/Pages/Kids[%b]/Count %d/MediaBox[0 0 612 792]/Resources%b>>" % (kids, len(contents), resources),
        stream(b"\0" * 4, b"/Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray"),
        *more,
    ]
    for index, content in enumerate(contents):
        objects.append(b"<</Type/Page/Parent 2 0 R/Contents %d 0 R%b>>" % (first + 2 * index + 1, own[index]))
        objects.append(stream(content))
    return pdf(*objects)


IMAGE_ONLY = b"q 500 0 0 700 50 50 cm /I Do Q"


def ole(*streams: tuple[str, bytes]) -> bytes:
    """Return an OLE file ([MS-CFB], version 3) with these streams, each padded to 4,096 bytes and more."""
    contents = [content.ljust(4096, b"\0") for _, content in streams]
    contents = [content + b"\0" * (-len(content) % 512) for content in contents]
    entries = (len(streams) + 1 + 3) // 4
    fat = [0xFFFFFFFD, *range(2, entries + 1), 0xFFFFFFFE]
    starts = []
    for content in contents:
        starts.append(len(fat))
        count = len(content) // 512
        fat += [*range(len(fat) + 1, len(fat) + count), 0xFFFFFFFE]
    assert len(fat) <= 128, "one sector of the allocation table"
    fat += [0xFFFFFFFF] * (128 - len(fat))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<I", 0) + b"\xff" * 4 * 108
    directory = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1 if streams else 0xFFFFFFFF)
    for index, (name, _) in enumerate(streams):
        right = index + 2 if index + 1 < len(streams) else 0xFFFFFFFF
        directory += _entry(name, 2, starts[index], len(contents[index]), right=right)
    directory = directory.ljust(entries * 512, b"\0")
    return head + struct.pack("<128I", *fat) + directory + b"".join(contents)


def _entry(name: str, kind: int, start: int, size: int, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF) -> bytes:
    raw = name.encode("utf-16-le")
    return (
        raw.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(raw) + 2, kind, 1, 0xFFFFFFFF, right, child)
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )


def write(folder: Path, name: str, data: bytes | str) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path
