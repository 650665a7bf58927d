"""Our recognizers find the same by windows around the prefilter's hits as by a search of the whole text."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails_cli.detect.patterns import byte_alphabet, prefilter
from guardrails_cli.detect.patterns.ascii_twin import twin
from guardrails_cli.detect.patterns.byte_sets import UnknownSyntaxError
from guardrails_cli.detect.patterns.regex_shape import analyse
from guardrails_cli.detect.patterns.unicode_properties import UnknownPropertyError, spelled_out
from guardrails_cli.detect.recognizers.finder import Finder
from guardrails_cli.detect.recognizers.own import extra_recognizers
from guardrails_cli.detect.recognizers.recognizer import FLAGS
from guardrails_cli.detect.results import Raw

hyperscan = pytest.importorskip("hyperscan", reason="there is no wheel of Hyperscan for this platform")

EXPRESSIONS = [evidence.regex for recognizer in extra_recognizers() for evidence in recognizer.evidence]
TWINS = [(regex.compile(each, FLAGS), found) for each in EXPRESSIONS if (found := twin(each, FLAGS))]
WITH, WITHOUT = Finder(), Finder(use_prefilter=False)
PIECES = [
    "14 Crown Street, Springfield", "Via Tasso 129", "Rákóczi út 66.", "P.O. Box 12", "Flat 3", "12345", "Dr. Ødegård",
    "my name is Zoë O’Neill", "ACME GmbH", "works for Müller & Söhne", "NPI: 1234567893", "cvv 123", "MRN: A1234567",
    "diagnosed with asthma", "ICD-10 E11.9", "password = 'Tr0ub4dor&3'", "AKIAABCDEFGHIJKLMNOP", "-----BEGIN RSA",
    "religion: Islam", "a practicing Muslim", "dob 1980-02-03", "VIN 1M8GDM9AXKP042788", "call +49 30 1234567",
    "visa 4111 1111 1111 1111", "IMEI 490154203237518", "postgres://u:s3cret99@db.example.com", "BIC: DEUTDEFF",
    "Acme Widgets was acquired by Foo Bar", "The Red Cross website", "is a start-up", "invested", "2223 0000 4841 0010",
    "<1M8GDM9AXKP042788>", "-1M8GDM9AXKP042788", "1M8GDM9AXKP042788A", "Straße 5", "Hauptstraße 12a", "in Köln 50667",
    "\n", "\r\n", " ", ", ", "\t", "ſ", "\u212a", "\u2028", "日本", "\ud800", "\x00",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join)
ASCII_TEXTS = TEXTS.map(lambda text: text.encode("ascii", "ignore").decode())


def answers(finder: Finder, text: str) -> list[Raw]:
    return sorted(result for _, results in finder.find(text, frozenset()) for result in results)


def everywhere(text: str) -> list[Raw]:
    return sorted(result for recognizer in extra_recognizers() for result in recognizer.find(text))


@pytest.mark.parametrize("universe", [byte_alphabet.ASCII, byte_alphabet.ALL], ids=["ascii", "all"])
def test_nearly_all_expressions_are_understood_and_taken_by_hyperscan(universe: frozenset[int]) -> None:
    left = []
    for each in EXPRESSIONS:
        try:
            head = analyse(each, FLAGS, universe).head
        except UnknownSyntaxError:
            left.append(each)
        else:
            # no head: nothing in ASCII matches an expression with a label in another script
            assert prefilter.accepts(head) if head is not None else not each.isascii()
    assert len(left) <= 3


@settings(max_examples=400, deadline=None)
@given(st.one_of(TEXTS, ASCII_TEXTS))
def test_what_is_found_is_what_a_search_of_the_whole_text_finds(text: str) -> None:
    assert answers(WITH, text) == everywhere(text)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_without_hyperscan_the_same_is_found(text: str) -> None:
    assert answers(WITHOUT, text) == everywhere(text)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None, database=None)
@given(st.one_of(TEXTS, ASCII_TEXTS))
def test_many_texts(text: str) -> None:
    assert answers(WITH, text) == everywhere(text)


def test_nearly_all_expressions_have_a_twin() -> None:
    assert len(TWINS) > 0.9 * len(EXPRESSIONS)


@settings(max_examples=100, deadline=None)
@given(ASCII_TEXTS)
def test_a_twin_finds_what_its_original_finds(text: str) -> None:
    for original, found in TWINS:
        assert [match.span() for match in found.finditer(text)] == [match.span() for match in original.finditer(text)]


def test_the_pieces_are_found() -> None:
    """Else the tests above would compare nothing with nothing."""
    found = {one.entity_type for piece in PIECES for one in answers(WITH, piece)}
    assert {"LOCATION", "PERSON", "ORGANIZATION", "VIN", "CREDIT_CARD", "PASSWORD", "US_NPI", "HEALTH_DATA"} <= found


def test_what_looks_at_the_edges_of_a_value_is_kept() -> None:
    def vins(text: str) -> int:
        return sum(one.entity_type == "VIN" for one in answers(WITH, text))

    vin = "1M8GDM9AXKP042788"
    assert [vins(text) for text in (vin, f"<{vin}>", f"-{vin}", f"{vin}-", f"{vin}A", f"é{vin}")] == [1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("expression", "in_ascii", "elsewhere"),
    [
        (r"\bkey\b[^x]", r"\bkey\b[^x]", r"\bkey\b[^x]"),
        (r"\p{Lu}x", "[A-Z]x", "[A-Z\x80-\U0010ffff]x"),
        (r"[\p{L}\p{M}'’.-]{0,3}", r"[A-Za-z'’.-]{0,3}", "[A-Za-z\x80-\U0010ffff\x80-\U0010ffff'’.-]{0,3}"),
        (r"[\]\p{Ll}]\[", r"[\]a-z]\[", "[\\]a-z\x80-\U0010ffff]\\["),
    ],
)
def test_properties_are_spelled_out(expression: str, in_ascii: str, elsewhere: str) -> None:
    assert spelled_out(expression, ascii_only=True) == in_ascii
    assert spelled_out(expression, ascii_only=False) == elsewhere


@pytest.mark.parametrize("expression", [r"[^\p{L}]", r"\p{Greek}", r"[[a]\p{L}]"])
def test_properties_that_would_lose_a_match_are_refused(expression: str) -> None:
    with pytest.raises(UnknownPropertyError):
        spelled_out(expression, ascii_only=False)


@pytest.mark.parametrize("flags", [0, int(regex.IGNORECASE)])
@pytest.mark.parametrize("name", ["L", "Lu", "Ll"])
def test_properties_have_the_members_that_they_have_in_ascii(name: str, flags: int) -> None:
    text = "".join(map(chr, range(128)))
    expression = rf"\p{{{name}}}"
    assert regex.findall(expression, text, flags) == regex.findall(
        spelled_out(expression, ascii_only=True), text, flags
    )


def test_no_mark_is_in_ascii() -> None:
    assert not regex.search(r"\p{M}", "".join(map(chr, range(128))))
