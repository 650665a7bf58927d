"""The tests of values that entries name as `check`."""

from collections.abc import Callable

from guardrails_cli.detect.ner.gazetteer import has_given_name, is_person_name
from guardrails_cli.detect.recognizers import checksums, national_checks, numbers, secret_values

CHECKS: dict[str, Callable[[str], bool]] = {
    "aba": checksums.aba,
    "account": numbers.is_account,
    "au_medicare": national_checks.au_medicare,
    "base58check": checksums.base58check,
    "basic_credentials": secret_values.basic_credentials,
    "bech32": checksums.bech32,
    "bic": checksums.bic,
    "command_password": secret_values.command_password,
    "dea": checksums.dea,
    "discord_bot": secret_values.discord_bot,
    "github_token": secret_values.crc_base62,
    "given_name": has_given_name,
    "hkid": national_checks.hkid,
    "iban": checksums.iban,
    "id_like": lambda value: numbers.count_digits(value) >= 4,
    "ir_melli": national_checks.ir_melli,
    "jwt": secret_values.jwt,
    "licence": lambda value: numbers.count_digits(value) >= 5,
    "literal_password": secret_values.literal_password,
    "luhn": checksums.luhn,
    "national_phone": numbers.is_national_phone,
    "nhs": checksums.nhs,
    "nino": national_checks.nino,
    "nkey_seed": secret_values.nkey_seed,
    "npi": checksums.npi,
    "npm_token": secret_values.crc_base62,
    "payment_card": numbers.is_card,
    "pem_in_base64": secret_values.pem_in_base64,
    "person_name": is_person_name,
    "pgpass_password": secret_values.pgpass_password,
    "phone": numbers.is_phone,
    "random": secret_values.random_looking,
    "sg_nric": national_checks.sg_nric,
    "snils": national_checks.snils,
    "track": checksums.track,
    "tw_id": national_checks.tw_id,
    "url_password": secret_values.url_password,
    "uy_ci": national_checks.uy_ci,
    "vin": checksums.vin,
    "with_digit": lambda value: numbers.count_digits(value) > 0,
}
