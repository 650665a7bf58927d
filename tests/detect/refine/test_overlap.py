"""Overlaps: one answer at each place, whatever the order, with what lost beside it."""

from itertools import combinations, permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.core.finding import Detection
from guardrails_cli.detect.refine.overlap import rank, resolve


def detection(name: str, start: int, end: int, score: float, recognizer: str = "r") -> Detection:
    return Detection(name, start, end, score, recognizer)


detections = st.builds(
    lambda name, start, length, score, recognizer: Detection(name, start, start + length, score, recognizer),
    st.sampled_from(["PERSON", "URL", "EMAIL_ADDRESS", "US_SSN", "BADGE"]),
    st.integers(0, 30),
    st.integers(1, 12),
    st.sampled_from([0.4, 0.5, 0.85, 1.0]),
    st.sampled_from(["a", "b"]),
)


@pytest.mark.parametrize(
    ("winner", "loser"),
    [
        (detection("URL", 5, 8, 0.9), detection("US_SSN", 0, 9, 0.5)),  # score first
        (detection("URL", 0, 9, 0.5), detection("US_SSN", 5, 8, 0.5)),  # then length
        (detection("US_SSN", 0, 9, 0.5), detection("URL", 0, 9, 0.5)),  # then what tells more
    ],
)
def test_the_rule_is_score_then_length_then_specificity(winner: Detection, loser: Detection) -> None:
    for order in permutations([winner, loser]):
        (answer,) = resolve(order)
        assert rank(answer) == rank(winner)
        assert answer.alternatives == (loser,)


def test_detections_that_only_touch_both_stay() -> None:
    both = [detection("PERSON", 0, 4, 0.5), detection("URL", 4, 8, 0.5)]
    assert resolve(both) == both


def test_what_is_found_twice_of_one_type_is_no_alternative() -> None:
    (answer,) = resolve([detection("URL", 0, 9, 0.9), detection("URL", 0, 4, 0.5)])
    assert answer.alternatives == ()


def test_of_each_other_type_the_best_is_kept() -> None:
    (answer,) = resolve([detection("URL", 0, 9, 0.9), detection("PERSON", 0, 4, 0.4), detection("PERSON", 0, 4, 0.5)])
    assert [(other.entity_type, other.score) for other in answer.alternatives] == [("PERSON", 0.5)]


@given(st.lists(detections, max_size=25))
def test_no_overlap_remains(found: list[Detection]) -> None:
    answer = resolve(found)
    assert all(one.end <= other.start or other.end <= one.start for one, other in combinations(answer, 2))
    assert [each.start for each in answer] == sorted(each.start for each in answer)


@given(st.lists(detections, max_size=25))
def test_everything_given_is_in_the_answer_or_overlaps_with_a_better_one(found: list[Detection]) -> None:
    answer = resolve(found)
    for each in found:
        assert any(
            rank(each) == rank(kept) or (kept.start < each.end and each.start < kept.end and rank(kept) <= rank(each))
            for kept in answer
        )


@given(st.lists(detections, max_size=25))
def test_resolving_twice_changes_nothing(found: list[Detection]) -> None:
    assert resolve(resolve(found)) == resolve(found)


@given(st.lists(detections, max_size=12), st.randoms())
def test_the_order_does_not_matter(found: list[Detection], random: Random) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert resolve(shuffled) == resolve(found)
