import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.core.finding import Severity
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.options.model import DetectOptions, ScanOptions
from guardrails_cli.reports.csv import COLUMNS, neutral
from guardrails_cli.reports.registry import REPORTS
from guardrails_cli.results.json_form import SCHEMA_VERSION, report_document, report_options
from guardrails_cli.results.summary import Summary
from guardrails_cli.results.summary_form import report_summary
from tests.builders import a_finding, a_record, a_violation

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)
STRANGE_PATHS = [
    "a.txt",
    'with space, comma and "quotes".txt',
    "two\nlines.txt",
    "carriage\rreturn.txt",
    "separators \u2028 \u2029 \x85.txt",
    "\x1b[31mred.txt",
    "Zoë 山 😀.txt",
    "back\\slash \\n.txt",
    "</script><b>.txt",
]


def write(name: str, *records: DocumentResult, show_values: bool = False) -> bytes:
    """Return the report as it is when a run with these records is over."""
    stream, summary = io.BytesIO(), Summary()
    report = REPORTS[name](stream)
    for record in records:
        report.add(record)
        summary.add(record)
    options = ScanOptions(paths=("a",), detect=DetectOptions(show_values=show_values))
    run = {
        "complete": True,
        "options": report_options(options),
        "policies": [],
        "model": None,
        "started_at": "2026-11-25T03:04:05.678+00:00",
        "finished_at": "2026-11-25T03:04:06.789+00:00",
    }
    report.finish(run, report_summary(summary))
    return stream.getvalue()


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


RECORDS = (
    a_record(
        "a.txt",
        a_finding(rule_ids=("ACME_001", "ACME_002")),
        a_finding("US_SSN", start=30),
        violations=(a_violation(),),
    ),
    a_record("b.txt"),
    a_record("c.png", reason="binary file (PNG image)"),
    a_record("d.txt", reason="cannot read: Permission denied", status=Status.FAILED),
)


# JSON


def test_a_json_report_has_version_run_summary_and_documents() -> None:
    report = json.loads(write("json", *RECORDS))
    assert list(report) == ["schema_version", "run", "summary", "documents"]
    assert report["schema_version"] == SCHEMA_VERSION
    assert report["run"]["complete"] is True
    assert report["documents"] == [report_document(record) for record in RECORDS]
    assert report["summary"]["documents"] == len(RECORDS)


def test_a_json_report_has_one_line_for_each_document() -> None:
    lines = write("json", *RECORDS).decode().splitlines()
    assert [json.loads(line.strip().rstrip(","))["path"] for line in lines if line.startswith('    {"path"')] == [
        record.path for record in RECORDS
    ]


def test_a_json_report_without_documents_is_one_all_the_same() -> None:
    report = json.loads(write("json"))
    assert (report["documents"], report["summary"]["documents"]) == ([], 0)


def test_a_json_report_larger_than_its_waiting_room_is_complete() -> None:
    record = a_record("a.txt", *(a_finding(start=start) for start in range(1000)))
    assert len(json.loads(write("json", *[record] * 40))["documents"]) == 40


def test_a_report_ends_with_a_line_break() -> None:
    assert all(write(name, *RECORDS).endswith(b"\n") for name in REPORTS)


# JSON Lines


def test_json_lines_are_documents_and_at_last_run_and_summary() -> None:
    *documents, last = [json.loads(line) for line in write("jsonl", *RECORDS).split(b"\n")[:-1]]
    assert [line["document"] for line in documents] == [report_document(record) for record in RECORDS]
    assert all(list(line) == ["document"] for line in documents)
    assert list(last) == ["schema_version", "run", "summary"]


def test_a_json_line_is_there_as_soon_as_its_document_is_known() -> None:
    stream = io.BytesIO()
    REPORTS["jsonl"](stream).add(a_record("a.txt"))
    assert json.loads(stream.getvalue())["document"]["path"] == "a.txt"


@pytest.mark.parametrize("path", STRANGE_PATHS)
@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_a_strange_name_survives_in_json(name: str, path: str) -> None:
    data = write(name, a_record(path, a_finding()))
    document: Any = json.loads(data)["documents"][0] if name == "json" else json.loads(data.split(b"\n")[0])["document"]
    assert document["path"] == path


