"""`guardrails policies`: what it prints and how it exits."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guardrails_cli.cli.commands.policies import app
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.policy.files import builtin_files, schema

PACK = """\
framework: HOUSE
title: House rules
version: "1"
source: Handbook
rules:
  - id: HOUSE_001
    name: Mail
    citation: Handbook 1
    entity_types: [EMAIL_ADDRESS]
    severity: LOW
    action: FLAG
    message: Ask first
    examples:
      fires:
        - write to jane@example.com
        - nobody here
      passes: [write to us]
"""


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.yaml"
    path.write_text(PACK)
    return path


def test_all_packs_are_listed_with_those_that_apply_by_default() -> None:
    _, out, _ = run("list")
    for name in builtin_files():
        assert name in out
    assert out.count(" yes ") == 4


def test_a_rule_is_shown_with_all_that_there_is_to_say_of_it() -> None:
    _, out, _ = run("show", "hipaa_001")
    assert out.startswith("HIPAA_001  CRITICAL  FLAG  PHI Detection\n")
    assert "within 200 characters, or in the same row, of GENETIC_DATA, HEALTH_DATA, ICD10_CODE" in out
    for key in ("citation", "rationale", "message", "remediation"):
        assert f"    {key} " in out


def test_what_cannot_be_checked_is_shown_as_such() -> None:
    assert "nothing: a scan cannot check it" in run("show", "HIPAA_018")[1]


def test_a_file_is_shown(house: Path) -> None:
    assert run("show", str(house))[1].startswith("HOUSE: House rules (Handbook), version 1\n")


@pytest.mark.parametrize("arguments", [("show", "HIPPA"), ("test", "HIPPA"), ("diff", "HIPPA", "GDPR")])
def test_an_unknown_name_is_one_line_with_the_nearest_one(arguments: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="did you mean 'HIPAA'") as caught:
        run(*arguments)
    assert "\n" not in str(caught.value)


def test_examples_that_are_not_as_they_should_be_are_told_with_file_and_line(house: Path) -> None:
    code, out, err = run("test", str(house))
    assert code == 1
    assert err == f"{house}:16: HOUSE_001: the example must fire and does not (found: nothing)\n"
    assert out == "HOUSE: 2 of 3 examples as they should be\n"


def test_examples_of_a_framework_are_tested(house: Path) -> None:
    house.write_text(PACK.replace("        - nobody here\n", ""))
    code, out, err = run("test", str(house), "secrets")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "HOUSE: 2 of 2 examples as they should be"
    assert out.splitlines()[1].startswith("SECRETS: ")


def test_changed_and_inherited_examples_are_tested_with_their_own_files(house: Path) -> None:
    house.write_text(
        "framework: HOUSE\nextends: SECRETS\nversion: '1'\ndisable: [SECRETS_001]\nchange:\n"
        "  SECRETS_002:\n    examples: {fires: [no key at all]}\n  SECRETS_003: {min_score: 1.0}\n"
    )
    code, _, err = run("test", str(house))
    places = [line.partition(": ")[0].rpartition(":")[0] for line in err.splitlines()]
    assert (code, places) == (1, [str(house), str(builtin_files()["SECRETS"])])


def test_two_packs_are_compared_rule_by_rule(house: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(
        PACK.replace("severity: LOW", "severity: HIGH\n    severity_by_count: {10: CRITICAL}")
        .replace("[EMAIL_ADDRESS]", "[URL]\n    near: {entity_types: [PERSON], within: row}")
        .replace('"1"', '"2"')
        + "  - {id: HOUSE_002, name: New, citation: x, entity_types: [URL], severity: LOW, action: FLAG, message: x}\n"
    )
    assert run("diff", str(house), str(other))[1].splitlines() == [
        "~ version: 1 -> 2",
        "~ HOUSE_001 entity_types: -EMAIL_ADDRESS +URL",
        "~ HOUSE_001 severity: LOW -> HIGH",
        "~ HOUSE_001 near: none -> in the same row as PERSON with a score of 0 or more",
        "~ HOUSE_001 severity_by_count: none -> CRITICAL from 10 on",
        "+ HOUSE_002 New",
    ]
    assert run("diff", str(other), str(house))[1].splitlines()[-1] == "- HOUSE_002 New"
    assert run("diff", "hipaa", "HIPAA")[1] == "no difference\n"


def test_the_schema_is_printed_as_it_is() -> None:
    assert json.loads(run("schema")[1]) == schema()


def test_validate_tells_of_an_exception_that_has_ended(house: Path) -> None:
    house.write_text(
        PACK.replace(
            "    examples:", "    except:\n      - {paths: [a], reason: Old, until: 2020-01-01}\n    examples:"
        )
    )
    code, out, err = run("validate", str(house))
    assert (code, out) == (0, f"{house}: valid\n")
    assert err == (
        f"{house}:14: rules[0].except[0].until: the exception ended on 2020-01-01 (Old): "
        "HOUSE_001 applies there again (warning)\n"
    )
