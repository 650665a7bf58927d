"""PowerPoint and pictures in documents, through the command line."""

import io
import re
import zipfile
from pathlib import Path

import pptx
import pytest
from PIL import Image
from pptx.util import Inches

from guardrails_cli.formats.image import ocr
from guardrails_cli.redact.operators import OPERATORS
from tests.formats.files import docx, p, r, zipped
from tests.redact.support import KEY, MAIL, PHONE, SSN, guardrails


def picture(**metadata: str) -> bytes:
    """Return a picture of one colour, with an author if that is asked."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = metadata.get("description", "")
    Image.new("RGB", (30, 20), "navy").save(out, "JPEG", exif=exif)
    return out.getvalue()


def deck() -> bytes:
    """Return a presentation with values split over runs, in notes, a table, a master, a comment and properties."""
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    paragraph = slide.placeholders[1].text_frame.paragraphs[0]
    for piece in ("SSN 219-", "09-9", "999 here"):
        paragraph.add_run().text = piece
    cell = slide.shapes.add_table(1, 1, Inches(1), Inches(1), Inches(2), Inches(1)).table.cell(0, 0)
    cell.text = f"call {PHONE}"
    slide.notes_slide.notes_text_frame.text = f"SSN {SSN} in notes"
    show.slide_master.placeholders[0].text_frame.text = f"mail {MAIL}"
    show.core_properties.author = MAIL
    out = io.BytesIO()
    show.save(out)
    name = "http://schemas.openxmlformats.org/presentationml/2006/main"
    comment = f'<p:cmLst xmlns:p="{name}"><p:cm authorId="0" idx="1"><p:text>SSN {SSN}</p:text></p:cm></p:cmLst>'
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("ppt/comments/comment1.xml", comment)
    return out.getvalue()


def content(path: Path) -> str:
    """Return all parts, once with their tags and once without."""
    with zipfile.ZipFile(path) as archive:
        text = "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return text + re.sub(r"<[^>]*>", "", text)


def redact(path: Path, *options: str) -> tuple[int, str, Path]:
    out = path.parent / "out"
    ran = guardrails("redact", str(path), "--out", str(out), "--profile", "fast", *options, GUARDRAILS_KEY=KEY.decode())
    return ran.code, ran.err, out / path.name


@pytest.mark.parametrize("strategy", OPERATORS)
def test_slides_notes_comments_and_masters_lose_the_values(tmp_path: Path, strategy: str) -> None:
    (tmp_path / "a.pptx").write_bytes(deck())
    code, told, target = redact(tmp_path / "a.pptx", "--strategy", strategy)
    assert (code, "no copy" in told) == (0, False), told
    assert not any(value in content(target) for value in (SSN, MAIL, PHONE))
    slide = pptx.Presentation(str(target)).slides[0]
    text = slide.placeholders[1].text_frame
    assert (text.text.startswith("SSN "), text.text.endswith(" here")) == (True, True)
    assert len(text.paragraphs[0].runs) == 3
    assert slide.notes_slide.notes_text_frame.text.endswith(" in notes")
    if strategy == "token":
        assert text.text == "SSN [US_SSN] here"


@pytest.fixture
def no_ocr() -> None:
    if ocr.recognizer() is not None:
        pytest.skip("here pictures are read")


@pytest.mark.usefixtures("no_ocr")
@pytest.mark.parametrize("body", [f"SSN {SSN}", "nothing"])
def test_a_picture_that_nobody_has_read_is_kept_only_if_that_is_wanted(tmp_path: Path, body: str) -> None:
    logo = picture()
    (tmp_path / "a.docx").write_bytes(
        docx(p(r(body)), ("word/media/logo.jpeg", logo), ("word/media/b.emf", b"\1\0\0\0" + bytes(range(256))))
    )
    code, told, target = redact(tmp_path / "a.docx")
    assert (code, target.exists()) == (4, False)
    reason = "it holds pictures that nobody has read (logo.jpeg and 1 more): --keep-pictures copies them as they are"
    assert told.endswith(f"a.docx: {reason}\n")
    code, told, target = redact(tmp_path / "a.docx", "--keep-pictures")
    assert (code, SSN in content(target)) == (0, False)
    note = "2 pictures are copied as they are, read by nobody (logo.jpeg and 1 more)"
    assert told.endswith(f"a.docx: {note}\n")
    with zipfile.ZipFile(target) as archive:
        assert archive.read("word/media/logo.jpeg") == logo


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("word/media/x.jpeg", picture(description=f"SSN {SSN}"), "a value is in x.jpeg inside of it"),
        ("word/embeddings/x.txt", b"her mail is jane.roe@example.com", "a value is in x.txt inside of it"),
        ("word/embeddings/x.bin", b"\0\1\2\3" * 99, "it holds other documents"),
    ],
)
def test_what_is_inside_with_a_value_or_unread_refuses_the_copy(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    (tmp_path / "a.docx").write_bytes(docx(p(r(f"SSN {SSN}")), (name, data)))
    code, told, target = redact(tmp_path / "a.docx", "--keep-pictures")
    assert (code, reason in told, target.exists()) == (4, True, False), told


def test_what_is_inside_and_clean_may_stay(tmp_path: Path) -> None:
    inner = zipped(("a/b.txt", "nothing of anybody"))
    (tmp_path / "a.docx").write_bytes(docx(p(r(f"SSN {SSN}")), ("word/embeddings/x.zip", inner)))
    code, told, target = redact(tmp_path / "a.docx")
    assert (code, told) == (0, "")
    with zipfile.ZipFile(target) as archive:
        assert archive.read("word/embeddings/x.zip") == inner
