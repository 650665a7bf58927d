"""What a scan says of one document: status, findings, violations, risk."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from guardrails_cli.core.finding import Finding, Severity, SuppressedBy
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.source import Commit


class Status(StrEnum):
    """What became of a document. Every document that went in ends in exactly one of these."""

    FINDINGS = "findings"
    CLEAN = "clean"
    SKIPPED = "skipped"
    FAILED = "failed"


class Action(StrEnum):
    """What a rule asks for when it is violated; each asks for what those before it ask for, too.

    FLAG reports. REDACT has `guardrails redact` redact the rule's findings whatever its thresholds. BLOCK also has
    `guardrails scan` fail.
    """

    FLAG = "FLAG"
    REDACT = "REDACT"
    BLOCK = "BLOCK"


@dataclass(frozen=True, slots=True)
class Unscanned:
    """A document that could not be scanned. A value, not an exception: it belongs in the report."""

    path: str
    size_bytes: int
    status: Status
    """SKIPPED where that was the plan (binary, too large), FAILED where it was not (unreadable)."""
    reason: Reason
    """One line for a person, without any content of the document, and its code."""
    sha256: str | None = None
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a document breaks."""

    rule_id: str
    framework: str
    rule_name: str
    severity: Severity
    action: Action
    message: str
    citation: str
    count: int
    """How many findings count towards it, or how many different values."""
    remediation: str = ""
    evidence: tuple[str, ...] = ()
    """The ids of the first findings that make it up."""


@dataclass(frozen=True, slots=True)
class Compliance:
    """The rules' verdict on one document."""

    frameworks_checked: tuple[str, ...]
    violations: tuple[Violation, ...]

    @property
    def compliant(self) -> bool:
        """Whether no rule is violated."""
        return not self.violations


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document that may be a prompt injection, at half-open character offsets."""

    start: int
    end: int
    score: float
    """0 to 1."""
    techniques: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Injection:
    """The prompt-injection score of a document."""

    score: float
    """0 to 1; 0.5 and above is meant as a warning."""
    techniques: tuple[str, ...]
    passages: tuple[Passage, ...] = ()
    """The worst passages, worst first."""


@dataclass(frozen=True, slots=True)
class TopRisk:
    """One component's share of the risk, with what makes it up."""

    component: str
    value: float
    level: Severity
    details: str


@dataclass(frozen=True, slots=True)
class Risk:
    """How bad a document is, all in all; every score is 0 to 100 but `injection_score`, which is 0 to 1."""

    overall_score: float
    overall_level: Severity
    pii_score: float
    injection_score: float
    compliance_score: float
    critical_count: int
    total_entities: int
    top_risks: tuple[TopRisk, ...]
    recommendations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unlisted:
    """Findings that are counted and not listed: a table of a million rows has millions of them."""

    entity_type: str
    severity: Severity
    count: int


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """What one column of a table holds of one entity type."""

    table: str
    """Empty where the document is the table."""
    column: str
    entity_type: str
    severity: Severity
    findings: int
    rows: int
    """How many rows have one."""
    of_rows: int
    """How many rows the table has, its header apart."""
    preview: str
    """Masked, of the first one."""


@dataclass(frozen=True, slots=True)
class DocumentResult:
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
    """Worker time spent on it."""
    risk: Risk | None = None
    compliance: Compliance | None = None
    injection: Injection | None = None
    findings: tuple[Finding, ...] = ()
    format: str | None = None
    unlisted: tuple[Unlisted, ...] = ()
    """What was found beyond the number of findings that are listed for one document."""
    columns: tuple[ColumnSummary, ...] = ()
    members: int = 0
    """How many documents are inside it; each has a record of its own."""
    commit: Commit | None = None
    """That brought it into the repository, where its history is scanned."""
    suppressed: tuple[tuple[SuppressedBy, int], ...] = ()
    """How many more findings there are that do not count, by what suppresses them."""
    suppressed_findings: tuple[Finding, ...] = ()
    """The first of them, if the user asked to see them."""
    suppression_faults: tuple[tuple[int, str], ...] = ()
    """By line, what is wrong with comments that suppress: malformed, expired, not used."""
    suppressed_until: date | None = None
    """The first day on which a comment in it works for the last time; None if none ends."""

    @property
    def finding_count(self) -> int:
        """How many findings it has, listed or not."""
        return len(self.findings) + sum(other.count for other in self.unlisted)

    @property
    def severity(self) -> Severity | None:
        """The worst severity among its findings; None where there are none."""
        listed = [finding.severity for finding in self.findings]
        return max(listed + [other.severity for other in self.unlisted], default=None)
