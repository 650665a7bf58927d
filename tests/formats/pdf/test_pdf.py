"""PDFs, built by hand for what LibreOffice does not write."""

from pathlib import Path

import pytest

from guardrails_cli.core.text import Segment
from guardrails_cli.formats.pdf import reader
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.options.model import Limits
from tests.formats.files import IMAGE_ONLY, pdf_pages, stream, text, write
from tests.formats.support import findings_of, records_of

XMP = (
    b'<x:xmpmeta><rdf:RDF xmlns:dc="d"><rdf:Description pdf:Keywords="key@example.com"><dc:creator><rdf:Seq><rdf:li>'
    b"Maria &amp; Example</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def text_of(tmp_path: Path, data: bytes) -> list[tuple[str, str]]:
    """Return (place, text) of all segments."""
    path = write(tmp_path, "a.pdf", data)
    with path.open("rb") as file:
        items = list(reader.read(Blob("a.pdf", file, seekable=True), Reading(Limits())))
    return [
        (item.location.label if item.location else "", item.text.strip("\n"))
        for item in items
        if isinstance(item, Segment)
    ]


def test_each_page_has_its_number(tmp_path: Path) -> None:
    assert text_of(tmp_path, pdf_pages(text("one"), text(), text("three"))) == [("page 1", "one"), ("page 3", "three")]


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (("a confi-", "dential word"), "a confidential word"),
        (("SSN 219-09-", "9999 here"), "SSN 219-09-9999 here"),
        (("a list -", "of words"), "a list -\nof words"),
    ],
)
def test_what_is_divided_at_the_end_of_a_line_is_joined(tmp_path: Path, lines: tuple[str, ...], joined: str) -> None:
    assert text_of(tmp_path, pdf_pages(text(*lines))) == [("page 1", joined)]


@pytest.mark.parametrize(
    "before",
    ["3 Tr", "1 g", "1 1 1 rg", "0.004 0 0 0.004 0 0 cm"],
    ids=["invisible", "white", "white in RGB", "tiny"],
)
def test_text_that_nobody_sees_comes_apart(tmp_path: Path, before: str) -> None:
    content = text("shown") + b" q " + text("a@example.com", before=before) + b" Q"
    assert text_of(tmp_path, pdf_pages(content)) == [("page 1", "shown"), ("page 1, hidden text", "a@example.com")]


def test_text_outside_of_the_page_is_hidden(tmp_path: Path) -> None:
    content = text("shown") + text("a@example.com", left=900)
    assert text_of(tmp_path, pdf_pages(content)) == [("page 1", "shown"), ("page 1, hidden text", "a@example.com")]


@pytest.mark.parametrize("under", [b"0 g 0 0 612 792 re f", IMAGE_ONLY], ids=["black", "image"])
def test_white_text_on_something_dark_is_seen(tmp_path: Path, under: bytes) -> None:
    assert text_of(tmp_path, pdf_pages(under + text("seen", before="1 g"))) == [("page 1", "seen")]


def test_the_invisible_text_over_a_scan_is_the_scans(tmp_path: Path) -> None:
    path = write(tmp_path, "a.pdf", pdf_pages(IMAGE_ONLY + text("a@example.com", before="3 Tr")))
    assert findings_of(path) == [("a.pdf", "EMAIL_ADDRESS", "page 1")]
    assert records_of(path) == {"a.pdf": "findings"}


def test_comments_links_and_form_fields_are_read(tmp_path: Path) -> None:
    annotations = (
        b"/Annots[<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/T(Rita Reviewer)/Contents(ask b@example.com)>>"
        b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(mailto:c%2Ed@example.com)>>>> 4 0 R]"
    )
    field = b"<</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/FT/Tx/T(SSN)/V(219-09-9999)/DV(078-05-1120)>>"
    form = b"/AcroForm<</Fields[4 0 R]>>"
    assert text_of(tmp_path, pdf_pages(text("a"), page=annotations, catalog=form, more=(field,))) == [
        ("page 1", "a"),
        ("page 1, comment", "author: Rita Reviewer"),
        ("page 1, comment", "ask b@example.com"),
        ("page 1, link", "mailto:c.d@example.com"),
        ("page 1, form field", "SSN: 219-09-9999"),
        ("page 1, form field", "SSN: 078-05-1120"),
    ]


def test_bookmarks_and_scripts_are_read(tmp_path: Path) -> None:
    catalog = b"/Outlines 4 0 R/Names<</JavaScript<</Names[(a) <</S/JavaScript/JS(app.alert\\(1\\))>>]>>>>"
    more = (b"<</First 5 0 R/Last 5 0 R>>", b"<</Title(Chapter of a@example.com)/Parent 4 0 R/Next 5 0 R>>")
    assert text_of(tmp_path, pdf_pages(text("a"), catalog=catalog, more=more)) == [
        ("page 1", "a"),
        ("bookmark", "Chapter of a@example.com"),
        ("script", "app.alert(1)"),
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_metadata_streams_are_read(tmp_path: Path, packed: bool) -> None:
    metadata = stream(XMP, b"/Type/Metadata/Subtype/XML", packed=packed)
    assert text_of(tmp_path, pdf_pages(text("a"), catalog=b"/Metadata 4 0 R", more=(metadata,))) == [
        ("page 1", "a"),
        ("metadata", "Maria & Example"),
        ("metadata", "Keywords: key@example.com"),
    ]


def test_attached_files_are_members(tmp_path: Path) -> None:
    catalog = b"/Names<</EmbeddedFiles<</Names[(a) 4 0 R]>>>>"
    more = (b"<</Type/Filespec/F(a.txt)/UF(a.txt)/EF<</F 5 0 R>>>>", stream(b"b@example.com", b"/Type/EmbeddedFile"))
    path = write(tmp_path, "a.pdf", pdf_pages(text("a@example.com"), catalog=catalog, more=more))
    assert findings_of(path) == [("a.pdf", "EMAIL_ADDRESS", "page 1"), ("a.pdf!a.txt", "EMAIL_ADDRESS", "1:1")]


def test_a_pdf_of_images_needs_ocr_and_its_metadata_are_read(tmp_path: Path) -> None:
    metadata = stream(XMP, b"/Type/Metadata/Subtype/XML")
    data = pdf_pages(IMAGE_ONLY, IMAGE_ONLY, catalog=b"/Metadata 4 0 R", more=(metadata,))
    path = write(tmp_path, "a.pdf", data)
    assert records_of(path) == {"a.pdf!metadata": "findings", "a.pdf": "needs OCR"}


def test_pages_that_are_images_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    pages = (text("a@example.com"), IMAGE_ONLY, b"", IMAGE_ONLY, IMAGE_ONLY, text("b@example.com"))
    path = write(tmp_path, "a.pdf", pdf_pages(*pages))
    assert findings_of(path) == [("a.pdf", "EMAIL_ADDRESS", "page 1"), ("a.pdf", "EMAIL_ADDRESS", "page 6")]
    assert records_of(path) == {"a.pdf": "pages 2, 4-5 need OCR"}


def test_an_empty_page_is_clean(tmp_path: Path) -> None:
    assert records_of(write(tmp_path, "a.pdf", pdf_pages(b""))) == {"a.pdf": "clean"}


def test_a_pdf_may_begin_late_and_be_called_anything(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", b"junk\n" + pdf_pages(text("a@example.com")))
    assert findings_of(path) == [("a.txt", "EMAIL_ADDRESS", "page 1")]
