"""Applying rules to what was found: pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from guardrails_cli.model import Compliance, Finding, Pack, Rule, Violation


def violations(entities: Sequence[tuple[str, float]], packs: Iterable[Pack]) -> Compliance:
    """Return which rules the entities violate, worst first.

    Args:
        entities: (type, recognizer score of 0 to 1) of each entity found.
        packs: the rules to check.

    """
    packs = tuple(packs)
    found = []
    for pack in packs:
        for rule in pack.rules:
            count = sum(applies(rule, name, score) for name, score in entities)
            if count >= rule.min_count:
                found.append(
                    Violation(
                        rule.rule_id,
                        rule.framework,
                        rule.name,
                        rule.severity,
                        rule.action,
                        rule.message,
                        rule.citation,
                        count,
                    )
                )
    found.sort(key=lambda violation: (-violation.severity, violation.rule_id))
    return Compliance(tuple(sorted({pack.framework for pack in packs})), tuple(found))


def applies(rule: Rule, entity_type: str, score: float) -> bool:
    """Return whether an entity counts towards the rule."""
    return entity_type in rule.entity_types and score >= rule.min_score


def mark(findings: Iterable[Finding], compliance: Compliance, packs: Iterable[Pack]) -> tuple[Finding, ...]:
    """Return the findings with the ids of the violated rules they count towards, and the worst severity of these."""
    violated = {violation.rule_id for violation in compliance.violations}
    rules = [rule for pack in packs for rule in pack.rules if rule.rule_id in violated]
    marked = []
    for finding in findings:
        broken = [rule for rule in rules if applies(rule, finding.entity_type, finding.score)]
        rule_ids = tuple(sorted(rule.rule_id for rule in broken))
        severity = max([finding.severity, *(rule.severity for rule in broken)])
        marked.append(replace(finding, rule_ids=rule_ids, severity=severity))
    return tuple(marked)
