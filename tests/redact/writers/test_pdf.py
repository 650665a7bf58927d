"""Copies of PDFs: what was found is in no byte and under no pixel of them."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageFilter
from pypdfium2 import PdfDocument

from guardrails_cli.core.record import Status
from guardrails_cli.core.source import Source
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.options.model import DetectOptions, EngineOptions, Limits
from guardrails_cli.redact.sanitize import Copy, Sanitizer
from guardrails_cli.redact.writers import pdf
from guardrails_cli.redact.writers.writer import Choice
from tests.formats.files import IMAGE_ONLY, pdf_pages, stream, text, write

SSN = "219-09-9999"
MAIL = "jane.doe@example.com"
SHOWN = text(f"SSN {SSN} of a person")
"""Text at 72, 700 points, 12 points high."""


READER = SourceReader(Limits())
"""One for all tests: a process to read with costs a second."""


@pytest.fixture(autouse=True, scope="module")
def _reader() -> Iterator[None]:
    with READER:
        yield


def copied(tmp_path: Path, data: bytes, strategy: str = "token", *, keep_pictures: bool = False) -> tuple[Copy, Path]:
    path, target = write(tmp_path, "a.pdf", data), tmp_path / "out" / "a.pdf"
    detect = DetectOptions(EngineOptions(model=None, profile="fast"), entities=("US_SSN", "EMAIL_ADDRESS"))
    sanitizer = Sanitizer(READER, detect, (), Choice(strategy, {}, b"a key for tests"), keep_pictures=keep_pictures)
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


PLAIN, SLANTED = "1 0 0 1 0 0", "0.8 0.3 -0.3 0.8 220 -50"
PAGES = [
    (b"", PLAIN),
    (b"/Rotate 90", PLAIN),
    (b"/Rotate 180", PLAIN),
    (b"/Rotate 270", PLAIN),
    (b"/CropBox[50 400 600 750]", PLAIN),
    (b"/CropBox[50 400 600 750]/Rotate 90", PLAIN),
    (b"/MediaBox[-100 -50 700 900]/Rotate 270", PLAIN),
    (b"/UserUnit 2", PLAIN),
    (b"", "1.5 0 0 0.7 10 20"),
    (b"/Rotate 90", "0 1 -1 0 780 40"),
    (b"", SLANTED),
]
"""Properties of a page object: its place on paper, rotation and scale."""


def lines(painted: str) -> bytes:
    """Return `PAGES` with a value between words on each; of these only the `value` or the `words` may be painted."""
    words, value = {"all": (0, 0), "value": (3, 0), "words": (0, 3)}[painted]
    pieces = f"{words} Tr (SSN ) Tj {value} Tr ({SSN}) Tj {words} Tr ( of a person) Tj"
    contents = (f"q {form} cm BT /F1 12 Tf 72 700 Td {pieces} ET Q".encode() for _, form in PAGES)
    return pdf_pages(*contents, page=[page for page, _ in PAGES])


def pixels(data: bytes) -> list[Image.Image]:
    """Return the pages as they are shown, in gray."""
    return [page.render(scale=1).to_pil().convert("L") for page in PdfDocument(data)]


def test_boxes_are_black_where_values_were_and_words_beside_them_stay(tmp_path: Path) -> None:
    done, target = copied(tmp_path, lines("all"), "remove")
    assert (done.status, done.reason) == (Status.FINDINGS, None)
    shown = (pixels(data) for data in (lines("value"), lines("words"), target.read_bytes()))
    for (page, form), ink, words, copy in zip(PAGES, *shown, strict=True):
        assert copy.size == ink.size, page
        mask = ink.point(lambda value: 255 if value < 128 else 0)
        assert sum(copy.histogram(mask.filter(ImageFilter.MaxFilter(3)))[60:]) == 0, (page, form)
        box = mask.getbbox()
        assert box is not None
        if form != SLANTED:
            assert copy.crop(box).getextrema()[1] < 60, "not only where there is ink"
            kept = copy.histogram(words.point(lambda value: 255 if value < 60 else 0))
            assert sum(kept[:128]) > 0.8 * sum(kept)
            most = 3 * (box[2] - box[0]) * (box[3] - box[1]) + 2 * sum(kept)
            assert sum(copy.histogram()[:60]) < most, "not all is black"


def test_what_cannot_be_sealed_or_seen_is_refused(tmp_path: Path) -> None:
    done, target = copied(tmp_path, pdf_pages(SHOWN), "encrypt")
    assert "cannot be sealed" in (done.reason or "")
    encrypted = Path(__file__).parent.parent.parent / "data" / "formats" / "encrypted.pdf"
    assert copied(tmp_path, encrypted.read_bytes())[0].reason == "encrypted"
    attached = b"/Names<</EmbeddedFiles<</Names[(a.txt) 4 0 R]>>>>"
    more = b"<</Type/Filespec/F(a.txt)/UF(a.txt)/EF<</F 5 0 R>>>>", stream(b"a file")
    done, _ = copied(tmp_path, pdf_pages(SHOWN, catalog=attached, more=more))
    assert "files attached" in (done.reason or "")
    assert not target.exists()


@pytest.mark.parametrize("content", [(SHOWN, IMAGE_ONLY), (text("nothing"), SHOWN + b" q 50 0 0 50 50 50 cm /I Do Q")])
def test_pictures_that_nobody_has_read_are_copied_only_if_that_is_wanted(
    tmp_path: Path, content: tuple[bytes, ...]
) -> None:
    data = pdf_pages(*content)
    done, target = copied(tmp_path, data)
    told = "it holds pictures that nobody has read (page 2): --keep-pictures copies them as they are"
    assert (done.reason, target.exists()) == (told, False)
    done, target = copied(tmp_path, data, keep_pictures=True)
    assert (done.reason, done.replacements) == (None, 1)
    assert done.notes[0] == "1 picture is copied as it is, read by nobody (page 2)"
    assert SSN.encode() not in all_bytes(target)


def revised(data: bytes, number: int, content: bytes) -> bytes:
    """Return a PDF with a later version of an object appended, as programs do that save increments (7.5.6)."""
    before, start = data.rindex(b"startxref") + 10, len(data)
    changed = data + b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = len(changed)
    previous = int(data[before:].split()[0])
    changed += b"xref\n%d 1\n%010d 00000 n \n" % (number, start)
    return changed + b"trailer\n<</Size 99/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (previous, table)


INFO = f"<</Author({MAIL})/Title(of {SSN})>>".encode()
FIELD = f"<</Type/Annot/Subtype/Widget/FT/Tx/T(Mail)/V({MAIL})/DA(/F1 12 Tf)/Rect[72 600 300 620]/P 5 0 R>>".encode()
LAYER = b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/Properties<</L 4 0 R>>>>"


@pytest.mark.parametrize(
    "data",
    [
        revised(pdf_pages(SHOWN + text(MAIL, left=300)), 5, stream(SHOWN)),
        pdf_pages(SHOWN, page=b"/Annots[4 0 R]", catalog=b"/AcroForm<</Fields[4 0 R]>>", more=(FIELD,)),
        pdf_pages(SHOWN, more=(INFO,)).replace(b"/Root 1 0 R", b"/Root 1 0 R/Info 4 0 R"),
        pdf_pages(
            SHOWN + b"/OC /L BDC " + text(MAIL, left=300) + b" EMC",
            page=LAYER, catalog=OFF, more=(b"<</Type/OCG/Name(Layer)>>",),
        ),
    ],
    ids=["earlier revision", "form field", "information", "layer that is off"],
)  # fmt: skip
def test_what_is_not_on_the_paper_is_in_no_byte(tmp_path: Path, data: bytes) -> None:
    assert MAIL.encode() in all_bytes(write(tmp_path, "before.pdf", data))
    done, target = copied(tmp_path, data)
    assert (done.status, done.reason) == (Status.FINDINGS, None)
    assert not any(value in all_bytes(target) for value in (SSN.encode(), MAIL.encode(), b"Layer", b"Author"))
    assert ("form fields of the original are not in the copy" in done.notes) is (b"/AcroForm" in data)


def glyphs(procedure: bytes) -> bytes:
    """Return a PDF that writes a number in a font of its own (Type 3), whose glyphs are drawn by a procedure."""
    names = b"".join(b"/d%d" % digit for digit in range(10))
    procedures = b"".join(b"/d%d 5 0 R" % digit for digit in range(10))
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[0.001 0 0 0.001 0 0]/FirstChar 45/LastChar 57"
        b"/Widths[" + b"600 " * 13 + b"]/Encoding<</Type/Encoding/Differences[45/h/x/x" + names + b"]>>/CharProcs<</h"
        b" 5 0 R" + procedures + b">>/Resources<<>>/ToUnicode 6 0 R>>"
    )
    mapping = (
        b"1 begincodespacerange <00><ff> endcodespacerange 2 beginbfrange <30><39><0030> <2d><2d><002d> endbfrange"
    )
    resources = b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>/T 4 0 R>>>>"
    content = f"BT /F1 12 Tf 72 700 Td (SSN ) Tj /T 12 Tf ({SSN}) Tj ET".encode()
    return pdf_pages(content, page=resources, more=(font, stream(procedure), stream(mapping)))


def test_a_value_whose_place_is_not_known_is_refused(tmp_path: Path) -> None:
    assert copied(tmp_path, glyphs(b"600 0 d0 100 0 400 700 re f"))[0].reason is None
    for data in (glyphs(b"600 0 d0"), pdf_pages(SHOWN, page=b"/MediaBox[0 0 900000 900000]")):
        (tmp_path / "out" / "a.pdf").unlink(missing_ok=True)
        done, target = copied(tmp_path, data)
        assert "cannot be covered" in (done.reason or "")
        assert not target.exists()


def test_drawing_ends_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_SECONDS", 0.01)
    done, target = copied(tmp_path, pdf_pages(SHOWN))
    assert "took longer" in (done.reason or "")
    assert not target.exists()
