"""Which of several detections at one place is the answer."""

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import replace

from guardrails_cli.entities import entity_type
from guardrails_cli.model import Detection

Rank = tuple[float, int, float, int, int, str, str]


def rank(found: Detection) -> Rank:
    """Return the key that puts the better of two detections first.

    The higher score wins, then the longer span, then the more specific type: the one that tells more, which is the
    more sensitive one. Place and names only make the order total, so that the answer never depends on the order of
    the recognizers.
    """
    length = found.end - found.start
    specific = entity_type(found.entity_type).sensitivity
    return -found.score, -length, -specific, found.start, found.end, found.entity_type, found.recognizer


def resolve(detections: Iterable[Detection]) -> list[Detection]:
    """Return the detections that win, sorted by place, none overlapping with another.

    Each carries as alternatives those of other types that lost to it and to no better one; of one type only the best.
    """
    kept: list[Detection] = []
    lost: dict[Detection, list[Detection]] = {}
    for found in sorted(set(detections), key=rank):
        winner = _overlapping(kept, found)
        if winner is None:
            insort(kept, found, key=lambda each: each.start)
        else:
            lost.setdefault(winner, []).append(found)
    return [replace(winner, alternatives=_alternatives(winner, lost.get(winner, []))) for winner in kept]


def _overlapping(kept: list[Detection], found: Detection) -> Detection | None:
    """Return the best of the disjoint, sorted `kept` that shares a character with `found`."""
    index = max(0, bisect_right(kept, found.start, key=lambda each: each.start) - 1)
    shared = []
    while index < len(kept) and kept[index].start < found.end:
        if kept[index].end > found.start:
            shared.append(kept[index])
        index += 1
    return min(shared, key=rank, default=None)


def _alternatives(winner: Detection, losers: list[Detection]) -> tuple[Detection, ...]:
    best: dict[str, Detection] = {}
    for loser in sorted((*winner.alternatives, *losers), key=rank):
        if loser.entity_type != winner.entity_type:
            best.setdefault(loser.entity_type, replace(loser, alternatives=()))
    return tuple(best.values())
