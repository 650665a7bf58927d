"""The options of detection: through a message, on the command line, into the report."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from guardrails_cli.cli import app
from guardrails_cli.cluster.messages import decode_options, encode_options
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.json import dumps
from guardrails_cli.core.text import Chunk
from guardrails_cli.document.scan_chunk import scan_chunk
from guardrails_cli.options.model import PROFILES, DetectOptions, EngineOptions

CODES = st.lists(st.sampled_from(["de", "uk", "us"]), unique=True).map(lambda codes: tuple(sorted(codes)))
NAMES = st.lists(st.sampled_from(["CREDIT_CARD", "PERSON", "URL"]), unique=True).map(lambda names: tuple(sorted(names)))
OPTIONS = st.builds(
    DetectOptions,
    engine=st.builds(
        EngineOptions,
        profile=st.sampled_from(PROFILES),
        model=st.none() | st.just("x"),
        countries=st.none() | CODES,
    ),
    entities=NAMES,
    excluded=NAMES,
)
FAST = EngineOptions(model=None, profile="fast")
TEXT = "jane.doe@example.com, 10.0.0.1, 4111 1111 1111 1111, https://www.example.org/a"


@given(OPTIONS)
def test_options_arrive_as_they_were_sent(options: DetectOptions) -> None:
    assert decode_options(json.loads(dumps(encode_options(options)))) == options


def types(**options: Any) -> set[str]:
    found = scan_chunk(Chunk(TEXT), DetectOptions(FAST, key=b"k", **options)).findings
    return {finding.entity_type for finding in found}


def test_types_are_left_out() -> None:
    assert types() == {"CREDIT_CARD", "EMAIL_ADDRESS", "IP_ADDRESS", "URL"}
    assert types(excluded=("URL", "IP_ADDRESS")) == {"CREDIT_CARD", "EMAIL_ADDRESS"}
    assert types(entities=("CREDIT_CARD", "URL"), excluded=("URL",)) == {"CREDIT_CARD"}
    assert types(entities=("URL",), excluded=("URL",)) == set()


def scan(folder: Path, *arguments: str) -> Any:
    (folder / "a.txt").write_text(TEXT)
    command = ["scan", str(folder / "a.txt"), "--inline", "-q", "-o", str(folder / "r.json"), *arguments]
    result = CliRunner().invoke(app, command)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads((folder / "r.json").read_text())["run"]["options"]


def test_the_report_says_how_it_was_made(tmp_path: Path) -> None:
    options = scan(tmp_path, "--profile", "fast", "--country", "US,uk", "--exclude-entities", "URL,PERSON")
    expected = {"profile": "fast", "countries": ["uk", "us"], "excluded_entities": ["PERSON", "URL"], "min_score": 0.4}
    assert expected.items() <= options.items()


def test_no_ner_is_the_fast_profile(tmp_path: Path) -> None:
    assert scan(tmp_path, "--no-ner")["profile"] == "fast"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--country", "us,ukk"), "no recognizers for country 'ukk'; did you mean 'uk'"),
        (("--exclude-entities", "CREDITCARD"), "unknown entity type 'CREDITCARD'; did you mean 'CREDIT_CARD'"),
        (("--entities", "NRP"), "NRP cannot be found with --profile fast"),
        (("--language", "english"), "not a language: 'english'"),
        (("--no-ner", "--profile", "thorough"), "exclude each other"),
    ],
)
def test_a_wrong_option_is_named_with_what_was_meant(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    profile = () if "--profile" in arguments else ("--profile", "fast")
    with pytest.raises(ConfigError, match=message):
        scan(tmp_path, *profile, *arguments)
