"""The tests of values that entries name as `check`."""

from collections.abc import Callable

from guardrails_cli.detect.ner.gazetteer import is_person_name
from guardrails_cli.detect.recognizers import checksums, numbers, secret_values

CHECKS: dict[str, Callable[[str], bool]] = {
    "aba": checksums.aba,
    "account": numbers.is_account,
    "base58check": checksums.base58check,
    "basic_credentials": secret_values.basic_credentials,
    "bech32": checksums.bech32,
    "bic": checksums.bic,
    "command_password": secret_values.command_password,
    "dea": checksums.dea,
    "der_private_key": secret_values.der_private_key,
    "discord_bot": secret_values.discord_bot,
    "github_token": secret_values.crc_base62,
    "iban": checksums.iban,
    "id_like": lambda value: numbers.count_digits(value) >= 4,
    "jwt": secret_values.jwt,
    "licence": lambda value: numbers.count_digits(value) >= 5,
    "literal_password": secret_values.literal_password,
    "luhn": checksums.luhn,
    "nhs": checksums.nhs,
    "nkey_seed": secret_values.nkey_seed,
    "npi": checksums.npi,
    "npm_token": secret_values.crc_base62,
    "payment_card": numbers.is_card,
    "pem_block": secret_values.pem_block,
    "pem_in_base64": secret_values.pem_in_base64,
    "pgpass_password": secret_values.pgpass_password,
    "phone": numbers.is_phone,
    "national_phone": numbers.is_national_phone,
    "person_name": is_person_name,
    "random": secret_values.random_looking,
    "track": checksums.track,
    "url_password": secret_values.url_password,
    "vin": checksums.vin,
    "with_digit": lambda value: numbers.count_digits(value) > 0,
}
