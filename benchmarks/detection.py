"""Speed of detection against Presidio, in one run on generated text: `python -m benchmarks detection`.

Processor time of one core, after a warm-up on other text of the same kind. Both sides get the same chunks of at most
50 KB, as the scanner makes them. Each measurement at 50 KB is made three times, each time on another text, and the best
counts, on both sides alike: other work on the machine only ever makes a run slower. Presidio's side of a size above 50
KB is that of 50 KB (named in the table), since it would take minutes.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.texts import KINDS, LIBRARY, make
from guardrails_cli.core.text import Chunk
from guardrails_cli.detect import registry
from guardrails_cli.detect.chunks import split
from guardrails_cli.detect.engine import Engine
from guardrails_cli.document.scan_chunk import scan_chunk
from guardrails_cli.options.model import DEFAULT_MODEL, DetectOptions, EngineOptions

SIZES = {"1 KB": 1_000, "50 KB": 50_000, "1 MB": 1_000_000, "10 MB": 10_000_000}
PRESIDIO_LIMIT = 50_000
ROUNDS = 3
MIN_SCORE = 0.4

Detect = Callable[[str], int]


def measure() -> str:
    """Return the tables."""
    return "\n".join(_report()) + "\n"


def _report() -> Iterable[str]:
    yield "## Speed of detection\n"
    yield (
        "One core; MB/s of processor time. The headline is the ratio to Presidio in the same run; at 50 KB the best of "
        "three runs counts on both sides.\n"
    )
    yield "### Profile fast, against AnalyzerEngine with the same recognizers and the same words of context\n"
    yield from _table(SIZES, _ours(Engine(EngineOptions(model=None, profile="fast"))), _presidio_fast())
    default = _presidio_default()
    yield "\n### Profile balanced, against AnalyzerEngine as it comes, with the same language model\n"
    yield from _table(
        {name: SIZES[name] for name in ("1 KB", "50 KB", "1 MB")}, _ours(Engine(EngineOptions())), default
    )
    yield "\n### The whole pipeline, against AnalyzerEngine as it comes\n"
    yield (
        "All that a scan does with 50 KB of text: recognizers of our own, rules, prompt injection, masks and "
        "fingerprints included.\n"
    )
    yield from _whole(default)
    yield "\n### Peak memory of profile fast over the size of one text (JSON)\n"
    yield "| text | peak |\n|---|---|"
    with tempfile.TemporaryDirectory() as cache:
        yield f"| 1 MB, with nothing in the cache: recognizers exported, automata compiled | {_memory(1, cache)} MB |"
        yield from (f"| {size} MB | {_memory(size, cache)} MB |" for size in (1, 10, 40))


def _whole(theirs: Detect) -> Iterable[str]:
    yield "| text | fast, MB/s | balanced, MB/s | Presidio, MB/s | **ratio, fast** | **ratio, balanced** |"
    yield "|---|---|---|---|---|---|"
    for kind in (*KINDS, *LIBRARY):
        speeds = [
            _best(_scan(model, profile), kind) for profile, model in (("fast", None), ("balanced", DEFAULT_MODEL))
        ]
        peer = _best(theirs, kind)
        ratios = " | ".join(f"**{speed / peer:.0f}×**" for speed in speeds)
        yield f"| {kind} | {speeds[0]:.3g} | {speeds[1]:.3g} | {peer:.3g} | {ratios} |"


def _scan(model: str | None, profile: str) -> Detect:
    options = DetectOptions(EngineOptions(model=model, profile=profile), key=b"benchmark")
    return lambda text: len(scan_chunk(Chunk(text), options).findings)


def _best(run: Detect, kind: str) -> float:
    _speed(run, make(kind, 20_000, seed=2))
    return max(_speed(run, make(kind, SIZES["50 KB"], seed=10 + number))[0] for number in range(ROUNDS))


def _table(sizes: dict[str, int], ours: Detect, theirs: Detect) -> Iterable[str]:
    yield "| text | size | **ratio** | ours, MB/s | Presidio, MB/s | found by both |"
    yield "|---|---|---|---|---|---|"
    for kind in KINDS:
        for run in (ours, theirs):
            _speed(run, make(kind, 60_000 if run is ours else 20_000, seed=2))
        reference = 0.0
        for name, size in sizes.items():
            speed, found = _typical(ours, kind, size)
            if size <= PRESIDIO_LIMIT:
                reference, count = _typical(theirs, kind, size)
                note, both = "", f"{found} / {count}"
            else:
                note, both = " (of 50 KB)", f"{found}"
            ratio = f"**{speed / reference:.1f}×**"
            yield f"| {kind} | {name} | {ratio} | {speed:.3g} | {reference:.3g}{note} | {both} |"


def _typical(run: Detect, kind: str, size: int) -> tuple[float, int]:
    """Measure on texts that are each another, as what was seen before is remembered, and would be free."""
    if size > PRESIDIO_LIMIT:
        return _speed(run, make(kind, size, seed=10))
    small = size < 10_000
    results = [_speed(run, make(kind, size, seed=10 + number)) for number in range(20 if small else ROUNDS)]
    if small:
        return len(results) / sum(1 / speed for speed, _ in results), sum(found for _, found in results)
    return max(speed for speed, _ in results), results[0][1]


def _speed(run: Detect, text: str) -> tuple[float, int]:
    begun = time.process_time()
    found = sum(run(chunk.text) for chunk in split(text))
    return len(text) / 1e6 / max(time.process_time() - begun, 1e-9), found


def _ours(engine: Engine) -> Detect:
    return lambda text: len(engine.detect(text, min_score=MIN_SCORE))


def _presidio_fast() -> Detect:
    from tests.detect.reference import analyzer

    engine = analyzer(registry.recognizers("en", None, "fast"))
    return lambda text: len(engine.analyze(text, "en", score_threshold=MIN_SCORE))


def _presidio_default() -> Detect:
    """Return Presidio with its own pipeline of spaCy, all pipes of the model, and its own registry."""
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    from guardrails_cli.detect.ner.model_files import find_model
    from guardrails_cli.detect.ner.names import LABELS

    nlp_engine = SpacyNlpEngine(
        models=[{"lang_code": "en", "model_name": DEFAULT_MODEL}],
        ner_model_configuration=NerModelConfiguration(model_to_presidio_entity_mapping=LABELS),
    )
    model = spacy.load(find_model(DEFAULT_MODEL).folder)
    nlp_engine.nlp = {"en": model}  # type: ignore[assignment]
    others = set(model.get_pipe("ner").labels) - set(LABELS)  # type: ignore[attr-defined]
    nlp_engine.ner_model_configuration.labels_to_ignore = sorted(others)
    engine = AnalyzerEngine(nlp_engine=nlp_engine, supported_languages=["en"])
    return lambda text: len(engine.analyze(text, "en", score_threshold=MIN_SCORE))


def _memory(size: int, cache: str) -> int:
    command = [sys.executable, "-m", "benchmarks.detection", str(size)]
    environment = os.environ | {"XDG_CACHE_HOME": cache}
    return int(subprocess.run(command, capture_output=True, check=True, text=True, env=environment).stdout)


def _print_memory(size: int) -> None:
    engine = Engine(EngineOptions(model=None, profile="fast"))
    part = make("JSON", 1_000_000)
    for _ in range(size):
        for chunk in split(part):
            engine.detect(chunk.text, min_score=MIN_SCORE)
    print(_peak_kilobytes() // 1024)


def _peak_kilobytes() -> int:
    """Return this process's own peak; `getrusage` would return that of its parent before the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    _print_memory(int(sys.argv[1]))
