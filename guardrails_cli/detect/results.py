"""Raw results and Presidio's rule for duplicates among them."""

from collections.abc import Iterable
from typing import NamedTuple


class Raw(NamedTuple):
    """A result on its way: what Presidio's RecognizerResult holds, without its cost."""

    entity_type: str
    start: int
    end: int
    score: float
    recognizer: str


def remove_duplicates(results: Iterable[Raw]) -> list[Raw]:
    """Do what `EntityRecognizer.remove_duplicates` does: drop score 0, equals, and what a better result contains.

    Of equal results the first stays. A result goes if one of the same type contains it with an equal or higher score.
    """
    unique: dict[tuple[str, int, int, float], Raw] = {}
    for result in results:
        unique.setdefault(result[:4], result)
    kept: list[Raw] = []
    active: list[Raw] = []
    kind = None
    for result in sorted(unique.values(), key=lambda one: (one[0], one[1], one[1] - one[2], -one[3])):
        if result.score == 0:
            continue
        if result.entity_type != kind:
            kind = result.entity_type
            active = []
        active = [other for other in active if other.end >= result.start]
        if any(result.end <= other.end and result.score <= other.score for other in active):
            continue
        kept.append(result)
        active.append(result)
    return sorted(kept, key=lambda one: (-one.score, one.start, one.start - one.end))
