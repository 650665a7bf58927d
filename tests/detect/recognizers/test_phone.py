"""Telephone numbers: the oracle is Presidio's recognizer, and the library's matcher."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import phonenumbermatcher
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from guardrails_cli.detect.patterns import prefilter
from guardrails_cli.detect.recognizers import phone
from guardrails_cli.detect.recognizers.phone_candidates import RUN
from guardrails_cli.detect.recognizers.phone_numbers import _National

REGIONS = PhoneRecognizer.DEFAULT_SUPPORTED_REGIONS
HINTS = prefilter.load([phone.RUN_EXPRESSION, phone.EXTENSION_EXPRESSION])

PIECES = (
    "+1", "+44", "+49", "(212)", "555", "0199", "-", " ", "/", ".", "0800", "1234567", " ext 12", "x99", "\n", "00",
    "20 7946 0958", "[", "(", ")", "~", "030", "12345678901234567890123", "8/", "2012-01-02 08", ":00", "#", "abc", "é",
    "\uff11\uff12", " - ", "650 253 0000", "(650) 253-0000", "1-800-", ";ext=12", ", ext. 5", "anexo 7", "доб. 3",
    "12(3): 211-227 (2003)", "3/10/2011", "€", "%", "\u2013", "\xa0", "0044", "011", "extension 1", "31 6 12345678",
)  # fmt: skip
NUMBERS = st.lists(st.one_of(st.sampled_from(PIECES), st.text("0123456789 -().", max_size=14)), max_size=30)


def found(text: str, regions: tuple[str, ...], leniency: int) -> set[tuple[int, int]]:
    runs, extensions = HINTS.hits(text.encode()) if HINTS and text.isascii() else (None, None)
    assert not phone.may_exhaust_tries(text)
    return set(phone.matches(text, regions, leniency, runs, extensions))


def expected(text: str, regions: tuple[str, ...], leniency: int) -> set[tuple[int, int]]:
    return {
        (match.start, match.end)
        for region in regions
        for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=leniency)
    }


@settings(max_examples=300, deadline=None)
@given(NUMBERS.map("".join))
def test_any_text(text: str) -> None:
    assert found(text, REGIONS, 1) == expected(text, REGIONS, 1)


@settings(max_examples=60, deadline=None)
@given(NUMBERS.map("".join), st.integers(0, 3))
def test_any_leniency_and_other_regions(text: str, leniency: int) -> None:
    regions = ("CH", "AR", "MX", "IT", "US")
    assert found(text, regions, leniency) == expected(text, regions, leniency)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(REGIONS), st.from_regex(r"(?:00|011|0|1|44|49|33)?[0-9]{4,12}", fullmatch=True))
def test_digits_ruled_out_are_no_number(region: str, digits: str) -> None:
    if not _National(region, 1).may_be(digits):
        matcher = phonenumbers.PhoneNumberMatcher("", region, leniency=1)
        matcher.text = digits
        assert matcher._parse_and_verify(digits, 0) is None


@pytest.mark.parametrize("text", ["1.1/1(1 " * 7000, "1" * 70_000, "1 - 1" * 14_000])
def test_the_limit_on_tries_is_seen_coming(text: str) -> None:
    """The oracle's own counter must never reach its limit where the text is said to be harmless."""
    harmless = text[: next(size for size in range(len(text), 0, -500) if not phone.may_exhaust_tries(text[:size]))]
    matcher = phonenumbers.PhoneNumberMatcher(harmless, "DE", leniency=1)
    list(matcher)
    assert matcher._max_tries > 0
    assert phone.may_exhaust_tries("1.1/1(1 " * 9000)


def test_a_candidate_never_contains_a_line_feed() -> None:
    candidate = phonenumbermatcher._PATTERN
    for char in map(chr, range(0x3100)):
        text = f"123 {char} 456 ext. {char}78 x{char}9"
        if any(char in match.group() for match in candidate.finditer(text)):
            assert char != "\n"
            assert not char.isascii() or char in RUN.decode() + "#,;:\t*EeTtNnSsIiOo.", repr(char)
