"""The rule language: what each key means once it is loaded, and what is said of one that is wrong."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import Severity
from guardrails_cli.policy.files import builtin_files
from guardrails_cli.policy.load import load_pack, select_packs
from guardrails_cli.policy.packs import Exemption, Near, Pack, Place, Rule, Scope
from guardrails_cli.policy.validate import validate, warnings
from tests.policy.support import content_of

HEAD = """\
framework: ACME
title: House rules
version: "1"
source: Handbook
groups:
  persons: [PERSON, EMAIL_ADDRESS]
  health: [HEALTH_DATA]
rules:
  - id: ACME_001
    name: Patients
    citation: Handbook 1
    severity: LOW
    action: FLAG
    message: Ask first
"""
"""Fourteen lines; what a test adds to the rule begins in line 15."""
TODAY = date(2026, 6, 1)


def load(folder: Path, text: str, name: str = "acme.yaml") -> Pack:
    path = folder / name
    path.write_text(text)
    return load_pack(path, TODAY)


def rule(folder: Path, *lines: str) -> Rule:
    """Return the rule with the lines added; it has entity types unless they say otherwise."""
    more = "" if any(line.startswith(("groups:", "entity_types:")) for line in lines) else "    entity_types: [URL]\n"
    return load(folder, HEAD + "".join(f"    {line}\n" for line in lines) + more).rules[0]


def faults(*lines: str) -> list[str]:
    return validate((HEAD + "".join(f"    {line}\n" for line in lines)).encode(), "acme.yaml")


# The meaning of keys


def test_groups_stand_for_their_types(tmp_path: Path) -> None:
    assert rule(tmp_path, "groups: [persons]").entity_types == {"PERSON", "EMAIL_ADDRESS"}
    both = rule(tmp_path, "groups: [persons, health]", "entity_types: [URL]")
    assert both.entity_types == {"PERSON", "EMAIL_ADDRESS", "HEALTH_DATA", "URL"}


@pytest.mark.parametrize(
    ("written", "within"), [("200", 200), ("0", 0), ("row", Scope.ROW), ("document", Scope.DOCUMENT)]
)
def test_near_says_what_must_be_how_near(tmp_path: Path, written: str, within: int | Scope) -> None:
    near = rule(tmp_path, f"near: {{groups: [health], entity_types: [URL], min_score: 0.5, within: {written}}}").near
    assert near == Near(frozenset({"HEALTH_DATA", "URL"}), 0.5, within)


def test_places_and_exceptions_are_what_the_file_says(tmp_path: Path) -> None:
    made = rule(
        tmp_path,
        "paths: ['*.csv', '!old/']",
        "columns: [Fax Number]",
        "formats: [csv]",
        "except:",
        "  - {paths: [vault/], reason: Its own export, until: 2027-01-31}",
        "  - {columns: [demo_*], reason: Made up}",
    )
    assert made.place == Place(("*.csv", "!old/"), ("fax_number",), ("csv",))
    assert made.exemptions == (
        Exemption(Place(paths=("vault/",)), "Its own export", date(2027, 1, 31)),
        Exemption(Place(columns=("demo_*",)), "Made up", None),
    )


def test_the_other_keys_are_what_the_file_says(tmp_path: Path) -> None:
    made = rule(
        tmp_path, "distinct: true", "unless_masked: true", "severity_by_count: {500: CRITICAL, 10: HIGH}",
        "rationale: Why", "remediation: How", "note: What not",
    )  # fmt: skip
    assert (made.distinct, made.unless_masked, made.detectable) == (True, True, True)
    assert made.severity_by_count == ((10, Severity.HIGH), (500, Severity.CRITICAL))
    assert (made.rationale, made.remediation, made.note) == ("Why", "How", "What not")


def test_examples_are_texts_or_rows(tmp_path: Path) -> None:
    made = rule(
        tmp_path,
        "examples:",
        "  fires: [plain, {text: 'n {n}', times: 3, path: a.html, format: html}]",
        "  passes: [{row: {name: Jane, note: well}}]",
    )
    assert [(each.text, each.fires, each.path, each.columns, each.format) for each in made.examples] == [
        ("plain", True, None, (), None),
        ("n 0\nn 1\nn 2", True, "a.html", (), "html"),
        ("Jane\twell", False, None, ("name", "note"), None),
    ]
    assert {each.origin for each in made.examples} == {str(tmp_path / "acme.yaml")}


# An exception ends


@pytest.mark.parametrize(
    ("until", "works"), [("2026-06-01", True), ("2026-06-02", True), ("2026-05-31", False), ("1999-01-01", False)]
)
def test_an_exception_works_up_to_its_last_day_and_then_is_told(tmp_path: Path, until: str, works: bool) -> None:
    text = HEAD + f"    entity_types: [URL]\n    except:\n      - {{paths: [a], reason: Migration, until: {until}}}\n"
    pack = load(tmp_path, text)
    assert bool(pack.rules[0].exemptions) is works
    told = f"rules[0].except[0].until: the exception ended on {until} (Migration): ACME_001 applies there again"
    assert list(pack.warnings) == ([] if works else [f"{tmp_path / 'acme.yaml'}:17: {told}"])
    assert warnings(content_of(text.encode(), "acme.yaml"), TODAY) == ([] if works else [f"acme.yaml:17: {told}"])


# Faults


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ((), "9: rules[0]: 'entity_types' or 'groups' is needed"),
        (
            ("groups: [person]",),
            "15: rules[0].groups[0]: no group 'person'; did you mean 'persons'?; known: health, persons",
        ),
        (("entity_type: [URL]",), "15: rules[0]: unknown key 'entity_type'; did you mean 'entity_types'?"),
        (("groups: [health]", "near: {within: 9}"), "16: rules[0].near: 'entity_types' or 'groups' is needed"),
        (("groups: [health]", "near: {groups: [persons]}"), "16: rules[0].near: 'within' is a required property"),
        (
            ("groups: [health]", "near: {groups: [helth], within: row}"),
            "16: rules[0].near.groups[0]: no group 'helth'; did you mean 'health'?; known: health, persons",
        ),
        (
            ("groups: [health]", "near:", "  groups: [persons]", "  within: rows"),
            "18: rules[0].near.within: 'rows' is not one of row, document; did you mean 'row'?",
        ),
        (
            ("groups: [health]", "near: {groups: [persons], within: 10001}"),
            "16: rules[0].near.within: 10001 is greater than the maximum of 10000",
        ),
        (
            ("groups: [health]", "near: {groups: [persons], within: 9, unit: words}"),
            "16: rules[0].near: unknown key 'unit'",
        ),
        (
            ("groups: [health]", "severity_by_count: {10: HIHG}"),
            "16: rules[0].severity_by_count.10: 'HIHG' is not one of LOW, MEDIUM, HIGH, CRITICAL; did you mean 'HIGH'?",
        ),
        (
            ("groups: [health]", "severity_by_count: {10: LOW}"),
            "16: rules[0].severity_by_count.10: LOW is not worse than LOW for fewer",
        ),
        (
            ("groups: [health]", "severity_by_count:", "  500: MEDIUM", "  10: HIGH"),
            "17: rules[0].severity_by_count.500: MEDIUM is not worse than HIGH for fewer",
        ),
        (
            ("groups: [health]", "severity_by_count: {many: HIGH}"),
            "16: rules[0].severity_by_count.many: 'many' does not match '^[1-9][0-9]{0,8}$'",
        ),
        (
            ("groups: [health]", "distinct: true", "min_count: 10001"),
            "17: rules[0].min_count: different values are counted up to 10,000 only",
        ),
        (
            ("groups: [health]", "except: [{paths: [a]}]"),
            "16: rules[0].except[0]: 'reason' is a required property",
        ),
        (
            ("groups: [health]", "except: [{reason: Because}]"),
            "16: rules[0].except[0]: 'paths', 'columns' or 'formats' is needed; `disable` switches a rule off",
        ),
        (
            ("groups: [health]", "except:", "  - paths: [a]", "    reason: Because", "    until: 2026-02-30"),
            "19: rules[0].except[0].until: '2026-02-30' is not a date; write for example 2027-01-31",
        ),
        (
            ("groups: [health]", "except:", "  - paths: [a]", "    reson: Because", "    reason: Because"),
            "18: rules[0].except[0]: unknown key 'reson'; did you mean 'reason'?",
        ),
        (("groups: [health]", "paths: ['# x']"), "16: rules[0].paths[0]: '# x' matches nothing"),
        (
            ("groups: [health]", "detectable: false"),
            "16: rules[0].detectable: 'note' must say why nothing can find it",
        ),
        (
            ("groups: [health]", "detectable: false", "note: Why"),
            "16: rules[0].detectable: a rule that nothing can find has no entity types",
        ),
        (
            ("groups: [health]", "examples: {fire: [a]}"),
            "16: rules[0].examples: unknown key 'fire'; did you mean 'fires'?",
        ),
        (
            ("groups: [health]", "examples:", "  fires:", "    - text: a", "      row: {b: c}"),
            "18: rules[0].examples.fires[0]: either 'text' or 'row' is needed",
        ),
        (
            ("groups: [health]", "examples: {fires: [7]}"),
            "16: rules[0].examples.fires[0]: 7 is not of type 'string', 'object'",
        ),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_key_and_the_nearest_spelling(lines: tuple[str, ...], fault: str) -> None:
    assert f"acme.yaml:{fault}" in faults(*lines)


@pytest.mark.parametrize("name", ["Health", "9lives", "a b"])
def test_a_groups_name_is_in_small_letters(name: str) -> None:
    (fault,) = validate(HEAD.replace("health:", f"{name}:").encode() + b"    entity_types: [URL]\n", "acme.yaml")
    assert fault.startswith(f"acme.yaml:7: groups.{name}: {name!r} does not match ")


WORDS = [
    "",
    "x",
    "LOW",
    "row",
    "[]",
    "{}",
    "[a]",
    "{a: 1}",
    "-1",
    "99999999999",
    "1.5",
    "true",
    "null",
    "2026-13-01",
    "'#'",
]


@settings(max_examples=60)
@given(st.sampled_from(["CCPA", "FERPA", "GLBA", "PCI_DSS", "SECRETS", "SOC2"]), st.data())
def test_a_mutated_pack_is_valid_or_has_faults_with_lines(name: str, data: st.DataObject) -> None:
    """No mutation of a line makes anything but a pack that loads, or faults that say where."""
    lines = builtin_files()[name].read_text().splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    line, word = lines[number], data.draw(st.sampled_from(WORDS))
    key, colon, value = line.partition(": ")
    lines[number] = data.draw(
        st.sampled_from([f"{key}: {word}", f"{key}x{colon}{value}", f" {line}", line[:-1], "", f"{line}\n{line}"])
    )
    told = validate("\n".join(lines).encode(), "pack.yaml")
    for fault in told:
        place, _, text = fault.partition(": ")
        file, _, at = place.rpartition(":")
        assert file == "pack.yaml"
        assert 1 <= int(at) <= len(lines) + 2
        assert text
        assert "\n" not in fault


@pytest.mark.parametrize("path", builtin_files().values(), ids=lambda path: path.stem)
def test_a_key_misspelled_in_a_rule_is_told_with_its_line(path: Path) -> None:
    lines = path.read_text().splitlines()
    rules = [number for number, line in enumerate(lines) if line.startswith("  - id: ")]
    for rule_number in (0, len(rules) - 1):
        number = next(n for n in range(rules[rule_number], len(lines)) if lines[n].startswith("    severity: "))
        changed = [*lines[:number], lines[number].replace("severity", "severty"), *lines[number + 1 :]]
        assert validate("\n".join(changed).encode(), path.name) == [
            f"{path.name}:{rules[rule_number] + 1}: rules[{rule_number}]: 'severity' is a required property",
            f"{path.name}:{number + 1}: rules[{rule_number}]: unknown key 'severty'; did you mean 'severity'?",
        ]


# Packs that extend packs

HOUSE = """\
framework: HOUSE
extends: HIPAA
version: "1"
"""


def test_a_pack_takes_over_what_it_does_not_say_itself(tmp_path: Path) -> None:
    house = load(tmp_path, HOUSE)
    (hipaa,) = select_packs(["HIPAA"])
    assert [each.rule_id for each in house.rules] == [each.rule_id for each in hipaa.rules]
    assert (house.title, house.source, house.extends) == (hipaa.title, hipaa.source, ("HIPAA",))
    assert {each.framework for each in house.rules} == {"HOUSE"}
    assert house.sha256 != hipaa.sha256


def test_rules_are_added_replaced_changed_and_disabled(tmp_path: Path) -> None:
    house = load(
        tmp_path,
        HOUSE + HEAD.partition("source: Handbook\n")[2].replace("ACME_001", "HIPAA_002") + "    groups: [persons]\n"
        "change:\n  HIPAA_008: {severity: LOW, except: [{paths: [a], reason: b}]}\n"
        "disable: [HIPAA_009, HIPAA_018]\n",
    )
    (hipaa,) = select_packs(["HIPAA"])
    before = {each.rule_id: each for each in hipaa.rules}
    after = {each.rule_id: each for each in house.rules}
    assert before.keys() - after.keys() == {"HIPAA_009", "HIPAA_018"}
    assert (after["HIPAA_002"].name, after["HIPAA_002"].citation) == ("Patients", "Handbook 1")
    assert after["HIPAA_002"].remediation == ""
    changed = after["HIPAA_008"]
    assert (changed.severity, changed.exemptions[0].reason) == (Severity.LOW, "b")
    assert (changed.name, changed.entity_types) == (before["HIPAA_008"].name, before["HIPAA_008"].entity_types)


def test_a_group_of_the_pack_below_can_be_widened(tmp_path: Path) -> None:
    house = load(tmp_path, HOUSE + "groups: {health: [HEALTH_DATA, WARD_OF_ACME]}\n")
    near = house.rules[0].near
    assert near is not None
    assert near.entity_types == {"HEALTH_DATA", "WARD_OF_ACME"}


def test_packs_extend_one_another_through_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    load(tmp_path, HOUSE + "disable: [HIPAA_009]\n", "sub/base.yaml")
    top = load(tmp_path, HOUSE.replace("HOUSE", "TOP").replace("HIPAA", "sub/base.yaml") + "disable: [HIPAA_008]\n")
    assert top.extends == ("HOUSE", "HIPAA")
    assert {"HIPAA_008", "HIPAA_009"}.isdisjoint(each.rule_id for each in top.rules)


def test_a_pack_takes_the_place_of_those_that_it_extends(tmp_path: Path) -> None:
    load(tmp_path, HOUSE, "house.yaml")
    assert [pack.framework for pack in select_packs(None, [tmp_path / "house.yaml"])] == [
        "GDPR", "PCI_DSS", "SECRETS", "HOUSE",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HOUSE.replace("HIPAA", "HIPPA"), "2: extends: no built-in pack 'HIPPA'; did you mean 'HIPAA'?"),
        (HOUSE.replace("HIPAA", "missing.yaml"), "2: extends: cannot read the policy {0}/missing.yaml: No such file"),
        (HOUSE.replace("HIPAA", "acme.yaml"), "2: extends: {0}/acme.yaml extends itself in the end"),
        (HOUSE.replace("HIPAA", "broken.yaml"), "2: extends: the pack is not valid: {0}/broken.yaml:1: "),
        (HOUSE + "disable:\n  - HIPAA_999\n", "5: disable[0]: HIPAA has no rule 'HIPAA_999'; did you mean "),
        (HOUSE + "change:\n  HIPAA_02: {severity: LOW}\n", "5: change.HIPAA_02: HIPAA has no rule 'HIPAA_02'; did "),
        (HOUSE + "change:\n  HIPAA_002:\n    id: HIPAA_099\n", "6: change.HIPAA_002.id: an id cannot be changed"),
        (HOUSE + "change:\n  HIPAA_002: {severty: LOW}\n", "5: change.HIPAA_002: unknown key 'severty'; did you mean "),
        (HOUSE + "change:\n  HIPAA_002: {groups: [perons]}\n", "5: change.HIPAA_002.groups[0]: no group 'perons'; "),
        (
            HOUSE + "disable: [HIPAA_002]\nchange:\n  HIPAA_002: {severity: LOW}\n",
            "6: change.HIPAA_002: the rule is disabled, too",
        ),
        (HEAD + "    groups: [persons]\ndisable: [ACME_001]\n", "16: disable: only a pack that extends another "),
    ],
)  # fmt: skip
def test_what_is_wrong_with_extending_is_told(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "broken.yaml").write_text("framework: 7\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert f"{tmp_path / 'acme.yaml'}:{fault.format(tmp_path)}" in str(caught.value)


def test_two_packs_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(HOUSE.replace("HIPAA", "acme.yaml"))
    with pytest.raises(ConfigError, match="extends itself in the end"):
        load(tmp_path, HOUSE.replace("HIPAA", "other.yaml"))


def test_an_expired_exception_below_is_told_with_its_own_file(tmp_path: Path) -> None:
    load(
        tmp_path, HOUSE + "change:\n  HIPAA_008:\n    except: [{paths: [a], reason: b, until: 2020-01-01}]\n", "b.yaml"
    )
    top = load(tmp_path, HOUSE.replace("HIPAA", "b.yaml"))
    assert [warning.partition(": ")[0] for warning in top.warnings] == [f"{tmp_path / 'b.yaml'}:6"]


def test_a_large_pack_is_loaded_as_text_says(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": f"ACME_{number:03}", "name": "x", "citation": "x", "entity_types": ["URL"],
            "severity": "LOW", "action": "FLAG", "message": "x",
        }
        for number in range(500)
    ]  # fmt: skip
    pack = {"framework": "ACME", "title": "x", "version": "1", "source": "x", "rules": rows}
    assert len(load(tmp_path, yaml.safe_dump(pack)).rules) == 500
