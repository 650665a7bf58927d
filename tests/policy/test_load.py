import hashlib
from collections import Counter
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from guardrails_cli.cli.commands.policies import app
from guardrails_cli.core.entity_types import ENTITY_TYPES
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.record import Action
from guardrails_cli.core.schemas.yaml_check import nearest
from guardrails_cli.policy.evaluate import judge
from guardrails_cli.policy.files import builtin_files, builtin_folder, schema
from guardrails_cli.policy.load import DEFAULT_FRAMEWORKS, builtin_packs, load_pack, select_packs
from guardrails_cli.policy.packs import Pack
from guardrails_cli.policy.validate import validate, warnings
from tests.policy.support import content_of

BUILTIN_FILES = sorted(builtin_folder().glob("*.yaml"))

VALID = """\
framework: ACME
title: House rules
version: "1"
source: Handbook
rules:
  - id: ACME_001
    name: Mail
    citation: Handbook 1
    entity_types: [EMAIL_ADDRESS]
    min_score: 0.5
    min_count: 2
    severity: LOW
    action: FLAG
    message: Ask first
"""
LEVELS = "LOW, MEDIUM, HIGH, CRITICAL"
ACTIONS = "FLAG, REDACT, BLOCK"
SECOND_RULE = """\
  - id: ACME_002
    name: Phone
    citation: Handbook 2
    entity_types: [PHONE_NUMBER]
    severity: HIGH
    action: REDACT
    message: Ask first
"""


def faults(text: str) -> list[str]:
    return validate(text.encode(), "acme.yaml")


def write(folder: Path, name: str, text: str = VALID) -> Path:
    path = folder / name
    path.write_text(text)
    return path


# The packs that come with the program


@pytest.mark.parametrize("path", BUILTIN_FILES, ids=lambda path: path.stem)
def test_builtin_pack_is_valid(path: Path) -> None:
    assert validate(path.read_bytes(), path.name) == []


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_builtin_packs_are_the_files_in_their_folder() -> None:
    assert {"GDPR", "HIPAA", "PCI_DSS"} <= {pack.framework for pack in builtin_packs()}
    assert len(builtin_packs()) == len(BUILTIN_FILES)
    assert {pack.origin for pack in builtin_packs()} == {"builtin"}


