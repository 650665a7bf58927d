"""JSON and JSON Lines: every value's path, every piece's line and column, whatever the file is like."""

import json
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.formats.data import json as json_reader
from guardrails_cli.formats.data import json_lines
from guardrails_cli.formats.data.json_path import without
from tests.formats import views
from tests.formats.support import FORMATS_DATA, findings_of, records_of, scanned

PATIENTS = [
    ("PERSON", "patients[0].name"),
    ("US_SSN", "patients[0].ssn"),
    ("DATE_OF_BIRTH", "patients[0].dob"),
    ("EMAIL_ADDRESS", "patients[0].contact.email"),
    ("PHONE_NUMBER", "patients[0].contact.phones[0]"),
    ("CREDIT_CARD", "patients[0].note"),
    ("PERSON", "patients[1].name"),
    ("US_SSN", "patients[1].ssn"),
    ("DATE_OF_BIRTH", "patients[1].dob"),
    ("EMAIL_ADDRESS", "patients[1].contact.email"),
]
PLACES = [(5, 16), (6, 15), (7, 15), (9, 19), (11, 12), (14, 28), (17, 16), (18, 14), (19, 15), (21, 19)]


def places(text: str, reader: ModuleType = json_reader) -> dict[str, tuple[str, int, int]]:
    return views.places(reader, text)


def view(text: str) -> str:
    return views.view(json_reader, text)


def test_a_file_made_by_node_has_its_findings_at_their_paths(tmp_path: Path) -> None:
    assert findings_of(FORMATS_DATA / "patients.json") == [
        ("patients.json", entity, f"$.{path}") for entity, path in PATIENTS
    ]
    [record] = scanned(FORMATS_DATA / "patients.json")
    assert [(found.line, found.column) for found in record.findings] == PLACES
    assert record.format == "json"


def test_json_lines_have_the_record_as_row() -> None:
    paths = [(entity, path.removeprefix("patients[").split("].")) for entity, path in PATIENTS]
    assert findings_of(FORMATS_DATA / "patients.jsonl") == [
        ("patients.jsonl", entity, f"row {int(number) + 1}, $.{path}") for entity, (number, path) in paths
    ]
    [record] = scanned(FORMATS_DATA / "patients.jsonl")
    assert record.format == "json lines"


def test_the_view_is_the_file_itself_with_escapes_decoded() -> None:
    text = '{"a": [1, "x\\u00e9\\n\\ud83d\\ude00\\/"],\n "b" : {} }\n'
    assert view(text) == '{"a": [1, "xé\n😀/"],\n "b" : {} }\n'


def test_a_lone_surrogate_and_an_unknown_escape_are_no_trouble() -> None:
    assert view('["\\ud800", "\\q"]') == '["\ufffd", "\\q"]'


def test_line_and_column_are_those_of_the_file_behind_escapes() -> None:
    assert places('{"a": "\\n\\n\\u0041 v1",\n "b": "\\"v2 v3"}') == {
        "v1": ("$.a", 1, 19),
        "v2": ("$.b", 2, 10),
        "v3": ("$.b", 2, 13),
    }


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"a": "v1"}', "$.a"),
        ('[[], [1, {"x y": ["v1"]}]]', '$[1][1]["x y"][0]'),
        ('"v1"', "$"),
        ('{"a": {"b": {"c": {"d": {"e": {"f": "v1"}}}}}}', "$.a.b.c.d.e.f"),
        ('{"a": 1, "a": "v1"}', "$.a"),
        ('{"a": NaN, "b": [Infinity, "v1",]}', "$.b[1]"),
        ('// note\n{"a": /* x */ "v1"}', "$.a"),
        ("{a: 'x', b: v1}", "$.b"),
        ('{"k\\u0065y": "v1"}', "$.key"),
        ('{"a\\"b": "v1"}', '$["a\\"b"]'),
        ('{"a": "' + "x" * 5000 + ' v1"}', "$.a"),
        ('{"' + "k" * 300 + '": "v1"}', '$["k**'),
        ('{"user@example.com": {"x": "v1"}}', '$["u***@e******.c**"].x'),
        ("[" * 300 + '"v1"' + "]" * 300, "$" + "[0]" * 66 + "…"),
    ],
)
def test_each_value_has_its_path(text: str, path: str) -> None:
    assert places(text)["v1"][0].startswith(path)
    assert len(places(text)["v1"][0]) <= 201


