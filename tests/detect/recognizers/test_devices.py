"""Published examples: the VIN of 49 CFR 565, the IMEI of 3GPP TS 23.003."""

import pytest

from tests.detect.recognizers.support import Found, find

CASES: list[tuple[str, str, Found]] = [
    ("VIN", "1M8GDM9AXKP042788", [("1M8GDM9AXKP042788", 0.6)]),
    ("VIN", "1M8GDM9A1KP042788", []),
    ("VIN", "VIN: WVWZZZ1JZXW000001", [("WVWZZZ1JZXW000001", 0.9)]),
    ("VIN", "11111111111111111", []),
    ("LICENSE_PLATE", "License plate: ABC 1234", [("ABC 1234", 0.75)]),
    ("LICENSE_PLATE", "Kennzeichen B-XY 123", [("B-XY 123", 0.75)]),
    ("LICENSE_PLATE", "number plate is missing", []),
    ("IMEI", "IMEI 490154203237518", [("490154203237518", 0.95)]),
    ("IMEI", "IMEI: 49-015420-323751-8", [("49-015420-323751-8", 0.95)]),
    ("IMEI", "IMEI 490154203237519", []),
    ("IMEI", "490154203237518", []),
    ("DEVICE_SERIAL", "Serial number: C02XK0AAJG5H", [("C02XK0AAJG5H", 0.6)]),
    ("DEVICE_SERIAL", "serial number generator", []),
]


@pytest.mark.parametrize(("entity", "text", "expected"), CASES)
def test_it_finds_exactly_these_values_with_these_scores(entity: str, text: str, expected: Found) -> None:
    assert find(entity, text) == expected
