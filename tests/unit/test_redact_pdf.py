"""Copies of PDFs: what was found is in no byte and under no pixel of them."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from guardrails_cli.config import DetectOptions, Limits
from guardrails_cli.model import Source, Status
from guardrails_cli.reading.source import SourceReader
from guardrails_cli.rewriting.base import Choice
from guardrails_cli.rewriting.job import Copy, Sanitizer
from tests.sources.files import IMAGE_ONLY, pdf_pages, stream, text, write

SSN = "219-09-9999"
MAIL = "jane.doe@example.com"
SHOWN = text(f"SSN {SSN} of a person")
"""At 72, 700 points, 12 points high."""


READER = SourceReader(Limits())
"""One for all tests: a process to read with costs a second."""


@pytest.fixture(autouse=True, scope="module")
def _reader() -> Iterator[None]:
    with READER:
        yield


def copied(tmp_path: Path, data: bytes, strategy: str = "token") -> tuple[Copy, Path]:
    path, target = write(tmp_path, "a.pdf", data), tmp_path / "out" / "a.pdf"
    detect = DetectOptions(entities=("US_SSN", "EMAIL_ADDRESS"))
    sanitizer = Sanitizer(READER, detect, (), Choice(strategy, {}, b"a key for tests"))
    return sanitizer.copy(Source("a.pdf", str(path), len(data)), target), target


def all_bytes(path: Path) -> bytes:
    """Return the file and all that is packed in it."""
    data = path.read_bytes()
    parts = [data]
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        try:
            parts.append(zlib.decompressobj().decompress(match[1]))
        except zlib.error:
            continue
    return b"\n".join(parts)


def dark(path: Path, page: int = 0) -> int:
    """Return how many pixels of a page are all but black, at 72 dpi."""
    image = PdfDocument(path)[page].render(scale=1).to_pil().convert("L")
    return sum(image.histogram()[:40])


ANNOTATIONS = (
    f"/Annots[<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents({MAIL})>>"
    f"<</Type/Annot/Subtype/Widget/Rect[0 0 99 9]/FT/Tx/T(Mail)/V({MAIL})>>]"
).encode()
XMP = f'<x:xmpmeta><rdf:Description pdf:Keywords="{MAIL}"/></x:xmpmeta>'.encode()
HIDDEN = b" q " + text(MAIL, before="3 Tr") + b" Q"
OFF = b"/OCProperties<</OCGs[4 0 R]/D<</OFF[4 0 R]>>>>"
SPLIT = b"BT /F1 12 Tf 72 700 Td (SSN 219-) Tj (09) Tj (-9999) Tj ET"
COLUMNS = SHOWN + text(f"write {MAIL}", left=350)


@pytest.mark.parametrize(
    "data",
    [
        pdf_pages(SHOWN),
        pdf_pages(SPLIT),
        pdf_pages(SHOWN, page=b"/Rotate 90"),
        pdf_pages(SHOWN, page=b"/CropBox[50 400 600 750]"),
        pdf_pages(SHOWN + HIDDEN),
        pdf_pages(SHOWN, page=ANNOTATIONS),
        pdf_pages(SHOWN, catalog=b"/Metadata 4 0 R", more=(stream(XMP, b"/Type/Metadata", packed=True),)),
        pdf_pages(
            SHOWN + b"/OC /L BDC " + text(MAIL) + b" EMC", catalog=OFF, more=(b"<</Type/OCG/Name(Layer)>>",)
        ),
        pdf_pages(COLUMNS),
        pdf_pages(text("SSN 219-09-", "9999 here")),
        pdf_pages(text("nothing"), SHOWN),
        pdf_pages(SHOWN) + b"\n% " + MAIL.encode() + b"\n%%EOF\n",
    ],
    ids=["plain", "split", "turned", "cropped", "invisible", "annotations", "xmp", "layer", "columns", "lines",
         "second page", "left over"],
)  # fmt: skip
def test_nothing_of_a_value_is_left(tmp_path: Path, data: bytes) -> None:
    done, target = copied(tmp_path, data)
    assert (done.status, done.reason) == (Status.FINDINGS, None)
    assert not any(value in all_bytes(target) for value in (SSN.encode(), b"9999", MAIL.encode()))
    document = PdfDocument(target)
    assert [page.get_textpage().get_text_bounded() for page in document] == [""] * len(document)
    assert [page.get_size() for page in document] == [page.get_size() for page in PdfDocument(tmp_path / "a.pdf")]
    assert dark(target, len(document) - 1) > 400


def test_the_box_is_uniform_where_the_value_was(tmp_path: Path) -> None:
    _, target = copied(tmp_path, pdf_pages(SHOWN), "remove")
    image = PdfDocument(target)[0].render(scale=200 / 72).to_pil().convert("L")
    scale = 200 / 72
    box = image.crop((round(101 * scale), round(82 * scale), round(160 * scale), round(94 * scale)))
    assert box.getextrema()[1] < 16
    assert (
        image.crop((round(72 * scale), round(82 * scale), round(96 * scale), round(95 * scale))).getextrema()[1] > 240
    )


def test_what_cannot_be_sealed_or_seen_is_refused(tmp_path: Path) -> None:
    done, target = copied(tmp_path, pdf_pages(SHOWN), "encrypt")
    assert "cannot be sealed" in (done.reason or "")
    done, _ = copied(tmp_path, pdf_pages(SHOWN, IMAGE_ONLY))
    assert "needs OCR" in (done.reason or "")
    assert not target.exists()
