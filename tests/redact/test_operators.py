import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.core.errors import InputError
from guardrails_cli.redact.operators import SPECIFIED, redact

KEY = b"a key for tests"
TEXT = "SSN 219-09-9999, card 4111 1111 1111 1111."
SSN = (4, 15, "US_SSN")
CARD = (22, 41, "CREDIT_CARD")

Span = tuple[int, int, str]


@st.composite
def spans_in_text(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """Return a text of Cyrillic letters, which no operator writes, and spans of any kind in it."""
    text = draw(st.text(alphabet="абвгдежзийклмн", max_size=40))
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    found = draw(st.lists(st.tuples(places, st.sampled_from(["PERSON", "LOCATION"])), max_size=8))
    return text, [(min(place), max(place), name) for place, name in found]


def outside(text: str, spans: Sequence[Span]) -> str:
    """Return the characters that no span holds, found one by one."""
    return "".join(char for at, char in enumerate(text) if not any(start <= at < end for start, end, _ in spans))


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("mask", "SSN ***********, card *******************."),
        ("token", "SSN [US_SSN], card [CREDIT_CARD]."),
        ("partial", "SSN *******9999, card ***************1111."),
    ],
)
def test_a_strategy_replaces_each_span(strategy: str, expected: str) -> None:
    assert redact(TEXT, [SSN, CARD], strategy, KEY) == (expected, 2)


def test_a_hash_is_a_token_with_a_keyed_digest() -> None:
    redacted, _ = redact(TEXT, [SSN], "hash", KEY)
    assert re.fullmatch(r"SSN \[US_SSN:[0-9a-f]{16}\], card 4111 1111 1111 1111\.", redacted)


def test_equal_values_have_equal_hashes_and_others_have_not() -> None:
    redacted, _ = redact("ann bob ann", [(0, 3, "PERSON"), (4, 7, "PERSON"), (8, 11, "PERSON")], "hash", KEY)
    first, second, third = redacted.split()
    assert first == third != second


@pytest.mark.parametrize(("entity_type", "key"), [("LOCATION", KEY), ("PERSON", b"other")])
def test_a_hash_depends_on_type_and_key(entity_type: str, key: bytes) -> None:
    digest = re.compile(r"[0-9a-f]{16}")
    one, other = (
        redact("ann", [(0, 3, "PERSON")], "hash", KEY)[0],
        redact("ann", [(0, 3, entity_type)], "hash", key)[0],
    )
    assert digest.findall(one) != digest.findall(other)


@pytest.mark.parametrize(("value", "expected"), [("1234567", "*******"), ("12345678", "****5678"), ("1", "*")])
def test_partial_keeps_nothing_of_a_short_value(value: str, expected: str) -> None:
    assert redact(value, [(0, len(value), "ID")], "partial", KEY)[0] == expected


@pytest.mark.parametrize("strategy", sorted(SPECIFIED))
def test_nothing_to_redact_leaves_the_text_as_it_is(strategy: str) -> None:
    assert redact(TEXT, [], strategy, KEY) == (TEXT, 0)
    assert redact("", [], strategy, KEY) == ("", 0)


@pytest.mark.parametrize("strategy", sorted(SPECIFIED))
def test_an_empty_span_replaces_nothing(strategy: str) -> None:
    assert redact(TEXT, [(4, 4, "US_SSN"), (0, 0, "ID"), (len(TEXT), len(TEXT), "ID")], strategy, KEY) == (
        TEXT,
        0,
    )


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 4, "A"), (2, 6, "B")], ("[A]ghij", 1)),
        ([(0, 3, "A"), (2, 6, "B")], ("[B]ghij", 1)),
        ([(0, 10, "A"), (2, 4, "B"), (6, 8, "C")], ("[A]", 1)),
        ([(2, 4, "B"), (0, 10, "A")], ("[A]", 1)),
        ([(0, 3, "A"), (2, 5, "B"), (4, 10, "C")], ("[C]", 1)),
        ([(0, 2, "A"), (2, 4, "B")], ("[A][B]efghij", 2)),
        ([(0, 2, "A"), (0, 2, "A")], ("[A]cdefghij", 1)),
        ([(4, 6, "B"), (0, 2, "A")], ("[A]cd[B]ghij", 2)),
        ([(2, 6, "A"), (4, 4, "B")], ("ab[A]ghij", 1)),
    ],
)
def test_spans_that_overlap_are_replaced_as_one_of_the_longest_ones_type(
    spans: list[Span], expected: tuple[str, int]
) -> None:
    assert redact("abcdefghij", spans, "token", KEY) == expected


@pytest.mark.parametrize("strategy", ["mask", "token", "hash"])
@given(spans_in_text())
def test_nothing_inside_a_span_survives_and_nothing_outside_is_lost(
    strategy: str, example: tuple[str, list[Span]]
) -> None:
    text, spans = example
    redacted, _ = redact(text, spans, strategy, KEY)
    assert "".join(char for char in redacted if "а" <= char <= "я") == outside(text, spans)


@given(spans_in_text())
def test_a_mask_leaves_every_character_outside_in_its_place(example: tuple[str, list[Span]]) -> None:
    text, spans = example
    hidden = [any(start <= at < end for start, end, _ in spans) for at in range(len(text))]
    expected = "".join("*" if hide else char for char, hide in zip(text, hidden, strict=True))
    assert redact(text, spans, "mask", KEY)[0] == expected


@given(spans_in_text())
def test_partial_keeps_at_most_four_characters_for_each_replacement(example: tuple[str, list[Span]]) -> None:
    text, spans = example
    redacted, count = redact(text, spans, "partial", KEY)
    assert len(redacted) == len(text)
    assert len(redacted.replace("*", "")) <= len(outside(text, spans)) + 4 * count


@given(spans_in_text().flatmap(lambda example: st.tuples(st.just(example), st.permutations(example[1]))))
def test_the_order_of_spans_does_not_matter(example: tuple[tuple[str, list[Span]], list[Span]]) -> None:
    (text, spans), shuffled = example
    assert redact(text, shuffled, "hash", KEY) == redact(text, spans, "hash", KEY)


@pytest.mark.parametrize("strategy", ["", "MASK", "encrypt", "tokens"])
def test_an_unknown_strategy_is_refused_with_those_there_are(strategy: str) -> None:
    with pytest.raises(InputError, match=r"unknown redaction strategy .*mask, token, partial, hash"):
        redact(TEXT, [SSN], strategy, KEY)


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 43), (5, 4), (43, 43), (-5, -1)])
def test_a_span_outside_of_the_text_is_refused_without_repeating_the_text(start: int, end: int) -> None:
    with pytest.raises(InputError) as caught:
        redact(TEXT, [(start, end, "US_SSN")], "token", KEY)
    assert str(caught.value) == f"entity position [{start}, {end}] lies outside the text of 42 characters"
