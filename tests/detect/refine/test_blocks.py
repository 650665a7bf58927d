"""The names above an address."""

import pytest

from guardrails_cli.detect.refine import refine
from tests.detect.refine.support import Answer, answer, marked

STREET = "[[LOCATION 1 Example Street]]"
LOCATION = ("LOCATION", "1 Example Street")

CASES: list[tuple[str, Answer]] = [
    (f"Jane Doe\nExample Widgets\n{STREET}", [("PERSON", "Jane Doe"), ("ORGANIZATION", "Example Widgets"), LOCATION]),
    (f"Jane Doe\n\n{STREET}", [("PERSON", "Jane Doe"), LOCATION]),
    (f"> Jane Doe\n> {STREET}", [("PERSON", "Jane Doe"), LOCATION]),
    (f"Doe, Roe and Partners\n{STREET}", [("ORGANIZATION", "Doe, Roe and Partners"), LOCATION]),
    (f"Example\n{STREET}", [("ORGANIZATION", "Example"), LOCATION]),
    (f"Kind regards,\n{STREET}", [LOCATION]),
    (f"we send it there:\n{STREET}", [LOCATION]),
    (f"He lives at {STREET}", [LOCATION]),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_the_lines_above_an_address_are_its_person_and_organization(text: str, expected: Answer) -> None:
    plain, detections = marked(text, "AddressRecognizer", 0.9)
    assert [(found.entity_type, plain[found.start : found.end]) for found in refine(plain, detections)] == expected


def test_a_place_that_a_model_found_heads_no_block() -> None:
    assert answer(f"Jane Doe\n{STREET}") == [LOCATION]
