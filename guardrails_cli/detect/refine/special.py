"""Special categories (GDPR Art. 9) take precedence over the language model's groups.

`NRP` says nation, faith or party, but not which.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from guardrails_cli.core.finding import Detection

_GROUP = "NRP"
_SPECIAL = frozenset({"ETHNICITY", "POLITICAL_OPINION", "RELIGION"})


def with_special_categories(detections: Iterable[Detection]) -> list[Detection]:
    """Return the detections without the groups that a special category covers, whatever their scores.

    Each such group becomes an alternative of the category.
    """
    found = list(detections)
    groups = [each for each in found if each.entity_type == _GROUP]
    special = [each for each in found if each.entity_type in _SPECIAL] if groups else []
    if not special:
        return found
    beaten = {group for group in groups if any(_overlap(group, each) for each in special)}
    return [_named(each, beaten) for each in found if each not in beaten]


def _named(found: Detection, groups: Iterable[Detection]) -> Detection:
    if found.entity_type not in _SPECIAL:
        return found
    own: Sequence[Detection] = sorted((each for each in groups if _overlap(each, found)), key=_start)
    return replace(found, alternatives=(*found.alternatives, *own)) if own else found


def _overlap(one: Detection, other: Detection) -> bool:
    return one.start < other.end and other.start < one.end


def _start(found: Detection) -> int:
    return found.start
