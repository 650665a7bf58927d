"""Fits the weights of the prompt-injection model: `python -m benchmarks.train_injection FOLDER [--write]`.

Logistic regression over the features of a text's worst passage (found again after every fit), with a normal prior
around the weights that features.yaml expects, so that a feature which the texts do not show keeps its weight, and few
texts move it little. Weights stay between zero and MOST times the expected weight: evidence never speaks for innocence,
and an attacker gains nothing by adding words. Texts without any evidence have score 0 and take no part.

The figures are those of five-fold cross-validation; texts that share the wording of their evidence, or any six words
in a row, are in one fold. NumPy is needed here, not by the package.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.injection_sets import LabelledSet, auc, read_sets, recall_at, share_above
from guardrails_cli.injection.rules import load_rules
from guardrails_cli.injection.score import Model, Window, find_windows, load_model

FOLDS = 5
ROUNDS = 4
"""Number of searches for the worst passages; they no longer change after three."""
STEPS = 3000
STEP = 0.02
SPREAD = 0.6
"""Standard deviation, in log-odds, of a weight around the expected one."""
MOST = 1.3
"""Maximum of a weight, as a multiple of the expected one: the texts show few of the harmless uses of features."""
BIAS = -3.2
BIAS_SPREAD = 0.1
SHARES = {"inj_bipia_train": 0.5, "inj_deepset_lenmatched": 0.0}
"""Weight of a set, if not 1: BIPIA's attacks are ordinary tasks; the other is a part of inj_deepset."""
INNOCENT = 3.0
"""Weight of a false positive relative to a missed attack."""
WEIGHTS = Path(__file__).parents[1] / "guardrails_cli" / "injection" / "weights.yaml"

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with its evidence."""

    set_name: str
    text: str
    label: bool
    windows: tuple[Window, ...]
    group: int = 0


def samples(sets: Iterable[LabelledSet]) -> list[Sample]:
    """Return all texts with their windows."""
    model = load_model()
    return [
        Sample(data.name, text, label, tuple(find_windows(text, model))) for data in sets for text, label in data.rows
    ]


def groups(texts: Sequence[Sample]) -> list[int]:
    """Return for each text the number of its group: texts that share six words in a row or a piece of evidence."""
    parent = list(range(len(texts)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    seen: dict[object, int] = {}
    for number, sample in enumerate(texts):
        words = re.findall(r"\w+", sample.text.lower())
        rows = {tuple(words[at : at + 6]) for at in range(max(1, len(words) - 5))} if len(words) < 200 else set()
        evidence = (
            {sample.text[window.start : window.end].lower() for window in sample.windows} if sample.label else set()
        )
        for key in (*rows, *evidence):
            parent[root(number)] = root(seen.setdefault(key, number))
    return [root(number) for number in range(len(texts))]


def fit(texts: Sequence[Sample], names: Sequence[str], expected: Matrix) -> tuple[float, Matrix]:
    """Return bias and weights for these texts."""
    bias, weights = BIAS, expected.copy()
    importance = np.array([SHARES.get(t.set_name, 1.0) * (1.0 if t.label else INNOCENT) for t in texts])
    labels = np.array([float(t.label) for t in texts])
    for _ in range(ROUNDS):
        model = Model(bias, dict(zip(names, weights, strict=True)))
        rows = np.array([_row(max(t.windows, key=lambda w: model.score(w.features)), names) for t in texts])
        bias, weights = _descend(rows, labels, importance, expected, bias, weights)
    return bias, weights


def _row(window: Window, names: Sequence[str]) -> list[float]:
    return [float(name in window.features) for name in names]


def _descend(
    rows: Matrix, labels: Matrix, importance: Matrix, expected: Matrix, bias: float, weights: Matrix
) -> tuple[float, Matrix]:
    first, second = np.zeros(len(weights) + 1), np.zeros(len(weights) + 1)
    for step in range(1, STEPS + 1):  # Adam: Kingma and Ba, 2015
        error = importance * (1 / (1 + np.exp(-(rows @ weights + bias))) - labels)
        slope = np.append(
            rows.T @ error + (weights - expected) / SPREAD**2, error.sum() + (bias - BIAS) / BIAS_SPREAD**2
        )
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        move = STEP * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        weights = np.clip(weights - move[:-1], 0.0, MOST * expected)
        bias -= float(move[-1])
    return bias, weights


def score_all(texts: Sequence[Sample], model: Model) -> list[float]:
    """Return the texts' scores."""
    return [max((model.score(window.features) for window in sample.windows), default=0.0) for sample in texts]