def test_builtin_rule_ids_are_unique() -> None:
    ids = Counter(rule.rule_id for pack in builtin_packs() for rule in pack.rules)
    assert [name for name, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("pack", builtin_packs(), ids=lambda pack: pack.framework)
def test_builtin_rules_are_named_after_their_framework(pack: Pack) -> None:
    assert [rule.rule_id for rule in pack.rules if not rule.rule_id.startswith(f"{pack.framework}_")] == []
    assert {rule.framework for rule in pack.rules} == {pack.framework}


@pytest.mark.parametrize("pack", builtin_packs(), ids=lambda pack: pack.framework)
def test_builtin_rules_ask_for_entity_types_that_exist(pack: Pack) -> None:
    assert {name for rule in pack.rules for name in rule.entity_types} - set(ENTITY_TYPES) == set()


# From file to rules


def test_a_pack_is_what_its_file_says(tmp_path: Path) -> None:
    path = write(tmp_path, "acme.yaml")
    pack = load_pack(path)
    assert (pack.framework, pack.title, pack.version, pack.source) == ("ACME", "House rules", "1", "Handbook")
    assert (pack.origin, pack.sha256) == (str(path), hashlib.sha256(path.read_bytes()).hexdigest())
    (rule,) = pack.rules
    assert (rule.rule_id, rule.framework, rule.name, rule.citation) == (
        "ACME_001",
        "ACME",
        "Mail",
        "Handbook 1",
    )
    assert (rule.entity_types, rule.min_score, rule.min_count) == (frozenset({"EMAIL_ADDRESS"}), 0.5, 2)
    assert (rule.severity, rule.action, rule.message) == (Severity.LOW, Action.FLAG, "Ask first")


def test_a_rule_counts_every_finding_by_default(tmp_path: Path) -> None:
    text = VALID.replace("    min_score: 0.5\n", "").replace("    min_count: 2\n", "")
    (rule,) = load_pack(write(tmp_path, "acme.yaml", text)).rules
    assert (rule.min_score, rule.min_count) == (0.0, 1)


@pytest.mark.parametrize(
    "encoded", [VALID.encode("utf-8-sig"), VALID.encode("utf-16"), VALID.replace("\n", "\r\n").encode()]
)
def test_a_pack_may_be_in_any_encoding_of_yaml(encoded: bytes) -> None:
    assert validate(encoded, "acme.yaml") == []


def test_values_may_come_from_anchors() -> None:
    text = VALID.replace("[EMAIL_ADDRESS]", "&types [EMAIL_ADDRESS]") + SECOND_RULE.replace("[PHONE_NUMBER]", "*types")
    assert faults(text) == []


@pytest.mark.parametrize(("name", "words"), [("missing.yaml", "No such file or directory"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_pack(tmp_path / name)
    assert str(caught.value) == f"cannot read the policy {tmp_path / name}: {words}"


def test_a_file_that_is_not_valid_is_refused_with_all_its_faults(tmp_path: Path) -> None:
    path = write(tmp_path, "acme.yaml", VALID.replace("severity: LOW", "severity: LO").replace("0.5", "half"))
    with pytest.raises(ConfigError) as caught:
        load_pack(path)
    assert str(caught.value).splitlines() == [
        f"{path}:10: rules[0].min_score: 'half' is not of type 'number'",
        f"{path}:12: rules[0].severity: 'LO' is not one of LOW, MEDIUM, HIGH, CRITICAL; did you mean 'LOW'?",
    ]


# Faults: file, line, key and what is wrong


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("LOW", "LOWW", f"12: rules[0].severity: 'LOWW' is not one of {LEVELS}; did you mean 'LOW'?"),
        ("LOW", "low", f"12: rules[0].severity: 'low' is not one of {LEVELS}; did you mean 'LOW'?"),
        ("LOW", "5", f"12: rules[0].severity: '5' is not one of {LEVELS}"),
        ("FLAG", "FLAGG", f"13: rules[0].action: 'FLAGG' is not one of {ACTIONS}; did you mean 'FLAG'?"),
        ("0.5", "1.5", "10: rules[0].min_score: 1.5 is greater than the maximum of 1"),
        ("0.5", "-1", "10: rules[0].min_score: -1 is less than the minimum of 0"),
        ("0.5", "yes", "10: rules[0].min_score: True is not of type 'number'"),
        ("count: 2", "count: 0", "11: rules[0].min_count: 0 is less than the minimum of 1"),
        ("count: 2", "count: 1.5", "11: rules[0].min_count: 1.5 is not of type 'integer'"),
        ('"1"', "1", "3: version: 1 is not of type 'string'"),
        ("ACME\n", "acme\n", "1: framework: 'acme' does not match '^[A-Z][A-Z0-9_]{0,31}$'"),
        ("ACME_001", "ACME-1", "6: rules[0].id: 'ACME-1' does not match '^[A-Z][A-Z0-9_]*_[0-9]{3}$'"),
        ("[EMAIL_ADDRESS]", "[]", "9: rules[0].entity_types: [] should be non-empty"),
        ("[EMAIL_ADDRESS]", "URL", "9: rules[0].entity_types: 'URL' is not of type 'array'"),
        ("[EMAIL_ADDRESS]", "[url]", "9: rules[0].entity_types[0]: 'url' does not match '^[A-Z][A-Z0-9_]*$'"),
        ("    name: Mail\n", "", "6: rules[0]: 'name' is a required property"),
        ("title: House rules\n", "", "1: pack: 'title' is a required property"),
        ("title: House", "title: A\ntitle: House", "3: title: the key is given twice"),
        ("    name: Mail", "    name: A\n    name: Mail", "8: name: the key is given twice"),
        (
            "Ask first\n",
            "Ask first\n    messag: x\n",
            "15: rules[0]: unknown key 'messag'; did you mean 'message'?",
        ),
        ("Handbook\n", "Handbook\nsorce: x\n", "5: pack: unknown key 'sorce'; did you mean 'source'?"),
        ("Handbook\n", "Handbook\nzzz: x\n", "5: pack: unknown key 'zzz'"),
    ],
)
def test_a_fault_names_file_line_key_and_the_nearest_spelling(right: str, wrong: str, fault: str) -> None:
    assert faults(VALID.replace(right, wrong, 1)) == [f"acme.yaml:{fault}"]


def test_a_score_that_is_no_number_is_a_fault() -> None:
    (fault,) = faults(VALID.replace("0.5", ".nan"))
    assert fault.startswith("acme.yaml:10: rules[0].min_score: ")


def test_a_rule_id_used_twice_is_a_fault() -> None:
    assert faults(VALID + SECOND_RULE.replace("ACME_002", "ACME_001")) == [
        "acme.yaml:15: id: the rule id 'ACME_001' is used twice"
    ]


def test_all_faults_are_told_at_once_in_the_files_order() -> None:
    text = (VALID + SECOND_RULE).replace("LOW", "LO").replace("REDACT", "REDAKT").replace('"1"', "1")
    assert [fault.split(": ")[0] for fault in faults(text)] == ["acme.yaml:3", "acme.yaml:12", "acme.yaml:20"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "acme.yaml:1: the file is empty; a pack needs 'framework' and 'rules'"),
        ("# nothing but a comment\n", "acme.yaml:1: the file is empty; a pack needs 'framework' and 'rules'"),
        ("just words\n", "acme.yaml:1: pack: 'just words' is not of type 'object'"),
        ("- a\n- b\n", "acme.yaml:1: pack: ['a', 'b'] is not of type 'object'"),
    ],
)
def test_a_file_that_is_no_mapping_is_one_fault(text: str, fault: str) -> None:
    assert faults(text) == [fault]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("framework: [\n", 2, id="unclosed list"),
        pytest.param("framework: ACME\n\ttitle: x\n", 2, id="tab"),
        pytest.param("framework: ACME\n  title: x\n", 2, id="indentation"),
        pytest.param("framework: *nowhere\n", 1, id="unknown anchor"),
        pytest.param("---\na: 1\n---\nb: 2\n", 3, id="two documents"),
        pytest.param("framework: !!python/object/apply:os.getcwd []\n", 1, id="code"),
        pytest.param("? [a]\n: 1\n", 1, id="key that is a list"),
        pytest.param("framework: \0\n", 1, id="control character"),
        pytest.param("[" * 10_000, 1, id="deep nesting"),
    ],
)
def test_a_file_that_is_no_yaml_is_one_fault_with_its_line(text: str, line: int) -> None:
    (fault,) = faults(text)
    assert fault.startswith(f"acme.yaml:{line}: not valid YAML: ")


