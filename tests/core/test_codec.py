from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guardrails_cli.api.specification import spec_entity
from guardrails_cli.cluster.by_reference import Reference
from guardrails_cli.cluster.messages import decode_options, encode_options
from guardrails_cli.core import codec
from guardrails_cli.core.codec import (
    decode_chunk,
    decode_chunk_result,
    encode_chunk,
    encode_chunk_result,
    from_bytes,
    to_bytes,
)
from guardrails_cli.core.errors import FormError
from guardrails_cli.core.finding import ChunkResult, Detection, Directive, Finding, Severity, Signal
from guardrails_cli.core.json import dumps
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.text import Chunk, Document, Layout, Location, Mark
from guardrails_cli.inputs.reading import child
from guardrails_cli.inputs.reading.events import Began, Closed, Culprit, Ended, Event, Opened, Piece, Refused
from guardrails_cli.options.model import DetectOptions, EngineOptions, Limits, ScanOptions, WalkOptions
from guardrails_cli.results.json_form import (
    report_document,
    report_finding,
    report_options,
    report_violation,
    spec_violation,
)
from guardrails_cli.results.summary import Summary
from guardrails_cli.results.summary_form import report_summary
from tests.builders import a_finding, a_record, a_violation

TEXT = st.text(max_size=20)
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)
"""With NUL, characters beyond the first plane, and surrogates, also two that would make a pair."""
OFFSET = st.integers(0, 10**9)
UNIT = st.floats(0, 1)


def texts(values: st.SearchStrategy[str] = ANY_TEXT) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, max_size=3).map(tuple)


OPTIONS = st.builds(
    DetectOptions,
    engine=st.builds(EngineOptions, TEXT, st.none() | TEXT),
    entities=texts(TEXT),
    min_score=UNIT,
    show_values=st.booleans(),
    key=st.binary(max_size=32),
)
LOCATIONS = st.builds(
    Location,
    part=st.none() | TEXT,
    page=st.none() | OFFSET,
    table=st.none() | ANY_TEXT,
    row=st.none() | OFFSET,
    column=st.none() | ANY_TEXT,
    path=st.none() | ANY_TEXT,
)
CHUNKS = st.builds(
    Chunk,
    ANY_TEXT,
    OFFSET,
    OFFSET,
    st.just(-1) | OFFSET,
    OFFSET,
    OFFSET,
    st.none() | ANY_TEXT,
    st.none() | st.builds(Layout, ANY_TEXT, texts(), st.booleans()),
    st.lists(st.builds(Mark, OFFSET, st.none() | LOCATIONS, OFFSET, OFFSET), max_size=3).map(tuple),
)
DETECTIONS = st.builds(Detection, TEXT, OFFSET, OFFSET, UNIT, TEXT)
FINDINGS = st.builds(
    Finding,
    entity_type=TEXT,
    severity=st.sampled_from(Severity),
    score=UNIT,
    start=OFFSET,
    end=OFFSET,
    line=OFFSET,
    column=OFFSET,
    preview=ANY_TEXT,
    recognizer=TEXT,
    fingerprint=TEXT,
    rule_ids=texts(TEXT),
    alternatives=st.lists(DETECTIONS, max_size=2).map(tuple),
    value=st.none() | ANY_TEXT,
    location=st.none() | LOCATIONS,
    context=st.none() | st.tuples(ANY_TEXT, ANY_TEXT),
    masked=st.booleans(),
    token=TEXT,
    allowed=st.lists(OFFSET, max_size=2).map(tuple),
)
SIGNALS = st.builds(Signal, TEXT, OFFSET, OFFSET, UNIT)
DIRECTIVES = st.builds(Directive, OFFSET, OFFSET, TEXT, texts(), ANY_TEXT, st.none() | st.dates(), st.none() | ANY_TEXT)
RESULTS = st.builds(
    ChunkResult,
    st.lists(FINDINGS, max_size=3).map(tuple),
    st.lists(SIGNALS, max_size=3).map(tuple),
    UNIT,
    st.lists(DIRECTIVES, max_size=2).map(tuple),
)
REASONS = st.builds(Reason, st.sampled_from(ReasonCode), ANY_TEXT)
DOCUMENTS = st.builds(
    Document,
    ANY_TEXT,
    OFFSET,
    st.none() | TEXT,
    st.none() | TEXT,
    TEXT,
    st.lists(st.tuples(ANY_TEXT, OFFSET), max_size=2).map(tuple),
    OFFSET,
    st.none() | REASONS,
    st.lists(OFFSET, max_size=2).map(tuple),
)
UNSCANNED = st.builds(Unscanned, ANY_TEXT, OFFSET, st.sampled_from(Status), REASONS, st.none() | TEXT, st.none() | TEXT)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Began, OFFSET, ANY_TEXT, OFFSET),
    st.builds(Opened, OFFSET, ANY_TEXT, TEXT),
    st.builds(Piece, CHUNKS),
    st.builds(Closed, OFFSET, DOCUMENTS, st.booleans()),
    st.builds(Ended, OFFSET),
    st.builds(Refused, OFFSET, UNSCANNED),
)
LIMITS = st.builds(Limits, max_bytes=st.none() | OFFSET, depth=OFFSET, passwords=texts())
REQUESTS = st.builds(
    child.Request,
    ANY_TEXT,
    OFFSET,
    LIMITS,
    st.dictionaries(OFFSET, st.builds(Culprit, REASONS, OFFSET), max_size=2),
)
REFERENCES = st.builds(Reference, ANY_TEXT, ANY_TEXT, OFFSET, TEXT, st.booleans())
SURROGATES = "\ud83d\ude00\udc00\ud800\0\U0001f600\u2028\x7f"


