"""The JSON forms of a run's summary in reports: its counts, frameworks, and changes since an earlier run."""

from guardrails_cli.core.finding import Severity, SuppressedBy
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import Action, Status
from guardrails_cli.results.differences import Changes
from guardrails_cli.results.summary import Summary

MAX_CHANGES = 1_000
"""Findings of one kind that a summary's `changes` lists; all are counted."""


def report_counts(summary: Summary) -> JsonObject:
    """Return the first numbers of a summary, for logs and jobs during a run."""
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
    """Return the summary's `changes` since an audit's last run; empty if no comparison was possible."""
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
    """Return a framework's summary; each of its rules is violated, not checked or passed, in this order."""
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
