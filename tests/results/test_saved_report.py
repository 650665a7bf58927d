"""Saved reports, read back and put together."""

import json
from pathlib import Path
from typing import Any

import pytest

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.json import dumps
from guardrails_cli.core.reasons import ReasonCode
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.results.json_form import SCHEMA_VERSION, report_document
from guardrails_cli.results.merge import merged_runs, merged_summaries
from guardrails_cli.results.saved_report import SavedReport
from guardrails_cli.results.summary import Summary
from guardrails_cli.results.summary_form import report_summary
from tests.builders import a_finding, a_pack, a_record, a_rule, a_violation
from tests.reports.test_reports import write

RECORDS = (
    a_record("a.txt", a_finding(rule_ids=("ACME_001",)), a_finding("US_SSN", start=30), violations=(a_violation(),)),
    a_record("odd \u2028\nname", a_finding(severity=Severity.HIGH), violations=(a_violation(severity=Severity.HIGH),)),
    a_record("b.bin", status=Status.SKIPPED, reason="binary file", reason_code=ReasonCode.BINARY),
    a_record("c.txt", a_finding("US_SSN", severity=Severity.CRITICAL)),
)


def saved(tmp_path: Path, data: bytes, name: str = "report") -> SavedReport:
    (tmp_path / name).write_bytes(data)
    return SavedReport(tmp_path / name)


@pytest.mark.parametrize("name", ["json", "jsonl"])
@pytest.mark.parametrize("records", [RECORDS, RECORDS[:1], ()])
def test_what_was_written_is_read_back(tmp_path: Path, name: str, records: tuple[DocumentResult, ...]) -> None:
    report = saved(tmp_path, write(name, *records))
    assert [report_document(one) for one in report.documents()] == [report_document(one) for one in records]
    assert report.summary["documents"] == len(records)


def test_a_report_laid_out_anew_is_read_all_the_same(tmp_path: Path) -> None:
    report = saved(tmp_path, json.dumps(json.loads(write("json", *RECORDS)), indent=4).encode())
    assert [one.path for one in report.documents()] == [one.path for one in RECORDS]


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"nonsense", b"\xff\xfe", b"[" * 100_000, write("json", *RECORDS)[:300], write("csv", *RECORDS),
     b'{"document": {}}\n', write("jsonl", *RECORDS).rpartition(b"\n{")[0]],
)  # fmt: skip
def test_what_is_no_report_is_one_clear_error(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ConfigError, match="is no JSON or JSON Lines report") as caught:
        saved(tmp_path, data)
    assert "\n" not in str(caught.value)


def test_a_report_of_another_major_version_is_refused(tmp_path: Path) -> None:
    data = write("json", *RECORDS).replace(f'"schema_version": "{SCHEMA_VERSION}"'.encode(), b'"schema_version": "2.0"')
    with pytest.raises(ConfigError, match=r"has version 2\.0"):
        saved(tmp_path, data)


def test_a_report_from_before_there_were_codes_is_read_without(tmp_path: Path) -> None:
    old = write("json", *RECORDS).replace(f'"schema_version": "{SCHEMA_VERSION}"'.encode(), b'"schema_version": "1.0"')
    old = old.replace(b'"reason_code":null,', b"").replace(b'"reason_code":"binary",', b"")
    assert b"reason_code" not in old
    read = list(saved(tmp_path, old).documents())
    assert [(one.reason, one.reason_code) for one in read] == [(one.reason, None) for one in RECORDS]


def test_a_code_that_a_later_version_has_added_is_none(tmp_path: Path) -> None:
    data = write("jsonl", *RECORDS).replace(b'"reason_code":"binary"', b'"reason_code":"of_tomorrow"')
    assert {one.reason_code for one in saved(tmp_path, data).documents()} == {None}


def test_a_damaged_document_is_told_with_its_number(tmp_path: Path) -> None:
    report = saved(tmp_path, write("json", *RECORDS).replace(b'"status":"skipped"', b'"status":"nothing"'))
    with pytest.raises(ConfigError, match="document 3 of"):
        list(report.documents())


def summary(*records: DocumentResult) -> dict[str, Any]:
    packs = [a_pack(a_rule("ACME_001"), a_rule("ACME_002"))]
    counted = Summary(packs=packs, unchecked={"ACME_002": "no model"}, left_out={"hidden": 1})
    for record in records:
        counted.add(record)
    return json.loads(dumps(report_summary(counted)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("cut", range(len(RECORDS) + 1))
def test_summaries_of_parts_make_the_summary_of_the_whole(cut: int) -> None:
    whole = summary(*RECORDS)
    merged = merged_summaries([summary(*RECORDS[:cut]), summary(*RECORDS[cut:])])
    whole["left_out"] = {"hidden": 2}
    assert merged == whole
    assert list(merged) == list(whole)


def test_a_merged_run_lasts_from_the_first_start_to_the_last_end() -> None:
    run = {"policies": [], "options": {"paths": ["a"]}, "started_at": "1", "finished_at": "2", "complete": True}
    other = run | {"options": {"paths": ["b", "a"]}, "started_at": "0", "finished_at": "1", "complete": False}
    merged = merged_runs([run, other])
    assert (merged["started_at"], merged["finished_at"], merged["complete"]) == ("0", "2", False)
    assert merged["options"]["paths"] == ["a", "b"]
