"""Documents made to break their readers: each with what becomes of it. Nothing is lost, nothing hangs."""

import re
import struct
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.formats.files import (
    CONTENT_TYPES,
    IMAGE_ONLY,
    W,
    docx,
    ole,
    p,
    pdf,
    pdf_pages,
    r,
    stream,
    table,
    text,
    write,
    zipped,
)
from tests.formats.support import FORMATS_DATA, findings_of, records_of, scanned

DAMAGED = re.compile(
    r"damaged.*|encrypted|needs OCR|binary file.*|findings|clean|pages? .*|nested too deeply.*|.*see --max.*"
)
MAIL = "a@example.com"
FIXTURES = (
    "letter.docx",
    "letter.odt",
    "letter.rtf",
    "letter.pdf",
    "slides.pptx",
    "slides.odp",
    "book.epub",
    "encrypted.pdf",
)


def outcome(tmp_path: Path, name: str, data: bytes | str, **limits: int) -> tuple[str, list[str]]:
    """Return what became of a file, and the places of what was found in it."""
    path = write(tmp_path, name, data)
    return records_of(path, **limits)[name], [place for found, _, place in findings_of(path, **limits) if found == name]


# Zip


def test_a_part_that_grows_without_measure_ends_the_document(tmp_path: Path) -> None:
    bomb = f"<w:document {W}><w:body>{p(r(MAIL))}<w:p><w:r><w:t>{' ' * 20_000_000}"
    data = zipped(("[Content_Types].xml", CONTENT_TYPES), ("word/document.xml", bomb))
    reason, places = outcome(tmp_path, "a.docx", data, ratio=100)
    assert reason == "a part is more than 100 times as large when unpacked; see --max-ratio"
    assert places == ["paragraph 1"]


def test_all_parts_together_have_a_limit(tmp_path: Path) -> None:
    data = docx(p(r(MAIL)), *((f"customXml/item{number}.xml", f"<a>{'x' * 400_000}</a>") for number in range(10)))
    reason, places = outcome(tmp_path, "a.docx", data, expanded_bytes=3 * 1024**2)
    assert reason == "more than 3 MiB when unpacked; see --max-expanded"
    assert places == ["paragraph 1"]


def test_embedded_documents_count_as_members(tmp_path: Path) -> None:
    data = docx(p(r(MAIL)), *((f"word/embeddings/{number}.txt", "text") for number in range(10)))
    path = write(tmp_path, "a.docx", data)
    assert records_of(path, members=5)["a.docx!(the rest)"] == "more than 5 members; see --max-members"


def test_documents_inside_each_other_have_a_depth(tmp_path: Path) -> None:
    data = docx(p(r(MAIL)))
    for _ in range(4):
        data = docx(p(r(MAIL)), ("word/embeddings/a.docx", data))
    inner = "!word/embeddings/a.docx"
    records = records_of(write(tmp_path, "a.docx", data), depth=2)
    assert records == {
        "a.docx": "findings",
        "a.docx" + inner: "findings",
        "a.docx" + inner * 2: "findings",
        "a.docx" + inner * 3: "more than 2 documents inside each other; see --max-depth",
    }


def test_parts_of_one_name_are_all_read(tmp_path: Path) -> None:
    parts = [("word/document.xml", f"<w:d {W}>{p(r(f'{name}@example.com'))}</w:d>") for name in "ab"]
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zipped(("[Content_Types].xml", CONTENT_TYPES), *parts)
    assert outcome(tmp_path, "a.docx", data)[1] == ["paragraph 1", "paragraph 1"]


@pytest.mark.parametrize("name", ["/etc/passwd", "../../up.txt", "C:\\x.txt", "a\x1b[31m.txt", "[red]x[/red].txt"])
def test_names_that_lead_elsewhere_are_mere_names(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "a.docx", docx(p(), (name, MAIL)))
    assert records_of(path) == {"a.docx": "clean", f"a.docx!{name}": "findings"}
    assert sorted(path.parent.iterdir()) == [path]


def test_a_zip_file_that_is_only_called_docx_is_read_member_by_member(tmp_path: Path) -> None:
    path = write(tmp_path, "a.docx", zipped(("note.txt", MAIL)))
    assert findings_of(path) == [("a.docx!note.txt", "EMAIL_ADDRESS", "1:1")]