def test_a_file_that_is_no_text_is_one_fault() -> None:
    (fault,) = validate(b"framework: \xff\xff\n", "acme.yaml")
    assert fault.startswith("acme.yaml:1: not valid YAML: ")


@pytest.mark.parametrize("text", ["framework: &loop [*loop]\n", "rules: &loop [*loop]\n", "&loop rules: *loop\n"])
def test_a_file_that_contains_itself_has_faults(text: str) -> None:
    assert faults(text)


def test_a_fault_is_told_once_however_many_aliases_lead_to_it() -> None:
    found = faults("a0: &a0 {x: 1, x: 2}\n" + levels(4))
    assert [fault for fault in found if "given twice" in fault] == ["acme.yaml:1: x: the key is given twice"]


@pytest.mark.parametrize("text", ["a0: &a0 {x: 1}\n", VALID + "a0: &a0 [LOW]\n"])
def test_aliases_that_unfold_without_end_are_refused_at_once(text: str) -> None:
    assert faults(text + levels(40)) == [
        "acme.yaml:1: not a usable pack: its aliases unfold to more than 100,000 values"
    ]


def levels(number: int) -> str:
    """Return lists of which each holds nine times the one before it."""
    return "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, number))


@pytest.mark.parametrize("number", [".inf", "-.inf", ".nan"])
def test_what_is_no_number_in_json_is_none_here(number: str) -> None:
    assert faults(VALID.replace("0.5", number))


def test_an_entity_type_that_nobody_knows_is_a_warning_and_no_fault(tmp_path: Path) -> None:
    text = VALID.replace("[EMAIL_ADDRESS]", "[EMAIL_ADRESS, URL, BADGE_OF_ACME]")
    assert faults(text) == []
    assert load_pack(write(tmp_path, "acme.yaml", text)).rules[0].entity_types == {
        "EMAIL_ADRESS",
        "URL",
        "BADGE_OF_ACME",
    }
    assert warnings(content_of(text.encode(), "acme.yaml")) == [
        "acme.yaml:9: rules[0].entity_types[0]: nothing known finds EMAIL_ADRESS; did you mean 'EMAIL_ADDRESS'?",
        "acme.yaml:9: rules[0].entity_types[2]: nothing known finds BADGE_OF_ACME",
    ]


@pytest.mark.parametrize("path", BUILTIN_FILES, ids=lambda path: path.stem)
def test_builtin_packs_need_no_warning(path: Path) -> None:
    assert warnings(content_of(path.read_bytes(), path.name)) == []


def test_validate_warns_and_succeeds(tmp_path: Path) -> None:
    path = write(tmp_path, "acme.yaml", VALID.replace("[EMAIL_ADDRESS]", "[EMAIL_ADRESS]"))
    result = CliRunner().invoke(app, ["validate", str(path)])
    assert (result.exit_code, result.stdout) == (0, f"{path}: valid\n")
    assert result.stderr.startswith(
        f"{path}:9: rules[0].entity_types[0]: nothing known finds EMAIL_ADRESS; did you mean"
    )


