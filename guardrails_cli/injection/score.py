"""The prompt-injection score of a text: a linear model over the evidence in its worst passage (docs/injection.md).

Every piece of evidence opens a window; the window's score is the logistic function of the sum of the weights of its
features, each counted once. No other input counts: no length, no count, no single word. So a document's score is that
of its worst passage, however long the rest is.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import msgspec

from guardrails_cli.core.finding import Signal
from guardrails_cli.core.record import Injection, Passage
from guardrails_cli.injection.encoded import encoded_payloads
from guardrails_cli.injection.evidence import Hit, read
from guardrails_cli.injection.folding import has_invisible
from guardrails_cli.injection.invisible import MAX_HIDDEN, Region, hidden_regions, invisible_hits, invisible_payloads
from guardrails_cli.injection.rules import load_rules, read_data
from guardrails_cli.injection.surroundings import is_example, is_in_code

WARNING_SCORE = 0.5
"""Score from which a document is reported: the decision point that the weights are fitted to."""
WINDOW = 600
"""Characters within which pieces of evidence add up; about five sentences."""
NOTICE_SCORE = 0.1
"""Minimum score of a recorded passage; one weak hint is less, and ordinary text has many."""
MAX_PASSAGES = 20
_HIDDEN_WEIGHT = 1.9
"""Evidence, in log-odds, that hidden text is an order instead of a remark."""
_TELLING_WEIGHT = 1.2
"""Minimum evidence that counts towards that: comments are full of weak hints."""
_CODE_DISCOUNT = 1.8
"""Evidence, in log-odds, that a program's lines take away: their comments are orders to programmers and machines."""
_MINOR = 8
"""Techniques with less than one such part of the main technique's share in a passage are not named."""
_DEPTH = 2
"""Maximum nesting of encoded text."""
_SENTENCE = 160
"""Maximum distance, in characters, to extend a passage to the bounds of its sentences."""
_SENTENCE_END = re.compile(r"[.!?。！？](?=\s|$)|\n|$")
_SENTENCE_START = re.compile(r"(?:[.!?。！？][\"')\]]?\s+|\n\s*)(?=\S)")


class Model(msgspec.Struct, frozen=True):
    """The weights of the linear model, in log-odds."""

    bias: float
    weights: dict[str, float]

    def score(self, features: Iterable[str], in_code: bool = False) -> float:
        """Return the probability of an injection, 0 to 1, given the features and whether they are in a program."""
        evidence = sum(sorted(self.weights[name] for name in features)) - _CODE_DISCOUNT * in_code
        return 1.0 / (1.0 + math.exp(-self.bias - evidence))


class Window(msgspec.Struct, frozen=True):
    """The evidence within WINDOW characters from the start of a piece of evidence, which is included."""

    start: int
    end: int
    features: frozenset[str]


@cache
def load_model() -> Model:
    """Return the fitted model; features absent from training keep their expected weight."""
    fitted = read_data("weights.yaml")
    expected = {name: feature.weight for name, feature in load_rules().features.items()}
    return Model(fitted["bias"], expected | fitted["weights"])


def find_signals(text: str, hidden: Iterable[tuple[int, int]] = ()) -> list[Signal]:
    """Return signals for the passages of `text` that may be injections: one per technique, the main one first.

    A signal's weight is the passage's score, and depends on nothing over 2,000 characters away. Only the worst of
    overlapping passages stays.

    Args:
        text: a text of any length.
        hidden: half-open spans that its reader reports as invisible to a person.

    """
    model = load_model()
    regions = [Region(start, start, min(end, start + MAX_HIDDEN)) for start, end in hidden]
    scored = [(window, _score(text, window, model)) for window in find_windows(text, model, regions)]
    signals = []
    for window, value in _worst(scored):
        if value >= NOTICE_SCORE:
            start, end = _sentences(text, window.start, window.end)
            signals += [Signal(name, start, end, round(value, 4)) for name in _techniques(window, model)]
    return signals


