import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.core.display import MAX_PREVIEW, display_path, mask, printable


@pytest.mark.parametrize(
    ("value", "entity_type", "preview"),
    [
        ("Jane Doe", "PERSON", "J*** D**"),
        ("Al", "PERSON", "**"),
        ("jane.doe@example.com", "EMAIL_ADDRESS", "j***.d**@e******.c**"),
        ("219-09-9999", "US_SSN", "***-**-****"),
        ("A1234567", "US_PASSPORT", "********"),
        ("Zoë Müller", "PERSON", "Z** M*****"),
        ("under_score", "PERSON", "***********"),
        ("", "PERSON", ""),
    ],
)
def test_preview_shows_the_shape_and_not_the_content(value: str, entity_type: str, preview: str) -> None:
    assert mask(value, entity_type) == preview


@pytest.mark.parametrize(
    ("value", "preview"),
    [
        ("4111111111111111", "************1111"),
        ("4111 1111 1111 1111", "**** **** **** 1111"),
        ("4111-1111-1111-1111", "****-****-****-1111"),
    ],
)
def test_card_number_keeps_its_last_four_digits(value: str, preview: str) -> None:
    assert mask(value, "CREDIT_CARD") == preview


def test_last_four_digits_of_another_type_are_hidden() -> None:
    assert mask("4111111111111111", "US_BANK_NUMBER") == "*" * 16


@pytest.mark.parametrize("value", ["1", "41", "411", "4111"])
def test_card_number_that_is_nothing_but_its_last_four_digits_is_hidden(value: str) -> None:
    assert mask(value, "CREDIT_CARD") == "*" * len(value)


def test_preview_of_a_card_number_cannot_act_on_a_terminal() -> None:
    assert printable(preview := mask("4111 1111 1111 1\x1b[1", "CREDIT_CARD")) == preview


def test_no_escape_in_a_preview_is_cut_in_two() -> None:
    assert mask("\u200b" * 20, "URL") == "\\u200b" * 7 + "…"


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=120), st.sampled_from(["URL", "CREDIT_CARD"]))
def test_any_preview_is_printable_and_within_its_limit(value: str, entity_type: str) -> None:
    preview = mask(value, entity_type)
    assert len(preview) <= MAX_PREVIEW
    assert printable(preview) == preview


def test_preview_of_several_lines_is_one_line() -> None:
    assert mask("Jane\nDoe", "PERSON") == "J***\\nD**"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("x" * (MAX_PREVIEW + 1), id="one too many"),
        pytest.param("word " * 100, id="many words"),
        pytest.param("1" * 10_000, id="long number"),
        pytest.param("\u200b" * MAX_PREVIEW, id="escapes that are longer than what they stand for"),
    ],
)
def test_preview_is_never_longer_than_its_limit(value: str) -> None:
    assert len(mask(value, "URL")) <= MAX_PREVIEW


def test_preview_tells_that_it_was_cut() -> None:
    assert mask("x" * 500, "URL").endswith("…")


@given(st.text(alphabet="abcXYZ019éßЖ山_ -.@/+", max_size=80))
def test_no_two_neighbouring_word_characters_survive_in_a_preview(value: str) -> None:
    assert all(len(word) == 1 for word in re.findall(r"\w+", mask(value, "PERSON")))


@given(st.text(alphabet="0123456789 -", min_size=1, max_size=80))
def test_at_most_four_digits_of_a_card_number_survive(value: str) -> None:
    assert sum(char.isdigit() for char in mask(value, "CREDIT_CARD")) <= 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.txt", "plain name.txt"),
        ("Zoë 山田 😀", "Zoë 山田 😀"),
        ("two\nlines", "two\\nlines"),
        ("tab\tstop", "tab\\tstop"),
        ("red \x1b[31m", "red \\x1b[31m"),
        ("c1 \x9b31m", "c1 \\x9b31m"),
        ("nul \0", "nul \\x00"),
        ("right-to-left \u202egpj.exe", "right-to-left \\u202egpj.exe"),
        ("zero width \u200b", "zero width \\u200b"),
        ("separators \u2028\u2029", "separators \\u2028\\u2029"),
        ("lone surrogate \udcff", "lone surrogate \\udcff"),
        ("private use \ue000", "private use \\ue000"),
    ],
)
def test_printable_escapes_what_acts_on_a_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_printable_text_is_one_line_and_valid_unicode(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    shown.encode()


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_what_was_made_printable_is_printable(text: str) -> None:
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.txt", "a.txt"),
        (b"a.txt", "a.txt"),
        ("Zoë.txt", "Zoë.txt"),
        (b"bad\xff.txt", "bad\\xff.txt"),
        (os.fsdecode(b"bad\xff.txt"), "bad\\xff.txt"),
        ("new\nline", "new\nline"),
        ("", ""),
    ],
)
def test_displayed_path_is_valid_unicode(name: bytes | str, shown: str) -> None:
    assert display_path(name) == shown


@given(st.binary())
def test_any_file_name_can_be_displayed(name: bytes) -> None:
    assert display_path(name) == display_path(os.fsdecode(name))
    display_path(name).encode()
