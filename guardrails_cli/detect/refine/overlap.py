"""Resolve overlaps: which of several detections at one place is reported."""

from bisect import bisect_right, insort
from collections.abc import Iterable

from msgspec.structs import replace

from guardrails_cli.core.entity_types import entity_type
from guardrails_cli.core.finding import Detection

Rank = tuple[bool, float, int, float, int, int, str, str]

SECRETS = frozenset({"ACCESS_TOKEN", "API_KEY", "CRYPTO_PRIVATE_KEY", "PASSWORD", "PRIVATE_KEY"})
SECRET_SCORE = 0.5
"""Minimum score of a secret that beats every other type: `https://user:secret@host` also holds an address of mail."""


def rank(found: Detection) -> Rank:
    """Return the sort key that puts the better of two detections first.

    A likely secret beats other types. The higher score wins, then the longer span, then the more specific, that is the
    more sensitive, type. Place and names only make the order total, so that the result never depends on the order of
    the recognizers.
    """
    length = found.end - found.start
    specific = entity_type(found.entity_type).sensitivity
    secret = found.entity_type in SECRETS and found.score >= SECRET_SCORE
    return not secret, -found.score, -length, -specific, found.start, found.end, found.entity_type, found.recognizer


def resolve(detections: Iterable[Detection]) -> list[Detection]:
    """Return the winning detections, sorted by place, without overlaps.

    Each carries as alternatives the detections of other types that lost to it and to no better one; per type only the
    best.
    """
    found = sorted(detections, key=_start)
    kept: list[Detection] = []
    first = 0
    while first < len(found):
        until = found[first].end
        last = first + 1
        while last < len(found) and found[last].start < until:
            until = max(until, found[last].end)
            last += 1
        kept += _resolved(found[first:last]) if last > first + 1 or found[first].alternatives else [found[first]]
        first = last
    return kept


def _start(found: Detection) -> int:
    return found.start


def _resolved(detections: Iterable[Detection]) -> list[Detection]:
    """Return the winners of a group of detections that overlaps with no other."""
    kept: list[Detection] = []
    lost: dict[Detection, list[Detection]] = {}
    for found in sorted(set(detections), key=rank):
        winner = _overlapping(kept, found)
        if winner is None:
            insort(kept, found, key=_start)
        else:
            lost.setdefault(winner, []).append(found)
    return [_with_alternatives(winner, lost.get(winner, ())) for winner in kept]


def _overlapping(kept: list[Detection], found: Detection) -> Detection | None:
    """Return the best of the disjoint, sorted `kept` that shares a character with `found`."""
    index = max(0, bisect_right(kept, found.start, key=_start) - 1)
    shared = []
    while index < len(kept) and kept[index].start < found.end:
        if kept[index].end > found.start:
            shared.append(kept[index])
        index += 1
    return min(shared, key=rank, default=None)


def _with_alternatives(winner: Detection, losers: Iterable[Detection]) -> Detection:
    best: dict[str, Detection] = {}
    for loser in sorted((*winner.alternatives, *losers), key=rank):
        if loser.entity_type != winner.entity_type and loser.entity_type not in best:
            best[loser.entity_type] = replace(loser, alternatives=()) if loser.alternatives else loser
    alternatives = tuple(best.values())
    return winner if alternatives == winner.alternatives else replace(winner, alternatives=alternatives)
