"""Finding with our recognizers alone, without an engine."""

from functools import cache

from guardrails_cli.detect.recognizers.finder import Finder
from guardrails_cli.detect.results import Raw

Found = list[tuple[str, float]]


@cache
def finder() -> Finder:
    return Finder()


def results(text: str) -> list[Raw]:
    return [result for _, found in finder().find(text, frozenset()) for result in found]


def find(entity: str, text: str) -> Found:
    """Return the values of type `entity` in `text` with their scores, by place; the best score of each span."""
    best: dict[tuple[int, int], float] = {}
    for result in results(text):
        if result.entity_type == entity:
            span = (result.start, result.end)
            best[span] = max(result.score, best.get(span, 0.0))
    return [(text[start:end], score) for (start, end), score in sorted(best.items())]


def find_types(text: str) -> set[str]:
    """Return the types of all that is found in `text` with a score that a scan would report."""
    return {result.entity_type for result in results(text) if result.score >= 0.4}
