"""Check digits on published examples, and on the same with one digit changed."""

import pytest

from guardrails_cli.detect.recognizers import checksums
from guardrails_cli.detect.recognizers.recognizer import Check

EXAMPLES: list[tuple[Check, str]] = [
    (checksums.luhn, "4111 1111 1111 1111"),
    (checksums.luhn, "490154203237518"),
    (checksums.npi, "1234567893"),
    (checksums.vin, "1M8GDM9AXKP042788"),
    (checksums.aba, "021000021"),
    (checksums.payment_card, "4111111111111111"),
    (checksums.payment_card, "5555-5555-5555-4444"),
    (checksums.payment_card, "378282246310005"),
    (checksums.payment_card, "6011111111111117"),
    (checksums.payment_card, "3530111333300000"),
    (checksums.payment_card, "30569309025904"),
]


@pytest.mark.parametrize(("check", "value"), EXAMPLES)
def test_a_published_example_passes(check: Check, value: str) -> None:
    assert check(value)


@pytest.mark.parametrize(("check", "value"), EXAMPLES)
def test_no_other_last_digit_passes(check: Check, value: str) -> None:
    others = [value[:-1] + digit for digit in "0123456789" if digit != value[-1]]
    assert [other for other in others if check(other)] == []


@pytest.mark.parametrize("value", ["DEUTDEFF", "DEUTDEFF500", "NEDSZAJJXXX"])
def test_a_bank_code_names_a_country(value: str) -> None:
    assert checksums.bic(value)


@pytest.mark.parametrize("value", ["DEUTQQFF", "RESPONSE"])
def test_a_bank_code_of_no_country_is_none(value: str) -> None:
    assert not checksums.bic(value)


@pytest.mark.parametrize("value", ["0000000000000000", "1111111111111111", "9999999999999995", "0"])
def test_one_digit_repeated_or_no_issuer_is_no_card(value: str) -> None:
    assert not checksums.payment_card(value)