def test_reasons_keep_their_codes_on_the_way() -> None:
    reason = Reason(ReasonCode.TOO_DEEP, "too deep")
    arrived = codec.decode(sent(codec.encode(Culprit(reason, 1))), Culprit)
    assert (arrived.reason, arrived.reason.code) == (reason, ReasonCode.TOO_DEEP)
    with pytest.raises(FormError):
        codec.decode({"reason": ["of a later version", "x"], "last": 1}, Culprit)


def sent(value: object) -> Any:
    """Return what arrives at the other side."""
    return from_bytes(to_bytes(value))


@given(OPTIONS)
def test_options_arrive_as_they_were_sent(options: DetectOptions) -> None:
    assert decode_options(sent(encode_options(options))) == options


@given(CHUNKS)
@example(Chunk(SURROGATES, header=SURROGATES, marks=(Mark(0, Location(table=SURROGATES)),)))
def test_a_chunk_arrives_as_it_was_sent(chunk: Chunk) -> None:
    assert decode_chunk(sent(encode_chunk(chunk))) == chunk


@given(RESULTS)
def test_a_result_arrives_as_it_was_sent(result: ChunkResult) -> None:
    assert decode_chunk_result(sent(encode_chunk_result(result))) == result


@given(EVENTS)
@example(
    Closed(
        0, Document(SURROGATES, 0, None, None, rows=((SURROGATES, 1),), failure=Reason(ReasonCode.DAMAGED, SURROGATES))
    )
)
def test_an_event_arrives_as_it_was_sent(event: Event) -> None:
    assert child.decode(sent(child.encode(event))) == event


@given(REQUESTS | LIMITS | REFERENCES)
def test_what_is_asked_for_arrives_as_it_was_sent(value: object) -> None:
    assert codec.decode(sent(codec.encode(value)), type(value)) == value


@given(
    st.recursive(ANY_TEXT | OFFSET | UNIT | st.none(), lambda each: st.lists(each) | st.dictionaries(ANY_TEXT, each))
)
def test_any_plain_data_arrives_as_it_was_sent(value: object) -> None:
    assert sent(value) == value


class _Text(str):
    __slots__ = ()


