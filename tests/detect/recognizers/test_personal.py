"""Invented people."""

import pytest

from tests.detect.recognizers.support import Found, find

CASES: list[tuple[str, str, Found]] = [
    ("DATE_OF_BIRTH", "DOB: 01/02/1980", [("01/02/1980", 0.95)]),
    ("DATE_OF_BIRTH", "born on 5 March 1975", [("5 March 1975", 0.95)]),
    ("DATE_OF_BIRTH", "Date of Birth 1980-02-01", [("1980-02-01", 0.95)]),
    ("DATE_OF_BIRTH", "dated 01/02/1980", []),
    ("DATE_OF_BIRTH", "Born: March 3rd, 1962", [("March 3rd, 1962", 0.95)]),
    ("NATIONAL_ID", "Personal ID: 230883-1143", [("230883-1143", 0.55)]),
    ("NATIONAL_ID", "passport no. X1234567", [("X1234567", 0.55)]),
    ("NATIONAL_ID", "identity card required", []),
    ("CRIMINAL_RECORD", "He was convicted of armed robbery in 2001", [("armed robbery", 0.8)]),
    ("CRIMINAL_RECORD", "fraud detection", []),
    ("PHONE_NUMBER", "call me on (64) 3591-3246", [("(64) 3591-3246", 0.75)]),
    ("PHONE_NUMBER", "Mobile: 432 03 163", [("432 03 163", 0.75)]),
    ("PHONE_NUMBER", "+41 44 668 18 00", [("+41 44 668 18 00", 0.6)]),
    ("PHONE_NUMBER", "call on 2024-01-02", []),
    ("PHONE_NUMBER", "phone 12345", []),
    ("PHONE_NUMBER", "Fax: 001-212-555-0100", [("001-212-555-0100", 0.75)]),
    ("PHONE_NUMBER", "version +1.2.3", []),
    ("PERSON", "Mr. Doe left", [("Doe", 0.9)]),
    ("PERSON", "My name is Jane Q. Doe.", [("Jane Q. Doe", 0.9)]),
    ("PERSON", "the file name is Readme", []),
    ("PERSON", "Dr. no", []),
    ("PERSON", "her maiden name is Muster", [("Muster", 0.9)]),
    ("ORGANIZATION", "Example Widgets Inc. paid", [("Example Widgets Inc.", 0.88)]),
    ("ORGANIZATION", "I work for Example Widgets", [("Example Widgets", 0.9)]),
    ("ORGANIZATION", "work for hire", []),
    ("ORGANIZATION", "the Working Group of experts", []),
    ("ORGANIZATION", "Muster GmbH", [("Muster GmbH", 0.88)]),
]


@pytest.mark.parametrize(("entity", "text", "expected"), CASES)
def test_it_finds_exactly_these_values_with_these_scores(entity: str, text: str, expected: Found) -> None:
    assert find(entity, text) == expected
