"""Raw results and Presidio's rule for duplicates among them."""

from collections.abc import Iterable
from typing import NamedTuple


class Raw(NamedTuple):
    """A result before refinement: the content of Presidio's RecognizerResult, without its cost."""

    entity_type: str
    start: int
    end: int
    score: float
    recognizer: str
    evidence: tuple[str, ...] = ()
    """Why it is one, in words without the value."""


def remove_duplicates(results: Iterable[Raw]) -> list[Raw]:
    """Remove duplicates as `EntityRecognizer.remove_duplicates` does: score 0, equals, and results inside a better one.

    The first of equal results stays. A result is removed if one of the same type contains it with an equal or higher
    score. The order of the remaining results is undefined.
    """
    by_type: dict[str, list[Raw]] = {}
    for result in results:
        if result.score != 0:
            by_type.setdefault(result.entity_type, []).append(result)
    kept: list[Raw] = []
    for group in by_type.values():
        kept += group if _is_row(group) else _best(group)
    return kept


def _is_row(group: list[Raw]) -> bool:
    """Return whether each result begins after the end of the previous one."""
    end = -1
    for result in group:
        if result.start <= end:
            return False
        end = result.end
    return True


def _best(group: list[Raw]) -> list[Raw]:
    """Return the results of one type that no other contains with an equal or higher score."""
    unique: dict[tuple[int, int, float], Raw] = {}
    for result in group:
        unique.setdefault((result.start, result.end, result.score), result)
    kept: list[Raw] = []
    active: list[Raw] = []
    for result in sorted(unique.values(), key=lambda one: (one.start, -one.end, -one.score)):
        active = [other for other in active if other.end >= result.start]
        if not any(result.end <= other.end and result.score <= other.score for other in active):
            kept.append(result)
            active.append(result)
    return kept
