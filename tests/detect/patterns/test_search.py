"""All matches of any expression, found where the prefilter points: the oracle is `finditer` over the whole text."""

import re

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails_cli.detect import registry
from guardrails_cli.detect.patterns import byte_alphabet, prefilter
from guardrails_cli.detect.patterns.ascii_twin import twin
from guardrails_cli.detect.patterns.byte_sets import UnknownSyntaxError
from guardrails_cli.detect.patterns.regex_shape import analyse
from guardrails_cli.detect.patterns.search import Expression, Search
from tests.detect.texts import ASCII_TEXT, TEXT

PRESIDIO = int(re.IGNORECASE | re.MULTILINE | re.DOTALL)
PATTERNS = (
    r"\bcat\b",
    r"(?:^|(?<=\W))(foo|bar baz|\+1)(?:(?=\W)|$)",
    r"a+b*c?(?!d)",
    r"(?<![\w-])x\d{2,}(?=-y)-?",
    r"([ab])\1+[0-9]*",
    r"(?:ab|abc|abcd)e?",
    r"[^\s\"']+@[a-z]+(?:\.[a-z]+)+\b",
    r"\d{3}-?\d{2}-?\d{4}",
    r"[a-c]{1,200}\.(?:com|co|community|c)(?:/[^\s]*)?",
    r"(?=a..c)a\w*?c",
    r"<[^>]*>",
    r"^\s*key\s*=\s*(.+?)\s*$",
    r"(?>a+)ab|b",
    r"x.y",
    r"\w+ \w+$",
    r"é+\d",
    r"ſ[A-Z]",
    r"[^\W\d]{3}\D",
    r"a(?:b(?:c|$)|\b)",
    r"\Bb+",
    r"(?i:a[ks]é?)B|(?:(?i:y))+",
    r"\p{Lu}[\p{L}\p{M}']{1,3}\b",
    r"(?i:\p{Ll}[^c])\d",
)
ALPHABET = "abcdxyz019 .-\n\"'@=/<>+ABCéſK\u0665\u2003山_"
FIRST = re.compile(r"a.*?b", re.DOTALL)


def everywhere(expression: Expression, text: str) -> list[tuple[int, int]]:
    found = regex.compile(expression.pattern, expression.flags).finditer(text)
    return [match.span() for match in found if match.end() > match.start()]


@pytest.fixture(scope="module", params=[PRESIDIO, 0, int(re.MULTILINE)], ids=["presidio", "none", "multiline"])
def search(request: pytest.FixtureRequest) -> Search:
    return Search([Expression(pattern, request.param) for pattern in PATTERNS])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(ALPHABET, max_size=12),
            st.sampled_from(
                ["cat", "bar baz", "key = a b ", "aa.community/x", "a@b.co", "x12-y", "abcabcd", "<a>", "c" * 250]
            ),
        ),
        max_size=12,
    ).map("".join)
)
def test_any_text(search: Search, text: str) -> None:
    found, _ = search.matches(text)
    assert [list(spans) for spans in found] == [everywhere(expression, text) for expression in search.expressions]


@settings(max_examples=100, deadline=None)
@given(TEXT)
def test_texts_of_entities(search: Search, text: str) -> None:
    found, _ = search.matches(text)
    assert [list(spans) for spans in found] == [everywhere(expression, text) for expression in search.expressions]


def test_an_expression_too_large_for_hyperscan_is_searched_for_in_the_whole_text() -> None:
    large = "(?:" + "|".join(f"{number:05}[a-z]{{30}}x" for number in range(900)) + ")"
    shape = analyse(large, 0, byte_alphabet.ASCII)
    assert shape.head is not None
    assert not prefilter.accepts(shape.head)
    found, _ = Search([Expression(large, 0), Expression("[0-9]+", 0)]).matches("00017" + "a" * 30 + "x 12")
    assert [list(spans) for spans in found] == [[(0, 36)], [(0, 5), (37, 39)]]


def test_most_of_these_expressions_are_understood() -> None:
    """Else the tests above would compare `finditer` with itself."""
    understood = []
    for pattern in PATTERNS:
        try:
            analyse(pattern, PRESIDIO, byte_alphabet.ALL)
            understood.append(pattern)
        except UnknownSyntaxError:
            pass
    assert len(understood) >= len(PATTERNS) - 2


@pytest.mark.parametrize(
    "pattern", [r"(?:foo){e<=1}", r"[[:alpha:]]+", r"a*", r"(?:)", r"\p{Greek}x", r"(?r)ab", r"(?=a+b)a", r"("]
)
def test_what_is_not_understood_is_left_to_a_full_search(pattern: str) -> None:
    with pytest.raises(UnknownSyntaxError):
        analyse(pattern, 0, byte_alphabet.ALL)


def expressions(profile: str) -> list[Expression]:
    found = registry.recognizers("en", None, profile)
    rows = [
        Expression(pattern.regex, int(one.global_regex_flags))  # type: ignore[attr-defined]
        for one in found
        for pattern in getattr(one, "patterns", ())
    ]
    return list(dict.fromkeys(rows))


ALL = expressions("thorough")
TWINS = [(expression, found) for expression in ALL if (found := twin(expression.pattern, expression.flags))]


@pytest.mark.parametrize("universe", [byte_alphabet.ASCII, byte_alphabet.ALL])
def test_all_default_expressions_are_understood(universe: frozenset[int]) -> None:
    for expression in expressions("balanced"):
        assert analyse(expression.pattern, expression.flags, universe).shortest > 0


def test_nearly_all_have_a_twin() -> None:
    assert len(TWINS) > 0.9 * len(ALL)


@settings(max_examples=120, deadline=None)
@given(ASCII_TEXT)
def test_a_twin_finds_what_its_original_finds(text: str) -> None:
    for expression, found in TWINS:
        assert [match.span() for match in found.finditer(text)] == [
            match.span() for match in regex.compile(expression.pattern, expression.flags).finditer(text)
        ], expression.pattern


@settings(max_examples=200)
@given(st.text(ALPHABET, max_size=40))
def test_a_twin_of_any_expression_finds_what_its_original_finds(text: str) -> None:
    text = text.encode("ascii", "ignore").decode()
    for pattern in PATTERNS:
        found = twin(pattern, PRESIDIO)
        if found:
            original = regex.compile(pattern, PRESIDIO)
            assert [match.span() for match in found.finditer(text)] == [m.span() for m in original.finditer(text)], (
                pattern
            )


def test_a_character_is_one_byte_and_its_class_is_kept() -> None:
    every = "".join(map(chr, range(0x110000)))
    data = byte_alphabet.encode(every)
    assert len(data) == len(every)
    for name in ("\\d", "\\s", "\\w"):
        inside = byte_alphabet.category(name, negated=False)
        outside = byte_alphabet.category(name, negated=True)
        members = {match.start() for match in regex.finditer(name, every)}
        assert all(data[place] in (inside if place in members else outside) for place in range(len(every)))


def test_the_characters_that_fold_to_low_ones_are_known() -> None:
    high = "".join(map(chr, range(0x100, 0x110000)))
    assert set(regex.findall("(?i)[\x00-\xff]", high)) == set(byte_alphabet.FOLDING)
