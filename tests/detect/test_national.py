"""National identifiers: each entry's specimens behind labels, in JSON, in tables and by `--country`; look-alikes."""

from functools import cache

import pytest

from guardrails_cli.core.text import Chunk, Layout, Location, Mark
from guardrails_cli.detect.catalogue import national
from guardrails_cli.detect.catalogue.national import Identifier
from guardrails_cli.detect.catalogue.national_text import NationalRecognizer
from guardrails_cli.document.scan_chunk import scan_chunk
from guardrails_cli.options.model import DetectOptions, EngineOptions

FAST = EngineOptions(model=None, profile="fast")
SPECIMENS = [(each, specimen) for each in national.identifiers() for specimen in each.specimens]
IDS = [f"{each.name}: {specimen}" for each, specimen in SPECIMENS]
LEAST_COUNTRIES = 75
CHECKED = [(each, specimen) for each, specimen in SPECIMENS if each.check]
DIGITS = [(each, specimen) for each, specimen in CHECKED if specimen.isdigit() and not each.bare]


def found(text: str, countries: tuple[str, ...] | None = None) -> set[tuple[str, str | None]]:
    engine = EngineOptions(model=None, profile="fast", countries=countries)
    return {
        (each.entity_type, each.value)
        for each in scan_chunk(Chunk(text), DetectOptions(engine, show_values=True)).findings
    }


@cache
def recognizer(*countries: str) -> NationalRecognizer:
    return NationalRecognizer(countries)


def values(text: str, *countries: str) -> set[tuple[str, str]]:
    return {(one.entity_type, text[one.start : one.end]) for one in recognizer(*countries).find(text)}


def label(each: Identifier) -> str:
    return (each.labels or each.ambiguous)[0]


def test_many_countries_are_covered() -> None:
    assert len(national.country_codes()) >= LEAST_COUNTRIES


@pytest.mark.parametrize(("each", "specimen"), SPECIMENS, ids=IDS)
def test_a_number_behind_any_of_its_labels_is_found(each: Identifier, specimen: str) -> None:
    names = (*each.labels, *each.ambiguous)
    assert [name for name in names if (each.entity, specimen) not in values(f"{name}: {specimen}")] == []


@pytest.mark.parametrize(("each", "specimen"), SPECIMENS, ids=IDS)
def test_a_number_is_found_in_json(each: Identifier, specimen: str) -> None:
    assert (each.entity, specimen) in found(f'{{"{label(each)}": "{specimen}"}}')


@pytest.mark.parametrize(("each", "specimen"), SPECIMENS, ids=IDS)
def test_a_number_is_found_in_a_column(each: Identifier, specimen: str) -> None:
    header = f"code,{label(each)},note\n"
    text = f"{header}17,{specimen},x\n"
    layout = Layout(",", ("code", label(each), "note"))
    marks = (Mark(0, Location(part="header"), 1, 1), Mark(len(header), Location(row=2), 2, 1))
    findings = scan_chunk(Chunk(text, layout=layout, marks=marks), DetectOptions(FAST, show_values=True)).findings
    assert (each.entity, specimen) in {(one.entity_type, one.value) for one in findings}


@pytest.mark.parametrize(("each", "specimen"), CHECKED, ids=[f"{each.name}: {text}" for each, text in CHECKED])
def test_a_number_alone_is_found_for_its_country(each: Identifier, specimen: str) -> None:
    assert (each.entity, specimen) in values(f"it is {specimen} here", *sorted(each.countries))


@pytest.mark.parametrize(("each", "specimen"), DIGITS, ids=[f"{each.name}: {text}" for each, text in DIGITS])
def test_digits_alone_are_no_identifier(each: Identifier, specimen: str) -> None:
    national_types = {one.entity for one in national.identifiers()}
    assert not {name for name, _ in found(f"order {specimen} was shipped")} & national_types


@pytest.mark.parametrize(
    "text",
    [
        "Order ID 12345678909, order ID 12345678910",
        "ID: 1719412345678 at 1719412345",
        "ID\tPhone\n17\t+1 212 555 0143",
        "id,phone\n1,212-555-0143\n2,212-555-0144",
        "pin the version to 123456789",
        "PIN: 493817",
        "NIF is a format of files: 20240112",
        "RUT 2024-01-12 10:15",
        "the DNI project has 12 members and 3456 commits",
        "CPR training on 2024-05-06 at 10:30",
        "a PAN of 4111111111111111",
        "nit: rename 123456 to something better",
        "sin(0.123456789) and cos(0.987654321)",
    ],
)
def test_look_alikes_are_quiet(text: str) -> None:
    national_types = {one.entity for one in national.identifiers()}
    assert [one for one in found(text) if one[0] in national_types] == []
