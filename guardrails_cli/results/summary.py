"""The summary of a run: counts that add up, collected record by record in bounded memory."""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from guardrails_cli.core.finding import Finding, Severity, SuppressedBy
from guardrails_cli.core.record import Action, Compliance, DocumentResult, Status
from guardrails_cli.policy.packs import Pack

WORST_KEPT = 10
LOUDEST_KEPT = 10
ALIKE_KEPT = 3
FAILURES_KEPT = 20


def verdict(checked: int, in_violation: int) -> str:
    """Return the verdict on a framework. A lack of findings is no proof of compliance, and not worded so."""
    documents = f"{checked:,} document{'s' if checked > 1 else ''}"
    if not checked:
        return "no document was checked"
    if not in_violation:
        return f"no evidence of violation in {documents}"
    return f"evidence of violation in {in_violation:,} of {documents}"


class FrameworkSummary(msgspec.Struct):
    """Totals for one framework over all documents."""

    documents: int = 0
    """Number of documents that violate at least one of its rules."""
    rules: Counter[str] = msgspec.field(default_factory=Counter)
    """Number of documents that violate a rule, by rule id."""
    checked: int = 0
    """Number of documents checked."""
    severities: dict[str, Severity] = msgspec.field(default_factory=dict)
    """Worst severity of a rule's violations, by rule id."""
    findings: Counter[str] = msgspec.field(default_factory=Counter)
    """Number of findings that count towards a rule in the documents that violate it, by rule id."""

    @property
    def verdict(self) -> str:
        """Verdict in words."""
        return verdict(self.checked, self.documents)

    @property
    def worst_first(self) -> list[str]:
        """Ids of the violated rules, worst first."""
        return sorted(self.rules, key=lambda name: (-self.severities[name], -self.rules[name], name))


class Summary(msgspec.Struct):
    """Counts over all records seen so far."""

    documents: int = 0
    bytes: int = 0
    statuses: Counter[Status] = msgspec.field(default_factory=Counter)
    findings: int = 0
    severities: Counter[Severity] = msgspec.field(default_factory=Counter)
    entity_types: Counter[str] = msgspec.field(default_factory=Counter)
    risk_levels: Counter[Severity] = msgspec.field(default_factory=Counter)
    frameworks: dict[str, FrameworkSummary] = msgspec.field(default_factory=dict)
    actions: Counter[Action] = msgspec.field(default_factory=Counter)
    """Number of documents that violate a rule with an action, by action."""
    packs: Sequence[Pack] = ()
    """Packs that the documents are checked against."""
    unchecked: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Reason why a rule could not be checked, by rule id."""
    reasons: Counter[str] = msgspec.field(default_factory=Counter)
    """Number of skipped and failed documents by reason."""
    left_out: Mapping[str, int] = msgspec.field(default_factory=dict)
    """Number of files that the walk left out, by kind."""
    suppressed: Counter[SuppressedBy] = msgspec.field(default_factory=Counter)
    """Number of suppressed findings by means of suppression."""
    suppression_faults: int = 0
    """Number of suppression comments that are malformed, expired or not used."""
    suppression_notes: list[str] = msgspec.field(default_factory=list)
    """First of these comments, with path and line."""
    failures: list[tuple[str, str]] = msgspec.field(default_factory=list)
    """Path and reason of the first failures."""
    _loudest: dict[tuple[Severity, str], list[tuple[int, str, Finding]]] = msgspec.field(default_factory=dict)
    """First findings by severity and entity type: number, path and finding."""
    _worst: list[tuple[float, int, str, int, Severity]] = msgspec.field(default_factory=list)

    @property
    def scanned(self) -> int:
        """Number of documents read and analysed to the end."""
        return self.statuses[Status.FINDINGS] + self.statuses[Status.CLEAN]

    @property
    def worst(self) -> list[tuple[str, float, Severity, int]]:
        """Path, risk, level and number of findings of the documents with the highest risk, worst first."""
        return [(path, value, level, count) for value, _, path, count, level in sorted(self._worst, reverse=True)]

    @property
    def loudest(self) -> list[tuple[str, Finding]]:
        """Path and finding of the most severe findings, worst first, then in the report's order.

        At most `ALIKE_KEPT` have the same severity and type: a hundred card numbers do not hide one password.
        """
        rows = [
            (-severity, number, path, found)
            for (severity, _), alike in self._loudest.items()
            for number, path, found in alike
        ]
        return [(path, found) for _, _, path, found in sorted(rows, key=lambda row: row[:2])[:LOUDEST_KEPT]]

    def __post_init__(self) -> None:
        for pack in self.packs:
            self.frameworks.setdefault(pack.framework, FrameworkSummary())

    def add(self, record: DocumentResult) -> None:
        """Count one record."""
        self.documents += 1
        self.bytes += record.size_bytes
        self.statuses[record.status] += 1
        for finding in record.findings:
            self.findings += 1
            self.severities[finding.severity] += 1
            self.entity_types[finding.entity_type] += 1
            self._keep_loud(record.path, finding)
        for other in record.unlisted:
            self.findings += other.count
            self.severities[other.severity] += other.count
            self.entity_types[other.entity_type] += other.count
        self.suppressed.update(dict(record.suppressed))
        self.suppression_faults += len(record.suppression_faults)
        room = FAILURES_KEPT - len(self.suppression_notes)
        self.suppression_notes += [f"{record.path}:{line}: {what}" for line, what in record.suppression_faults[:room]]
        if record.reason is not None:
            self.reasons[record.reason] += 1
        if record.status is Status.FAILED and len(self.failures) < FAILURES_KEPT:
            self.failures.append((record.path, record.reason or ""))
        if record.compliance is not None:
            self._add_violations(record.compliance)
        if record.risk is not None:
            self.risk_levels[record.risk.overall_level] += 1
            if record.findings:
                entry = (
                    record.risk.overall_score,
                    -self.documents,
                    record.path,
                    record.finding_count,
                    record.risk.overall_level,
                )
                (heapq.heappushpop if len(self._worst) >= WORST_KEPT else heapq.heappush)(self._worst, entry)

    def _keep_loud(self, path: str, finding: Finding) -> None:
        alike = self._loudest.setdefault((finding.severity, finding.entity_type), [])
        if len(alike) < ALIKE_KEPT:
            alike.append((self.findings, path, finding))

    def _add_violations(self, compliance: Compliance) -> None:
        for name in compliance.frameworks_checked:
            self.frameworks.setdefault(name, FrameworkSummary()).checked += 1
        for name in {violation.framework for violation in compliance.violations}:
            self.frameworks[name].documents += 1
        for violation in compliance.violations:
            framework, name = self.frameworks[violation.framework], violation.rule_id
            framework.rules[name] += 1
            framework.findings[name] += violation.count
            framework.severities[name] = max(violation.severity, framework.severities.get(name, violation.severity))
        self.actions.update({violation.action for violation in compliance.violations})

    def reaches(self, level: Severity) -> int:
        """Return the number of findings of `level` or worse."""
        return sum(count for severity, count in self.severities.items() if severity >= level)
