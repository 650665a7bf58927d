"""Apply rules to one finding after the other: memory does not grow with their number."""

from collections import deque
from collections.abc import Iterable, Mapping

import msgspec

from guardrails_cli.core.finding import Finding, Severity
from guardrails_cli.core.record import Compliance, Violation
from guardrails_cli.policy.packs import Pack, Rule, Scope
from guardrails_cli.policy.proximity import Held, Row, Window, row_of
from guardrails_cli.policy.rulebook import Part, Rulebook

MAX_DISTINCT = 10_000
"""Different values are counted up to this number; a rule cannot ask for more."""
MAX_HELD = 10_000
"""Findings held because they may still meet a partner. A table row may have more: then the first are given up."""

_ROLES = 4
_SURE, _COUNTS, _PARTNER, _BOTH = range(_ROLES)
"""A claim's dependencies at the document's end, besides the rule's count: none; the document's other findings, as a
counting finding, as a partner, or as both (the sum of the two)."""

Settled = tuple[Finding, tuple[int, ...]]
"""A finding and its claims: keys of the verdict that show what it counts towards."""


class Verdict(msgspec.Struct, frozen=True):
    """The rules that one document violates, and the claims that did it."""

    compliance: Compliance
    by_claim: Mapping[int, Violation]
    """Violation of which findings with this claim are part. A claim that is missing here has no effect."""


class _Count(msgspec.Struct):
    number: int = 0
    values: set[str] = msgspec.field(default_factory=set)
    """Fingerprints, if the rule counts different values."""


class Evaluator:
    """Judges one document. Call `add` with every finding, in the order of their starts, then `close`.

    Args:
        rulebook: the rules.
        path: the document's path, as the report shows it.
        format_: the document's format.

    """

    def __init__(self, rulebook: Rulebook, path: str = "", format_: str = "text") -> None:
        self._book = rulebook
        self._places = rulebook.places(path, format_)
        self._counts: dict[int, _Count] = {}
        self._windows: dict[int, Window] = {}
        self._held: deque[Held] = deque()
        self._row: Row | None = None
        """Last row that held a finding."""

    def add(self, finding: Finding) -> list[Settled]:
        """Count a finding, and return the findings whose claims are now settled, in the order in which they came."""
        row = row_of(finding.location)
        if row is not None:
            self._row = row
        if self._held:
            for window in self._windows.values():
                if window.waits:
                    window.forget(finding.start, self._row)
        held = Held(finding, [], row)
        for part in self._book.parts(finding.entity_type, finding.score):
            narrowed = self._narrowed(part, finding) if part.conditional or finding.masked else part
            if narrowed is not None:
                self._apply(narrowed, held)
        self._held.append(held)
        return self._settled()

    def close(self) -> list[Settled]:
        """Return the findings whose claims were not settled before the document's end."""
        rest = [(held.finding, tuple(held.claims)) for held in self._held]
        self._held.clear()
        return rest

    def verdict(self) -> Verdict:
        """Return the violated rules, worst first."""
        violations: list[Violation] = []
        by_claim: dict[int, Violation] = {}
        for index in sorted({claim // _ROLES for claim in self._counts}):
            rule = self._book.rules[index]
            count, roles = self._amount(index, rule)
            if count >= rule.min_count and count > 0:
                violation = _violation(rule, count)
                violations.append(violation)
                by_claim |= dict.fromkeys((_claim(index, role) for role in roles), violation)
        violations.sort(key=lambda violation: (-violation.severity, violation.rule_id))
        return Verdict(Compliance(self._book.frameworks, tuple(violations)), by_claim)

    def _narrowed(self, part: Part, finding: Finding) -> Part | None:
        if part.counts and finding.masked and self._book.rules[part.rule].unless_masked:
            if not part.partner:
                return None
            part = part._replace(counts=False)
        return self._places.narrowed(part, finding)

    def _apply(self, part: Part, held: Held) -> None:
        near = self._book.rules[part.rule].near
        if near is None or near.within is Scope.DOCUMENT:
            role = _SURE if near is None else _COUNTS * part.counts + _PARTNER * part.partner
            held.claims.append(_claim(part.rule, role))
            self._count(part.rule, role, held.finding)
            return
        window = self._windows.get(part.rule)
        if window is None:
            reach = None if isinstance(near.within, Scope) else near.within
            window = self._windows[part.rule] = Window(_claim(part.rule, _SURE), reach)
        for finding in window.add(held, part.counts, part.partner):
            self._count(part.rule, _SURE, finding)

    def _count(self, index: int, role: int, finding: Finding) -> None:
        count = self._counts.setdefault(_claim(index, role), _Count())
        count.number += 1
        if self._book.rules[index].distinct and len(count.values) < MAX_DISTINCT:
            count.values.add(finding.fingerprint)

    def _settled(self) -> list[Settled]:
        settled = []
        while self._held and (not self._held[0].waits or len(self._held) > MAX_HELD):
            held = self._held.popleft()
            held.given_up = True
            settled.append((held.finding, tuple(held.claims)))
        return settled

    def _amount(self, index: int, rule: Rule) -> tuple[int, list[int]]:
        """Return how many findings, or different values, the rule counts, and the roles of the findings involved."""
        number = {role: self._of(index, role).number for role in range(_ROLES)}
        if rule.near is None or rule.near.within is not Scope.DOCUMENT:
            counted, roles = [_SURE], [_SURE]
        else:
            partners = number[_PARTNER] + number[_BOTH]
            counting = number[_COUNTS] + number[_BOTH]
            counted = [role for role, needed in ((_COUNTS, 1), (_BOTH, 2)) if partners >= needed]
            roles = [*counted, _PARTNER] if counting else counted
            if _BOTH not in counted and counting > 1:
                roles.append(_BOTH)  # it has no partner of its own, but is one of another
        if rule.distinct:
            return len(set[str]().union(*(self._of(index, role).values for role in counted))), roles
        return sum(number[role] for role in counted), roles

    def _of(self, index: int, role: int) -> _Count:
        return self._counts.get(_claim(index, role)) or _Count()


def judge(findings: Iterable[Finding], packs: Iterable[Pack], path: str = "", format_: str = "text") -> Verdict:
    """Return the rules that the findings of one document violate.

    Args:
        findings: findings in any order.
        packs: the rules.
        path: the document's path.
        format_: the document's format.

    """
    evaluator = Evaluator(Rulebook(packs), path, format_)
    for finding in sorted(findings, key=lambda each: each.start):
        evaluator.add(finding)
    return evaluator.verdict()


def _claim(index: int, role: int) -> int:
    return _ROLES * index + role


def _violation(rule: Rule, count: int) -> Violation:
    return Violation(
        rule.rule_id,
        rule.framework,
        rule.name,
        severity_for(rule, count),
        rule.action,
        rule.message,
        rule.citation,
        count,
        rule.remediation,
    )


def severity_for(rule: Rule, count: int) -> Severity:
    """Return the severity of violating the rule with so many findings; more are never less severe."""
    return max([rule.severity, *(severity for least, severity in rule.severity_by_count if count >= least)])
