"""The regular expressions that a user may search with."""

import pytest

from guardrails_cli.detect.patterns.regex_safety import danger


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bEMP-\d{6}\b",
        r"[A-Z]{2}\d+",
        r"\w+@\w+\.com",
        r"(?:\.\w+)*\.example",
        r"(?i)badge[ :]{0,3}(?P<value>[a-z0-9]{4,12})",
        r"\p{Lu}\p{L}{2,20}",
        r"(?<=id: )\d{5}",
    ],
)
def test_a_pattern_that_cannot_run_away_may_be_used(pattern: str) -> None:
    assert danger(pattern) is None


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(\w+\s?)*x", r"(?:[a-z]+)*\d", r"((?:\d+,?)+;)*x"])
def test_a_repetition_in_a_repetition_is_refused(pattern: str) -> None:
    assert "repetition inside a repetition" in (danger(pattern) or "")


@pytest.mark.parametrize("pattern", [r"(a|a)*b", r"\d+\d+\d+x", r"(a+a)+b"])
def test_what_is_slow_when_tried_is_refused(pattern: str) -> None:
    assert "takes over" in (danger(pattern) or "")


@pytest.mark.parametrize("pattern", ["a*", "(?:)", "x|", r"\b"])
def test_what_matches_nothing_at_all_is_refused(pattern: str) -> None:
    assert "empty text" in (danger(pattern) or "")


@pytest.mark.parametrize("pattern", ["(x", "[a", "*", "(?P<a>x)(?P=b)"])
def test_what_is_no_regular_expression_is_refused(pattern: str) -> None:
    assert "not a regular expression" in (danger(pattern) or "")