def cross_validate(texts: Sequence[Sample], names: Sequence[str], expected: Matrix) -> list[float]:
    """Return each text's score by the model that was fitted without its group."""
    numbers = groups(texts)
    sizes: dict[int, int] = defaultdict(int)
    for number in numbers:
        sizes[number] += 1
    fold_of, load = {}, [0] * FOLDS
    for number in sorted(sizes, key=lambda number: (-sizes[number], number)):
        fold_of[number] = min(range(FOLDS), key=lambda fold: load[fold])
        load[fold_of[number]] += sizes[number]
    scores = [0.0] * len(texts)
    for fold in range(FOLDS):
        inside = [at for at, number in enumerate(numbers) if fold_of[number] == fold]
        outside = [texts[at] for at, number in enumerate(numbers) if fold_of[number] != fold and _counts(texts[at])]
        bias, weights = fit(outside, names, expected)
        model = Model(bias, dict(zip(names, weights, strict=True)))
        for at, value in zip(inside, score_all([texts[at] for at in inside], model), strict=True):
            scores[at] = value
    return scores


def _counts(sample: Sample) -> bool:
    return bool(sample.windows) and SHARES.get(sample.set_name, 1.0) > 0


def figures(texts: Sequence[Sample], scores: Sequence[float]) -> dict[str, dict[str, float]]:
    """Return the figures of each set."""
    found: dict[str, dict[str, float]] = {}
    for name in dict.fromkeys(sample.set_name for sample in texts):
        of = [(value, s.label) for s, value in zip(texts, scores, strict=True) if s.set_name == name]
        values, labels = [value for value, _ in of], [label for _, label in of]
        found[name] = {"false_alarms": round(share_above(v for v, label in of if not label), 4)}
        if any(labels):
            found[name] |= {
                "auc": round(auc(values, labels), 4),
                "recall": round(share_above(v for v, label in of if label), 4),
                "recall_at_1_percent": round(recall_at(values, labels, 0.01), 4),
            }
    return found


def render(bias: float, weights: Mapping[str, float], held_out: Mapping[str, Mapping[str, float]]) -> str:
    """Return weights.yaml."""
    lines = [
        "# Made by `python -m benchmarks.train_injection FOLDER --write`: do not edit. Log-odds; figures are held out.",
        f"bias: {bias:.3f}",
        "weights:",
    ]
    lines += [f"  {name}: {value:.3f}" for name, value in sorted(weights.items())]
    lines.append("figures:")
    for name, values in held_out.items():
        inner = ", ".join(f"{key}: {value}" for key, value in values.items())
        lines.append(f"  {name}: {{{inner}}}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fit, print the held-out figures, and write the weights if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_injection", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="labelled texts and their meta.json")
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS.name}")
    given = parser.parse_args()
    features = load_rules().features
    names = sorted(features)
    expected = np.array([features[name].weight for name in names])
    texts = samples(read_sets(given.folder))
    held_out = figures(texts, cross_validate(texts, names, expected))
    bias, weights = fit([text for text in texts if _counts(text)], names, expected)
    shown = {name for text in texts if _counts(text) for window in text.windows for name in window.features}
    fitted = {name: float(value) for name, value in zip(names, weights, strict=True) if name in shown}
    for name, values in held_out.items():
        print(name, values)
    text = render(bias, fitted, held_out)
    if given.write:
        WEIGHTS.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
