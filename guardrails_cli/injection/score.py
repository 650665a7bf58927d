"""Signals of prompt injection in a text, and the score that they add up to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from guardrails_cli.model import Injection, Signal

WARNING_SCORE = 0.5
"""From here on a document is reported: each signal of weight 0.5 and more suffices alone, weaker ones together."""


@dataclass(frozen=True, slots=True)
class _Rule:
    technique: str
    weight: float
    needs: tuple[str, ...]
    pattern: re.Pattern[str]


@cache
def _rules() -> tuple[_Rule, ...]:
    rows = yaml.safe_load(files("guardrails_cli.injection").joinpath("rules.yaml").read_text(encoding="utf-8"))
    return tuple(
        _Rule(
            row["technique"],
            float(row["weight"]),
            tuple(word.lower() for word in row["needs"]),
            re.compile(row["pattern"], re.IGNORECASE | re.MULTILINE),
        )
        for row in rows
    )


def find_signals(text: str) -> list[Signal]:
    """Return the signals in `text`, sorted by place; at most the first of each rule, as repetition proves nothing."""
    lowered = text.lower()
    signals = []
    for rule in _rules():
        if any(word in lowered for word in rule.needs):
            match = rule.pattern.search(text)
            if match:
                signals.append(Signal(rule.technique, match.start(), match.end(), rule.weight))
    return sorted(signals, key=lambda signal: (signal.start, signal.end, signal.technique))


def score(signals: Iterable[Signal]) -> Injection:
    """Return the score of a document with these signals.

    The strongest signal of each technique counts as independent evidence (noisy-or: 1 - Π(1 - weight)). So the score
    rises with every further technique, never reaches 1, and does not depend on the length of the text.
    """
    strongest: dict[str, float] = {}
    for signal in signals:
        strongest[signal.technique] = max(signal.weight, strongest.get(signal.technique, 0.0))
    doubt = 1.0
    for technique in sorted(strongest):
        doubt *= 1.0 - strongest[technique]
    return Injection(round(1.0 - doubt, 4), tuple(sorted(strongest)))