def test_documents_after_each_other_are_numbered() -> None:
    found = [(s.text, s.location and s.location.label) for s in views.segments(json_reader, '{"a":"\\t"} {"b":"\\t"}')]
    assert ('"b":"\t', "$.b, document 2") in found


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1 "b": "v1"}',
        '{"a": ]"v1"',
        '{"a": "v1',
        '{"a": ["v1", {',
        '[1, 2}, "v1"',
        'x y {"a": "v1"}',
        '{"a": /"v1"/}',
        "[" * 100_000 + '"v1"' + "]" * 100_000,
        '{"a":' * 100_000 + '"v1"',
    ],
)
def test_what_is_damaged_is_there_all_the_same(text: str) -> None:
    assert view(text) == text


def test_from_the_damaged_place_on_there_is_no_path() -> None:
    assert places('["v1", "v2" "v3"]') == {"v1": ("$[0]", 1, 3), "v2": ("$[1]", 1, 9), "v3": ("", 1, 14)}


@pytest.mark.parametrize("damaged", ['{"a": "v2', '{"a": "v2"', '{"a" "v2"}', "v2 v2", "[1,, }v2"])
def test_a_damaged_record_of_json_lines_costs_its_line_only(damaged: str) -> None:
    text = '{"x": "v1"}\n' + damaged + '\n{"x": "v3"}\n'
    found = places(text, json_lines)
    assert (found["v1"], found["v3"]) == (("row 1, $.x", 1, 8), ("row 3, $.x", 3, 8))
    assert found["v2"][1] == 2


def test_records_are_counted_from_the_first_line_on_damaged_or_not() -> None:
    text = 'some words\n"x" "v1"\n\n{"a": "v2"}\n'
    assert places(text, json_lines) == {"v1": ("row 2, $", 2, 6), "v2": ("row 3, $.a", 4, 8)}


@pytest.mark.parametrize("text", ["some words v1", "x", "<a>", "{'a': 'v1'}"])
def test_what_is_only_called_json_is_text(text: str) -> None:
    assert view(text) == text


def test_a_key_that_is_a_value_found_is_masked_in_paths(tmp_path: Path) -> None:
    assert without('$["Jane Doe"].mail', frozenset({"Jane Doe"})) == '$["J*** D**"].mail'
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"jane.doe@example.com": {"ssn": "219-09-9999"}}))
    assert all("jane" not in label for _, _, label in findings_of(path))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.txt", '{"a": 1}', "json"),
        ("a.log", '{"a": 1}\n{"b": 2}\n', "json lines"),
        ("a.json", '{"a": 1}\n{"b": 2}\n', "json lines"),
        ("a.jsonl", '{"a": 1}', "json lines"),
        ("a.json", "plain words", "json"),
        ("a.txt", "[section]\nkey = 1\n", "text"),
        ("a.txt", "{ not } json", "text"),
        ("a.html", '{"a": 1}', "json"),
        ("a.json", "<!doctype html><p>x", "html"),
    ],
)
def test_content_tells_the_format_first(tmp_path: Path, name: str, text: str, expected: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert scanned(path)[0].format == expected


def test_wide_and_old_encodings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        path.write_bytes('{"ssn": "219-09-9999"}'.encode(encoding))
        assert findings_of(path) == [("a.json", "US_SSN", "$.ssn")]


def test_a_binary_file_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(bytes(range(256)) * 10)
    assert records_of(path) == {"a.json": "binary file"}


_NAMES = st.sampled_from(["a", "ssn", "first name", 'q"', "é", "x.y", ""])
_VALUES = st.recursive(
    st.sampled_from([None, True, 12, -1.5e10, "", "plain", "two\nlines", 'say "x"', "é\t\\", "😀"]) | st.just("TOKEN"),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=40,
)


def _numbered(value: object, path: str, expected: list[str]) -> object:
    """Return the value with its tokens numbered, and note their paths: what a JSON library sees."""
    from guardrails_cli.formats.data.json_path import item, member

    if value == "TOKEN":
        expected.append(path)
        return f"v{len(expected) - 1}"
    if isinstance(value, list):
        return [_numbered(each, item(path, index), expected) for index, each in enumerate(value)]
    if isinstance(value, dict):
        return {key: _numbered(each, member(path, key), expected) for key, each in value.items()}
    return value


@given(_VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_paths_lines_and_columns_are_those_of_the_json_library(
    value: object, indent: int | None, escaped: bool
) -> None:
    expected: list[str] = []
    text = json.dumps(_numbered(value, "$", expected), indent=indent, ensure_ascii=escaped)
    found = places(text)
    assert [found[f"v{number}"][0] for number in range(len(expected))] == expected
    for word, (_, line, column) in found.items():
        assert text.split("\n")[line - 1][column - 1 :].startswith(word)
