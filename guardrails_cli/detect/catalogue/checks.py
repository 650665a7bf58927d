"""The tests of values that entries name as `check`."""

from collections.abc import Callable

from guardrails_cli.detect.ner.gazetteer import is_person_name
from guardrails_cli.detect.recognizers import checksums, numbers, secret_values

CHECKS: dict[str, Callable[[str], bool]] = {
    "aba": checksums.aba,
    "account": numbers.is_account,
    "base58check": checksums.base58check,
    "bech32": checksums.bech32,
    "bic": checksums.bic,
    "dea": checksums.dea,
    "iban": checksums.iban,
    "id_like": lambda value: numbers.count_digits(value) >= 4,
    "jwt": secret_values.jwt,
    "licence": lambda value: numbers.count_digits(value) >= 5,
    "luhn": checksums.luhn,
    "nhs": checksums.nhs,
    "npi": checksums.npi,
    "payment_card": numbers.is_card,
    "phone": numbers.is_phone,
    "national_phone": numbers.is_national_phone,
    "password": secret_values.password,
    "person_name": is_person_name,
    "random": secret_values.random_looking,
    "track": checksums.track,
    "vin": checksums.vin,
    "with_digit": lambda value: numbers.count_digits(value) > 0,
}
