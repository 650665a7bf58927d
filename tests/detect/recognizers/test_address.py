"""Streets that exist and people who do not."""

import pytest

from tests.detect.recognizers.support import Found, find

CASES: list[tuple[str, str, Found]] = [
    ("LOCATION", "12 Main Street, Springfield, IL 62704", [("12 Main Street, Springfield, IL 62704", 0.9)]),
    ("LOCATION", "Via Tasso 129", [("Via Tasso 129", 0.9)]),
    ("LOCATION", "Hauptstrasse 5, 10115 Berlin", [("Hauptstrasse 5, 10115 Berlin", 0.9)]),
    ("LOCATION", "10 Downing Street, London SW1A 2AA", [("10 Downing Street, London SW1A 2AA", 0.9)]),
    ("LOCATION", "12 rue de la Paix, 75002 Paris", [("12 rue de la Paix, 75002 Paris", 0.9)]),
    ("LOCATION", "P.O. Box 255", [("P.O. Box 255", 0.9)]),
    ("LOCATION", "During 1971 we", []),
    ("LOCATION", "the Street View", []),
    ("LOCATION", "Chapter 12 of 13", []),
    ("LOCATION", "page 12 Section 14", []),
    ("LOCATION", "She flew to Osaka.", [("Osaka", 0.9)]),
    ("LOCATION", "5638 Aasa 43", [("5638 Aasa 43", 0.7)]),
    ("LOCATION", "Error 404 Not Found 12", [("404 Not Found 12", 0.3)]),
    ("LOCATION", "USNS Example\nFPO AA 65607", [("USNS Example\nFPO AA 65607", 0.9)]),
    ("LOCATION", "My zip code is 00501", [("00501", 0.9)]),
    (
        "LOCATION",
        "99 Example Lane\nSuite 12\nSpringfield, IL 62701\nPhone: 555",
        [("99 Example Lane\nSuite 12\nSpringfield, IL 62701", 0.9)],
    ),
    ("LOCATION", "Rákóczi út 66., Budapest", [("Rákóczi út 66., Budapest", 0.9)]),
    ("LOCATION", "ul. Polna 12, Warszawa", [("ul. Polna 12, Warszawa", 0.9)]),
    ("LOCATION", "Via is the name", []),
    ("LOCATION", "7 Things You Should Know", []),
]


@pytest.mark.parametrize(("entity", "text", "expected"), CASES)
def test_it_finds_exactly_these_values_with_these_scores(entity: str, text: str, expected: Found) -> None:
    assert find(entity, text) == expected
