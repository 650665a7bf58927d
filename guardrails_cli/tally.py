"""What a document's findings amount to, gathered chunk by chunk in bounded memory."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from guardrails_cli import risk
from guardrails_cli.config import MAX_LISTED
from guardrails_cli.entities import PROMPT_INJECTION
from guardrails_cli.injection import score as injection
from guardrails_cli.model import (
    ChunkResult,
    ColumnSummary,
    Document,
    DocumentResult,
    Finding,
    Pack,
    Rule,
    Severity,
    Signal,
    Status,
    Unlisted,
)
from guardrails_cli.policy.evaluate import Evaluator

_MAX_SIGNALS = 1_000
_MAX_COLUMNS = 10_000

_Group = tuple[str, Severity, tuple[Rule, ...]]
"""Findings that are alike to the policies: their type, its severity, and the rules that they count towards."""


@dataclass(slots=True)
class _Column:
    first: Finding
    findings: int = 0
    rows: int = 0
    last_row: int | None = None
    groups: set[_Group] = field(default_factory=set)


class Tally:
    """One document's findings. Tell it every chunk's result, in order, then ask `record`."""

    def __init__(
        self, packs: Sequence[Pack], max_listed: int = MAX_LISTED, risk_model: risk.RiskModel | None = None
    ) -> None:
        self._max_listed = max_listed
        self._risk_model = risk_model
        self._places: dict[str, str] = {}
        self._evaluator = Evaluator(packs)
        self._listed: list[tuple[Finding, _Group]] = []
        self._injections: list[Finding] = []
        self._groups: Counter[_Group] = Counter()
        self._entities: Counter[tuple[str, float]] = Counter()
        self._columns: dict[tuple[str, str, str], _Column] = {}
        self._signals: list[Signal] = []
        self._seconds = 0.0

    def add(self, result: ChunkResult) -> None:
        """Take what was found in the next chunk."""
        self._seconds += result.seconds
        self._signals += result.signals
        if len(self._signals) > 2 * _MAX_SIGNALS:
            self._signals = _heaviest(self._signals)
        for finding in result.findings:
            if finding.entity_type == PROMPT_INJECTION:
                self._injections.append(finding)
            else:
                self._add(finding)
        if len(self._injections) > 2 * _MAX_SIGNALS:
            self._injections = sorted(self._injections, key=lambda found: -found.score)[:_MAX_SIGNALS]

    def _add(self, finding: Finding) -> None:
        rules = self._evaluator.add(finding.entity_type, finding.score)
        group = (finding.entity_type, finding.severity, rules)
        self._groups[group] += 1
        self._entities[finding.entity_type, finding.score] += 1
        self._places.setdefault(finding.entity_type, finding.place)
        if len(self._listed) < self._max_listed:
            self._listed.append((finding, group))
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
        """Return the document's record from all that was told.

        A passage that looks like a prompt injection is a finding if the document's injection score reaches the
        warning score; below that its signals only show in the score.
        """
        score = injection.score(_heaviest(self._signals))
        compliance = self._evaluator.compliance()
        violated = {violation.rule_id for violation in compliance.violations}
        listed = [_judged(finding, group, violated) for finding, group in self._listed]
        if score.score >= injection.WARNING_SCORE:
            listed += self._injections
        listed.sort(key=lambda found: (found.start, -found.end, found.entity_type, found.recognizer))
        return DocumentResult(
            path=document.path,
            size_bytes=document.size_bytes,
            sha256=document.sha256,
            status=_status(document, listed),
            reason=document.failure,
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
            unlisted=tuple(self._unlisted(violated)),
            columns=tuple(self._column_summaries(document, violated)),
            members=document.members,
        )

    def _unlisted(self, violated: set[str]) -> Iterator[Unlisted]:
        rest = self._groups - Counter(group for _, group in self._listed)
        counts: Counter[tuple[str, Severity]] = Counter()
        for group, count in rest.items():
            counts[group[0], _severity(group, violated)] += count
        for (name, severity), count in sorted(counts.items()):
            yield Unlisted(name, severity, count)

    def _column_summaries(self, document: Document, violated: set[str]) -> Iterator[ColumnSummary]:
        rows = dict(document.rows)
        for (table, name, entity), column in self._columns.items():
            yield ColumnSummary(
                table=table,
                column=name,
                entity_type=entity,
                severity=max(_severity(group, violated) for group in column.groups),
                findings=column.findings,
                rows=column.rows,
                of_rows=rows.get(table, 0),
                preview=column.first.preview,
            )


def _status(document: Document, findings: Sequence[Finding]) -> Status:
    if document.failure is not None:
        return Status.FAILED
    return Status.FINDINGS if findings else Status.CLEAN


def _severity(group: _Group, violated: set[str]) -> Severity:
    return max([group[1], *(rule.severity for rule in group[2] if rule.rule_id in violated)])


def _judged(finding: Finding, group: _Group, violated: set[str]) -> Finding:
    """Return the finding with the violated rules that it counts towards, and the worst severity of these."""
    rule_ids = tuple(sorted(rule.rule_id for rule in group[2] if rule.rule_id in violated))
    return replace(finding, rule_ids=rule_ids, severity=_severity(group, violated)) if rule_ids else finding


def _heaviest(signals: Iterable[Signal]) -> list[Signal]:
    kept = sorted(signals, key=lambda signal: (-signal.weight, signal.start))[:_MAX_SIGNALS]
    return sorted(kept, key=lambda signal: (signal.start, signal.end, signal.technique))