def test_text_and_numbers_of_a_librarys_own_class_arrive_as_pythons() -> None:
    class Number(float):
        pass

    class Count(int):
        pass

    chunk = decode_chunk(sent(encode_chunk(Chunk(_Text("a\ud800"), Count(3)))))
    assert (chunk, type(chunk.text)) == (Chunk("a\ud800", 3), str)
    assert sent(codec.encode(Number(0.5))) == 0.5
    with pytest.raises(TypeError):
        encode_chunk(Chunk(object()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"findings": None},
        {"findings": [{}]},
        {"findings": {"0": 1}},
        {"seconds": "1.0"},
        {"seconds": float("nan")},
        {"signals": [["x", 1, 2, 0.5]]},
        {"signals": [{"technique": "x", "start": 1.5, "end": 2, "weight": 0.5}]},
        {"signals": [{"technique": "x", "start": True, "end": 2, "weight": 0.5}]},
        {"directives": [{"start": 0, "line": 1, "kind": "ignore", "until": "soon"}]},
    ],
)
def test_another_form_is_refused_in_one_way_and_without_its_content(change: dict[str, Any]) -> None:
    whole = encode_chunk_result(ChunkResult((), (), 0.5))
    with pytest.raises(FormError, match=r"^not the form of a ChunkResult$"):
        decode_chunk_result(sent(whole | change))
    with pytest.raises(FormError):
        decode_chunk_result([])
    with pytest.raises(FormError):
        decode_chunk_result(sent({name: value for name, value in whole.items() if name != "seconds"}))


def test_levels_and_states_that_nobody_knows_are_refused() -> None:
    row = codec.encode(a_finding())
    for change in (
        {"severity": 5},
        {"severity": "HIGH"},
        {"suppression": {"by": "\ud800", "reason": "", "origin": ""}},
    ):
        with pytest.raises(FormError):
            codec.decode(row | change, Finding)


def test_a_key_that_nobody_knows_is_ignored() -> None:
    assert decode_chunk({"text": "x", "new": 1, "\U0001f600": [2]}) == Chunk("x")


@pytest.mark.parametrize(
    "event", [[], ["end"], ["nothing", {}], ["ended", {}], ["ended", 0], {"ended": 0}, None, ["piece", 1]]
)
def test_an_event_of_a_broken_reader_is_refused(event: object) -> None:
    with pytest.raises(FormError):
        child.decode(event)


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", b"[NaN]", b"[-Infinity]", b"[1e999]", b"[" * 100_000, b"\xff", b"[1] [2]"]
)
def test_what_is_not_json_is_refused(data: bytes) -> None:
    with pytest.raises(FormError, match=r"^not JSON$"):
        from_bytes(data)


def test_json_is_compact_and_readable() -> None:
    assert dumps({"name": "Zoë 山", "list": [1, 2.5, None, True]}) == '{"name":"Zoë 山","list":[1,2.5,null,true]}'


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_cannot_say_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        dumps(number)


def test_a_finding_in_the_report_has_these_keys_in_this_order() -> None:
    assert report_finding(a_finding(rule_ids=("ACME_001",), score=0.123456)) == {
        "entity_type": "EMAIL_ADDRESS",
        "severity": "MEDIUM",
        "score": 0.1235,
        "start": 0,
        "end": 20,
        "line": 1,
        "column": 1,
        "location": {"text": "line 1, column 1"},
        "preview": "j***.d**@e******.c**",
        "recognizer": "EmailRecognizer",
        "rule_ids": ["ACME_001"],
        "evidence": [],
        "id": "000000000000-0",
        "fingerprint": "0" * 32,
        "alternatives": [],
    }


def test_a_raw_value_is_in_the_report_only_if_the_finding_carries_it() -> None:
    assert "value" not in report_finding(a_finding())
    assert report_finding(a_finding(value="jane.doe@example.com"))["value"] == "jane.doe@example.com"


def test_a_violation_has_the_specified_keys_and_in_the_report_more() -> None:
    specified = {
        "rule_id": "ACME_001",
        "framework": "ACME",
        "rule_name": "Mail",
        "severity": "MEDIUM",
        "action": "FLAG",
        "message": "Ask first",
    }
    assert spec_violation(a_violation()) == specified
    added = {"citation": "Handbook 1", "count": 3, "evidence": [], "remediation": ""}
    assert report_violation(a_violation(count=3)) == specified | added


