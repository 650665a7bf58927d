from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.model import Action, Severity, Violation
from guardrails_cli.policy.evaluate import applies, violations
from guardrails_cli.policy.load import builtin_packs

from .builders import a_pack, a_rule

Entities = Sequence[tuple[str, float]]


@pytest.mark.parametrize(
    ("entity_type", "score", "expected"),
    [
        ("EMAIL_ADDRESS", 1.0, True),
        ("EMAIL_ADDRESS", 0.5, True),
        ("EMAIL_ADDRESS", 0.49, False),
        ("URL", 1.0, True),
        ("US_SSN", 1.0, False),
        ("email_address", 1.0, False),
    ],
)
def test_a_rule_counts_entities_of_its_types_from_its_score_on(entity_type: str, score: float, expected: bool) -> None:
    rule = a_rule(entity_types=("EMAIL_ADDRESS", "URL"), min_score=0.5)
    assert applies(rule, entity_type, score) is expected


@pytest.mark.parametrize(("found", "violated"), [(0, False), (1, False), (2, False), (3, True), (4, True)])
def test_a_rule_is_violated_from_its_count_on(found: int, violated: bool) -> None:
    compliance = violations([("EMAIL_ADDRESS", 1.0)] * found, [a_pack(a_rule(min_count=3))])
    assert bool(compliance.violations) is violated
    assert compliance.compliant is not violated


def test_only_entities_that_reach_the_score_count() -> None:
    entities = [("EMAIL_ADDRESS", 0.9), ("EMAIL_ADDRESS", 0.3), ("EMAIL_ADDRESS", 0.6), ("URL", 1.0)]
    (violation,) = violations(entities, [a_pack(a_rule(min_score=0.5))]).violations
    assert violation.count == 2


def test_a_violation_says_what_its_rule_says() -> None:
    rule = a_rule("ACME_007", severity=Severity.HIGH, action=Action.BLOCK)
    assert violations([("EMAIL_ADDRESS", 1.0)], [a_pack(rule)]).violations == (
        Violation("ACME_007", "ACME", "Mail", Severity.HIGH, Action.BLOCK, "Ask first", "Handbook 1", 1),
    )


def test_violations_come_worst_first_then_by_rule() -> None:
    rules = [
        a_rule("B_002"),
        a_rule("B_001"),
        a_rule("C_001", severity=Severity.CRITICAL),
        a_rule("A_001", severity=Severity.LOW),
    ]
    found = violations([("EMAIL_ADDRESS", 1.0)], [a_pack(*rules[:2]), a_pack(*rules[2:])]).violations
    assert [violation.rule_id for violation in found] == ["C_001", "B_001", "B_002", "A_001"]


def test_frameworks_checked_are_named_sorted_even_if_nothing_violates_them() -> None:
    packs = [a_pack(a_rule("B_001"), framework="B"), a_pack(a_rule("A_001"), framework="A")]
    assert violations([], packs).frameworks_checked == ("A", "B")


def test_no_pack_means_no_violation() -> None:
    compliance = violations([("US_SSN", 1.0)], [])
    assert (compliance.frameworks_checked, compliance.violations) == ((), ())


def test_packs_may_come_from_an_iterator() -> None:
    assert len(violations([("EMAIL_ADDRESS", 1.0)], iter([a_pack(a_rule())])).violations) == 1


@pytest.mark.parametrize(
    ("entities", "expected"),
    [
        ([("US_SSN", 0.85)], ["HIPAA_001", "GDPR_003"]),
        ([("CREDIT_CARD", 1.0)], ["PCI_DSS_001", "GDPR_005", "HIPAA_006"]),
        ([("CREDIT_CARD", 1.0)] * 10, ["PCI_DSS_001", "PCI_DSS_002", "GDPR_005", "HIPAA_006"]),
        ([("EMAIL_ADDRESS", 1.0)], ["GDPR_001", "HIPAA_004"]),
        ([("EMAIL_ADDRESS", 1.0)] * 50, ["GDPR_002", "GDPR_001", "HIPAA_004"]),
        ([("DATE_TIME", 1.0), ("URL", 1.0)], []),
    ],
)
def test_builtin_packs_find_what_they_are_for(entities: Entities, expected: list[str]) -> None:
    assert [violation.rule_id for violation in violations(entities, builtin_packs()).violations] == expected


@given(st.lists(st.tuples(st.sampled_from(["EMAIL_ADDRESS", "US_SSN", "CREDIT_CARD", "URL"]), st.floats(0, 1))))
def test_the_verdict_does_not_depend_on_the_order_of_findings(entities: list[tuple[str, float]]) -> None:
    assert violations(sorted(entities), builtin_packs()) == violations(entities, builtin_packs())
