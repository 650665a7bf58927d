"""The actions that violated rules demand."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from guardrails_cli.core.finding import Finding
from guardrails_cli.core.record import Action, Compliance, DocumentResult
from guardrails_cli.options.model import DEFAULT_MIN_SCORE
from guardrails_cli.policy.packs import Pack, Rule

_REDACTING = (Action.REDACT, Action.BLOCK)
"""BLOCK includes REDACT: a document that may not leave as it is must not stay readable either."""


def to_redact(record: DocumentResult) -> tuple[Finding, ...]:
    """Return the listed findings that a violated rule wants redacted, whatever the thresholds of the redaction."""
    if record.compliance is None:
        return ()
    rules = {each.rule_id for each in record.compliance.violations if each.action in _REDACTING}
    return tuple(finding for finding in record.findings if rules.intersection(finding.rule_ids))


def redacting(packs: Iterable[Pack], min_score: float) -> tuple[Pack, ...]:
    """Return the packs with only the rules that demand redaction, each with the score from which it does.

    A rule without a score redacts from the usual threshold, or the one given: not the guesses below, which every number
    would be.

    Args:
        packs: the packs in use.
        min_score: the threshold of the run, 0 to 1.

    """
    least = min(min_score, DEFAULT_MIN_SCORE)
    return tuple(replace(pack, rules=tuple(_demands(pack.rules, least))) for pack in packs)


def lowest_score(packs: Iterable[Pack], min_score: float) -> float:
    """Return the lowest score to scan for, so that the rules of `redacting` packs and the run's threshold are met."""
    rules = [rule for pack in packs for rule in pack.rules if rule.detectable]
    return min([min_score, *(each.min_score for rule in rules for each in (rule, rule.near) if each)])


def is_blocked(compliance: Compliance) -> bool:
    """Return whether a violated rule wants the scan to fail."""
    return any(violation.action is Action.BLOCK for violation in compliance.violations)


def _demands(rules: Iterable[Rule], least: float) -> Iterator[Rule]:
    for rule in rules:
        if rule.action in _REDACTING:
            near = rule.near and replace(rule.near, min_score=rule.near.min_score or least)
            yield replace(rule, min_score=rule.min_score or least, near=near)
