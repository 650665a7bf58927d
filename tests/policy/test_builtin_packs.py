"""The packs that come with the program: complete, citable, and as their own examples say."""

import re
from functools import cache
from pathlib import Path

import pytest

from guardrails_cli.core.entity_types import ENTITY_TYPES
from guardrails_cli.core.record import Action
from guardrails_cli.policy.files import builtin_files
from guardrails_cli.policy.load import builtin_packs, load_pack
from guardrails_cli.policy.packs import Pack, Rule
from guardrails_cli.policy.validate import validate, warnings
from guardrails_cli.services.pack_tests import Outcome, run
from tests.policy.support import content_of

PACKS = {pack.framework: pack for pack in builtin_packs()}
RULES = [rule for pack in PACKS.values() for rule in pack.rules]

CITED = {
    "HIPAA": [f"45 CFR 164.514(b)(2)(i)({letter})" for letter in "ABCDEFGHIJKLMNOPQR"],
    "PCI_DSS": [f"PCI DSS v4.0.1, {number}" for number in ("3.3.1.1", "3.3.1.2", "3.3.1.3", "3.4.1", "3.5.1")],
    "GDPR": ["GDPR Art. 4(1)", "GDPR Art. 8", "GDPR Art. 9(1)", "GDPR Art. 10", "GDPR Art. 87"],
    "CCPA": [
        *(f"Cal. Civ. Code 1798.140(ae)(1)({letter})" for letter in "ABCDEFG"),
        *(f"Cal. Civ. Code 1798.140(ae)(2)({letter})" for letter in "ABC"),
        "Cal. Civ. Code 1798.140(v)(1)(A)",
    ],
    "GLBA": ["15 U.S.C. 6809(4)(A)", "16 CFR 314.2(d)", "16 CFR 314.4(c)(3)"],
    "FERPA": [f"34 CFR 99.3, personally identifiable information ({letter})" for letter in "acde"],
    "SOC2": ["AICPA TSC C1.1", "AICPA TSC C1.2"],
    "SECRETS": ["CWE-798", "CWE-321"],
}
ARTICLE_9 = ("ETHNICITY", "POLITICAL_OPINION", "RELIGION", "UNION_MEMBERSHIP", "GENETIC_DATA", "BIOMETRIC_DATA",
             "HEALTH_DATA", "SEXUAL_ORIENTATION")  # fmt: skip


@cache
def outcomes(framework: str) -> list[Outcome]:
    return list(run(PACKS[framework]))


@pytest.mark.parametrize("framework", PACKS)
def test_the_examples_of_a_pack_are_as_they_should_be(framework: str) -> None:
    assert [str(outcome) for outcome in outcomes(framework) if not outcome.passed] == []
    assert outcomes(framework)


@pytest.mark.parametrize("framework", PACKS)
def test_a_pack_is_valid_and_has_nothing_odd(framework: str) -> None:
    path = builtin_files()[framework]
    assert validate(path.read_bytes(), path.name) == []
    assert warnings(content_of(path.read_bytes(), path.name)) == []


@pytest.mark.parametrize(("framework", "citation"), [(name, each) for name, cited in CITED.items() for each in cited])
def test_what_is_named_has_a_rule_that_fires_and_passes(framework: str, citation: str) -> None:
    ending = re.compile(re.escape(citation) + r"(?![\d(.])")
    rules = [rule for rule in PACKS[framework].rules if ending.search(rule.citation)]
    assert rules, f"no rule cites {citation}"
    for rule in rules:
        kinds = {example.fires for example in rule.examples}
        assert kinds == {True, False} if rule.detectable else bool(rule.note)


def test_each_letter_of_hipaa_has_a_rule_with_its_letter_in_order() -> None:
    for number, letter in enumerate("ABCDEFGHIJKLMNOPQR", 2):
        (rule,) = [rule for rule in PACKS["HIPAA"].rules if rule.rule_id == f"HIPAA_{number:03}"]
        assert rule.name.startswith(f"({letter}) ")
        assert rule.citation.endswith(f"({letter})")


@pytest.mark.parametrize("entity_type", ARTICLE_9)
def test_each_special_category_has_a_rule_of_its_own(entity_type: str) -> None:
    rules = [rule for rule in PACKS["GDPR"].rules if entity_type in rule.entity_types]
    assert len(rules) == 1
    assert "Art. 9(1)" in rules[0].citation


def test_a_photograph_is_not_pretended_to_be_checked() -> None:
    (rule,) = [rule for rule in PACKS["HIPAA"].rules if "(Q)" in rule.name]
    assert (rule.detectable, rule.entity_types) == (False, frozenset())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_id)
def test_a_rule_says_why_and_what_to_do(rule: Rule) -> None:
    assert rule.citation
    assert rule.rationale
    assert rule.remediation
    assert rule.message
    if rule.detectable:
        assert {example.fires for example in rule.examples} == {True, False}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_id)
def test_a_rule_asks_for_entity_types_that_exist(rule: Rule) -> None:
    near = rule.near.entity_types if rule.near else frozenset()
    assert (rule.entity_types | near) - ENTITY_TYPES.keys() == set()


def test_what_must_never_be_kept_is_to_be_redacted() -> None:
    never = [rule for rule in PACKS["PCI_DSS"].rules if rule.citation.startswith("PCI DSS v4.0.1, 3.3.1.")]
    assert {rule.action for rule in never} == {Action.REDACT}


def test_the_packs_in_the_documentation_are_as_it_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    for number, block in enumerate(blocks):
        path = tmp_path / f"{number}.yaml"
        path.write_text(block)
        assert [str(outcome) for outcome in run(load_pack(path)) if not outcome.passed] == []


def test_an_example_that_is_not_as_it_should_be_is_told_with_its_line() -> None:
    pack: Pack = PACKS["SECRETS"]
    rule = next(rule for rule in pack.rules if rule.rule_id == "SECRETS_002")
    example = next(each for each in rule.examples if each.fires)
    path = builtin_files()["SECRETS"]
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "AKIA" in text)
    told = str(Outcome(rule, example, False, ("URL",)))
    assert told == f"{path}:{line}: SECRETS_002: the example must fire and does not (found: URL)"


def test_no_built_in_rule_fails_a_scan_that_did_not_ask_for_it() -> None:
    assert [rule.rule_id for rule in RULES if rule.action is Action.BLOCK] == []
