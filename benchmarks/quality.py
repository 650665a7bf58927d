"""Quality of detection: `python -m benchmarks.quality FOLDER` compares ours with Presidio's default.

The folder holds labelled texts: `*.jsonl` with one `{"id", "text", "spans": [{"start", "end", "type"}]}` a line, and
`meta.json`, which names for each file its kind (`pii`, `pii-csv` or `clean`) and the types evaluated (`scope`).

Overlap F1: a prediction is right if it shares a character with a labelled span of its type, a labelled span is found
if a prediction of its type shares a character with it; predictions are made disjoint first (best score, then
longest), and those that touch only labels outside the scope do not count. Texts without labels (`clean`) show false
positives per 1,000 words.
"""

import argparse
import json
import pickle
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guardrails_cli.core.finding import Detection
from guardrails_cli.detect.refine import refine
from guardrails_cli.options.model import DEFAULT_MIN_SCORE, DEFAULT_MODEL, EngineOptions

STRUCTURED = frozenset({"CREDIT_CARD", "US_SSN", "IBAN_CODE", "EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS"})
SAME_TYPE = {"DATE_OF_BIRTH": "DATE_TIME", "ADDRESS": "LOCATION"}
"""Types that the labels do not distinguish."""

Span = tuple[int, int, str, float]
Detector = Callable[[str], list[Detection]]


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled text."""

    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class DataSet:
    """One file of labelled texts, with the types that it labels completely."""

    name: str
    kind: str
    scope: frozenset[str]
    records: tuple[Record, ...]


@dataclass(slots=True)
class Counts:
    """Labelled, predicted and correct entities by type."""

    gold: Counter[str] = field(default_factory=Counter)
    predicted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    words: int = 0

    def f1(self, types: Iterable[str]) -> float:
        """Return the overlap F1 over the types together, 0 to 1."""
        types = list(types)
        gold, predicted, found, right = (
            sum(counter[name] for name in types) for counter in (self.gold, self.predicted, self.found, self.right)
        )
        precision = right / predicted if predicted else float(not gold)
        recall = found / gold if gold else 1.0
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def alarms(self) -> float:
        """Return the predictions per 1,000 words."""
        return 1000 * self.predicted.total() / max(1, self.words)


def read_sets(folder: Path) -> Iterator[DataSet]:
    """Yield the labelled sets of personal data below `folder`."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    for name, about in meta.items():
        if about["kind"] in ("pii", "pii-csv", "clean"):
            lines = (folder / name).read_text(encoding="utf-8").split("\n")
            records = tuple(_record(json.loads(line)) for line in lines if line.strip())
            yield DataSet(name.removesuffix(".jsonl"), about["kind"], frozenset(about["scope"]), records)


def _record(row: Mapping[str, Any]) -> Record:
    return Record(row["text"], tuple((s["start"], s["end"], s["type"], 1.0) for s in row["spans"]))


def measure(data: DataSet, detector: Detector) -> Counts:
    """Return the counts of `detector` on the set."""
    counts = Counts()
    for record in data.records:
        counts.words += len(record.text.split())
        predicted = [
            (found.start, found.end, SAME_TYPE.get(found.entity_type, found.entity_type), found.score)
            for found in detector(record.text)
        ]
        judge(record.spans, predicted, data.scope, counts)
    return counts


def judge(labels: Iterable[Span], predicted: Iterable[Span], scope: frozenset[str], counts: Counts) -> list[Span]:
    """Add one text to the counts; return the predictions that were judged."""
    inside = [span for span in labels if span[2] in scope]
    outside = [span for span in labels if span[2] not in scope]
    kept = [
        span
        for span in disjoint(span for span in predicted if span[2] in scope)
        if any(meets(span, label) for label in inside) or not any(meets(span, label) for label in outside)
    ]
    for label in inside:
        counts.gold[label[2]] += 1
        counts.found[label[2]] += any(meets(span, label) and span[2] == label[2] for span in kept)
    for span in kept:
        counts.predicted[span[2]] += 1
        counts.right[span[2]] += any(meets(span, label) and span[2] == label[2] for label in inside)
    return kept


def meets(one: Span, other: Span) -> bool:
    """Return whether two spans share a character."""
    return one[0] < other[1] and other[0] < one[1]


def disjoint(spans: Iterable[Span]) -> list[Span]:
    """Return the spans without those that overlap with a better one: by score, then by length."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (-span[3], span[0] - span[1])):
        if not any(meets(span, other) for other in kept):
            kept.append(span)
    return kept


def presidio_default(model: str = DEFAULT_MODEL) -> Detector:
    """Return Presidio as it comes, with its shipped configuration but this model."""
    import presidio_analyzer
    import yaml
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    shipped = Path(presidio_analyzer.__file__).parent / "conf" / "default.yaml"
    configuration = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    configuration["models"] = [{"lang_code": "en", "model_name": model}]
    analyzer = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=configuration).create_engine())

    def detect(text: str) -> list[Detection]:
        found = analyzer.analyze(text, language="en")
        return [Detection(each.entity_type, each.start, each.end, each.score, "Presidio") for each in found]

    return detect


def ours() -> Detector:
    """Return our engine's answer as the report has it."""
    from guardrails_cli.detect.engine import load_engine

    engine = load_engine(EngineOptions())
    return lambda text: refine(text, engine.detect(text, (), DEFAULT_MIN_SCORE))


def cached(name: str, make: Callable[[], Detector], folder: Path | None) -> Detector:
    """Return the detector, its answers kept in `folder` if given, so that a second run takes seconds."""
    if folder is None:
        return make()
    file = folder / f"quality-{name}.pickle"
    known: dict[str, list[Detection]] = pickle.loads(file.read_bytes()) if file.is_file() else {}
    made: list[Detector] = []

    def detect(text: str) -> list[Detection]:
        if text not in known:
            if not made:
                made.append(make())
            known[text] = made[0](text)
            file.write_bytes(pickle.dumps(known))
        return known[text]

    return detect


def table(sets: Iterable[DataSet], detectors: Mapping[str, Detector]) -> str:
    """Return the comparison as Markdown."""
    names = list(detectors)
    lines = ["| set | measure | " + " | ".join(names) + " |", "|---|---|" + "---:|" * len(names)]
    pooled: dict[str, Counts] = {name: Counts() for name in names}
    for data in sets:
        results = {name: measure(data, detector) for name, detector in detectors.items()}
        cells = []
        for name in names:
            for counter in ("gold", "predicted", "found", "right"):
                getattr(pooled[name], counter).update(getattr(results[name], counter))
            clean = data.kind == "clean"
            cells.append(f"{results[name].alarms():.1f}" if clean else f"{results[name].f1(data.scope):.3f}")
        what = "false positives per 1,000 words" if data.kind == "clean" else "overlap F1"
        lines.append(f"| {data.name} | {what} | " + " | ".join(cells) + " |")
    structured = " | ".join(f"{pooled[name].f1(STRUCTURED):.3f}" for name in names)
    lines.append(f"| all | overlap F1, structured types | {structured} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table for the sets in a folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="labelled texts and their meta.json")
    parser.add_argument("--cache", type=Path, help="folder that keeps Presidio's answers between runs")
    given = parser.parse_args()
    detectors = {
        "Presidio's default": cached("presidio", presidio_default, given.cache),
        "Guardrails": ours(),
    }
    sys.stdout.write(table(read_sets(given.folder), detectors) + "\n")


if __name__ == "__main__":
    main()
