"""The risk of one document, 0 to 100. The formula is in docs/risk.md; every number of it is here.

It is monotonic: an added finding or violation, or a higher score, never lowers the risk. It does not depend on the
order of findings or on the length of the text: one Social Security number is as bad in a megabyte as in a line.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from guardrails_cli.entities import entity_type
from guardrails_cli.model import Risk, Severity, TopRisk, Violation

LEVELS = ((90.0, Severity.CRITICAL), (60.0, Severity.HIGH), (30.0, Severity.MEDIUM))
"""Lower bounds; below the last one the level is LOW."""
VIOLATION_WEIGHT = {Severity.LOW: 0.1, Severity.MEDIUM: 0.3, Severity.HIGH: 0.6, Severity.CRITICAL: 0.85}
COMPONENT_WEIGHT = {"pii": 0.9, "compliance": 0.9, "injection": 0.8}
"""How much of the whole range a component can use alone."""


def level_of(value: float) -> Severity:
    """Return the level for a risk of 0 to 100."""
    return next((level for bound, level in LEVELS if value >= bound), Severity.LOW)


def pii_score(entities: Iterable[tuple[str, float, int]]) -> float:
    """Return 0 to 100 for entities given as (type, recognizer score, how many).

    A type's exposure is e = 1 - (1 - sensitivity x best score)^(1 + log2 n): one occurrence counts in full, every
    doubling of their number n as much again. Types are independent: 100 x (1 - Π(1 - e)).
    """
    best: dict[str, float] = {}
    count: Counter[str] = Counter()
    for name, score, times in entities:
        best[name] = max(min(score, 1.0), best.get(name, 0.0))
        count[name] += times
    safe = 1.0
    for name in sorted(best):
        safe *= (1.0 - entity_type(name).sensitivity * best[name]) ** (1.0 + math.log2(count[name]))
    return 100.0 * (1.0 - safe)


def compliance_score(severities: Iterable[Severity]) -> float:
    """Return 0 to 100 for the severities of the violations: 100 x (1 - Π(1 - weight))."""
    return 100.0 * (1.0 - math.prod(1.0 - VIOLATION_WEIGHT[severity] for severity in sorted(severities)))


def overall_score(pii: float, compliance: float, injection: float) -> float:
    """Return the whole, 0 to 100, from two scores of 0 to 100 and the injection score of 0 to 1."""
    parts = {"pii": pii / 100.0, "compliance": compliance / 100.0, "injection": injection}
    return 100.0 * (1.0 - math.prod(1.0 - COMPONENT_WEIGHT[name] * part for name, part in parts.items()))


def assess_risk(entities: Sequence[tuple[str, float, int]], violations: Sequence[Violation], injection: float) -> Risk:
    """Return the risk of a document.

    Args:
        entities: (type, recognizer score of 0 to 1, how many such) of the entities found.
        violations: the rules it breaks.
        injection: its prompt-injection score, 0 to 1.

    """
    pii = pii_score(entities)
    compliance = compliance_score(violation.severity for violation in violations)
    overall = round(overall_score(pii, compliance, injection), 1)  # the level is that of the score shown
    counts: Counter[str] = Counter()
    for name, _, times in entities:
        counts[name] += times
    critical = sum(times for name, times in counts.items() if entity_type(name).severity is Severity.CRITICAL)
    parts = [
        _part("pii", pii, _pii_details(counts)),
        _part("compliance", compliance, _compliance_details(violations)),
        _part("injection", 100.0 * injection, "text that tries to command a language model"),
    ]
    return Risk(
        overall_score=overall,
        overall_level=level_of(overall),
        pii_score=round(pii, 1),
        injection_score=round(injection, 4),
        compliance_score=round(compliance, 1),
        critical_count=critical + sum(violation.severity is Severity.CRITICAL for violation in violations),
        total_entities=counts.total(),
        top_risks=tuple(sorted((part for part in parts if part.value > 0), key=lambda part: -part.value)),
        recommendations=_recommendations(counts, violations, injection),
    )


def _part(component: str, value: float, details: str) -> TopRisk:
    shown = round(value, 1)
    return TopRisk(component, shown, level_of(shown), details)


def _by_sensitivity(counts: Mapping[str, int]) -> list[str]:
    return sorted(counts, key=lambda name: (-entity_type(name).sensitivity, name))


def _pii_details(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[name]} {name}" for name in _by_sensitivity(counts)[:3])


def _compliance_details(violations: Sequence[Violation]) -> str:
    worst = sorted(violations, key=lambda violation: (-violation.severity, violation.rule_id))[:3]
    return ", ".join(f"{violation.rule_id} ({violation.rule_name})" for violation in worst)


def _recommendations(counts: Mapping[str, int], violations: Sequence[Violation], injection: float) -> tuple[str, ...]:
    advice = [
        f"{violation.rule_id}: {violation.message}" + (f" ({violation.citation})" if violation.citation else "")
        for violation in sorted(violations, key=lambda violation: (-violation.severity, violation.rule_id))[:3]
    ]
    loud = [name for name in _by_sensitivity(counts) if entity_type(name).severity >= Severity.HIGH]
    if loud:
        advice.append(f"Remove or redact {', '.join(loud[:4])}, or move the document to storage with restricted access")
    if injection >= 0.5:
        advice.append("Do not feed this document to a language model before a person has read the marked passage")
    return tuple(advice)
