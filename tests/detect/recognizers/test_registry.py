"""Properties of all our recognizers together."""

from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails_cli.core.entity_types import ENTITY_TYPES, entity_type
from guardrails_cli.detect.catalogue.checks import CHECKS
from guardrails_cli.detect.catalogue.entries import FAMILIES, _entries
from guardrails_cli.detect.recognizers.own import extra_recognizers
from guardrails_cli.detect.recognizers.recognizer import FLAGS, ValueRecognizer
from tests.detect.recognizers.support import find, find_types


def recognizers() -> list[ValueRecognizer]:
    return extra_recognizers()


PROSE = """
The committee met on a rainy afternoon and agreed to postpone the vote until the treasurer had finished the report.
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated files.
The union of two sets holds the members of both; a race condition, a straight line and a white space are no data.
Set the password in the settings, keep the token secret and pin the version. The key has a history of problems.
Routing, swift changes, serial numbers and number plates are explained in chapter 12, section 14, page 1975.
def password_for(user): return tokens[user.id] if user.is_active else None  # key = value, secret = token
"""


def test_the_types_are_all_described() -> None:
    assert {entity for each in recognizers() for entity in each.entities} - set(ENTITY_TYPES) == set()


def test_each_recognizer_has_a_name_of_its_own() -> None:
    names = [each.name for each in recognizers()]
    assert len(set(names)) == len(names)


def test_each_entry_of_a_family_cites_its_source() -> None:
    assert [row["entity"] for row in _entries() if not row.get("source")] == []


def test_every_check_is_used() -> None:
    used = {each["check"] for row in _entries() for each in (row, *row.get("patterns", ())) if "check" in each}
    assert {name for name in used if "." not in name} == set(CHECKS)


def test_ordinary_prose_and_code_are_quiet() -> None:
    assert find_types(PROSE) == set()


@pytest.mark.parametrize("recognizer", recognizers(), ids=lambda recognizer: recognizer.name)
@pytest.mark.parametrize(
    "unit", ["a", "1", "A ", "1 ", "a.", "1-", "Aa ", "key=", "\n> ", "(1) ", "5 Aa ", "x_", "://a:"]
)
def test_no_pattern_runs_away(recognizer: ValueRecognizer, unit: str) -> None:
    """Twenty thousand characters of one repeated unit: a pattern that backtracks without bound would time out."""
    text = unit * (20_000 // len(unit))
    for pattern in recognizer.evidence:
        list(regex.compile(pattern.regex, FLAGS).finditer(text, timeout=2.0))


@settings(max_examples=200)
@given(st.text(alphabet=" \n1234567890abcXYZ:=-.@/'\"", max_size=60), st.text(alphabet=" \n", min_size=1, max_size=5))
def test_what_is_found_depends_on_nothing_before_the_line_above(noise: str, gap: str) -> None:
    line = "NPI: 1234567893 and CVV 123"
    alone = find("US_NPI", line), find("CARD_CVV", line)
    text = noise + "\n" + gap + "\n" + line
    assert (find("US_NPI", text)[-1:], find("CARD_CVV", text)[-1:]) == alone


def test_a_new_engine_gets_recognizers_of_its_own() -> None:
    assert set(map(id, extra_recognizers())).isdisjoint(map(id, extra_recognizers()))


def test_named_groups_are_those_that_are_read() -> None:
    for recognizer in recognizers():
        for pattern in recognizer.evidence:
            assert set(regex.compile(pattern.regex).groupindex) <= {"value", "q", "label"}


def test_the_families_are_the_files() -> None:
    from importlib.resources import files

    folder = files("guardrails_cli.detect.catalogue")
    assert {f"{name}.yaml" for name in FAMILIES} == {
        entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml")
    }


def test_the_documentation_lists_each_type_with_its_standard() -> None:
    page = (Path(__file__).parents[3] / "docs" / "detection.md").read_text(encoding="utf-8")
    rows = [
        f"| `{row['entity']}` | {entity_type(row['entity']).severity.name} | {row['source']} |"
        for row in _entries()
        if "patterns" in row
    ]
    assert [row for row in rows if row not in page] == []
