"""The output of `guardrails explain` matches the recognizers and the packs."""

import json
from dataclasses import asdict

import pytest

from guardrails_cli import scan_text
from guardrails_cli.core.entity_types import ENTITY_TYPES
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.package_data import read_yaml
from guardrails_cli.detect.recognizers.own import extra_recognizers
from guardrails_cli.detect.registry import load_rules
from guardrails_cli.injection.rules import load_rules as injection_rules
from guardrails_cli.options.model import EngineOptions
from guardrails_cli.policy.load import builtin_packs
from guardrails_cli.services.explain import RuleExplained, TechniqueExplained, TypeExplained, explain, topics

PACKS = builtin_packs()
TEXTS = read_yaml("guardrails_cli.services", "explain.yaml")


def of_type(name: str) -> TypeExplained:
    found = explain(name, PACKS)
    assert isinstance(found, TypeExplained)
    return found


def test_all_that_there_is_can_be_explained() -> None:
    for topic in topics(PACKS):
        found = explain(topic, PACKS)
        assert found.name == topic
        assert json.loads(json.dumps(asdict(found)))["kind"] in ("entity_type", "rule", "technique")


def test_every_type_says_what_is_missed_and_how_it_is_found() -> None:
    assert set(TEXTS["misses"]) == set(ENTITY_TYPES)
    assert [name for name in ENTITY_TYPES if name not in ("AGE", "EMAIL", "ID") and not of_type(name).methods] == []


def test_techniques_are_those_of_the_features() -> None:
    assert set(TEXTS["techniques"]) == {feature.technique for feature in injection_rules().features.values()}
    found = explain("Role-Play", PACKS)
    assert isinstance(found, TechniqueExplained)
    assert "do_anything" in found.features


def test_the_recognizers_are_those_that_find_it() -> None:
    named = {method.name for method in of_type("credit_card").methods}
    presidios = {rule.name for rule in load_rules(EngineOptions()) if "CREDIT_CARD" in rule.entities}
    ours = {own.name for own in extra_recognizers() if own.entity == "CREDIT_CARD"}
    assert named == presidios | ours | {"FieldNames"}
    card = next(method for method in of_type("CREDIT_CARD").methods if method.name == "CreditCardRecognizer")
    assert card.scores == (1.0,)
    assert card.checks[0].startswith("ISO/IEC 7812: Luhn")


def test_rules_are_told_with_their_part() -> None:
    rules = {rule.rule_id: rule for rule in of_type("HEALTH_DATA").rules}
    assert rules["HIPAA_001"].role == "near"
    assert {rule.rule_id for rule in of_type("US_SSN").rules} == {
        rule.rule_id for pack in PACKS for rule in pack.rules if "US_SSN" in rule.entity_types
    }


def test_a_countrys_type_says_which_option_it_needs() -> None:
    assert of_type("AU_ACN").methods[0].needs == "--country au, or --profile thorough"


def test_a_rule_has_its_citation_and_examples() -> None:
    found = explain("hipaa_001", PACKS)
    assert isinstance(found, RuleExplained)
    assert "45 CFR 164.514(a)" in found.details["citation"]
    assert "Patient Jane Doe was diagnosed with asthma." in found.fires
    assert "HEALTH_DATA" in found.near


@pytest.mark.parametrize(
    ("typo", "hint"),
    [
        ("US_SSM", "did you mean US_SSN"),
        ("HIPPA_001", "did you mean HIPAA_001"),
        ("roleplay", "did you mean role_play"),
        ("HIPAA", "policies show HIPAA"),
        ("xyzzy", "guardrails entities"),
    ],
)
def test_a_typo_gets_the_nearest_names(typo: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=hint):
        explain(typo, PACKS)


MISSED = [
    ("ABA_ROUTING_NUMBER", "021000021"),
    ("CARD_CVV", "the three digits 123"),
    ("CREDIT_CARD", "four one one one, then eleven ones"),
    ("EMAIL_ADDRESS", "jane at example dot com"),
    ("IMEI", "490154203237518"),
    ("MAC_ADDRESS", "00005e0053af"),
    ("MEDICAL_RECORD_NUMBER", "number 00412345"),
    ("SWIFT_CODE", "DEUTDEFF"),
    ("US_NPI", "1234567893"),
    ("US_PASSPORT", "the number 512345678"),
    ("US_SSN", "the number 219099999"),
    ("UUID", "123e4567e89b12d3a456426614174000"),
]


@pytest.mark.parametrize(("name", "text"), MISSED, ids=[name for name, _ in MISSED])
def test_what_is_said_to_be_missed_is_missed(name: str, text: str) -> None:
    assert name not in {finding.entity_type for finding in scan_text(text, profile="fast").findings}
