"""Text in pictures, where the extra is installed; how boxes become lines, everywhere."""

import io
from pathlib import Path

import pytest

from guardrails_cli.formats.image import ocr
from tests.formats.files import write
from tests.formats.support import FORMATS_DATA, findings_of, records_of

needs_ocr = pytest.mark.skipif(ocr.recognizer() is None, reason="the extra `ocr` is not installed")


def box(left: float, top: float, width: float = 50, height: float = 10) -> list[list[float]]:
    right, bottom = left + width, top + height
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def test_what_stands_side_by_side_is_one_line() -> None:
    boxes = [(box(60, 12), "Doe"), (box(0, 40), "below"), (box(0, 10), "Jane"), (box(120, 11), "219-09-9999")]
    assert ocr.in_lines(boxes) == ["Jane Doe 219-09-9999", "below"]


@pytest.fixture(scope="module")
def picture() -> bytes:
    from pypdfium2 import PdfDocument

    file = io.BytesIO()
    document = PdfDocument(FORMATS_DATA / "letter.pdf")
    document[0].render(scale=1.5).to_pil().save(file, "PNG")
    return file.getvalue()


@needs_ocr
def test_a_picture_of_a_letter_is_read(tmp_path: Path, picture: bytes) -> None:
    path = write(tmp_path, "a.png", picture)
    found = findings_of(path)
    assert ("a.png", "EMAIL_ADDRESS", ocr.PART) in found
    assert ("a.png", "CREDIT_CARD", ocr.PART) in found
    assert records_of(path) == {"a.png": "findings"}


@needs_ocr
def test_a_scanned_page_is_read(tmp_path: Path, picture: bytes) -> None:
    from PIL import Image

    path = tmp_path / "a.pdf"
    Image.open(io.BytesIO(picture)).convert("RGB").save(path, "PDF")
    assert ("a.pdf", "EMAIL_ADDRESS", f"page 1, {ocr.PART}") in findings_of(path)
    assert records_of(path) == {"a.pdf": "findings"}


@needs_ocr
def test_a_broken_picture_still_needs_ocr(tmp_path: Path) -> None:
    assert records_of(write(tmp_path, "a.png", b"\x89PNG\r\n\x1a\n" + b"\xff" * 100)) == {"a.png": "needs OCR"}
