"""The types that names of columns and keys imply."""

import pytest

from guardrails_cli.core.field_names import field_type
from guardrails_cli.detect.refine.tables import read_header
from tests.detect.refine.support import Answer, answer

HEADER = "id,FirstName,Surname,City,Phone,Job"
ROW = "7,Jane,Doe,Springfield,(217) 555-0142,Clerk"
VALUES: Answer = [
    ("PERSON", "Jane"),
    ("PERSON", "Doe"),
    ("LOCATION", "Springfield"),
    ("PHONE_NUMBER", "(217) 555-0142"),
]


def test_the_header_types_the_columns() -> None:
    assert answer(f"{HEADER}\n{ROW}\n") == VALUES


def test_a_later_part_is_read_by_the_header_given() -> None:
    assert answer(ROW, header=HEADER) == VALUES


def test_without_its_header_a_row_says_nothing() -> None:
    assert answer(ROW, header="") == []


@pytest.mark.parametrize(
    "row",
    [
        "7,[[LOCATION Jane]],[[LOCATION Doe]],[[PERSON Springfield]],(217) 555-0142,Clerk",
        "7,[[PERSON Jane,Doe,Springfield]],(217) 555-0142,[[PERSON Clerk]]",
        "7,Jane,Doe,Springfield,([[DATE_TIME 217) 555-0142]],[[ORGANIZATION Clerk]]",
    ],
)
def test_a_column_overrules_the_model_and_no_name_crosses_a_border(row: str) -> None:
    assert answer(f"{HEADER}\n{row}\n") == VALUES


def test_the_header_is_nobody() -> None:
    assert answer("id,[[PERSON FirstName]],Surname,[[LOCATION City]],Phone,Job\n") == []


def test_a_checksum_beats_a_column() -> None:
    text = "name,city,phone\nJane,Springfield,[[EMAIL_ADDRESS jane@example.com]]\n"
    assert answer(text, recognizer="EmailRecognizer")[-1] == ("EMAIL_ADDRESS", "jane@example.com")


@pytest.mark.parametrize(
    "table",
    ["name,price,quantity\nBlue Chair,10,3\n", "id;state;type\n7;Active;x\n", "address|type|name\n0x7fff|x|init\n"],
)
def test_a_table_of_things_has_no_people(table: str) -> None:
    assert answer(table) == []


def test_quoted_cells_may_hold_the_delimiter() -> None:
    assert answer('name;city\n"Doe; Jane";Springfield\n') == [("PERSON", "Doe; Jane"), ("LOCATION", "Springfield")]


@pytest.mark.parametrize("line", ["Dear Jane, how are you, and the city?", "a,b,c", "1,2,3", "name", "", "x" * 5000])
def test_what_is_no_header(line: str) -> None:
    assert read_header(line) is None


@pytest.mark.parametrize("name", ["first_name", "FirstName", "FIRST NAME", "first-name", "firstname"])
def test_the_spelling_of_a_field_does_not_matter(name: str) -> None:
    assert field_type(name) == "PERSON"


KEYS: list[tuple[str, Answer]] = [
    ('{"first_name": "Anna", "city": "Warszawa"}', [("PERSON", "Anna"), ("LOCATION", "Warszawa")]),
    ("name: John Smith\n", [("PERSON", "John Smith")]),
    ("<surname>Kowalska</surname>", [("PERSON", "Kowalska")]),
    ('"phone": "+48 22 555 01 23"', [("PHONE_NUMBER", "+48 22 555 01 23")]),
    ('"dob": "1980-02-01"', [("DATE_OF_BIRTH", "1980-02-01")]),
    ('"zip": "00-625"', [("LOCATION", "00-625")]),
    ("Billing address: Jane Doe\n", []),
    ("name: str\n", []),
    ("name: String\n", []),
    ("name = foo\n", []),
    ('"name": "my-package"', []),
    ("def f(name: Optional[str]) -> None:", []),
    ("author: Example Inc\n", []),
    ("country = 5\n", []),
    ('"state": "Active"', []),
    ('"state": "Ohio"', [("LOCATION", "Ohio")]),
    ('"address": "0x7fff"', []),
    ('"address": "1 Example Street"', [("LOCATION", "1 Example Street")]),
]


@pytest.mark.parametrize(("text", "expected"), KEYS)
def test_a_key_counts_for_a_value_of_the_right_shape(text: str, expected: Answer) -> None:
    assert answer(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"ssn": ["078051120", "219099999"]}',
        '{"ssn":[078051120,219099999]}',
        '{\n  "ssn": [\n    "078051120",\n    "219099999"\n  ]\n}',
        "ssn:\n  - 078051120\n  - '219099999'\nother: 1\n",
        "ssn: [078051120, 219099999]\n",
    ],
)
def test_a_key_speaks_for_every_value_of_its_list(text: str) -> None:
    assert answer(text) == [("US_SSN", "078051120"), ("US_SSN", "219099999")]


@pytest.mark.parametrize(
    "text",
    [
        "<ssn>219099999</ssn>",
        "<p:ssn>219099999</p:ssn>",
        "<ssn type='x'>219099999</ssn>",
        "<ssn>\n  219099999\n</ssn>",
        "<ssn><![CDATA[219099999]]></ssn>",
        "<p ssn='219099999'/>",
    ],
)
def test_an_element_or_attribute_speaks_for_its_value(text: str) -> None:
    assert answer(text) == [("US_SSN", "219099999")]


@pytest.mark.parametrize(
    "text",
    ['{"ids": ["219099999"]}', '{"ssn": [], "x": ["219099999"]}', "ssn:\nother:\n  - 219099999\n", "<a>219099999</a>"],
)
def test_a_key_says_nothing_of_what_is_elsewhere(text: str) -> None:
    assert answer(text) == []
