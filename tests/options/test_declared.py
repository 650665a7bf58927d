"""The one declaration of options, and what is derived from it."""

from pathlib import Path

import pytest

from guardrails_cli import scan
from guardrails_cli.api import keywords as written
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.options import keywords
from guardrails_cli.options.choices import Profile
from guardrails_cli.options.groups import all_declared


def test_the_static_types_of_keywords_are_those_of_the_declaration() -> None:
    own = Path(written.__file__).read_text(encoding="utf-8")
    assert own == keywords.source(), "run `python -m guardrails_cli.options.keywords`"


def test_no_two_options_have_the_same_name() -> None:
    names = [each.long for each in all_declared()]
    assert len(set(names)) == len(names)


def test_keywords_become_what_the_command_line_would_have() -> None:
    given = {
        "profile": "fast",
        "entities": ["US_SSN", "IBAN_CODE"],
        "policy": "own.yaml",
        "max_size": 500,
        "include": "*.txt",
    }
    chosen = keywords.choices(given, keywords.for_programs())
    assert chosen.detection.profile is Profile.fast
    assert chosen.detection.entities == "US_SSN,IBAN_CODE"
    assert chosen.policies.policy == [Path("own.yaml")]
    assert chosen.limits.max_size == "500"
    assert chosen.files.include == ["*.txt"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"profile": "quick"}, "not a profile: 'quick'; there are fast, balanced, thorough, presidio"),
        ({"jobs": 0}, "jobs is 0; it must be 1 or more"),
        ({"min_score": 2.0}, "min_score is 2.0; it must be 0 to 1"),
    ],
)
def test_a_value_out_of_range_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("'", ".")):
        keywords.choices(given, keywords.for_programs())


def test_an_unknown_keyword_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'quiet'"):
        scan(".", quiet=True)  # type: ignore[call-arg]


def test_help_lists_the_options() -> None:
    assert scan.__doc__ is not None
    assert "min_score: Leave out findings" in scan.__doc__