def test_an_entity_has_the_specified_keys_and_its_raw_value() -> None:
    detection = Detection("US_SSN", 4, 15, 0.85, "UsSsnRecognizer")
    assert spec_entity(detection, "SSN 219-09-9999.") == {
        "type": "US_SSN",
        "value": "219-09-9999",
        "confidence": 0.85,
        "position": [4, 15],
    }


def test_a_document_that_was_not_scanned_says_why_and_nothing_else() -> None:
    assert report_document(a_record("a.png", reason="binary file (PNG image)", reason_code=ReasonCode.BINARY)) == {
        "path": "a.png",
        "size_bytes": 100,
        "sha256": None,
        "encoding": None,
        "format": None,
        "status": "skipped",
        "reason": "binary file (PNG image)",
        "reason_code": "binary",
        "seconds": 0.0,
        "risk": None,
        "compliance": None,
        "injection": None,
        "members": 0,
        "finding_count": 0,
        "findings": [],
        "unlisted": [],
        "columns": [],
        "suppressed": {"inline": 0, "allow": 0, "baseline": 0},
        "suppressed_findings": [],
        "suppression_faults": [],
        "suppressed_until": None,
    }


def test_a_clean_document_has_a_verdict_all_the_same() -> None:
    record = report_document(a_record())
    assert (record["status"], record["findings"]) == ("clean", [])
    assert record["compliance"] == {
        "compliant": True,
        "violation_count": 0,
        "frameworks_checked": ["ACME"],
        "violations": [],
    }
    assert record["injection"] == {"score": 0.0, "techniques": [], "passages": []}
    assert record["risk"]["overall_level"] == "LOW"


def test_a_summary_has_every_status_and_level_even_where_the_count_is_zero() -> None:
    assert report_summary(Summary()) == {
        "documents": 0,
        "bytes": 0,
        "by_status": {"findings": 0, "clean": 0, "skipped": 0, "failed": 0},
        "findings": 0,
        "by_severity": {"CRITICAL": 0, "HIGH": 0, "MEDIUM": 0, "LOW": 0},
        "by_entity_type": {},
        "suppressed": {"inline": 0, "allow": 0, "baseline": 0},
        "suppression_faults": 0,
        "by_risk_level": {"CRITICAL": 0, "HIGH": 0, "MEDIUM": 0, "LOW": 0},
        "by_action": {"FLAG": 0, "REDACT": 0, "BLOCK": 0},
        "by_framework": {},
        "not_scanned": {},
        "left_out": {},
        "worst_documents": [],
    }


def test_a_summary_adds_up() -> None:
    summary = Summary(left_out={"hidden": 2})
    summary.add(
        a_record("a", a_finding(), a_finding("US_SSN", severity=Severity.CRITICAL), violations=(a_violation(),))
    )
    summary.add(a_record("b"))
    summary.add(a_record("c", reason="binary file"))
    report = report_summary(summary)
    assert report["documents"] == sum(report["by_status"].values()) == 3
    assert report["findings"] == sum(report["by_severity"].values()) == sum(report["by_entity_type"].values()) == 2
    assert report["by_status"]["skipped"] == sum(report["not_scanned"].values()) == 1
    framework = report["by_framework"]["ACME"]
    assert (framework["documents_in_violation"], framework["documents_checked"]) == (1, 2)
    assert framework["documents_by_rule"] == {"ACME_001": 1}
    assert report["worst_documents"] == [{"path": "a", "risk": 10.0, "level": "LOW", "findings": 2}]
    assert report["left_out"] == {"hidden": 2}


def test_the_reports_options_hold_no_key_and_no_broker() -> None:
    options = ScanOptions(
        paths=("caf\udce9",),
        walk=WalkOptions(include=("*.txt",)),
        detect=DetectOptions(key=b"correct horse"),
        policies=(Path("acme.yaml"),),
        broker="redis://:correct-horse@localhost",
    )
    report = report_options(options)
    assert report["paths"] == ["caf\\xe9"]
    assert report["policies"] == ["acme.yaml"]
    assert "correct" not in dumps(report)
    assert b"correct horse".hex() not in dumps(report)


@pytest.mark.parametrize("status", Status)
def test_a_status_in_the_report_is_its_word(status: Status) -> None:
    assert report_document(a_record("a", reason="x", status=status))["status"] == status.value
