"""What the actions of violated rules ask for."""

from guardrails_cli.model import Action, Compliance, DocumentResult, Finding


def to_redact(record: DocumentResult) -> tuple[Finding, ...]:
    """Return the listed findings that a violated rule wants redacted, whatever the thresholds of the redaction.

    BLOCK asks for all that REDACT asks for: what may not leave as it is must not stay readable either.
    """
    if record.compliance is None:
        return ()
    rules = {each.rule_id for each in record.compliance.violations if each.action in (Action.REDACT, Action.BLOCK)}
    return tuple(finding for finding in record.findings if rules.intersection(finding.rule_ids))


def is_blocked(compliance: Compliance) -> bool:
    """Return whether a violated rule wants the scan to fail."""
    return any(violation.action is Action.BLOCK for violation in compliance.violations)
