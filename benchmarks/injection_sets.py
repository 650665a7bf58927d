"""Labelled texts for the prompt-injection score: reading them, and what a score is worth on them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BENIGN = Path(__file__).with_name("injection_data") / "benign.txt"
"""Harmless requests with the words of attacks, one a line, written for this benchmark."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Texts, each with whether it is an injection."""

    name: str
    rows: tuple[tuple[str, bool], ...]


def read_sets(folder: Path) -> Iterator[LabelledSet]:
    """Yield the labelled injections of `folder`, then its other texts, which are all ordinary.

    Args:
        folder: with `meta.json`, which names the kind of each file, and files of one JSON object with `text` a line;
            those of the kind `injection` have a `label`, 1 for an injection.

    """
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    for name in sorted(meta, key=lambda name: (meta[name]["kind"] != "injection", name)):
        lines = (folder / name).read_text(encoding="utf-8").split("\n")
        rows = (json.loads(line) for line in lines if line.strip())
        yield LabelledSet(name.removesuffix(".jsonl"), tuple((row["text"], bool(row.get("label", 0))) for row in rows))


def benign_requests() -> LabelledSet:
    """Return the harmless requests that come with the benchmarks."""
    lines = BENIGN.read_text(encoding="utf-8").splitlines()
    return LabelledSet("benign requests", tuple((line, False) for line in lines if line.strip()))


def auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Return the area under the ROC curve: the chance that an injection scores above another text, ties one half."""
    bad = sorted(score for score, label in zip(scores, labels, strict=True) if label)
    good = [score for score, label in zip(scores, labels, strict=True) if not label]
    wins = sum((one > other) + (one == other) / 2 for one in bad for other in good)
    return wins / (len(bad) * len(good)) if bad and good else float("nan")


def recall_at(scores: Sequence[float], labels: Sequence[bool], rate: float) -> float:
    """Return the largest share of injections above a threshold that at most `rate` of the other texts are above."""
    good = [score for score, label in zip(scores, labels, strict=True) if not label]
    bad = [score for score, label in zip(scores, labels, strict=True) if label]
    fitting = [limit for limit in set(bad) if sum(score >= limit for score in good) <= rate * len(good)]
    return sum(score >= min(fitting) for score in bad) / len(bad) if fitting and bad else 0.0


def share_above(scores: Iterable[float], limit: float = 0.5) -> float:
    """Return the share of scores at or above `limit`; 0 of none."""
    scores = list(scores)
    return sum(score >= limit for score in scores) / len(scores) if scores else 0.0
