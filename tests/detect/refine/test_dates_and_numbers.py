"""The rules for dates, numbers and network addresses."""

import pytest

from tests.detect.refine.support import Answer, answer

DATES: list[tuple[str, Answer]] = [
    ("on [[DATE_TIME 2/8/1935]].", [("DATE_TIME", "2/8/1935")]),
    ("on [[DATE_TIME Tuesday]] morning", [("DATE_TIME", "Tuesday")]),
    ("in [[DATE_TIME 1979]]", [("DATE_TIME", "1979")]),
    ("in [[DATE_TIME May 2020]]", [("DATE_TIME", "May 2020")]),
    ("at [[DATE_TIME 10:30 AM]]", [("DATE_TIME", "10:30 AM")]),
    ("[[DATE_TIME 2026-03-04]]T10:11:12.345Z INFO", [("DATE_TIME", "2026-03-04T10:11:12.345Z")]),
    ("[[DATE_TIME 2026-03-04]] 10:11:13,001 ERROR", [("DATE_TIME", "2026-03-04 10:11:13,001")]),
    ("[[DATE_TIME 6815,5/4/1945,4532063379896779]]", [("DATE_TIME", "5/4/1945")]),
    ("see you [[DATE_TIME next week]]", []),
    ("[[DATE_TIME 62488]] Town", []),
    ("he is [[DATE_TIME 84-year-old]]", []),
    ("[[DATE_TIME a couple of months]]", []),
    ("you [[DATE_TIME may]] go", []),
]

PATTERNS: list[tuple[str, Answer]] = [
    ("call [[PHONE_NUMBER 212-555-0100]]", [("PHONE_NUMBER", "212-555-0100")]),
    ("id 550e8400-e29b-41d4-a716-[[PHONE_NUMBER 446655440000]]", []),
    ("commit 9fceb02d0ae598e95dc97[[US_BANK_NUMBER 1797476773]]7f19372d61af8", []),
    ("ts=[[PHONE_NUMBER 1772619075]]", []),
    ('"createdAt": [[PHONE_NUMBER 1772619075]]', []),
    ("0.[[PHONE_NUMBER 1234567890]]", []),
    ("Boston, MA [[PHONE_NUMBER 02110-1301]]", []),
    ("the [[US_DRIVER_LICENSE h1]] tag", []),
    ("at [[IP_ADDRESS 203.0.113.7]]", [("IP_ADDRESS", "203.0.113.7")]),
    ("at [[IP_ADDRESS 2001:db8::1]]", [("IP_ADDRESS", "2001:db8::1")]),
    ("std[[IP_ADDRESS ::]]vector", []),
    ("version [[IP_ADDRESS 1.2.0.0]]", []),
    ("see [[URL https://example.com/x]] now", [("URL", "https://example.com/x")]),
    ("see [[URL example.com/x]] now", [("URL", "example.com/x")]),
    ("x = [[URL self.foo]](1)", []),
    ("open [[URL setup.py]] and", []),
    ("a = 1; [[URL os.path]]", []),
]


@pytest.mark.parametrize(("text", "expected"), DATES)
def test_a_date_names_a_day_a_year_or_a_time(text: str, expected: Answer) -> None:
    assert answer(text) == expected


@pytest.mark.parametrize(("text", "expected"), PATTERNS)
def test_a_number_is_no_part_of_another_and_an_address_is_one(text: str, expected: Answer) -> None:
    assert answer(text, recognizer="PatternRecognizer") == expected