def test_an_encrypted_part_makes_the_document_encrypted(tmp_path: Path) -> None:
    data = bytearray(docx(p(r(MAIL))))
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(sign, at + 1)) >= 0:
            data[at + place] |= 1
    assert outcome(tmp_path, "a.docx", bytes(data)) == ("encrypted", [])


def test_a_damaged_part_does_not_hide_the_others(tmp_path: Path) -> None:
    header = f"<w:hdr {W}>{p(r(MAIL))}</w:hdr>"
    data = docx(p(r("b@example.com")) + "<!-- mark -->", ("word/header1.xml", header))
    with zipfile.ZipFile(write(tmp_path, "b", data)) as archive:
        start = archive.getinfo("word/document.xml").header_offset + 30 + len("word/document.xml")
    broken = data[:start] + b"\xff" * 20 + data[start + 20 :]
    reason, places = outcome(tmp_path, "a.docx", broken)
    assert (reason, places) == ("damaged in one part", ["header"])


def test_a_checksum_that_is_wrong_is_told_and_the_text_is_read(tmp_path: Path) -> None:
    data = zipped(("[Content_Types].xml", CONTENT_TYPES), ("word/document.xml", f"<w:d {W}>{p(r(MAIL))}</w:d>"))
    at = data.rfind(b"PK\x01\x02")
    assert outcome(tmp_path, "a.docx", data[: at + 16] + b"\0\0\0\0" + data[at + 20 :]) == (
        "damaged in one part",
        ["paragraph 1"],
    )


# XML

ENTITIES = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + level)} "{f"&{chr(97 + level)};" * 10}">' for level in range(9)
)  # fmt: skip


def test_entities_that_multiply_do_not(tmp_path: Path) -> None:
    started = time.monotonic()
    reason, places = outcome(tmp_path, "a.docx", docx(p(r(MAIL)) + p(r("&j;")), before=ENTITIES + "]>"))
    assert (reason, places) == ("damaged in one part", ["paragraph 1"])
    assert time.monotonic() - started < 5


def test_files_named_by_entities_are_not_read(tmp_path: Path) -> None:
    secret = write(tmp_path, "secret.txt", "secret@example.com")
    before = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY % y SYSTEM "http://127.0.0.1:9/x">%y;]>'
    _, places = outcome(tmp_path, "a.docx", docx(p(r(MAIL)) + p(r("&x;")), before=before))
    assert places == ["paragraph 1"]


@pytest.mark.parametrize("element", ["w:p", "w:tbl", "w:tc", "w:r", "mc:AlternateContent", "madeup"])
def test_elements_nested_deeply_are_read(tmp_path: Path, element: str) -> None:
    body = f"<{element}>" * 5_000 + p(r(MAIL)) + f"</{element}>" * 5_000
    started = time.monotonic()
    _, places = outcome(tmp_path, "a.docx", docx(body))
    assert len(places) == 1
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "body",
    [
        p(r(MAIL)) + "<w:p><w:r><w:t>cut off",
        p(r(MAIL)) + "</w:tbl></w:tr></w:p>",
        "<w:tr><w:tc>" + p(r(MAIL)) + "</w:tc></w:tr>",
        r(MAIL),
        p(r(MAIL)) + "\x00\x01",
        p(r("<w:t>" + MAIL)),
    ],
    ids=["cut", "ends only", "row without table", "run without paragraph", "NUL", "nested text"],
)
def test_xml_that_is_wrong_is_read_as_far_as_it_goes(tmp_path: Path, body: str) -> None:
    _, places = outcome(tmp_path, "a.docx", docx(body))
    assert len(places) == 1


def test_a_table_with_twenty_thousand_cells_in_a_row_is_read(tmp_path: Path) -> None:
    body = table(("cell",) * 20_000 + (MAIL,))
    assert outcome(tmp_path, "a.docx", docx(body)) == ("findings", ["table 1, row 1, column 20001"])


def test_a_cell_of_many_words_is_read(tmp_path: Path) -> None:
    body = (
        "<w:tbl><w:tr><w:tc>"
        + p(r(" ".join(f"word{number}" for number in range(100_000)) + " " + MAIL))
        + "</w:tc><w:tc>"
        + p(r("b@example.com"))
    )
    _, places = outcome(tmp_path, "a.docx", docx(body + "</w:tc></w:tr></w:tbl>"))
    assert places == ["table 1, row 1, column 1", "table 1, row 1, column 2"]


