"""The tests of values that entries name as `check`."""

from collections.abc import Callable

from guardrails_cli.detect.recognizers import checksums, secret_values

CHECKS: dict[str, Callable[[str], bool]] = {
    "aba": checksums.aba,
    "base58check": checksums.base58check,
    "bic": checksums.bic,
    "id_like": lambda value: sum(character.isdigit() for character in value) >= 4,
    "jwt": secret_values.jwt,
    "luhn": checksums.luhn,
    "nhs": checksums.nhs,
    "npi": checksums.npi,
    "password": secret_values.password,
    "random": secret_values.random_looking,
    "track": checksums.track,
    "vin": checksums.vin,
    "with_digit": lambda value: any(character.isdigit() for character in value),
}
