"""Nobody in particular."""

import pytest

from tests.detect.recognizers.support import Found, find

CASES: list[tuple[str, str, Found]] = [
    ("RELIGION", "Religion: Roman Catholic", [("Roman Catholic", 0.85)]),
    ("RELIGION", "She is a practicing Muslim", [("Muslim", 0.7)]),
    ("RELIGION", "the Catholic church", []),
    ("RELIGION", "he is at the Christian school", []),
    ("ETHNICITY", "Ethnicity: Hispanic", [("Hispanic", 0.85)]),
    ("ETHNICITY", "He is of Kurdish descent", [("Kurdish", 0.8)]),
    ("ETHNICITY", "a race condition", []),
    ("ETHNICITY", "White space", []),
    ("POLITICAL_OPINION", "Political affiliation: Republican", [("Republican", 0.85)]),
    ("POLITICAL_OPINION", "She is a member of the Labour Party", [("Labour Party", 0.75)]),
    ("POLITICAL_OPINION", "Democratic process", []),
    ("UNION_MEMBERSHIP", "He is a member of UNISON", [("UNISON", 0.8)]),
    ("UNION_MEMBERSHIP", "Trade union: IG Metall", [("IG Metall", 0.85)]),
    ("UNION_MEMBERSHIP", "the European Union", []),
    ("UNION_MEMBERSHIP", "a union of sets", []),
    ("SEXUAL_ORIENTATION", "Sexual orientation: bisexual", [("bisexual", 0.9)]),
    ("SEXUAL_ORIENTATION", "He came out as gay", [("gay", 0.8)]),
    ("SEXUAL_ORIENTATION", "a straight line", []),
]


@pytest.mark.parametrize(("entity", "text", "expected"), CASES)
def test_it_finds_exactly_these_values_with_these_scores(entity: str, text: str, expected: Found) -> None:
    assert find(entity, text) == expected
