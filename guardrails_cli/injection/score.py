"""Signals of prompt injection in a text, and the score that they add up to."""

import re
from collections.abc import Iterable, Sequence
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
    words: tuple[str, ...]
    """In lower case. A text without any of them cannot match: asking that first is many times faster."""
    pattern: re.Pattern[str]


@cache
def _rules() -> tuple[_Rule, ...]:
    rows = yaml.safe_load(files("guardrails_cli.injection").joinpath("rules.yaml").read_text(encoding="utf-8"))
    return tuple(_rule(row["technique"], row["weight"], row.get("words", ()), row["pattern"]) for row in rows)


def _rule(technique: str, weight: float, words: Sequence[str], pattern: str) -> _Rule:
    any_word = f"(?:{'|'.join(map(re.escape, words))})"
    compiled = re.compile(pattern.replace("{words}", any_word), re.IGNORECASE | re.MULTILINE)
    return _Rule(technique, weight, tuple(word.lower() for word in words), compiled)


def find_signals(text: str) -> list[Signal]:
    """Return the signals in `text`, sorted by place; at most the first of each rule, as repetition proves nothing."""
    lowered = text.lower()
    signals = []
    for rule in _rules():
        if not rule.words or any(word in lowered for word in rule.words):
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
