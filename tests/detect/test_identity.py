"""The engine's answer is that of Presidio's AnalyzerEngine with the same recognizers: the oracle is Presidio itself."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails_cli.detect import registry
from guardrails_cli.detect.engine import Engine
from guardrails_cli.options.model import EngineOptions
from tests.detect.reference import LightNlpEngine, actual, analyzer, expected
from tests.detect.texts import ASCII_TEXT, ENTITIES, TEXT

FAST = EngineOptions(model=None, profile="presidio")
RECOGNIZERS = registry.recognizers("en", None, "fast")
PRESIDIO = analyzer(RECOGNIZERS)
ENGINE = Engine(FAST)
WITHOUT_HYPERSCAN = Engine(FAST, use_prefilter=False)


@settings(max_examples=300, deadline=None)
@given(TEXT)
def test_any_text(text: str) -> None:
    if text.strip():
        assert actual(ENGINE, text) == expected(PRESIDIO, text)


@settings(max_examples=200, deadline=None)
@given(ASCII_TEXT)
def test_ascii_text(text: str) -> None:
    if text.strip():
        assert actual(ENGINE, text) == expected(PRESIDIO, text)


@settings(max_examples=100, deadline=None)
@given(TEXT)
def test_without_hyperscan(text: str) -> None:
    if text.strip():
        assert actual(WITHOUT_HYPERSCAN, text) == expected(PRESIDIO, text)


@settings(max_examples=60, deadline=None)
@given(TEXT, st.sampled_from([0.1, 0.4, 0.5, 0.85, 1.0]), st.sets(st.sampled_from(ENGINE.entity_types()), min_size=1))
def test_with_a_threshold_and_chosen_types(text: str, min_score: float, types: set[str]) -> None:
    if text.strip():
        wanted = sorted(types)
        assert actual(ENGINE, text, min_score, tuple(wanted)) == expected(PRESIDIO, text, min_score, wanted)


@pytest.mark.parametrize("value", ENTITIES)
@pytest.mark.parametrize("distance", [0, 1, 255, 256, 257, 1023])
def test_an_entity_at_any_distance_from_the_next(value: str, distance: int) -> None:
    text = value + "x" * (distance % 2) + " " * (distance // 2) + "\n" * (distance // 2) + value
    assert actual(ENGINE, text) == expected(PRESIDIO, text)


def test_a_long_line_without_any_space() -> None:
    text = ",".join(f"{value.replace(' ', '')},{'abc.' * 7}{number}" for number, value in enumerate(ENTITIES * 8))
    assert " " not in text
    assert actual(ENGINE, text) == expected(PRESIDIO, text)


def test_a_text_of_which_every_character_could_belong_to_a_number() -> None:
    text = "12 3.4-5/6(7) " * 400
    assert actual(ENGINE, text) == expected(PRESIDIO, text)


@pytest.fixture(scope="module")
def million() -> Iterator[str]:
    filler = "lorem ipsum dolor sit amet, "
    parts = [filler * 900 + value + " " for value in ENTITIES]
    text = "".join(parts)[: 10**6].ljust(10**6, "z")
    assert len(text) == 10**6
    assert "\n" not in text
    yield text


def test_a_line_of_a_million_characters(million: str) -> None:
    """Presidio's own context search takes minutes here; its recognizers decide, context is compared elsewhere."""
    wanted = {
        (one.start, one.end, one.entity_type)
        for recognizer in RECOGNIZERS
        for one in recognizer.analyze(million, recognizer.supported_entities, None)  # type: ignore[arg-type]
    }
    found = {(start, end, kind) for start, end, kind, _, _ in actual(ENGINE, million)}
    assert found <= wanted
    assert {span for span in wanted if not _covered(span, wanted)} <= found


def _covered(span: tuple[int, int, str], others: set[tuple[int, int, str]]) -> bool:
    return any(
        other != span and other[2] == span[2] and other[0] <= span[0] and span[1] <= other[1] for other in others
    )


@pytest.mark.slow
@settings(max_examples=100_000, deadline=None, database=None)
@given(TEXT)
def test_a_hundred_thousand_texts(text: str) -> None:
    if text.strip():
        assert actual(ENGINE, text) == expected(PRESIDIO, text)


def test_the_oracle_raises_a_score_by_the_same_words() -> None:
    """The test above could pass if neither ever found context."""
    text = "my credit card: 123456789012345, passport"
    scores = {kind: score for _, _, kind, score, _ in expected(PRESIDIO, text)}
    assert LightNlpEngine().process_text(text, "en").keywords == ["credit", "card", "passport"]
    assert scores
    assert actual(ENGINE, text) == expected(PRESIDIO, text)
