"""Big documents: the writers of `benchmarks.formats`. A size is that of the text inside, in MB."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks import texts

MB = 1_000_000
PAGE = 3_000
"""Bytes of text on a page of a PDF."""
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RUN = '<w:r><w:rPr><w:lang w:val="en-US"/></w:rPr><w:t xml:space="preserve">{}</w:t></w:r>'
_TYPES = '<Types><Override ContentType="application/x.{}ml.{}.main+xml"/></Types>'


def docx(path: Path, size: int) -> None:
    """Write paragraphs, each of several runs."""
    lines = [line for line in texts.make("prose", MB).splitlines() if line]
    block = "".join(f"<w:p>{''.join(_RUN.format(escape(part)) for part in _parts(line))}</w:p>" for line in lines)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES.format("wordprocessing", "document"))
        _write(
            archive, "word/document.xml", f'<w:document xmlns:w="{_W}"><w:body>', block, "</w:body></w:document>", size
        )


def docx_tables(path: Path, size: int) -> None:
    """Write tables of a thousand rows."""
    rows = [line.split(",") for line in texts.make("CSV", MB).splitlines()[:1001]]
    cells = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    lines = (f"<w:tr>{''.join(cells.format(escape(cell)) for cell in row)}</w:tr>" for row in rows)
    block = f"<w:tbl>{''.join(lines)}</w:tbl>"
    text = sum(len(cell) for row in rows for cell in row)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES.format("wordprocessing", "document"))
        count = size * MB // text
        _write(
            archive, "word/document.xml", f'<w:document xmlns:w="{_W}"><w:body>', block, "</w:body></w:document>", count
        )


def pptx(path: Path, size: int) -> None:
    """Write slides of about a thousand characters."""
    text = texts.make("prose", MB)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES.format("presentation", "presentation"))
        for number in range(size * 1000):
            at = number * 1000 % (MB - 1000)
            lines = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in _parts(text[at : at + 1000]))
            archive.writestr(f"ppt/slides/slide{number + 1}.xml", f'<p:sld xmlns:p="p" xmlns:a="a">{lines}</p:sld>')


def odt(path: Path, size: int) -> None:
    """Write paragraphs with spans."""
    lines = [line for line in texts.make("prose", MB).splitlines() if line]
    block = "".join(
        f"<t:p>{''.join(f'<t:span>{escape(part)}</t:span>' for part in _parts(line))}</t:p>" for line in lines
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        _write(archive, "content.xml", '<o:d xmlns:o="o" xmlns:t="t">', block, "</o:d>", size)


def epub(path: Path, size: int) -> None:
    """Write a chapter for each MB."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in texts.make("prose", MB).splitlines() if line)
    items = "".join(f'<item id="c{number}" href="{number}.xhtml"/>' for number in range(size))
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(size))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", '<c><rootfile full-path="p.opf"/></c>')
        archive.writestr("p.opf", f"<p><manifest>{items}</manifest><spine>{spine}</spine></p>")
        for number in range(size):
            archive.writestr(f"{number}.xhtml", f"<html><body>{lines}</body></html>")


def rtf(path: Path, size: int) -> None:
    """Write paragraphs with a control word every few words."""
    lines = texts.make("prose", MB).encode("ascii", "ignore").decode().splitlines()
    block = "".join(
        "\\pard\\plain\\f0 " + "".join(f"{{\\rtlch\\fcs1 \\af0 {part}}}" for part in _parts(line)) + "\\par\n"
        for line in lines
        if line
    )
    with path.open("w") as file:
        file.write("{\\rtf1\\ansi\\ansicpg1252 ")
        for _ in range(size):
            file.write(block)
        file.write("}")


def pdf(path: Path, size: int) -> None:
    """Write pages of some 40 lines; 10,000 of them are 30 MB."""
    lines = texts.make("prose", MB).encode("ascii", "ignore").replace(b"\n", b" ")
    lines = lines.replace(b"\\", b" ").replace(b"(", b" ").replace(b")", b" ")
    count = size * MB // PAGE
    offsets = []
    with path.open("wb") as file:

        def write(content: bytes) -> None:
            offsets.append(file.tell())
            file.write(b"%d 0 obj\n%b\nendobj\n" % (len(offsets), content))

        file.write(b"%PDF-1.7\n")
        write(b"<</Type/Catalog/Pages 2 0 R>>")
        kids = b" ".join(b"%d 0 R" % (3 + 2 * number) for number in range(count))
        font = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
        write(b"<</Type/Pages/Kids[%b]/Count %d/MediaBox[0 0 612 792]/Resources%b>>" % (kids, count, font))
        for number in range(count):
            at = number * PAGE % (len(lines) - PAGE)
            shown = b"".join(b"(%b) Tj 0 -16 Td " % lines[at + start : at + start + 75] for start in range(0, PAGE, 75))
            content = b"BT /F1 9 Tf 30 760 Td %bET" % shown
            write(b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % (len(offsets) + 2))
            write(b"<</Length %d>>stream\n%b\nendstream" % (len(content), content))
        start = file.tell()
        file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
        file.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
        file.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, start))


def _parts(line: str) -> Iterator[str]:
    """Yield a line in the pieces that a program's runs have."""
    for start in range(0, len(line), 40):
        yield line[start : start + 40]


def _write(archive: zipfile.ZipFile, name: str, begin: str, block: str, end: str, count: int) -> None:
    data = block.encode()
    with archive.open(name, "w", force_zip64=True) as file:
        file.write(begin.encode())
        for _ in range(count):
            file.write(data)
        file.write(end.encode())
