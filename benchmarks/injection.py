"""Quality and speed of the prompt-injection score: `python -m benchmarks injection [--data FOLDER]`.

Without a folder of labelled texts only the requests that come with the benchmarks and the speed are measured. The
keyword baseline is a list of the dozen phrases that are blocked most often, in the same run on the same texts.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.injection_sets import LabelledSet, auc, benign_requests, read_sets, recall_at, share_above
from benchmarks.texts import KINDS, make
from guardrails_cli.detect.chunks import split
from guardrails_cli.injection.rules import read_data
from guardrails_cli.injection.score import find_signals, score

PHRASES = (
    "ignore all previous instructions", "ignore previous instructions", "ignore the above", "disregard all previous",
    "forget everything", "system prompt", "you are now", "act as", "pretend to be", "do anything now", "developer mode",
    "jailbreak",
)  # fmt: skip
SIZE = 1_000_000

Scorer = Callable[[str], float]


def measure(folder: Path | None = None) -> str:
    """Return the tables.

    Args:
        folder: with labelled texts, as `injection_sets.read_sets` reads them.

    """
    return "\n".join(_report(folder)) + "\n"


def ours(text: str) -> float:
    """Return our score of a text, cut into chunks as in a scan."""
    return max((score(find_signals(chunk.text)).score for chunk in split(text)), default=0.0)


def keywords(text: str) -> float:
    """Return the baseline's score: the more of its phrases, the nearer to 1; one is enough for a half."""
    found = sum(phrase in text.lower() for phrase in PHRASES)
    return found / (found + 1)


def _report(folder: Path | None) -> Iterator[str]:
    yield "## Prompt injection\n"
    sets = list(read_sets(folder)) if folder else []
    labelled = [data for data in sets if any(label for _, label in data.rows)]
    if labelled:
        yield "| set | texts | ROC-AUC | recall at 1 % false positives | recall at 0.5 | false positives at 0.5 |"
        yield "|---|---|---|---|---|---|"
        yield from (_row(data) for data in labelled)
        yield "\nKeywords in brackets. Held out (five folds, texts that share wording in one fold): ROC-AUC "
        figures = read_data("weights.yaml")["figures"]
        yield ", ".join(f"{data.name} {figures[data.name]['auc']:.3f}" for data in labelled if data.name in figures)
        yield ""
    yield "| harmless texts | texts | false positives at 0.5 | keywords |"
    yield "|---|---|---|---|"
    for data in (benign_requests(), *(data for data in sets if data not in labelled)):
        alarms = (f"{share_above(scorer(text) for text, _ in data.rows):.1%}" for scorer in (ours, keywords))
        yield f"| {data.name} | {len(data.rows)} | {' | '.join(alarms)} |"
    yield "\n| text | MB/s of one core |\n|---|---|"
    yield from (f"| {kind} | {_speed(kind):.1f} |" for kind in KINDS)


def _row(data: LabelledSet) -> str:
    labels = [label for _, label in data.rows]
    columns = [_figures([scorer(text) for text, _ in data.rows], labels) for scorer in (ours, keywords)]
    cells = (f"{one} ({other})" for one, other in zip(*columns, strict=True))
    return f"| {data.name} | {len(labels)} | {' | '.join(cells)} |"


def _figures(scores: Sequence[float], labels: Sequence[bool]) -> list[str]:
    def of(wanted: bool) -> Iterable[float]:
        return (value for value, label in zip(scores, labels, strict=True) if label is wanted)

    return [
        f"{auc(scores, labels):.3f}",
        f"{recall_at(scores, labels, 0.01):.1%}",
        f"{share_above(of(True)):.1%}",
        f"{share_above(of(False)):.1%}",
    ]


def _speed(kind: str) -> float:
    find_signals(make(kind, 50_000, seed=2))
    chunks = [chunk.text for chunk in split(make(kind, SIZE, seed=3))]
    begun = time.process_time()
    for chunk in chunks:
        find_signals(chunk)
    return SIZE / 1e6 / (time.process_time() - begun)
