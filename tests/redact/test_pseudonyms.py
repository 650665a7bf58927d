"""Stand-ins: one person stays one, formats and check digits hold, and nobody's numbers are used."""

import ipaddress
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.detect.recognizers.checksums import luhn
from guardrails_cli.redact.pseudonyms import _MAKERS, pseudonym

KEY = b"a key for tests"


def stand_in(value: str, entity: str = "PERSON") -> str:
    return pseudonym(value, entity, KEY)


def shape(value: str) -> str:
    """Return a value with its letters as a or A and its digits as 0."""
    return re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", re.sub(r"\d", "0", value)))


def test_one_person_keeps_one_stand_in() -> None:
    first, last = stand_in("Jane Roe").split()
    assert stand_in("Roe, Jane") == f"{last}, {first}"
    assert stand_in("JANE ROE") == f"{first} {last}".upper()
    assert stand_in("Ms Roe") == f"Ms {last}"
    assert stand_in("Dr. Jane Roe") == f"Dr. {first} {last}"
    assert stand_in("Jane  Roe") == f"{first}  {last}"
    assert stand_in("Zoe\u0308 Roe") == stand_in("Zoë Roe")
    assert stand_in("Jane Poe").split()[1] != last


def test_other_keys_give_other_stand_ins() -> None:
    assert pseudonym("Jane Roe", "PERSON", b"other") != stand_in("Jane Roe")


@pytest.mark.parametrize(
    ("value", "prefix"),
    [
        ("4111 1111 1111 1111", "4111 11"),
        ("5105-1051-0510-5100", "5555-55"),
        ("371449635398431", "378282"),
        ("6011000990139424", "601111"),
        ("3530111333300000", "353011"),
        ("38520000023237", "305693"),
    ],
)
def test_a_card_is_of_a_test_range_and_passes_luhn(value: str, prefix: str) -> None:
    made = stand_in(value, "CREDIT_CARD")
    assert made.startswith(prefix)
    assert luhn(re.sub(r"\D", "", made))
    assert shape(made) == shape(value)


@pytest.mark.parametrize(
    "value", ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "FR1420041010050500013M026"]
)
def test_an_iban_keeps_country_and_checksum(value: str) -> None:
    made = stand_in(value, "IBAN_CODE")
    plain = made.replace(" ", "")
    assert (plain[:2], shape(made)) == (value[:2], shape(value))
    assert re.fullmatch(r"[0X]{4}", plain[4:8])
    assert int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("+1 212 555 0143", r"\+1 [2-9]\d\d 555 01\d\d"),
        ("(212) 555-0143", r"\([2-9]\d\d\) 555-01\d\d"),
        ("555-0143", r"555-01\d\d"),
        ("+44 7911 123456", r"\+44 7700 900\d\d\d"),
        ("+48 22 555 01 23", r"\+48 00 0\d\d \d\d \d\d"),
        ("+353 1 234 5678", r"\+353 0 00\d \d{4}"),
        ("020 7946 0123 45", r"000 \d{4} \d{4} \d\d"),
    ],
)
def test_a_phone_number_is_nobodys(value: str, pattern: str) -> None:
    assert re.fullmatch(pattern, stand_in(value, "PHONE_NUMBER"))


def test_numbers_of_the_state_are_never_assigned_ones() -> None:
    assert re.fullmatch(r"666-\d\d-\d{4}", stand_in("219-09-9999", "US_SSN"))
    assert re.fullmatch(r"9\d\d-0\d-\d{4}", stand_in("912-70-1234", "US_ITIN"))
    nhs = re.sub(r"\D", "", stand_in("943 476 5919", "UK_NHS"))
    assert nhs.startswith("999")
    assert sum(int(digit) * weight for digit, weight in zip(nhs, range(10, 0, -1), strict=True)) % 11 == 0


def test_networks_are_those_for_documentation() -> None:
    documentation = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    address = ipaddress.ip_address(stand_in("10.1.2.3", "IP_ADDRESS"))
    assert any(address in network for network in documentation)
    assert ipaddress.ip_address(stand_in("fe80::1", "IP_ADDRESS")) in ipaddress.ip_network("2001:db8::/32")
    assert re.fullmatch(r"02(?::[0-9A-F]{2}){5}", stand_in("00:1A:2B:3C:4D:5E", "MAC_ADDRESS"))
    assert re.fullmatch(r"[a-z.]+\d{3}@example\.(com|net|org)", stand_in("jane.roe@example.com", "EMAIL_ADDRESS"))
    assert stand_in("490154203237518", "IMEI").startswith("001010")
    assert luhn(stand_in("490154203237518", "IMEI"))


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("2024-02-29", r"202[234]-\d\d-\d\d"),
        ("5 March 1980", r"\d [A-Z][a-z]+ 19\d\d"),
        ("Mon, 3 JAN 2022", r"[MTWFS][a-z]{2}, \d [A-Z]{3} 19\d\d"),
        ("19800201", r"19\d\d[01]\d[0-2]\d"),
        ("02/03/1980 10:30 AM", r"[01]\d/[01]\d/19\d\d [01]\d:[01]\d AM"),
    ],
)
def test_a_date_keeps_its_format(value: str, pattern: str) -> None:
    made = stand_in(value, "DATE_OF_BIRTH")
    assert re.fullmatch(pattern, made)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", made):
        date.fromisoformat(made)


@given(st.text(max_size=30), st.sampled_from([*sorted(_MAKERS), "CARD_CVV", "SOMETHING_ELSE"]))
def test_a_stand_in_is_never_the_value(value: str, entity: str) -> None:
    made = stand_in(value, entity)
    assert made.casefold() != value.casefold()
    assert made == stand_in(value, entity)
