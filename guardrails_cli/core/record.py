"""The record of one document: status, findings, violations, risk."""

from datetime import date
from enum import StrEnum

import msgspec

from guardrails_cli.core.finding import Finding, Severity, SuppressedBy
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.source import Commit


class Status(StrEnum):
    """The outcome for a document. Every document ends in exactly one of these."""

    FINDINGS = "findings"
    CLEAN = "clean"
    SKIPPED = "skipped"
    FAILED = "failed"


class Action(StrEnum):
    """The demand of a rule when it is violated; each includes the ones before it.

    FLAG reports. REDACT makes `guardrails redact` redact the rule's findings whatever its thresholds. BLOCK also makes
    `guardrails scan` fail.
    """

    FLAG = "FLAG"
    REDACT = "REDACT"
    BLOCK = "BLOCK"


class Unscanned(msgspec.Struct, frozen=True):
    """A document that could not be scanned. A value, not an exception: it belongs in the report."""

    path: str
    size_bytes: int
    status: Status
    """SKIPPED if that was intended (binary, too large), FAILED if not (unreadable)."""
    reason: Reason
    """One line for a person, without any content of the document, and its code."""
    sha256: str | None = None
    format: str | None = None


class Violation(msgspec.Struct, frozen=True):
    """A rule that a document violates."""

    rule_id: str
    framework: str
    rule_name: str
    severity: Severity
    action: Action
    message: str
    citation: str
    count: int
    """Number of findings, or of different values, that count towards it."""
    remediation: str = ""
    evidence: tuple[str, ...] = ()
    """Ids of its first findings."""


class Compliance(msgspec.Struct, frozen=True):
    """The rules' verdict on one document."""

    frameworks_checked: tuple[str, ...]
    violations: tuple[Violation, ...]

    @property
    def compliant(self) -> bool:
        """Whether no rule is violated."""
        return not self.violations


class Passage(msgspec.Struct, frozen=True):
    """A part of a document that may be a prompt injection, at half-open character offsets."""

    start: int
    end: int
    score: float
    """Score, 0 to 1."""
    techniques: tuple[str, ...]


class Injection(msgspec.Struct, frozen=True):
    """The prompt-injection score of a document."""

    score: float
    """Score, 0 to 1; 0.5 and above is a warning."""
    techniques: tuple[str, ...]
    passages: tuple[Passage, ...] = ()
    """Worst passages, worst first."""


class TopRisk(msgspec.Struct, frozen=True):
    """One component's share of the risk, with its causes."""

    component: str
    value: float
    level: Severity
    details: str


class Risk(msgspec.Struct, frozen=True):
    """The risk of a document; every score is 0 to 100 except `injection_score`, which is 0 to 1."""

    overall_score: float
    overall_level: Severity
    pii_score: float
    injection_score: float
    compliance_score: float
    critical_count: int
    total_entities: int
    top_risks: tuple[TopRisk, ...]
    recommendations: tuple[str, ...]


class Unlisted(msgspec.Struct, frozen=True):
    """Findings that are counted but not listed: a table of a million rows has millions of them."""

    entity_type: str
    severity: Severity
    count: int


class ColumnSummary(msgspec.Struct, frozen=True):
    """The findings of one entity type in one column of a table."""

    table: str
    """Name of the table; empty if the document is the table."""
    column: str
    entity_type: str
    severity: Severity
    findings: int
    rows: int
    """Number of rows with such a finding."""
    of_rows: int
    """Number of rows in the table, without its header."""
    preview: str
    """Masked value of the first one."""


class DocumentResult(msgspec.Struct, frozen=True):
    """One document's record in the report."""

    path: str
    size_bytes: int
    sha256: str | None
    status: Status
    reason: str | None = None
    reason_code: ReasonCode | None = None
    """None where there is no reason, and in reports that were saved before there were codes."""
    encoding: str | None = None
    seconds: float = 0.0
    """Worker time spent on it, in seconds."""
    risk: Risk | None = None
    compliance: Compliance | None = None
    injection: Injection | None = None
    findings: tuple[Finding, ...] = ()
    format: str | None = None
    unlisted: tuple[Unlisted, ...] = ()
    """Findings beyond the number that is listed per document."""
    columns: tuple[ColumnSummary, ...] = ()
    members: int = 0
    """Number of documents inside it; each has a record of its own."""
    commit: Commit | None = None
    """Commit that brought it into the repository, if its history is scanned."""
    suppressed: tuple[tuple[SuppressedBy, int], ...] = ()
    """Number of suppressed findings by means of suppression."""
    suppressed_findings: tuple[Finding, ...] = ()
    """First suppressed findings, if the user asked to see them."""
    suppression_faults: tuple[tuple[int, str], ...] = ()
    """Faults of suppression comments by line: malformed, expired, not used."""
    suppressed_until: date | None = None
    """Earliest expiry date among its suppression comments; None if none expires."""

    @property
    def finding_count(self) -> int:
        """Number of findings, listed or not."""
        return len(self.findings) + sum(other.count for other in self.unlisted)

    @property
    def severity(self) -> Severity | None:
        """Worst severity among its findings; None without findings."""
        listed = [finding.severity for finding in self.findings]
        return max(listed + [other.severity for other in self.unlisted], default=None)