@given(ANY_TEXT)
def test_any_value_survives_in_json_even_what_utf8_cannot_carry(value: str) -> None:
    report = json.loads(write("json", a_record("a.txt", a_finding(value=value)), show_values=True))
    # Two surrogates that happen to make a pair are one character in JSON.
    paired = value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert report["documents"][0]["findings"][0]["value"] == paired


# CSV


def test_a_csv_report_has_one_row_for_each_finding() -> None:
    first, second = rows(write("csv", *RECORDS))
    assert first == {
        "path": "a.txt",
        "line": "1",
        "column": "1",
        "severity": "MEDIUM",
        "entity_type": "EMAIL_ADDRESS",
        "score": "1.0",
        "preview": "j***.d**@e******.c**",
        "rule_ids": "ACME_001 ACME_002",
        "recognizer": "EmailRecognizer",
        "start": "0",
        "end": "20",
        "fingerprint": "0" * 32,
        "document_risk": "10.0",
        "document_sha256": "f" * 64,
        "reason_code": "",
    }
    assert (second["entity_type"], second["column"], second["rule_ids"]) == ("US_SSN", "31", "")


@pytest.mark.parametrize(
    ("show_values", "columns"), [(False, (*COLUMNS, "reason_code")), (True, (*COLUMNS, "value", "reason_code"))]
)
def test_a_csv_report_without_findings_has_its_header(show_values: bool, columns: tuple[str, ...]) -> None:
    assert write("csv", a_record("a.txt"), show_values=show_values) == ",".join(columns).encode() + b"\r\n"


def test_a_csv_report_has_raw_values_if_they_were_asked_for() -> None:
    (row,) = rows(write("csv", a_record("a.txt", a_finding(value="jane.doe@example.com")), show_values=True))
    assert row["value"] == "jane.doe@example.com"


def test_csv_lines_end_as_rfc_4180_has_it() -> None:
    data = write("csv", *RECORDS)
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r") == 3


def test_csv_quotes_are_doubled_as_rfc_4180_has_it() -> None:
    assert b'\r\n"say ""hi"", Jane.txt",1,' in write("csv", a_record('say "hi", Jane.txt', a_finding()))


@pytest.mark.parametrize("path", STRANGE_PATHS)
def test_a_strange_name_survives_in_csv(path: str) -> None:
    (row,) = rows(write("csv", a_record(path, a_finding())))
    assert row["path"] == path


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0"])
@pytest.mark.parametrize("column", ["path", "preview", "value"])
def test_no_cell_is_a_formula_to_a_spreadsheet(start: str, column: str) -> None:
    danger = f"{start}HYPERLINK(1)"
    record = a_record(
        danger if column == "path" else "a.txt",
        a_finding(preview=danger if column == "preview" else "x", value=danger if column == "value" else "x"),
    )
    (row,) = rows(write("csv", record, show_values=True))
    assert row[column] == f"'{danger}"


@pytest.mark.parametrize("cell", ["a=1", "", " ", "'quoted", "1-2", "a@example.com", 1.5, -3, None])
def test_a_cell_that_is_no_formula_stays_as_it_is(cell: object) -> None:
    assert neutral(cell) == cell


@given(ANY_TEXT, ANY_TEXT)
def test_any_path_and_preview_make_a_row_that_can_be_read(path: str, preview: str) -> None:
    data = write("csv", a_record(path, a_finding(preview=preview)))
    (row,) = rows(data)
    assert None not in row
    assert not row["path"].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0"))


# All formats


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_no_report_holds_a_raw_value_unless_asked_for(name: str) -> None:
    data = write(name, a_record("a.txt", a_finding(severity=Severity.HIGH)))
    assert b"jane.doe" not in data
    assert b'"value"' not in data or name in ("gitlab", "html")  # whose own words hold one


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_the_same_records_make_the_same_bytes(name: str) -> None:
    assert write(name, *RECORDS) == write(name, *RECORDS)
