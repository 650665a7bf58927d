"""RTF: escapes, encodings, groups and destinations."""

from pathlib import Path

import pytest

from guardrails_cli.core.text import Segment
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.text import rtf as reader
from guardrails_cli.options.model import Limits
from tests.formats.files import write
from tests.formats.support import findings_of, records_of


def text_of(tmp_path: Path, body: str | bytes) -> list[tuple[str, str]]:
    """Return (place, text) of all segments of a document with a body."""
    data = body.encode() if isinstance(body, str) else body
    path = write(tmp_path, "a.rtf", b"{\\rtf1\\ansi\\ansicpg1252 " + data + b"}")
    with path.open("rb") as file:
        items = list(reader.read(Blob("a.rtf", file, seekable=True), Reading(Limits())))
    return [
        (item.location.label if item.location else "", item.text.strip("\n"))
        for item in items
        if isinstance(item, Segment)
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"Zo\'eb", "Zoë"),
        (r"Zo\u235 ?", "Zoë"),
        (r"Zo\u235\'3f and", "Zoë and"),
        (r"\uc0 Zo\u235 .", "Zoë."),
        (r"\uc2 Zo\u235 ??.", "Zoë."),
        (r"\u-10179 ?\u-8704 ?", "😀"),
        (r"{\uc0 \u235 }\u235 ?x", "ëëx"),
        (r"a\~b\_c\-d\{\}\\", "a b-cd{}\\"),
        (r"a\tab b\line c\emdash d", "a\tb\nc—d"),
        ("one\\\ntwo", "one"),
        ("jane@exa\r\nmple.com", "jane@example.com"),
        (r"jane{\b @exa}mple{\i .com}", "jane@example.com"),
        (r"{\fonttbl{\f1\fcharset204 Arial;}}\f1 \'cf\'f0\'e8", "При"),
        (r"{\fonttbl{\f1\fcharset128 Arial;}}\f1 \'93\'fa\'96\'7b", "日本"),
        (b"bin {\\bin6 }}{{\\x}ary", "bin ary"),
        (r"{\*\generator Word}shown", "shown"),
        (r"\mac \'8e", "é"),
        (r"unknown \wordthatisnone5 word", "unknown word"),
        ("nul\0byte", "nulbyte"),
        (r"\u99999999 ?x", "\ue0ffx"),
    ],
)
def test_the_text_is_what_word_shows(tmp_path: Path, body: str | bytes, text: str) -> None:
    assert text_of(tmp_path, body)[0][1] == text


def test_hidden_and_deleted_text_comes_apart(tmp_path: Path) -> None:
    body = r"Call \v a@example.com\v0  or {\deleted b@example.com}{\revised c@example.com} now\par"
    assert text_of(tmp_path, body) == [
        ("paragraph 1", "Call  or c@example.com now"),
        ("paragraph 1, hidden text", "Call a@example.com"),
        ("paragraph 1, deleted text", "Call or b@example.com"),
    ]


def test_properties_notes_and_fields_have_their_parts(tmp_path: Path) -> None:
    body = (
        r"{\info{\author Maria Example}{\doccomm See a@example.com}{\creatim\yr2024}}"
        r"{\header\pard top@example.com\par}one{\footnote note@example.com} {\*\atnauthor Rita Reviewer}"
        r'{\*\annotation comment@example.com}{\field{\*\fldinst HYPERLINK "mailto:x@example.com"}{\fldrslt mail}}\par'
    )
    assert text_of(tmp_path, body) == [
        ("metadata", "author: Maria Example"),
        ("metadata", "comment: See a@example.com"),
        ("header", "top@example.com"),
        ("paragraph 1, footnote", "note@example.com"),
        ("paragraph 1, comment", "comment@example.com"),
        ("paragraph 1", "one mail"),
        ("paragraph 1, author", "Rita Reviewer"),
        ("paragraph 1, field code", 'HYPERLINK "mailto:x@example.com"'),
    ]


def test_what_a_reader_need_not_know_is_told_apart(tmp_path: Path) -> None:
    assert text_of(tmp_path, r"shown{\*\madeup secret@example.com}\par") == [
        ("paragraph 1", "shown"),
        ("paragraph 1, text that is not shown", "secret@example.com"),
    ]


def test_a_table_has_rows_and_columns(tmp_path: Path) -> None:
    row = r"\trowd\cellx1\cellx2\pard\intbl {}\cell {}\cell\row" + "\n"
    body = (row.format("Name", "SSN") + row.format("Jane Roe", "219-09-9999")) + r"\pard behind\par"
    assert text_of(tmp_path, body) == [
        ("table 1, header", "Name\tSSN"),
        ("table 1, row 2", "Jane Roe\t219-09-9999"),
        ("paragraph 1", "behind"),
    ]


def test_pictures_and_objects_are_members(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n".hex()
    inner = (b"\1\5\0\0\2\0\0\0" + b"\0\0\0\0" * 3 + b"\x0d\0\0\0" + b"a@example.com").hex()
    data = f"{{\\rtf1 text{{\\pict\\pngblip {png}}}{{\\object{{\\*\\objdata {inner}}}}}}}"
    path = write(tmp_path, "a.rtf", data)
    assert records_of(path) == {"a.rtf": "clean", "a.rtf!object 1": "needs OCR", "a.rtf!object 2": "findings"}
    assert findings_of(path) == [("a.rtf!object 2", "EMAIL_ADDRESS", "1:1")]


def test_a_word_on_the_border_of_two_pieces_is_read_as_one(tmp_path: Path) -> None:
    filler = "x " * (512 * 1024 - 20)
    found = text_of(tmp_path, filler.encode() + b"caf\\'e9 \\u235 ?nd \\line jane@example.com")
    assert "".join(text for _, text in found).endswith("café ënd \njane@example.com")
