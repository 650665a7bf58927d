"""YAML: paths from libyaml's events; what is no YAML is text."""

from pathlib import Path

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.formats.data import yaml
from guardrails_cli.formats.data.json_path import item, member
from tests.formats import views
from tests.formats.support import FORMATS_DATA, findings_of, scanned


def places(text: str) -> dict[str, tuple[str, int, int]]:
    return views.places(yaml, text)


def test_a_file_has_its_findings_at_their_paths() -> None:
    [record] = scanned(FORMATS_DATA / "patients.yaml")
    assert [
        (found.entity_type, found.location.label if found.location else "", found.line, found.column)
        for found in record.findings
    ] == [
        ("PERSON", "$.patients[0].name", 6, 12),
        ("US_SSN", "$.patients[0].ssn", 7, 10),
        ("PHONE_NUMBER", "$.patients[0].phones[0]", 8, 15),
        ("CREDIT_CARD", "$.patients[0].note", 10, 12),
        ("PERSON", "$.patients[1].name", 11, 13),
        ("US_SSN", "$.patients[1].ssn", 11, 35),
        ("EMAIL_ADDRESS", "$.patients[1].email", 11, 54),
        ("EMAIL_ADDRESS", "$.contacts.jane, document 2", 14, 9),
    ]
    assert record.format == "yaml"


def test_the_view_is_the_file_itself_with_escapes_decoded() -> None:
    text = "# c\r\na: \"x\\u00e9\\x41\\n\\ty\"\n---\nb: '\\n'\n"
    assert views.view(yaml, text) == "# c\r\na: \"xéA\n\ty\"\n---\nb: '\\n'\n"


def test_everything_has_its_path() -> None:
    text = """a: v1
b: [x, "v2", {c: v3}]
d:
- &anchor v4
- >-
  folded v5
  v6
- !!python/object:os.system {e: v7}
"f g": *anchor
? [v8]
: v9
---
v10
"""
    assert places(text) == {
        "v1": ("$.a", 1, 4),
        "v2": ("$.b[1]", 2, 9),
        "v3": ("$.b[2].c", 2, 18),
        "v4": ("$.d[0]", 4, 11),
        "v5": ("$.d[1]", 6, 10),
        "v6": ("$.d[1]", 7, 3),
        "v7": ("$.d[2].e", 8, 33),
        "v8": ('$["?"][0]', 10, 4),
        "v9": ('$["?"]', 11, 3),
        "v10": ("$, document 2", 13, 1),
    }


@pytest.mark.parametrize(
    "text",
    [
        "a: {{ .Values.x }}\n{{- if v1 }}\nb: v2\n{{ end }}\n",
        "a: v1\n\tb: v2\n",
        "a: 'v1\nb: v2\n",
        "a: [v1\nb: v2\n",
        "a: *missing\nb: v1 v2",
        "%TAG ! x\nv1 v2",
        "\x1b v1 v2",
        "a: &a [v1, *a]\nb: v2",
        "a: v1\n... v2",
        "[" * 5_000 + "v1 v2",
        "{a: " * 5_000 + "v1 v2",
    ],
)
def test_what_is_no_yaml_is_text(text: str) -> None:
    assert views.view(yaml, text) == text
    assert set(places(text)) == {"v1", "v2"}


def test_what_stands_before_the_damaged_place_has_its_path() -> None:
    assert places("a:\n  b: v1\nc: v3\nd: 'v2")["v1"] == ("$.a.b", 2, 6)


def test_an_alias_bomb_is_only_text(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{f'*{chr(97 + i)}, ' * 9}]\n" for i in range(20))
    path = tmp_path / "a.yaml"
    path.write_text(bomb + "ssn: 219-09-9999\n")
    assert findings_of(path) == [("a.yaml", "US_SSN", "$.ssn")]


_VALUES = st.recursive(
    st.sampled_from([None, True, 1.5, "", "two\nlines", "# no", "é: x", "😀", "\x85", "TOKEN"]),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["a", "b c", "é", "1"]), inner, max_size=4)
    ),
    max_leaves=30,
)


@given(_VALUES, st.sampled_from([None, '"', "'", "|"]), st.booleans(), st.booleans())
def test_paths_lines_and_columns_are_those_of_the_library(value: object, style: str, flow: bool, plain: bool) -> None:
    expected: list[str] = []

    def numbered(value: object, path: str) -> object:
        if value == "TOKEN":
            expected.append(path)
            return f"v{len(expected) - 1}"
        if isinstance(value, list):
            return [numbered(each, item(path, index)) for index, each in enumerate(value)]
        if isinstance(value, dict):
            return {key: numbered(each, member(path, key)) for key, each in value.items()}
        return value

    text = pyyaml.safe_dump(
        numbered(value, "$"), default_style=style, default_flow_style=flow, allow_unicode=plain, sort_keys=False
    )
    found = places(text)
    assert [found[f"v{number}"][0] for number in range(len(expected))] == expected
    for word, (_, line, column) in found.items():
        assert text.split("\n")[line - 1][column - 1 :].startswith(word)
