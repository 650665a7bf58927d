"""Decode the records of a JSON report, for saved reports and the journal."""

from collections.abc import Mapping
from typing import Any

from guardrails_cli.core import codec
from guardrails_cli.core.errors import FormError
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.reasons import known_code
from guardrails_cli.core.record import DocumentResult


def decode_document(data: Mapping[str, Any]) -> DocumentResult:
    """Return the record that `report_document` wrote; writing it again gives the same.

    Raises:
        FormError: if it has another form.

    """
    try:
        shape = {**data} | {
            "findings": [_finding(row) for row in data["findings"]],
            "suppressed_findings": [_finding(row) for row in data["suppressed_findings"]],
            "unlisted": [_with_level(row, "severity") for row in data["unlisted"]],
            "columns": [_with_level(row, "severity") for row in data["columns"]],
            "risk": _risk(data["risk"]) if data["risk"] else None,
            "compliance": _compliance(data["compliance"]) if data["compliance"] else None,
            "suppressed": [(by, count) for by, count in data["suppressed"].items() if count],
            "reason_code": known_code(data.get("reason_code")),
            "suppression_faults": [(row["line"], row["fault"]) for row in data["suppression_faults"]],
        }
    except (KeyError, TypeError, AttributeError):
        raise FormError("not the record of a document") from None
    return codec.decode(shape, DocumentResult)


def _with_level(row: JsonObject, key: str) -> JsonObject:
    """Return `row` with a level's number, as in values, in place of the name in reports."""
    return row | {key: Severity[row[key]].value}


def _finding(row: JsonObject) -> JsonObject:
    has_place = len(row["location"]) > 1  # more than its `text`
    context = row.get("context")
    return _with_level(row, "severity") | {
        "location": row["location"] if has_place else None,
        "context": (context["before"], context["after"]) if context else None,
    }


def _compliance(data: JsonObject) -> JsonObject:
    return data | {"violations": [_with_level(row, "severity") for row in data["violations"]]}


def _risk(data: JsonObject) -> JsonObject:
    top = [_with_level(row, "level") for row in data["top_risks"]]
    return _with_level(data, "overall_level") | {"top_risks": top}
