"""PowerPoint, OpenDocument, EPUB, OLE files and images, built by hand for what other programs do not write."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from guardrails_cli.formats.registry import format_of
from tests.formats.files import CONTENT_TYPES, docx, ole, p, r, write, zipped
from tests.formats.support import FORMATS_DATA, findings_of, records_of

PPTX_TYPES = CONTENT_TYPES.replace("word/document", "ppt/presentation").replace(
    "wordprocessingml.d", "presentationml.d"
)
RELATIONSHIP = '<Relationship Id="{}" Type="x/{}" Target="{}"/>'
ODT = ("mimetype", "application/vnd.oasis.opendocument.text")
EPUB = ("mimetype", "application/epub+zip")


def relations(*entries: tuple[str, str, str]) -> str:
    return f"<Relationships>{''.join(RELATIONSHIP.format(*entry) for entry in entries)}</Relationships>"


def slide(text: str) -> str:
    return f'<sld xmlns:a="a"><a:p><a:r><a:t>{text}</a:t></a:r></a:p></sld>'


def test_slides_are_numbered_as_they_are_shown(tmp_path: Path) -> None:
    data = zipped(
        ("[Content_Types].xml", PPTX_TYPES),
        ("ppt/presentation.xml", '<p xmlns:r="r"><sldId id="256" r:id="b"/><sldId r:id="a" id="257"/></p>'),
        (
            "ppt/_rels/presentation.xml.rels",
            relations(("a", "slide", "slides/slide1.xml"), ("b", "slide", "/ppt/slides/slide2.xml")),
        ),
        ("ppt/slides/slide1.xml", slide("second@example.com")),
        ("ppt/slides/slide2.xml", slide("first@example.com")),
        ("ppt/slides/slide3.xml", slide("nowhere@example.com")),
        ("ppt/slides/_rels/slide1.xml.rels", relations(("c", "comments", "../comments/comment1.xml"))),
        (
            "ppt/comments/comment1.xml",
            "<cmLst><cm><text>c@example.com</text></cm><cm><text>d@example.com</text></cm></cmLst>",
        ),
        ("ppt/commentAuthors.xml", '<l><cmAuthor name="Rita Reviewer"/></l>'),
    )
    assert findings_of(write(tmp_path, "a.pptx", data)) == [
        ("a.pptx", "EMAIL_ADDRESS", "slide 1"),
        ("a.pptx", "EMAIL_ADDRESS", "slide 2"),
        ("a.pptx", "EMAIL_ADDRESS", "slide 2, comment"),
        ("a.pptx", "EMAIL_ADDRESS", "slide 2, comment"),
        ("a.pptx", "EMAIL_ADDRESS", "slide that is not shown"),
        ("a.pptx", "PERSON", "presentation, author"),
    ]


def odt(body: str, *parts: tuple[str, str | bytes]) -> bytes:
    return zipped(ODT, ("content.xml", f'<d xmlns:text="t"><body>{body}</body></d>'), *parts)


def test_spaces_and_breaks_of_opendocument_are_characters(tmp_path: Path) -> None:
    body = '<text:p>212<text:s/>555<text:s text:c="1"/>0143 or <text:span>jane@exa</text:span>mple.com</text:p>'
    assert findings_of(write(tmp_path, "a.odt", odt(body))) == [
        ("a.odt", "PHONE_NUMBER", "paragraph 1"),
        ("a.odt", "EMAIL_ADDRESS", "paragraph 1"),
    ]


def test_a_deletion_is_told_at_its_place(tmp_path: Path) -> None:
    changes = '<text:changed-region text:id="a"><deletion><text:p>219-09-9999</text:p></deletion></text:changed-region>'
    body = changes + '<text:p>first</text:p><text:p>The SSN <text:change text:change-id="a"/> is gone</text:p>'
    assert findings_of(write(tmp_path, "a.odt", odt(body))) == [("a.odt", "US_SSN", "paragraph 2, deleted text")]


def test_an_encrypted_opendocument_is_skipped(tmp_path: Path) -> None:
    manifest = ("META-INF/manifest.xml", "<m><file-entry><encryption-data/></file-entry></m>")
    assert records_of(write(tmp_path, "a.odt", odt("", manifest))) == {"a.odt": "encrypted"}


def epub(*parts: tuple[str, str | bytes]) -> bytes:
    container = '<c><rootfile full-path="O/p.opf"/></c>'
    package = (
        '<p><metadata><creator>Maria Example</creator></metadata><manifest><item id="b" href="b%20b.xhtml"/>'
        '<item id="a" href="a.xhtml"/></manifest><spine><itemref idref="b"/><itemref idref="a"/></spine></p>'
    )
    return zipped(EPUB, ("META-INF/container.xml", container), ("O/p.opf", package), *parts)


def test_chapters_come_in_reading_order_with_what_is_not_shown(tmp_path: Path) -> None:
    data = epub(
        ("O/a.xhtml", "<html><body><p>Zo&euml;&nbsp;a@exa<b>mple.com</b><script>no@example.com</script><p>open"),
        ("O/b b.xhtml", '<html><p>b@example.com</p><p style="display: none">h@example.com</p></html>'),
        ("O/x.html", '<p>x@example.com <a href="mailto:l@example.com">mail</a></p>'),
        ("O/cover.png", b"\x89PNG\r\n\x1a\n"),
    )
    path = write(tmp_path, "a.epub", data)
    assert findings_of(path) == [
        ("a.epub", "EMAIL_ADDRESS", "paragraph 1, O/b b.xhtml"),
        ("a.epub", "EMAIL_ADDRESS", "paragraph 2, O/b b.xhtml, hidden text"),
        ("a.epub", "EMAIL_ADDRESS", "paragraph 1, O/a.xhtml"),
        ("a.epub", "EMAIL_ADDRESS", "paragraph 1, O/x.html"),
        ("a.epub", "EMAIL_ADDRESS", "paragraph 1, O/x.html, link"),
        ("a.epub", "PERSON", "metadata"),
    ]
    assert records_of(path)["a.epub!O/cover.png"] == "needs OCR"


def test_a_book_with_locked_chapters_is_skipped(tmp_path: Path) -> None:
    locked = ("META-INF/encryption.xml", '<e><CipherReference URI="O/a.xhtml"/></e>')
    assert records_of(write(tmp_path, "a.epub", epub(("O/a.xhtml", b"\1\2"), locked))) == {"a.epub": "encrypted"}


def test_a_book_with_locked_fonts_is_read(tmp_path: Path) -> None:
    locked = ("META-INF/encryption.xml", '<e><CipherReference URI="O/a.otf"/></e>')
    path = write(tmp_path, "a.epub", epub(("O/a.xhtml", "<p>a@example.com</p>"), locked))
    assert records_of(path) == {"a.epub": "findings"}


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        ("EncryptedPackage", "encrypted"),
        ("WordDocument", "old Office format (doc): save it as docx"),
        ("PowerPoint Document", "old Office format (ppt): save it as pptx"),
        ("whatever", "binary file (OLE container)"),
    ],
)
def test_ole_files_are_skipped_with_the_reason(tmp_path: Path, stream: str, reason: str) -> None:
    assert records_of(write(tmp_path, "a.docx", ole((stream, b"x")))) == {"a.docx": reason}


def test_what_is_packed_in_an_ole_object_is_read(tmp_path: Path) -> None:
    content = b"a@example.com"
    native = b"\2\0" + b"note.txt\0" + b"C:\\note.txt\0" + b"\0\0\3\0" + struct.pack("<I", 2) + b"x\0"
    native += struct.pack("<I", len(content)) + content
    packed = ole(("\x01Ole10Native", struct.pack("<I", len(native)) + native))
    path = write(tmp_path, "a.docx", docx(p(r("b@example.com")), ("word/embeddings/oleObject1.bin", packed)))
    assert findings_of(path) == [
        ("a.docx", "EMAIL_ADDRESS", "paragraph 1"),
        ("a.docx!word/embeddings/oleObject1.bin!note.txt", "EMAIL_ADDRESS", "1:1"),
    ]


def image(kind: str, **options: object) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"])
def test_an_image_needs_ocr_whatever_it_is_called(tmp_path: Path, kind: str) -> None:
    assert records_of(write(tmp_path, "a.txt", image(kind))) == {"a.txt": "needs OCR"}


def test_what_a_camera_wrote_into_an_image_is_read(tmp_path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x013B] = "a@example.com"
    exif[0x9C9C] = "b@example.com\0".encode("utf-16-le")
    exif.get_ifd(0x8825).update({1: "N", 2: (40.0, 41.0, 21.0), 3: "W", 4: (74.0, 2.0, 40.0)})
    path = write(tmp_path, "a.jpg", image("JPEG", exif=exif, comment=b"c@example.com"))
    assert [entry[:2] for entry in findings_of(path)][:3] == [("a.jpg!metadata", "EMAIL_ADDRESS")] * 3
    assert records_of(path) == {"a.jpg!metadata": "findings", "a.jpg": "needs OCR"}


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.zip", docx(p(r("text"))), "docx"),
        ("a.docx", zipped(("a.txt", "text")), "docx"),
        ("a.odt", zipped(EPUB), "epub"),
        ("a.txt", zipped(ODT, method=zipfile.ZIP_STORED), "odt"),
        ("a.bin", b"II*\0" + b"\0" * 20, "image"),
        ("a.jpg", b"\0\0\0\x18ftypheic" + b"\0" * 20, "image"),
        ("a.pdf", b"a text that is called PDF", "text"),
        ("a.txt", b"BM is not a bitmap, but Bavarian Motor", "text"),
        ("a.txt", b"MM is no TIFF", "text"),
    ],
)
def test_content_tells_the_format_before_the_name_does(name: str, data: bytes, expected: str) -> None:
    assert format_of(data[:8192], name) == expected


@pytest.mark.parametrize("path", sorted(FORMATS_DATA.glob("*.[deoprs]*")), ids=lambda path: path.name)
def test_a_real_file_is_known_without_its_suffix(path: Path) -> None:
    if path.suffix in (".docx", ".epub", ".odt", ".odp", ".pdf", ".pptx", ".rtf"):
        assert format_of(path.read_bytes()[:8192], "x") == path.suffix[1:]