@pytest.mark.parametrize(
    "text", ["a\u200b@example.com", "\u202e" + MAIL, "\ud7ff" + MAIL, "\U0001f600" + MAIL, MAIL + "\ufffe"]
)
def test_odd_characters_stay_where_they_are(tmp_path: Path, text: str) -> None:
    reason, _ = outcome(tmp_path, "a.docx", docx(p(r(text))))
    assert reason in ("findings", "clean", "damaged in one part")


def test_styles_and_relations_that_go_round_in_circles_end(tmp_path: Path) -> None:
    styles = (
        f'<s {W}><w:style w:styleId="a"><w:basedOn w:val="a"/></w:style>'
        '<w:style w:styleId="b"><w:vanish/></w:style></s>'
    )
    relations = '<R><Relationship Id="x" Type="t/chart" Target="../slides/slide1.xml"/></R>'
    parts = (("word/styles.xml", styles), ("word/_rels/document.xml.rels", relations))
    assert outcome(tmp_path, "a.docx", docx(p(r(MAIL)), *parts)) == ("findings", ["paragraph 1"])
    slides = zipped(
        ("[Content_Types].xml", "<T/>"),
        ("ppt/slides/slide1.xml", f"<s><t>{MAIL}</t></s>"),
        ("ppt/slides/_rels/slide1.xml.rels", relations),
    )
    assert outcome(tmp_path, "a.pptx", slides) == ("findings", ["slide 1"])


# RTF


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("{\\rtf1 " + MAIL, "damaged: it ends in the middle"),
        ("{\\rtf1 " + MAIL + "}}}}}", "findings"),
        ("{\\rtf1 " + "{" * 50_000 + MAIL + "}" * 50_001, "findings"),
        ("{\\rtf1 " + MAIL + "\\bin99999999999 x}", "damaged: it ends in the middle"),
        ("{\\rtf1 " + MAIL + "\\par\\u99999 ?\\'zz\\'}", "findings"),
        ("{\\rtf1\\ansicpg99999 " + MAIL + "}", "findings"),
        ("{\\rtf1 " + MAIL + "\\cell\\row\\nestcell\\row\\cell\\trowd\\trowd}", "findings"),
        ("{\\rtf1 " + MAIL + "{\\*" * 100_000 + "}" * 100_001, "findings"),
        ("{\\rtf1 " + MAIL + "\\par" + "\\x" * 200_000 + "}", "findings"),
        ("{\\rtf1 " + MAIL + "{\\pict " + "f" * 1_000_001 + "}}", "findings"),
    ],
    ids=["cut", "closed too often", "nested", "binary", "escapes", "code page", "cells", "stars", "words", "picture"],
)
def test_rtf_that_is_wrong_is_read(tmp_path: Path, data: str, reason: str) -> None:
    started = time.monotonic()
    found, places = outcome(tmp_path, "a.rtf", data)
    assert (found, len(places)) == (reason, 1)
    assert time.monotonic() - started < 20


# PDF


def catalog(pages: bytes, *more: bytes) -> bytes:
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", pages, *more)


