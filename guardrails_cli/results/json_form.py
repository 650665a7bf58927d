"""The JSON forms of documents' records and of a run's options in reports. `json_decode` reads the records again.

A report carries `SCHEMA_VERSION`; its schema is `guardrails_cli/core/schemas/report.schema.json`.
"""

from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import msgspec

from guardrails_cli.core.display import display_path
from guardrails_cli.core.finding import Finding, SuppressedBy, Suppression
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import ColumnSummary, Compliance, DocumentResult, Risk, Violation
from guardrails_cli.core.text import Location
from guardrails_cli.options.model import REPORTED, CustomRecognizer, ScanOptions

SCHEMA_VERSION = "1.1"
_PLACES = Location.__struct_fields__


def report_finding(finding: Finding) -> JsonObject:
    """Return a finding as the report shows it; `value` is present only if the user asked for values."""
    record: JsonObject = {
        "entity_type": finding.entity_type,
        "severity": finding.severity.name,
        "score": round(finding.score, 4),
        "start": finding.start,
        "end": finding.end,
        "line": finding.line,
        "column": finding.column,
        "location": {"text": finding.place} | _location(finding.location),
        "preview": finding.preview,
        "recognizer": finding.recognizer,
        "rule_ids": list(finding.rule_ids),
        "evidence": list(finding.evidence),
        "id": finding.id,
        "fingerprint": finding.fingerprint,
        "alternatives": [
            {
                "entity_type": other.entity_type,
                "score": round(other.score, 4),
                "start": other.start,
                "end": other.end,
                "recognizer": other.recognizer,
            }
            for other in finding.alternatives
        ],
    }
    if finding.value is not None:
        record["value"] = finding.value
    if finding.context is not None:
        record["context"] = {"before": finding.context[0], "after": finding.context[1]}
    if finding.suppression is not None:
        record["suppression"] = report_suppression(finding.suppression)
    return record


def _location(location: Location | None) -> JsonObject:
    """Return the fields that are set in `location`."""
    return {name: value for name in _PLACES if (value := getattr(location, name, None)) is not None}


def report_suppression(suppression: Suppression) -> JsonObject:
    """Return why a finding does not count as the report shows it."""
    return {"by": suppression.by.value, "reason": suppression.reason, "origin": suppression.origin}


def spec_violation(violation: Violation) -> JsonObject:
    """Return a violation in the shape of the specification's `check_compliance_async`."""
    return {
        "rule_id": violation.rule_id,
        "framework": violation.framework,
        "rule_name": violation.rule_name,
        "severity": violation.severity.name,
        "action": violation.action.value,
        "message": violation.message,
    }


def report_violation(violation: Violation) -> JsonObject:
    """Return a violation as the report shows it: the specification's keys, reason, count, places and remedy."""
    return spec_violation(violation) | {
        "citation": violation.citation,
        "count": violation.count,
        "evidence": list(violation.evidence),
        "remediation": violation.remediation,
    }


def report_compliance(compliance: Compliance) -> JsonObject:
    """Return a document's compliance as the report shows it."""
    return {
        "compliant": compliance.compliant,
        "violation_count": len(compliance.violations),
        "frameworks_checked": list(compliance.frameworks_checked),
        "violations": [report_violation(violation) for violation in compliance.violations],
    }


def spec_risk(risk: Risk) -> JsonObject:
    """Return a risk in the shape of the specification's `score_risk_async`, without its `status`."""
    return {
        "overall_score": risk.overall_score,
        "overall_level": risk.overall_level.name,
        "pii_score": risk.pii_score,
        "injection_score": risk.injection_score,
        "compliance_score": risk.compliance_score,
        "critical_count": risk.critical_count,
        "total_entities": risk.total_entities,
        "top_risks": [
            {"component": top.component, "value": top.value, "level": top.level.name, "details": top.details}
            for top in risk.top_risks
        ],
        "recommendations": list(risk.recommendations),
    }


def report_document(result: DocumentResult) -> JsonObject:
    """Return a document's record in the report."""
    return {
        "path": result.path,
        "size_bytes": result.size_bytes,
        "sha256": result.sha256,
        "encoding": result.encoding,
        "format": result.format,
        "status": result.status.value,
        "reason": result.reason,
        "reason_code": result.reason_code,
        "seconds": round(result.seconds, 6),
        "risk": spec_risk(result.risk) if result.risk else None,
        "compliance": report_compliance(result.compliance) if result.compliance else None,
        "injection": (
            {
                "score": result.injection.score,
                "techniques": list(result.injection.techniques),
                "passages": [msgspec.structs.asdict(passage) for passage in result.injection.passages],
            }
            if result.injection
            else None
        ),
        "members": result.members,
        "finding_count": result.finding_count,
        "findings": [report_finding(finding) for finding in result.findings],
        "unlisted": [
            {"entity_type": other.entity_type, "severity": other.severity.name, "count": other.count}
            for other in result.unlisted
        ],
        "columns": [report_column(column) for column in result.columns],
        "suppressed": {by.value: dict(result.suppressed).get(by, 0) for by in SuppressedBy},
        "suppressed_findings": [report_finding(finding) for finding in result.suppressed_findings],
        "suppression_faults": [{"line": line, "fault": fault} for line, fault in result.suppression_faults],
        "suppressed_until": result.suppressed_until and result.suppressed_until.isoformat(),
    } | ({"commit": asdict(result.commit)} if result.commit else {})


def report_column(column: ColumnSummary) -> JsonObject:
    """Return a column's summary as the report shows it; `share` is that of the table's rows."""
    return {
        "table": column.table,
        "column": column.column,
        "entity_type": column.entity_type,
        "severity": column.severity.name,
        "findings": column.findings,
        "rows": column.rows,
        "of_rows": column.of_rows,
        "share": round(min(1.0, column.rows / column.of_rows), 4) if column.of_rows else 1.0,
        "preview": column.preview,
    }


def report_options(options: ScanOptions) -> JsonObject:
    """Return the options that decide what a report says, as `options.model` marks them; speed and workers do not."""
    from guardrails_cli.inputs.registry import shown

    paths = [shown(path) for path in options.paths]
    return {"paths": paths} | dict(_reported(options)) | ({"git": asdict(options.git)} if options.git else {})


def _reported(options: Any) -> Iterator[tuple[str, Any]]:
    for each in fields(options):
        value = getattr(options, each.name)
        if REPORTED in each.metadata:
            yield each.metadata[REPORTED] or each.name, _plain(value)
        elif is_dataclass(value):
            yield from _reported(value)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, CustomRecognizer):
        return value.name
    return display_path(str(value)) if isinstance(value, Path) else value
