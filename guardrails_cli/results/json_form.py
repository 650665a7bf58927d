"""The JSON forms of records and summaries in reports.

A report carries `SCHEMA_VERSION`; its schema is `guardrails_cli/core/schemas/report.schema.json`.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from guardrails_cli.core.codec import _date, encode_location
from guardrails_cli.core.display import display_path
from guardrails_cli.core.finding import Detection, Finding, Severity, SuppressedBy, Suppression
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import (
    Action,
    ColumnSummary,
    Compliance,
    DocumentResult,
    Injection,
    Passage,
    Risk,
    Status,
    TopRisk,
    Unlisted,
    Violation,
)
from guardrails_cli.core.source import Commit
from guardrails_cli.core.text import Location
from guardrails_cli.inputs.registry import shown
from guardrails_cli.options.model import ScanOptions
from guardrails_cli.results.differences import Changes
from guardrails_cli.results.summary import Summary

SCHEMA_VERSION = "1.0"
MAX_CHANGES = 1_000
"""Findings of one kind that a summary's `changes` lists; all are counted."""


def report_finding(finding: Finding) -> JsonObject:
    """Return a finding as the report shows it; `value` is there only where the user asked for values."""
    record: JsonObject = {
        "entity_type": finding.entity_type,
        "severity": finding.severity.name,
        "score": round(finding.score, 4),
        "start": finding.start,
        "end": finding.end,
        "line": finding.line,
        "column": finding.column,
        "location": {"text": finding.place} | (encode_location(finding.location) or {}),
        "preview": finding.preview,
        "recognizer": finding.recognizer,
        "rule_ids": list(finding.rule_ids),
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
    """Return a violation as the report shows it: the specification's keys, why, how often, where and what to do."""
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
        "seconds": round(result.seconds, 6),
        "risk": spec_risk(result.risk) if result.risk else None,
        "compliance": report_compliance(result.compliance) if result.compliance else None,
        "injection": (
            {
                "score": result.injection.score,
                "techniques": list(result.injection.techniques),
                "passages": [asdict(passage) for passage in result.injection.passages],
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
    """Return what a column holds as the report shows it; `share` is that of the table's rows."""
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


def decode_document(data: Mapping[str, Any]) -> DocumentResult:
    """Return the record that `report_document` has written, from which it writes the same again."""
    return DocumentResult(
        path=data["path"],
        size_bytes=data["size_bytes"],
        sha256=data["sha256"],
        status=Status(data["status"]),
        reason=data["reason"],
        encoding=data["encoding"],
        seconds=data["seconds"],
        risk=_risk(data["risk"]) if data["risk"] else None,
        compliance=_compliance(data["compliance"]) if data["compliance"] else None,
        injection=Injection(
            data["injection"]["score"],
            tuple(data["injection"]["techniques"]),
            tuple(
                Passage(row["start"], row["end"], row["score"], tuple(row["techniques"]))
                for row in data["injection"]["passages"]
            ),
        )
        if data["injection"]
        else None,
        findings=tuple(map(_reported_finding, data["findings"])),
        format=data["format"],
        unlisted=tuple(
            Unlisted(row["entity_type"], Severity[row["severity"]], row["count"]) for row in data["unlisted"]
        ),
        columns=tuple(
            ColumnSummary(
                **{name: value for name, value in row.items() if name not in ("severity", "share")},
                severity=Severity[row["severity"]],
            )
            for row in data["columns"]
        ),
        members=data["members"],
        commit=Commit(**data["commit"]) if data.get("commit") else None,
        suppressed=tuple((SuppressedBy(by), count) for by, count in data["suppressed"].items() if count),
        suppressed_findings=tuple(map(_reported_finding, data["suppressed_findings"])),
        suppression_faults=tuple((row["line"], row["fault"]) for row in data["suppression_faults"]),
        suppressed_until=_date(data["suppressed_until"]),
    )


def _reported_finding(row: Mapping[str, Any]) -> Finding:
    place = {name: value for name, value in row["location"].items() if name != "text"}
    why = row.get("suppression")
    return Finding(
        entity_type=row["entity_type"],
        severity=Severity[row["severity"]],
        score=row["score"],
        start=row["start"],
        end=row["end"],
        line=row["line"],
        column=row["column"],
        preview=row["preview"],
        recognizer=row["recognizer"],
        fingerprint=row["fingerprint"],
        rule_ids=tuple(row["rule_ids"]),
        alternatives=tuple(
            Detection(other["entity_type"], other["start"], other["end"], other["score"], other["recognizer"])
            for other in row["alternatives"]
        ),
        value=row.get("value"),
        context=(row["context"]["before"], row["context"]["after"]) if "context" in row else None,
        location=Location(**place) if place else None,
        suppression=Suppression(SuppressedBy(why["by"]), why["reason"], why["origin"]) if why else None,
    )


def _compliance(data: Mapping[str, Any]) -> Compliance:
    return Compliance(
        tuple(data["frameworks_checked"]),
        tuple(
            Violation(
                **row
                | {
                    "severity": Severity[row["severity"]],
                    "action": Action(row["action"]),
                    "evidence": tuple(row["evidence"]),
                }
            )
            for row in data["violations"]
        ),
    )


def _risk(data: Mapping[str, Any]) -> Risk:
    top = tuple(TopRisk(**row | {"level": Severity[row["level"]]}) for row in data["top_risks"])
    return Risk(
        **dict(data)
        | {
            "overall_level": Severity[data["overall_level"]],
            "top_risks": top,
            "recommendations": tuple(data["recommendations"]),
        }
    )


def report_counts(summary: Summary) -> JsonObject:
    """Return the first numbers of a summary: what a log or a job tells while a run goes on."""
    return {
        "documents": summary.documents,
        "bytes": summary.bytes,
        "by_status": {status.value: summary.statuses[status] for status in Status},
        "findings": summary.findings,
        "by_severity": {severity.name: summary.severities[severity] for severity in reversed(Severity)},
    }


def report_summary(summary: Summary) -> JsonObject:
    """Return a run's summary for the report. The statuses add up to `documents`, the severities to `findings`."""
    return report_counts(summary) | {
        "by_entity_type": dict(sorted(summary.entity_types.items())),
        "suppressed": {by.value: summary.suppressed[by] for by in SuppressedBy},
        "suppression_faults": summary.suppression_faults,
        "by_risk_level": {level.name: summary.risk_levels[level] for level in reversed(Severity)},
        "by_action": {action.value: summary.actions[action] for action in Action},
        "by_framework": {name: report_framework(summary, name) for name in sorted(summary.frameworks)},
        "not_scanned": dict(sorted(summary.reasons.items())),
        "left_out": dict(sorted(summary.left_out.items())),
        "worst_documents": [
            {"path": path, "risk": value, "level": level.name, "findings": count}
            for path, value, level, count in summary.worst
        ],
    }


def report_changes(changes: Changes | None, since: str | None, same_options: bool) -> JsonObject:
    """Return the summary's `changes` since an audit's last run; nothing where nothing could be compared."""
    if changes is None:
        return {}
    return {
        "changes": {
            "since": since,
            "same_options": same_options,
            "new": len(changes.new),
            "fixed": len(changes.fixed),
            "unchanged": len(changes.unchanged),
            "unknown": len(changes.unknown),
            "new_findings": [one._asdict() for one in changes.new[:MAX_CHANGES]],
            "fixed_findings": [one._asdict() for one in changes.fixed[:MAX_CHANGES]],
        }
    }


def report_framework(summary: Summary, name: str) -> JsonObject:
    """Return what a run says of a framework; each of its rules is violated, not checked or passed, in this order."""
    framework = summary.frameworks[name]
    rules = {rule.rule_id: rule for pack in summary.packs if pack.framework == name for rule in pack.rules}
    violated = [rules[rule_id] for rule_id in framework.worst_first if rule_id in rules]
    others = [rule for rule_id, rule in rules.items() if rule_id not in framework.rules]
    not_checked = [rule for rule in others if rule.rule_id in summary.unchecked]
    return {
        "verdict": framework.verdict,
        "documents_checked": framework.checked,
        "documents_in_violation": framework.documents,
        "documents_by_rule": dict(sorted(framework.rules.items())),
        "rules_checked": len(rules) - len(not_checked),
        "rules_violated": len(violated),
        "rules_passed": len(others) - len(not_checked),
        "rules_not_checked": len(not_checked),
        "violated": [
            {
                "rule_id": rule.rule_id,
                "rule_name": rule.name,
                "severity": framework.severities[rule.rule_id].name,
                "action": rule.action.value,
                "documents": framework.rules[rule.rule_id],
                "findings": framework.findings[rule.rule_id],
                "citation": rule.citation,
                "remediation": rule.remediation,
            }
            for rule in violated
        ],
        "not_checked": [
            {"rule_id": rule.rule_id, "rule_name": rule.name, "reason": summary.unchecked[rule.rule_id]}
            for rule in not_checked
        ],
    }


def report_options(options: ScanOptions) -> JsonObject:
    """Return the options that decide what a report says; who did the work and how fast is none of them."""
    countries = options.detect.engine.countries
    return {
        "paths": [shown(path) for path in options.paths],
        "include": list(options.walk.include),
        "exclude": list(options.walk.exclude),
        "hidden": options.walk.hidden,
        "vcs": options.walk.vcs,
        "ignore_files": options.walk.ignore_files,
        "max_bytes": options.limits.max_bytes,
        "max_depth": options.limits.depth,
        "max_members": options.limits.members,
        "max_expanded_bytes": options.limits.expanded_bytes,
        "max_ratio": options.limits.ratio,
        "max_listed": options.max_listed,
        "baseline": None if options.baseline is None else display_path(str(options.baseline)),
        "allow": [display_path(str(path)) for path in options.allow],
        "suppress": options.suppress,
        "show_suppressed": options.show_suppressed,
        "frameworks": list(options.frameworks) if options.frameworks is not None else None,
        "policies": [display_path(str(path)) for path in options.policies],
        "risk": None if options.risk is None else display_path(str(options.risk)),
        "profile": options.detect.engine.profile,
        "language": options.detect.engine.language,
        "countries": None if countries is None else list(countries),
        "entities": list(options.detect.entities),
        "excluded_entities": list(options.detect.excluded),
        "recognizers": [recognizer.name for recognizer in options.detect.engine.recognizers],
        "min_score": options.detect.min_score,
        "show_values": options.detect.show_values,
        "context": options.detect.context,
    } | ({"git": asdict(options.git)} if options.git else {})
