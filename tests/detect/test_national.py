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


@pytest.mark.parametrize("value", ["191", "0191", "11144477735.0", "1234567891.0"])
def test_a_spreadsheets_number_needs_its_check(value: str) -> None:
    judged = national.field_value("cpf", value)
    assert (judged is not None) == (value == "11144477735.0")


def test_a_column_without_leading_zeros_is_found() -> None:
    judged = national.field_value("cpf", "1234567890")
    assert judged is not None and judged.score == national.CERTAIN


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("cpf", "cpf"),
        ("cpf_cliente", "cpf"),
        ("customerCpf", "cpf"),
        ("Rodné číslo", "rodnecislo"),
        ("RODNE_CISLO", "rodnecislo"),
        ("ИНН", "инн"),
        ("recipient", None),
        ("cpfx", None),
    ],
)
def test_the_label_in_a_name(name: str, label: str | None) -> None:
    assert national.label_of(name) == label


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('[{"name": "cpf", "value": "123.456.789-09"}]', "123.456.789-09"),
        ("<key>cpf</key>\n  <string>12345678909</string>", "12345678909"),
        ('<cpf tipo="a">12345678909</cpf>', "12345678909"),
        ("CPF do titular: 123.456.789-09", "123.456.789-09"),
        ("CPF (titular): 123.456.789-09", "123.456.789-09"),
        ("CPF\n123.456.789-09", "123.456.789-09"),
        ("cliente.cpf=12345678909", "12345678909"),
        ("CPF\t12345678909", "12345678909"),
        ("CPF nº 123.456.789\u201109", "123.456.789\u201109"),
    ],
)
def test_forms_of_label_and_value(text: str, value: str) -> None:
    assert ("BR_CPF", value) in found(text)


def test_a_check_that_does_not_fit_lowers_the_score_and_is_told() -> None:
    (one,) = recognizer().find("CPF: 123.456.789-00")
    assert (one.score, one.evidence) == (0.5, ('label "CPF"', "Brazilian CPF", "fails check br.cpf"))


def test_the_evidence_names_the_country() -> None:
    (one,) = recognizer().find("rodné číslo 900101/1239")
    assert one.evidence == ('label "rodné číslo"', "Czech or Slovak rodné číslo", "check cz.rc")


def test_digits_after_other_words_need_the_check() -> None:
    assert recognizer().find("personnummer, telefon 0701234568") == []
