import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails_cli.core.display import fingerprint
from guardrails_cli.core.entity_types import PROMPT_INJECTION
from guardrails_cli.core.finding import Detection, Finding, Severity, Signal
from guardrails_cli.core.text import Chunk
from guardrails_cli.detect.chunks import split
from guardrails_cli.document.describe_findings import describe, in_context, injection_detections

KEY = b"a key for tests"
MAIL = "jane.doe@example.com"


def find(value: str, chunk: Chunk, entity_type: str = "EMAIL_ADDRESS", *, show_values: bool = False) -> Finding:
    """Return the finding for the first place of `value` in the chunk."""
    start = chunk.text.index(value)
    detection = Detection(entity_type, start, start + len(value), 0.85, "EmailRecognizer")
    (finding,) = describe([detection], chunk, KEY, show_values)
    return finding


def test_a_finding_carries_all_that_a_report_needs() -> None:
    assert find(MAIL, Chunk(f"To: {MAIL}\n")) == Finding(
        entity_type="EMAIL_ADDRESS",
        severity=Severity.MEDIUM,
        score=0.85,
        start=4,
        end=24,
        line=1,
        column=5,
        preview="j***.d**@e******.c**",
        recognizer="EmailRecognizer",
        fingerprint=fingerprint(MAIL, "EMAIL_ADDRESS", KEY),
    )


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (MAIL, 1, 1),
        (f"To: {MAIL}", 1, 5),
        (f"\n{MAIL}", 2, 1),
        (f"\n\n  {MAIL}", 3, 3),
        (f"a\r\nb {MAIL}\r\n", 2, 3),
        (f"Zoë 😀 {MAIL}", 1, 7),
        (f"one\rline\u2028only\x0b {MAIL}", 1, 16),
    ],
)
def test_line_and_column_count_from_one_in_characters(text: str, line: int, column: int) -> None:
    finding = find(MAIL, Chunk(text))
    assert (finding.line, finding.column) == (line, column)


def test_a_finding_over_several_lines_is_where_it_begins() -> None:
    finding = find("Jane\nDoe", Chunk("\n  Jane\nDoe"), "PERSON")
    assert (finding.line, finding.column, finding.preview) == (2, 3, "J***\\nD**")


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        (Chunk(MAIL, start=100, line=7, column=31), (100, 7, 31)),
        (Chunk(f"x {MAIL}", start=100, line=7, column=31), (102, 7, 33)),
        (Chunk(f"x\n{MAIL}", start=100, line=7, column=31), (102, 8, 1)),
    ],
)
def test_places_are_those_of_the_document_and_not_of_the_chunk(chunk: Chunk, expected: tuple[int, int, int]) -> None:
    finding = find(MAIL, chunk)
    assert (finding.start, finding.line, finding.column) == expected
    assert finding.end == finding.start + len(MAIL)


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from(["\n", "word ", "é", "😀", f" {MAIL} "]), max_size=80).map(
        lambda parts: "".join(parts) * 80
    )
)
def test_places_are_the_same_whether_the_document_is_cut_or_not(text: str) -> None:
    def mails(chunk: Chunk) -> list[Finding]:
        places = [match.span() for match in re.finditer(re.escape(MAIL), chunk.text)]
        return describe([Detection("EMAIL_ADDRESS", *span, 1.0, "r") for span in places], chunk, KEY)

    whole = {finding.start: finding for finding in mails(Chunk(text))}
    pieces = [finding for chunk in split(text) for finding in mails(chunk)]
    assert {finding.start: finding for finding in pieces} == whole


def test_the_raw_value_is_there_only_if_asked_for() -> None:
    assert find(MAIL, Chunk(MAIL)).value is None
    assert find(MAIL, Chunk(MAIL), show_values=True).value == MAIL


@pytest.mark.parametrize(
    ("value", "entity_type"),
    [
        ("219-09-9999", "US_SSN"),
        ("4111 1111 1111 1111", "CREDIT_CARD"),
        (MAIL, "EMAIL_ADDRESS"),
        ("Jane Doe", "PERSON"),
        ("Al", "PERSON"),
        ("山田太郎", "PERSON"),
        ("x" * 500, "URL"),
    ],
)
def test_no_part_of_a_finding_repeats_the_value(value: str, entity_type: str) -> None:
    assert value not in repr(find(value, Chunk(f"before {value} after"), entity_type))


@given(st.text(min_size=1).filter(lambda value: re.search(r"\w", value)))
def test_no_preview_of_a_value_with_a_word_is_that_value(value: str) -> None:
    assert value not in find(value, Chunk(value), "PERSON").preview


def test_severity_is_that_of_the_entity_type() -> None:
    severities = [
        find("219-09-9999", Chunk("219-09-9999"), name).severity for name in ("US_SSN", "US_ITIN", "URL", "BADGE")
    ]
    assert severities == [Severity.CRITICAL, Severity.CRITICAL, Severity.LOW, Severity.MEDIUM]


def test_findings_come_in_the_order_of_the_detections() -> None:
    chunk = Chunk("a b c")
    detections = [Detection("PERSON", start, start + 1, 1.0, "r") for start in (4, 0, 2)]
    assert [finding.start for finding in describe(detections, chunk, KEY)] == [4, 0, 2]


def test_a_fingerprint_is_32_hexadecimal_digits() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", fingerprint(MAIL, "EMAIL_ADDRESS", KEY))


@pytest.mark.parametrize("same", ["JANE DOE", "Jane\nDoe", "  Jane   Doe ", "jane\tdoe", "Jane\u00a0Doe"])
def test_a_fingerprint_looks_past_letter_case_and_white_space(same: str) -> None:
    assert fingerprint(same, "PERSON", KEY) == fingerprint("Jane Doe", "PERSON", KEY)


@pytest.mark.parametrize(
    ("value", "entity_type", "key"),
    [
        ("Jane Doo", "PERSON", KEY),
        ("JaneDoe", "PERSON", KEY),
        ("Jane Doe", "LOCATION", KEY),
        ("Jane Doe", "PERSON", b"other"),
    ],
)
def test_a_fingerprint_depends_on_value_type_and_key(value: str, entity_type: str, key: bytes) -> None:
    assert fingerprint(value, entity_type, key) != fingerprint("Jane Doe", "PERSON", KEY)


def test_a_fingerprint_of_a_lone_surrogate_can_be_made() -> None:
    assert fingerprint("\ud800", "PERSON", KEY) != fingerprint("\ud801", "PERSON", KEY)


def test_injection_signals_become_detections_that_name_their_technique() -> None:
    assert injection_detections([Signal("role_play", 3, 9, 0.65)]) == [
        Detection(PROMPT_INJECTION, 3, 9, 0.65, "InjectionRules.role_play")
    ]


def test_the_context_of_a_finding_is_its_line_with_other_findings_masked() -> None:
    text = "above\nwrite to jane@example.com or +1 212 555 0123 today\nbelow"
    low, other = text.index("jane"), text.index("+1")
    found = [
        Detection("EMAIL_ADDRESS", low, low + 16, 1.0, "R"),
        Detection("PHONE_NUMBER", other, other + 15, 1.0, "R"),
    ]
    chunk = Chunk(text, 100)
    first, second = (in_context(one, chunk, found, 20, show_values=False) for one in describe(found, chunk, b"k"))
    assert first.context == ("write to ", " or *************** ")
    assert second.context == ("*" * 16 + " or ", " today")
