"""Values are read as a person reads them, and found at their places in the document."""

import pytest

from guardrails_cli.core.finding import Detection
from guardrails_cli.detect.normalize import normalize

VALUES = [
    ("SSN 219‑09‑9997", "219-09-9997", "219‑09‑9997"),
    ("SSN 219\u00ad-09\u200b-9997", "219-09-9997", "219\u00ad-09\u200b-9997"),
    ("card ４２４２ ４２４２", "4242 4242", "４２４２ ４２４２"),
    ("tel ٢٠٢-555", "202-555", "٢٠٢-555"),
    ("GET /?ssn=219%2D09%2d9997&x", "219-09-9997", "219%2D09%2d9997"),
    ("tel=%2B12025550143&x", "+12025550143", "%2B12025550143"),
    ("tel=%28202%29%20555-0143", "(202) 555-0143", "%28202%29%20555-0143"),
    ("mail=ada%40example.org", "ada@example.org", "ada%40example.org"),
    ("q=%28555%29 y", "(555)", "%28555%29"),
    ("SSN 219-09-\n9997.", "219-09-9997", "219-09-\n9997"),
    ("SSN 219-09-\r\n  9997.", "219-09-9997", "219-09-\r\n  9997"),
    ("card 4242 4242\n4242 4242 of", "4242 4242 4242 4242", "4242 4242\n4242 4242"),
    ("card 4242\r\n4242 4242 4242 of", "4242 4242 4242 4242", "4242\r\n4242 4242 4242"),
    ("caf\u00e9 card: 4242-4242-4242\n4242", "4242-4242-4242 4242", "4242-4242-4242\n4242"),
]


@pytest.mark.parametrize(("text", "value", "written"), VALUES)
def test_a_value_is_found_as_it_is_written(text: str, value: str, written: str) -> None:
    plain = normalize(text)
    start = plain.text.index(value)
    (found,) = plain.back([Detection("US_SSN", start, start + len(value), 1.0, "x")])
    assert text[found.start : found.end] == written


@pytest.mark.parametrize(
    "text",
    [
        "plain text, 100%25 or printf('%20d %40s')",
        "1234 5678\n2345 6789\n3456 7890\n",
        "years: 2019\n2020\n2021\n",
        "a list\n2020 4242\n",
        "50%2D without a query",
        "item -\n5 more",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert normalize(text).text == text


def test_a_nul_ends_a_line() -> None:
    assert normalize("SSN 1\0\0x").text == "SSN 1\n\nx"