def test_a_fault_does_not_repeat_a_whole_file() -> None:
    assert max(len(fault) for fault in faults(VALID.replace("LOW", "x" * 10_000))) < 300


# Selected packs


def test_four_frameworks_apply_by_default_and_all_if_asked_for() -> None:
    assert {pack.framework for pack in select_packs(None)} == set(DEFAULT_FRAMEWORKS)
    assert set(DEFAULT_FRAMEWORKS) == {"HIPAA", "GDPR", "PCI_DSS", "SECRETS"}
    assert select_packs(["all"]) == select_packs(["ALL", "HIPAA"]) == builtin_packs()


def test_a_builtin_file_is_named_after_its_framework() -> None:
    assert {name: name for name in builtin_files()} == {
        name: pack.framework for name, pack in zip(builtin_files(), builtin_packs(), strict=True)
    }


@pytest.mark.parametrize(
    ("frameworks", "expected"),
    [
        (["HIPAA"], ["HIPAA"]),
        (["PCI_DSS", "GDPR"], ["GDPR", "PCI_DSS"]),
        (["GDPR", "GDPR"], ["GDPR"]),
        ([], []),
    ],
)
def test_frameworks_choose_among_the_packs(frameworks: list[str], expected: list[str]) -> None:
    assert [pack.framework for pack in select_packs(frameworks)] == expected


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("HIPPA", "; did you mean 'HIPAA'?"),
        ("hipaa", "; did you mean 'HIPAA'?"),
        ("PCI-DSS", "; did you mean 'PCI_DSS'?"),
        ("SOX", ""),
    ],
)
def test_an_unknown_framework_is_refused_with_the_nearest_name(name: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        select_packs(["GDPR", name])
    assert str(caught.value).startswith(f"unknown framework {name!r}{hint}; known: ")


def test_an_own_pack_applies_beside_the_builtin_ones(tmp_path: Path) -> None:
    packs = select_packs(None, [write(tmp_path, "acme.yaml")])
    assert [pack.framework for pack in packs] == [*(pack.framework for pack in select_packs(None)), "ACME"]


def test_an_own_pack_applies_beside_the_frameworks_chosen(tmp_path: Path) -> None:
    assert [pack.framework for pack in select_packs(["GDPR"], [write(tmp_path, "acme.yaml")])] == [
        "GDPR",
        "ACME",
    ]


@pytest.mark.parametrize("frameworks", [None, ["HIPAA"]])
def test_an_own_pack_takes_the_place_of_the_builtin_one_of_its_framework(
    tmp_path: Path, frameworks: list[str] | None
) -> None:
    path = write(tmp_path, "hipaa.yaml", VALID.replace("ACME", "HIPAA"))
    assert [pack.origin for pack in select_packs(frameworks, [path]) if pack.framework == "HIPAA"] == [str(path)]


def test_a_rule_id_in_two_packs_is_refused(tmp_path: Path) -> None:
    files = [
        write(tmp_path, "a.yaml"),
        write(tmp_path, "b.yaml", VALID.replace("framework: ACME", "framework: OTHER")),
    ]
    with pytest.raises(ConfigError, match="rule ACME_001 is in two packs: ACME and OTHER"):
        select_packs([], files)


@pytest.mark.parametrize("frameworks", [None, [], ["ACME"]])
def test_no_own_pack_is_lost_without_a_word(tmp_path: Path, frameworks: list[str] | None) -> None:
    files = [write(tmp_path, "a.yaml"), write(tmp_path, "b.yaml", VALID.replace("ACME_001", "ACME_002"))]
    try:
        packs = select_packs(frameworks, files)
    except ConfigError:
        return
    assert {"ACME_001", "ACME_002"} <= {rule.rule_id for pack in packs for rule in pack.rules}


def test_two_own_packs_of_a_framework_apply_both(tmp_path: Path) -> None:
    files = [write(tmp_path, "a.yaml"), write(tmp_path, "b.yaml", VALID.replace("ACME_001", "ACME_002"))]
    packs = select_packs(["ACME"], files)
    assert [pack.origin for pack in packs] == [str(path) for path in files]
    assert judge([], packs).compliance.frameworks_checked == ("ACME",)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("HIHG", "; did you mean 'HIGH'?"),
        ("high", "; did you mean 'HIGH'?"),
        ("LOW", "; did you mean 'LOW'?"),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_the_nearest_word_is_offered(word: str, hint: str) -> None:
    assert nearest(word, ["HIGH", "LOW"]) == hint
