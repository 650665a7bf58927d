"""The measure of secrets: its lines are the same every time, and the fast profile is as good on them as promised."""

from benchmarks.secret_shapes import HARMLESS, SECRETS
from benchmarks.secrets import examples, judge


def test_lines_are_made_again_alike_and_half_of_the_shapes_are_harmless() -> None:
    assert examples(per_shape=2) == examples(per_shape=2)
    assert len(examples()) >= 1500
    assert len(SECRETS) == len(HARMLESS) >= 40
    assert all(each.value in each.text for each in examples(per_shape=3))


def test_the_fast_profile_finds_them_and_little_else() -> None:
    total, _ = judge(examples(seed=14, per_shape=3))
    assert total.precision >= 0.95
    assert total.f1 >= 0.95
