"""Small values for examples: everything has a default, so that a test names only what it is about."""

from guardrails_cli.core.finding import Finding, Severity
from guardrails_cli.core.reasons import ReasonCode
from guardrails_cli.core.record import Action, Compliance, DocumentResult, Injection, Risk, Status, Violation
from guardrails_cli.policy.packs import Pack, Rule
from guardrails_cli.risk.score import level_of


def a_finding(
    entity_type: str = "EMAIL_ADDRESS",
    *,
    severity: Severity = Severity.MEDIUM,
    score: float = 1.0,
    start: int = 0,
    preview: str = "j***.d**@e******.c**",
    rule_ids: tuple[str, ...] = (),
    value: str | None = None,
) -> Finding:
    return Finding(
        entity_type=entity_type,
        severity=severity,
        score=score,
        start=start,
        end=start + 20,
        line=1,
        column=start + 1,
        preview=preview,
        recognizer="EmailRecognizer",
        fingerprint="0" * 32,
        rule_ids=rule_ids,
        value=value,
    )


def a_rule(
    rule_id: str = "ACME_001",
    *,
    entity_types: tuple[str, ...] = ("EMAIL_ADDRESS",),
    min_score: float = 0.0,
    min_count: int = 1,
    severity: Severity = Severity.MEDIUM,
    action: Action = Action.FLAG,
) -> Rule:
    return Rule(
        rule_id=rule_id,
        framework="ACME",
        name="Mail",
        citation="Handbook 1",
        entity_types=frozenset(entity_types),
        min_score=min_score,
        min_count=min_count,
        severity=severity,
        action=action,
        message="Ask first",
    )


def a_pack(*rules: Rule, framework: str = "ACME") -> Pack:
    return Pack(framework, "House rules", "1", "Handbook", rules, "acme.yaml", "0" * 64)


def a_violation(
    rule_id: str = "ACME_001",
    *,
    framework: str = "ACME",
    severity: Severity = Severity.MEDIUM,
    count: int = 1,
) -> Violation:
    return Violation(rule_id, framework, "Mail", severity, Action.FLAG, "Ask first", "Handbook 1", count)


def a_risk(overall: float = 10.0) -> Risk:
    return Risk(
        overall_score=overall,
        overall_level=level_of(overall),
        pii_score=overall,
        injection_score=0.0,
        compliance_score=0.0,
        critical_count=0,
        total_entities=1,
        top_risks=(),
        recommendations=(),
    )


def a_record(
    path: str = "a.txt",
    *findings: Finding,
    status: Status | None = None,
    size_bytes: int = 100,
    reason: str | None = None,
    reason_code: ReasonCode | None = None,
    risk: float | None = 10.0,
    violations: tuple[Violation, ...] = (),
    frameworks: tuple[str, ...] = ("ACME",),
) -> DocumentResult:
    """Return the record of a scanned document, or with a `reason` that of one that was not."""
    if reason is not None:
        return DocumentResult(path, size_bytes, None, status or Status.SKIPPED, reason, reason_code)
    return DocumentResult(
        path=path,
        size_bytes=size_bytes,
        sha256="f" * 64,
        status=status or (Status.FINDINGS if findings else Status.CLEAN),
        encoding="utf-8",
        seconds=0.25,
        risk=None if risk is None else a_risk(risk),
        compliance=Compliance(frameworks, violations),
        injection=Injection(0.0, ()),
        findings=findings,
    )
