"""Markdown: the text as it is; tables have columns."""

from guardrails_cli.formats.text import markdown
from tests.formats import views
from tests.formats.support import FORMATS_DATA, scanned


def test_a_file_has_its_findings_at_their_places() -> None:
    [record] = scanned(FORMATS_DATA / "summary.md")
    assert [
        (found.entity_type, found.location.label if found.location else "", found.line, found.column)
        for found in record.findings
    ] == [
        ("PERSON", "", 3, 9),
        ("PHONE_NUMBER", "", 8, 6),
        ("EMAIL_ADDRESS", "", 8, 35),
        ("US_SSN", "", 10, 15),
        ("PERSON", "table 1, row 2, column Name", 14, 3),
        ("US_SSN", "table 1, row 2, column SSN", 14, 14),
        ("DATE_OF_BIRTH", "table 1, row 2, column DOB", 14, 28),
        ("PERSON", "table 1, row 3, column Name", 15, 3),
        ("US_SSN", "table 1, row 3, column SSN", 15, 14),
        ("DATE_OF_BIRTH", "table 1, row 3, column DOB", 15, 28),
        ("EMAIL_ADDRESS", "", 18, 10),
    ]
    assert record.format == "markdown"


def test_the_view_is_the_file_itself() -> None:
    text = "a|b\n-|-\n1|2\r\n\n" + "x" * 100_000 + "\n| a | b\n|---|\n```\na|b\n-|-\n```\nend|"
    assert views.view(markdown, text) == text


def test_a_table_begins_with_its_header_and_ends_with_its_rows() -> None:
    places = views.places(markdown, "v0\na | b\n:-- | --:\nv1 | v2\nv3 |\n\nv4 | v5\n\n```\na|b\n-|-\nv6|v7\n```\n")
    assert {word: label for word, (label, _, _) in places.items()} == {
        "v0": "",
        "v1": "table 1, row 2, column a",
        "v2": "table 1, row 2, column b",
        "v3": "table 1, row 3, column a",
        "v4": "",
        "v5": "",
        "v6": "",
        "v7": "",
    }
