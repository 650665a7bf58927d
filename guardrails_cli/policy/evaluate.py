"""Applying rules to what was found, one entity after the other: memory does not grow with their number."""

from collections.abc import Iterable, Sequence

from guardrails_cli.model import Compliance, Pack, Rule, Violation


class Evaluator:
    """Which rules one document violates. Tell it every entity with `add`, then ask `compliance`."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        packs = tuple(packs)
        self._frameworks = tuple(sorted({pack.framework for pack in packs}))
        self._rules = tuple(rule for pack in packs for rule in pack.rules)
        self._counts = dict.fromkeys(self._rules, 0)
        self._known: dict[tuple[str, float], tuple[Rule, ...]] = {}

    def add(self, entity_type: str, score: float) -> tuple[Rule, ...]:
        """Count an entity, and return the rules that it counts towards.

        Args:
            entity_type: as the recognizer has it.
            score: the recognizer's, 0 to 1.

        """
        rules = self._known.get((entity_type, score))
        if rules is None:
            rules = tuple(rule for rule in self._rules if applies(rule, entity_type, score))
            self._known[entity_type, score] = rules
        for rule in rules:
            self._counts[rule] += 1
        return rules

    def compliance(self) -> Compliance:
        """Return which rules are violated, worst first."""
        found = [
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
            for rule, count in self._counts.items()
            if count >= rule.min_count
        ]
        found.sort(key=lambda violation: (-violation.severity, violation.rule_id))
        return Compliance(self._frameworks, tuple(found))


def violations(entities: Sequence[tuple[str, float]], packs: Iterable[Pack]) -> Compliance:
    """Return which rules the entities, given as (type, score), violate."""
    evaluator = Evaluator(packs)
    for entity_type, score in entities:
        evaluator.add(entity_type, score)
    return evaluator.compliance()


def applies(rule: Rule, entity_type: str, score: float) -> bool:
    """Return whether an entity counts towards the rule."""
    return entity_type in rule.entity_types and score >= rule.min_score