@pytest.mark.parametrize(
    "data",
    [
        catalog(b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"),
        catalog(b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>"),
        catalog(b"<</Type/Pages/Kids[3 0 R]/Count 2000000000>>", b"<</Type/Page/Parent 2 0 R>>"),
        catalog(b"<</Type/Pages/Kids[]/Count 0>>"),
        catalog(b"<</Type/Pages/Kids 3 0 R/Count -5>>", b"[3 0 R]"),
        pdf(b"<</Type/Catalog>>"),
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + b"\0" * 10_000,
        pdf(b"<<" * 10_000),
        pdf_pages(b"q " * 100_000 + b"BT " * 1000),
        pdf_pages(text("x"), catalog=b"/Outlines 4 0 R", more=(b"<</First 4 0 R/Next 4 0 R/Title(a)>>",)),
    ],
    ids=[
        "a page tree in itself",
        "a page tree in a circle",
        "two billion pages",
        "no pages",
        "kids in themselves",
        "no page tree",
        "a mark only",
        "zeros",
        "open dictionaries",
        "operators",
        "an outline in itself",
    ],
)
def test_pdfs_that_are_wrong_have_an_outcome(tmp_path: Path, data: bytes) -> None:
    started = time.monotonic()
    reason, _ = outcome(tmp_path, "a.pdf", data)
    assert DAMAGED.fullmatch(reason)
    assert time.monotonic() - started < 20


def test_a_form_that_paints_itself_ends(tmp_path: Path) -> None:
    form = stream(b"/I Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</I 4 0 R>>>>")
    page = b"/Resources<</XObject<</F 4 0 R>>>>"
    assert DAMAGED.fullmatch(outcome(tmp_path, "a.pdf", pdf_pages(b"/F Do", page=page, more=(form,)))[0])


def test_a_table_of_offsets_that_lies_is_mended(tmp_path: Path) -> None:
    data = re.sub(rb"\d{10} 00000 n", b"0000000007 00000 n", pdf_pages(text(MAIL)))
    assert outcome(tmp_path, "a.pdf", data) == ("findings", ["page 1"])


def test_a_cut_pdf_says_so_and_what_is_left_is_read(tmp_path: Path) -> None:
    data = pdf_pages(text(MAIL), text("b@example.com"))
    assert outcome(tmp_path, "a.pdf", data[: data.rfind(b"xref")]) == (
        "damaged: it ends in the middle",
        ["page 1", "page 2"],
    )


def test_a_stream_that_grows_without_measure_is_one_document(tmp_path: Path) -> None:
    content = stream(b" " * 100_000_000, packed=True)
    data = pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
        content,
    )
    assert outcome(tmp_path, "a.pdf", data)[0] == "clean"


def test_text_beside_the_image_of_a_page_counts(tmp_path: Path) -> None:
    assert outcome(tmp_path, "a.pdf", pdf_pages(IMAGE_ONLY + text(MAIL))) == ("findings", ["page 1"])


# OLE and images


@pytest.mark.parametrize(
    "data",
    [
        ole()[:100],
        ole(("WordDocument", b"x"))[:600],
        ole(("\x01Ole10Native", struct.pack("<I", 2**32 - 1) + b"\0" * 100)),
        ole(("Package", docx(p(r(MAIL))))),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 1000,
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 1000,
        b"\xff\xd8\xff\xe1\xff\xff" + b"Exif\0\0II*\0" + b"\xff" * 1000,
        b"GIF89a" + b"\xff" * 100,
        b"II*\0\x08\0\0\0" + b"\xff" * 100,
    ],
)
def test_ole_files_and_images_that_are_wrong_have_an_outcome(tmp_path: Path, data: bytes) -> None:
    assert DAMAGED.fullmatch(outcome(tmp_path, "a.doc", data)[0])


# All of them


@pytest.mark.parametrize("name", FIXTURES)
@pytest.mark.parametrize("part", [0.01, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_off_anywhere_has_an_outcome(tmp_path: Path, name: str, part: float) -> None:
    data = (FORMATS_DATA / name).read_bytes()
    for record in scanned(write(tmp_path, name, data[: int(len(data) * part)])):
        assert DAMAGED.fullmatch(record.reason or record.status.value)


@pytest.mark.parametrize("name", FIXTURES[:-1])
def test_the_suffix_does_not_matter(tmp_path: Path, name: str) -> None:
    data = (FORMATS_DATA / name).read_bytes()
    right = [entry[1:] for entry in findings_of(write(tmp_path, name, data))]
    assert [entry[1:] for entry in findings_of(write(tmp_path, "a.csv", data))] == right


@pytest.mark.parametrize("name", FIXTURES)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=40)), min_size=1, max_size=8))
@example(changes=[(0.0, b"\0")])
def test_changed_bytes_never_break_out(
    tmp_path_factory: pytest.TempPathFactory, name: str, changes: list[tuple[float, bytes]]
) -> None:
    data = bytearray((FORMATS_DATA / name).read_bytes())
    for place, content in changes:
        at = int(place * (len(data) - len(content)))
        data[at : at + len(content)] = content
    started = time.monotonic()
    assert scanned(write(tmp_path_factory.mktemp("changed"), name, bytes(data)))
    assert time.monotonic() - started < 10