def score(signals: Iterable[Signal]) -> Injection:
    """Return the score of a document with these signals: the score and techniques of its worst passage."""
    techniques: dict[tuple[int, int, float], set[str]] = {}
    for signal in signals:
        techniques.setdefault((signal.start, signal.end, signal.weight), set()).add(signal.technique)
    passages = sorted(
        (Passage(start, end, weight, tuple(sorted(names))) for (start, end, weight), names in techniques.items()),
        key=lambda passage: (-passage.score, passage.start, passage.end),
    )
    worst = max((passage.score for passage in passages), default=0.0)
    named = {name for passage in passages if passage.score >= WARNING_SCORE for name in passage.techniques}
    return Injection(worst, tuple(sorted(named)), tuple(passages[:MAX_PASSAGES]))


def _score(text: str, window: Window, model: Model) -> float:
    value = model.score(window.features)
    if value >= NOTICE_SCORE and is_in_code(text, window.start, window.end):
        return model.score(window.features, in_code=True)
    return value


def find_windows(text: str, model: Model, hidden: Iterable[Region] = (), depth: int = _DEPTH) -> list[Window]:
    """Return a window for each place where evidence begins, in the order of the text."""
    hits = _find_hits(text, model, hidden, depth)
    starts = [hit.start for hit in hits]
    windows = []
    for number, start in enumerate(starts):
        if not number or starts[number - 1] != start:
            inside = hits[number : bisect_left(starts, start + WINDOW)]
            features = frozenset(hit.feature for hit in inside)
            windows.append(Window(start, max(hit.end for hit in inside), features))
    return windows


def _find_hits(text: str, model: Model, hidden: Iterable[Region], depth: int) -> list[Hit]:
    reading = read(text)
    wordings = [hit for hit in reading.hits if not is_example(text, hit.start, hit.end)]
    invisible = not text.isascii() and has_invisible(text)
    hits = [*wordings, *(invisible_hits(text) if invisible else ())]
    if reading.folded.twins and wordings:
        hits.append(Hit(wordings[0].start, wordings[0].end, "look_alikes"))
    starts = [hit.start for hit in wordings]
    for region in (*hidden, *hidden_regions(text)):
        inside = wordings[bisect_left(starts, region.inner) : bisect_right(starts, region.end)]
        weights = [model.weights[name] for name in {hit.feature for hit in inside if hit.end <= region.end}]
        if sum(weight for weight in weights if weight >= _TELLING_WEIGHT) >= _HIDDEN_WEIGHT:
            hits.append(Hit(region.start, region.end, "hidden_order"))
    if depth:
        for payload in (*(invisible_payloads(text) if invisible else ()), *encoded_payloads(text, reading)):
            inner = (model.score(window.features) for window in find_windows(payload.text, model, (), depth - 1))
            if max(inner, default=0.0) >= WARNING_SCORE:
                hits.append(Hit(payload.start, payload.end, payload.feature))
    return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.feature))


def _worst(scored: Sequence[tuple[Window, float]]) -> Iterator[tuple[Window, float]]:
    """Yield the windows that no overlapping window outdoes: a rule without memory, the same in every chunk."""
    for number, (window, value) in enumerate(scored):
        before = number - 1
        while before >= 0 and scored[before][0].start > window.start - WINDOW:
            if scored[before][1] > value and scored[before][0].end > window.start:
                break
            before -= 1
        else:
            after = number + 1
            while after < len(scored) and scored[after][0].start < window.end:
                if scored[after][1] > value:
                    break
                after += 1
            else:
                yield window, value


def _techniques(window: Window, model: Model) -> list[str]:
    """Return the techniques of a window, sorted by their share in its score."""
    features = load_rules().features
    shares: dict[str, float] = {}
    for name in window.features:
        technique = features[name].technique
        shares[technique] = shares.get(technique, 0.0) + model.weights[name]
    most = max(shares.values())
    kept = (name for name, share in shares.items() if share >= most / _MINOR)
    return sorted(kept, key=lambda name: (-shares[name], name))


def _sentences(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span extended to whole sentences."""
    low = max(0, start - _SENTENCE)
    begins = [found.end() for found in _SENTENCE_START.finditer(text, low, start + 1) if found.end() <= start]
    ends = _SENTENCE_END.search(text, max(start, end - 1), min(len(text), end + _SENTENCE))
    return begins[-1] if begins else 0 if not low else start, max(end, ends.end()) if ends else end
