"""Reports of scans match the published schema."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.integration.support import EXAMPLES, ROOT, SSN_TEXT, guardrails

SCHEMA = json.loads((ROOT / "guardrails_cli" / "core" / "schemas" / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def faults(report: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(report)]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--profile", "fast", "--show-values", "--max-listed", "2", "--max-size", "2K"),
        ("--profile", "fast", "--entities", "US_SSN", "--country", "us", "--frameworks", "HIPAA", "--min-score", "0.9"),
    ],
)
def test_a_report_of_the_examples_is_valid(options: tuple[str, ...]) -> None:
    assert faults(guardrails("scan", str(EXAMPLES), "--format", "json", *options).report) == []


def test_a_report_of_what_cannot_be_scanned_is_valid(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "program").write_bytes(b"\x7fELF\x02\x01\x01\x00" * 9)
    (tmp_path / "link").symlink_to("nowhere")
    report = guardrails("scan", str(tmp_path), "--profile", "fast", "--format", "json").report
    assert faults(report) == []
    assert {one["status"] for one in report["documents"]} == {"clean", "skipped"}


def test_every_line_of_json_lines_is_valid(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SSN_TEXT, encoding="utf-8")
    lines = guardrails("scan", str(tmp_path), "--profile", "fast", "--format", "jsonl").out.splitlines()
    *documents, last = map(json.loads, lines)
    assert faults(last | {"documents": [one["document"] for one in documents]}) == []


def test_the_schema_has_teeth() -> None:
    report = guardrails("scan", str(EXAMPLES), "--profile", "fast", "--format", "json").report
    report["documents"][0]["surprise"] = 1
    report["summary"]["findings"] = -1
    assert len(faults(report)) == 2
