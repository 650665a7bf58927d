"""The record of a document, built chunk by chunk in bounded memory."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from guardrails_cli.core.entity_types import PROMPT_INJECTION
from guardrails_cli.core.finding import ChunkResult, Finding, Severity, Signal
from guardrails_cli.core.record import ColumnSummary, Compliance, DocumentResult, Status, Unlisted, Violation
from guardrails_cli.core.text import Document
from guardrails_cli.injection import score as injection
from guardrails_cli.options.model import MAX_LISTED
from guardrails_cli.policy.evaluate import Evaluator, Settled, Verdict
from guardrails_cli.policy.rulebook import Rulebook
from guardrails_cli.risk import score as risk
from guardrails_cli.suppress.suppressor import NOTHING, Suppressor

_MAX_SIGNALS = 1_000
_MAX_COLUMNS = 10_000
_MAX_EVIDENCE = 20
"""Maximum number of findings that a violation names; its count has the total."""

_Group = tuple[str, Severity, tuple[int, ...]]
"""Findings that are equal for the policies: their type, its severity, and their claims."""
_Claims = Mapping[int, Violation]


class _Column(msgspec.Struct):
    first: Finding
    findings: int = 0
    rows: int = 0
    last_row: int | None = None
    groups: set[_Group] = msgspec.field(default_factory=set)


class Tally:
    """One document's findings. Call `add` with every chunk's result, in order, then `record`.

    Args:
        rulebook: the rules.
        max_listed: number of findings that the record lists; the others are counted.
        risk_model: decides on the risk; None means the built-in one.
        path: the document's path.
        format_: the document's format.
        suppressor: the run's suppressions.

    """

    def __init__(
        self,
        rulebook: Rulebook,
        max_listed: int = MAX_LISTED,
        risk_model: risk.RiskModel | None = None,
        path: str = "",
        format_: str = "text",
        suppressor: Suppressor = NOTHING,
    ) -> None:
        self._suppressor = suppressor.document(path, format_)
        self._max_listed = max_listed
        self._risk_model = risk_model
        self._places: dict[str, str] = {}
        self._evaluator = Evaluator(rulebook, path, format_)
        self._listed: list[tuple[Finding, _Group]] = []
        self._injections: list[Finding] = []
        self._groups: Counter[_Group] = Counter()
        self._evidence: dict[int, list[tuple[int, str]]] = {}
        """Place and id of the first findings with a claim, by claim."""
        self._entities: Counter[tuple[str, float]] = Counter()
        self._columns: dict[tuple[str, str, str], _Column] = {}
        self._signals: list[Signal] = []
        self._seconds = 0.0

    def add(self, result: ChunkResult) -> None:
        """Add the findings of the next chunk."""
        self._seconds += result.seconds
        self._suppressor.learn(result.directives)
        suppressed = {index for index, finding in enumerate(result.findings) if self._suppressor.takes(finding)}
        known = {(result.findings[index].start, result.findings[index].end) for index in suppressed
                 if result.findings[index].entity_type == PROMPT_INJECTION}  # fmt: skip
        self._signals += (signal for signal in result.signals if (signal.start, signal.end) not in known)
        if len(self._signals) > 2 * _MAX_SIGNALS:
            self._signals = _heaviest(self._signals)
        findings = result.findings
        for finding in (each for at, each in enumerate(findings) if at not in suppressed) if suppressed else findings:
            if finding.entity_type == PROMPT_INJECTION:
                self._injections.append(finding)
            else:
                self._entities[finding.entity_type, finding.score] += 1
                if finding.entity_type not in self._places:
                    self._places[finding.entity_type] = finding.place
                self._take(self._evaluator.add(finding))
        if len(self._injections) > 2 * _MAX_SIGNALS:
            self._injections = sorted(self._injections, key=lambda found: -found.score)[:_MAX_SIGNALS]

    def _take(self, settled: Iterable[Settled]) -> None:
        for finding, claims in settled:
            group = (finding.entity_type, finding.severity, claims)
            self._groups[group] += 1
            if len(self._listed) < self._max_listed:
                self._listed.append((finding, group))
            self._take_column(finding, group)
            for claim in claims:
                evidence = self._evidence.setdefault(claim, [])
                if len(evidence) < _MAX_EVIDENCE:
                    evidence.append((finding.start, finding.id))

    def _take_column(self, finding: Finding, group: _Group) -> None:
        place = finding.location
        if place is not None and place.row is not None and place.column is not None:
            key = (place.table or "", place.column, finding.entity_type)
            if key in self._columns or len(self._columns) < _MAX_COLUMNS:
                column = self._columns.setdefault(key, _Column(finding))
                column.findings += 1
                column.rows += place.row != column.last_row
                column.last_row = place.row
                column.groups.add(group)

    def record(self, document: Document) -> DocumentResult:
        """Return the document's record from all added results.

        A possible prompt injection is a finding if the document's injection score reaches the warning score; below that
        its signals only count in the score.
        warning score; below that its signals only show in the score.
        """
        score = injection.score(_heaviest(self._signals))
        self._take(self._evaluator.close())
        verdict = self._evaluator.verdict()
        listed = [_judged(finding, group, verdict.by_claim) for finding, group in self._listed]
        compliance = self._with_evidence(verdict)
        if score.score >= injection.WARNING_SCORE:
            listed += self._injections
        listed.sort(key=lambda found: (found.start, -found.end, found.entity_type, found.recognizer))
        return DocumentResult(
            path=document.path,
            size_bytes=document.size_bytes,
            sha256=document.sha256,
            status=_status(document, listed),
            reason=None if document.failure is None else str(document.failure),
            reason_code=None if document.failure is None else document.failure.code,
            encoding=document.encoding,
            seconds=self._seconds,
            risk=risk.assess_risk(
                [(name, value, count) for (name, value), count in self._entities.items()],
                compliance.violations,
                score.score,
                self._risk_model,
                risk.Subject(document.path, self._places),
            ),
            compliance=compliance,
            injection=score,
            findings=tuple(listed),
            format=document.format,
            unlisted=tuple(self._unlisted(verdict.by_claim)),
            columns=tuple(self._column_summaries(document, verdict.by_claim)),
            members=document.members,
            suppressed=tuple(sorted(self._suppressor.counts.items())),
            suppressed_findings=tuple(self._suppressor.shown),
            suppression_faults=self._suppressor.faults(),
            suppressed_until=self._suppressor.until,
        )

    def _with_evidence(self, verdict: Verdict) -> Compliance:
        """Return the compliance with the ids of the first findings of each violation."""
        evidence: dict[str, set[tuple[int, str]]] = {}
        for claim, violation in verdict.by_claim.items():
            evidence.setdefault(violation.rule_id, set()).update(self._evidence.get(claim, ()))
        return replace(
            verdict.compliance,
            violations=tuple(
                replace(each, evidence=tuple(name for _, name in sorted(evidence[each.rule_id])[:_MAX_EVIDENCE]))
                for each in verdict.compliance.violations
            ),
        )

    def _unlisted(self, claims: _Claims) -> Iterator[Unlisted]:
        rest = self._groups - Counter(group for _, group in self._listed)
        counts: Counter[tuple[str, Severity]] = Counter()
        for group, count in rest.items():
            counts[group[0], _severity(group, claims)] += count
        for (name, severity), count in sorted(counts.items()):
            yield Unlisted(name, severity, count)

    def _column_summaries(self, document: Document, claims: _Claims) -> Iterator[ColumnSummary]:
        rows = dict(document.rows)
        for (table, name, entity), column in self._columns.items():
            yield ColumnSummary(
                table=table,
                column=name,
                entity_type=entity,
                severity=max(_severity(group, claims) for group in column.groups),
                findings=column.findings,
                rows=column.rows,
                of_rows=rows.get(table, 0),
                preview=column.first.preview,
            )


def _status(document: Document, findings: Sequence[Finding]) -> Status:
    if document.failure is not None:
        return Status.FAILED
    return Status.FINDINGS if findings else Status.CLEAN


def _severity(group: _Group, claims: _Claims) -> Severity:
    return max([group[1], *(claims[claim].severity for claim in group[2] if claim in claims)])


def _judged(finding: Finding, group: _Group, claims: _Claims) -> Finding:
    """Return the finding with the violated rules that it counts towards, and the worst severity of these."""
    rule_ids = tuple(sorted(claims[claim].rule_id for claim in group[2] if claim in claims))
    return replace(finding, rule_ids=rule_ids, severity=_severity(group, claims)) if rule_ids else finding


def _heaviest(signals: Iterable[Signal]) -> list[Signal]:
    kept = sorted(signals, key=lambda signal: (-signal.weight, signal.start))[:_MAX_SIGNALS]
    return sorted(kept, key=lambda signal: (signal.start, signal.end, signal.technique))
