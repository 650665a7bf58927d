"""The rules for a language model's answers."""

import pytest

from tests.detect.refine.support import Answer, answer

JANE: Answer = [("PERSON", "Jane Doe")]

CASES: list[tuple[str, Answer]] = [
    # kept, cut to the name
    ("met [[PERSON Jane Doe]] there", JANE),
    ("met [[PERSON Jane Doe\n    ]]there", JANE),
    ("met [[PERSON Jane Doe's]] dog", JANE),
    ("[[PERSON Jane Doe\nTitle]]", JANE),
    ("[[PERSON http://example.com/x\nJane Doe]]", JANE),
    ("[[PERSON RT @handle Jane Doe]] said", JANE),
    ("by [[PERSON Ludwig van Beethoven]]", [("PERSON", "Ludwig van Beethoven")]),
    ("by [[PERSON Ronald McDonald]]", [("PERSON", "Ronald McDonald")]),
    ("ask [[PERSON jane doe]] please", [("PERSON", "jane doe")]),
    ("[[PERSON Jane]] went home", [("PERSON", "Jane")]),
    ("[[PERSON Zbigniew]] said no", [("PERSON", "Zbigniew")]),
    ("# by [[PERSON Jane Doe]] = author()", JANE),
    ("[[PERSON RT @handle Jane]] said", [("PERSON", "Jane")]),
    # no names
    ("[[PERSON RT @handle Yuck]] said", []),
    ("[[PERSON http://example.com/x\nBoring]] night", []),
    ("the [[PERSON DTypes]] of", []),
    ("[[PERSON Truncate]] the text", []),
    ("[[PERSON self.break_long_words]] = 1", []),
    ("x = [[PERSON Foo]](1)", []),
    ("[[PERSON getValue]]", []),
    ("[[PERSON snake_case]] here", []),
    ("[[PERSON DONT MISS]] it", []),
    ("[[PERSON dnt knw]] why", []),
    ("[[PERSON Author]]: somebody", []),
    ("[[PERSON Licensor]] shall", []),
    ("[[PERSON @handle]] hi", []),
    ("[[PERSON どこかで]]", []),
    ("[[PERSON 131072]]", []),
    # places
    ("in [[LOCATION Springfield]] today", [("LOCATION", "Springfield")]),
    ("in [[LOCATION london]] today", [("LOCATION", "london")]),
    ("in the [[LOCATION UK]] today", [("LOCATION", "UK")]),
    ("[[LOCATION niiice]] one", []),
    ("[[LOCATION CB]] radio", []),
    ("[[LOCATION 4131034282458809939]] is", []),
    ("[[LOCATION list.sort]](x)", []),
    # groups
    ("a [[NRP Polish]] citizen", [("NRP", "Polish")]),
    ("the [[NRP Brazilians]] won", [("NRP", "Brazilians")]),
    ("the [[NRP Loans]] are", []),
    # organizations need evidence
    ("by [[ORGANIZATION Example Bank]] today", [("ORGANIZATION", "Example Bank")]),
    ("works for [[ORGANIZATION Example]] now", [("ORGANIZATION", "Example")]),
    ("the [[ORGANIZATION Credit Extensions]] are", []),
    ("[[ORGANIZATION ISSUER]] shall", []),
    # the type that a list knows better
    ("a [[PERSON Greenlander]] came", [("NRP", "Greenlander")]),
    ("to [[PERSON United Kingdom]] then", [("LOCATION", "United Kingdom")]),
    ("with [[ORGANIZATION Jane Doe]] today", JANE),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_names_are_cut_kept_or_refused(text: str, expected: Answer) -> None:
    assert answer(text) == expected


@pytest.mark.parametrize("text", ["[[PERSON Truncate]] the text", "[[ORGANIZATION ISSUER]] shall"])
def test_the_rules_for_names_touch_no_pattern(text: str) -> None:
    assert len(answer(text, recognizer="CustomRecognizer")) == 1
