"""The prefilter of our recognizers loses nothing: with it the answer is the same as without."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails_cli.detect import alphabet, prefilter
from guardrails_cli.detect.finder import Finder
from guardrails_cli.detect.presence import Presence, widen
from guardrails_cli.detect.recognizers import extra_recognizers
from guardrails_cli.detect.recognizers.base import FLAGS
from guardrails_cli.detect.results import Raw

hyperscan = pytest.importorskip("hyperscan", reason="there is no wheel of Hyperscan for this platform")

EXPRESSIONS = [evidence.regex for recognizer in extra_recognizers() for evidence in recognizer.evidence]
COMPILED = [regex.compile(each, FLAGS) for each in EXPRESSIONS]
PRESENCE = Presence(EXPRESSIONS)
WITH, WITHOUT = Finder(), Finder(use_prefilter=False)
PIECES = [
    "14 Crown Street, Springfield", "Via Tasso 129", "Rákóczi út 66.", "P.O. Box 12", "Flat 3", "12345", "Dr. Ødegård",
    "my name is Zoë O’Neill", "ACME GmbH", "works for Müller & Söhne", "NPI: 1234567893", "cvv 123", "MRN: A1234567",
    "diagnosed with asthma", "ICD-10 E11.9", "password = 'Tr0ub4dor&3'", "AKIAABCDEFGHIJKLMNOP", "-----BEGIN RSA",
    "religion: Islam", "a practicing Muslim", "dob 1980-02-03", "VIN 1M8GDM9AXKP042788", "call +49 30 1234567",
    "visa 4111 1111 1111 1111", "IMEI 490154203237518", "postgres://u:s3cret99@db.example.com", "BIC: DEUTDEFF",
    "\n", "\r\n", " ", ", ", "\t", "ſ", "\u212a", "\u2028", "日本", "\ud800", "\x00",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join)


def test_hyperscan_takes_every_expression() -> None:
    refused = [each for each in EXPRESSIONS if not prefilter.accepts(widen(each))]
    assert refused == []


@settings(max_examples=300)
@given(TEXTS)
def test_what_is_found_is_the_same_without_the_prefilter(text: str) -> None:
    def answers(finder: Finder) -> list[Raw]:
        return sorted(result for _, results in finder.find(text, frozenset()) for result in results)

    assert answers(WITH) == answers(WITHOUT)


@settings(max_examples=100)
@given(TEXTS)
def test_every_expression_that_matches_is_a_candidate(text: str) -> None:
    matching = {number for number, each in enumerate(COMPILED) if each.search(text)}
    candidates = PRESENCE.candidates(text)
    assert candidates is None or matching <= set(candidates)


@pytest.mark.parametrize(
    ("expression", "widened"),
    [
        (r"\bkey\b", "key"),
        (r"(?<!\w)a{2,5}?(?=[.)])b", "a{2,}b"),
        (r"[^\d\p{L}]{3}", r"[^0-9A-Za-z]{3}"),
        (r"(?P<value>é|[ü-])x+", r"(?:[\x80-\xff]|[\-\x80-\xff])x+"),
        (r"(?i:\p{Lu}\s*)", r"(?i:[A-Z\x80-\xff][\s\x1c-\x1f\x80-\xff]*)"),
        (r"(?P<q>['\"]).(?P=q)", r"(?:['\"])."),
    ],
)
def test_widening(expression: str, widened: str) -> None:
    assert widen(expression) == widened


def test_text_with_characters_that_fold_to_ascii_is_searched_for_everything() -> None:
    assert any("\u212a" in folding for folding in alphabet.FOLDING)
    assert PRESENCE.candidates("A Key, with the sign of the kelvin: \u212a") is None
