from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guardrails_cli.core.entity_types import ENTITY_TYPES
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.record import Risk, Violation
from guardrails_cli.risk.score import (
    RiskModel,
    Subject,
    assess_risk,
    compliance_score,
    default_model,
    level_of,
    load_model,
    overall_score,
    pii_score,
)
from tests.builders import a_violation

Entity = tuple[str, float, int]

ENTITY = st.tuples(st.sampled_from([*sorted(ENTITY_TYPES), "EMPLOYEE_BADGE"]), st.floats(0, 1), st.integers(1, 9))
ENTITIES = st.lists(ENTITY, max_size=30)
SEVERITIES = st.lists(st.sampled_from(Severity), max_size=20)
UNIT = st.floats(0, 1)


def violations(severities: list[Severity]) -> list[Violation]:
    return [a_violation(f"ACME_{number:03}", severity=severity) for number, severity in enumerate(severities)]


def assess(entities: list[Entity], severities: list[Severity], injection: float) -> Risk:
    return assess_risk(entities, violations(severities), injection)


def test_nothing_found_is_no_risk() -> None:
    assert assess_risk([], [], 0.0) == Risk(0.0, Severity.LOW, 0.0, 0.0, 0.0, 0, 0, (), ())


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (0, Severity.LOW),
        (29.9, Severity.LOW),
        (30, Severity.MEDIUM),
        (59.9, Severity.MEDIUM),
        (60, Severity.HIGH),
        (89.9, Severity.HIGH),
        (90, Severity.CRITICAL),
        (100, Severity.CRITICAL),
    ],
)
def test_levels_begin_at_their_bounds(value: float, level: Severity) -> None:
    assert level_of(value) is level


@pytest.mark.parametrize(
    ("entities", "expected"),
    [
        ([], 0),
        ([("US_SSN", 1.0, 1)], 95),
        ([("US_SSN", 0.5, 1)], 47.5),
        ([("US_SSN", 0.0, 1)], 0),
        ([("CRYPTO", 1.0, 1)] * 2, 75),
        ([("CRYPTO", 1.0, 1)] * 4, 87.5),
        ([("CRYPTO", 1.0, 1), ("EMPLOYEE_BADGE", 1.0, 1)], 75),
        ([("CRYPTO", 1.0, 1), ("CRYPTO", 0.1, 1)], 75),
        ([("PERSON", 1.0, 1), ("IBAN_CODE", 1.0, 1)], 100 * (1 - 0.75 * 0.15 * 0.5)),
        ([("PERSON", 0.5, 1), ("IBAN_CODE", 1.0, 1)], 100 * (1 - 0.875 * 0.15 * 0.75)),
    ],
)
def test_a_type_counts_by_sensitivity_and_best_score_and_again_for_each_doubling(
    entities: list[Entity], expected: float
) -> None:
    assert pii_score(entities) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], 0),
        ([Severity.LOW], 10),
        ([Severity.MEDIUM], 30),
        ([Severity.HIGH], 60),
        ([Severity.CRITICAL], 85),
        ([Severity.HIGH, Severity.MEDIUM], 72),
    ],
)
def test_each_violation_takes_its_share_of_what_is_left(severities: list[Severity], expected: float) -> None:
    assert compliance_score(severities) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("pii", "compliance", "injection", "expected"),
    [(0, 0, 0, 0), (100, 0, 0, 90), (0, 100, 0, 90), (0, 0, 1, 80), (100, 100, 1, 99.8), (50, 0, 0.5, 67)],
)
def test_no_component_alone_makes_the_whole(pii: float, compliance: float, injection: float, expected: float) -> None:
    assert overall_score(pii, compliance, injection) == pytest.approx(expected)


@given(ENTITIES, SEVERITIES, UNIT)
def test_every_score_is_within_its_bounds(entities: list[Entity], severities: list[Severity], injection: float) -> None:
    risk = assess(entities, severities, injection)
    assert all(0 <= score <= 100 for score in (risk.overall_score, risk.pii_score, risk.compliance_score))
    assert 0 <= risk.injection_score <= 1
    assert all(0 < top.value <= 100 for top in risk.top_risks)


@given(ENTITIES, SEVERITIES, UNIT, ENTITY)
def test_one_more_entity_never_lowers_the_risk(
    entities: list[Entity], severities: list[Severity], injection: float, more: Entity
) -> None:
    before, after = (assess(found, severities, injection) for found in (entities, [*entities, more]))
    assert after.overall_score >= before.overall_score
    assert after.pii_score >= before.pii_score
    assert after.overall_level >= before.overall_level


@given(ENTITIES, SEVERITIES, UNIT, st.sampled_from(Severity))
def test_one_more_violation_never_lowers_the_risk(
    entities: list[Entity], severities: list[Severity], injection: float, more: Severity
) -> None:
    before, after = (assess(entities, found, injection) for found in (severities, [*severities, more]))
    assert after.overall_score >= before.overall_score
    assert after.compliance_score >= before.compliance_score


@given(ENTITIES, ENTITY, UNIT)
def test_a_higher_recognizer_score_never_lowers_the_risk(entities: list[Entity], one: Entity, other: float) -> None:
    name, score, count = one
    low, high = sorted((score, other))
    assert pii_score([*entities, (name, high, count)]) >= pii_score([*entities, (name, low, count)])


@given(ENTITIES, SEVERITIES, UNIT, UNIT)
def test_a_higher_injection_score_never_lowers_the_risk(
    entities: list[Entity], severities: list[Severity], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert assess(entities, severities, high).overall_score >= assess(entities, severities, low).overall_score


@given(ENTITIES.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))), SEVERITIES, UNIT)
def test_the_order_of_entities_does_not_matter(
    orders: tuple[list[Entity], list[Entity]], severities: list[Severity], injection: float
) -> None:
    one, other = (assess(found, severities, injection) for found in orders)
    assert one == other


@given(SEVERITIES.flatmap(lambda found: st.permutations(violations(found))), ENTITIES)
def test_the_order_of_violations_does_not_matter(found: list[Violation], entities: list[Entity]) -> None:
    by_rule = sorted(found, key=lambda violation: violation.rule_id)
    assert assess_risk(entities, found, 0.0) == assess_risk(entities, by_rule, 0.0)


@example([("AGE", 1.0, 1), ("EMAIL_ADDRESS", 1.0, 1)], [], 0.5)
@example([("CREDIT_CARD", 0.85, 1), ("IP_ADDRESS", 0.85, 1)], [], 0.75)
@given(ENTITIES, SEVERITIES, UNIT)
def test_the_level_shown_is_that_of_the_score_shown(
    entities: list[Entity], severities: list[Severity], injection: float
) -> None:
    risk = assess(entities, severities, injection)
    assert risk.overall_level is level_of(risk.overall_score)
    assert [top.level for top in risk.top_risks] == [level_of(top.value) for top in risk.top_risks]


def test_the_risk_tells_what_it_is_made_of_worst_first() -> None:
    entities = [("EMAIL_ADDRESS", 1.0, 1), ("US_SSN", 0.85, 1), ("US_SSN", 0.5, 1)]
    risk = assess_risk(entities, [a_violation("ACME_001"), a_violation("ACME_002", severity=Severity.HIGH)], 0.5)
    assert [(top.component, top.details) for top in risk.top_risks] == [
        ("pii", "2 US_SSN, 1 EMAIL_ADDRESS"),
        ("compliance", "ACME_002 (Mail), ACME_001 (Mail)"),
        ("injection", "text that tries to command a language model"),
    ]
    assert (risk.total_entities, risk.critical_count) == (3, 2)


def test_components_without_a_share_are_not_named() -> None:
    assert [top.component for top in assess_risk([("URL", 1.0, 1)], [], 0.0).top_risks] == ["pii"]


def test_critical_entities_and_violations_are_counted() -> None:
    risk = assess_risk(
        [("US_SSN", 0.5, 1), ("URL", 1.0, 1)], [a_violation(severity=Severity.CRITICAL), a_violation()], 0.0
    )
    assert risk.critical_count == 2


def test_recommendations_name_the_worst_rules_the_sensitive_types_and_the_injection() -> None:
    found = [a_violation("ACME_001"), a_violation("ACME_002", severity=Severity.CRITICAL)]
    assert assess_risk([("US_SSN", 1.0, 1), ("URL", 1.0, 1)], found, 0.75).recommendations == (
        "ACME_002: Ask first (Handbook 1)",
        "ACME_001: Ask first (Handbook 1)",
        "Redact 1 US_SSN (redact_async), or move the document to storage with restricted access",
        "Do not feed this document to a language model before a person has read the marked passage",
    )


def test_there_are_never_more_than_three_rules_among_the_recommendations() -> None:
    assert len(assess_risk([], violations([Severity.HIGH] * 10), 0.0).recommendations) == 3


def test_advice_names_the_document_the_place_and_the_command() -> None:
    subject = Subject("my files/a.txt", {"US_SSN": "line 3, column 5"})
    risk = assess_risk([("US_SSN", 1.0, 2)], [], 0.0, subject=subject)
    assert risk.top_risks[0].details == "2 US_SSN (first at line 3, column 5)"
    assert risk.recommendations == (
        "Redact 2 US_SSN (guardrails redact 'my files/a.txt' --out DIR --entities US_SSN), "
        "or move the document to storage with restricted access",
    )


def test_what_identifies_only_together_is_told() -> None:
    entities = [("PERSON", 1.0, 1), ("DATE_OF_BIRTH", 0.9, 1), ("LOCATION", 0.8, 1)]
    (top,) = assess_risk(entities, [], 0.0).top_risks
    assert top.details.endswith("; together: name, date of birth and place, name and date of birth")
    alone = [assess_risk([one], [], 0.0).pii_score for one in entities]
    assert top.value > max(alone) + 40


# A user's own numbers


def own(tmp_path: Path, text: str) -> RiskModel:
    path = tmp_path / "risk.yaml"
    path.write_text(text, encoding="utf-8")
    return load_model(path)


def test_what_a_file_does_not_name_stays_as_it_is(tmp_path: Path) -> None:
    model = own(tmp_path, "sensitivity: {EMAIL_ADDRESS: 0.9}\nlevels: {HIGH: 50}\n")
    assert model.of("EMAIL_ADDRESS") == 0.9
    assert model.of("US_SSN") == 0.95
    assert [model.level_of(value) for value in (29, 30, 50, 90)] == [
        Severity.LOW,
        Severity.MEDIUM,
        Severity.HIGH,
        Severity.CRITICAL,
    ]
    assert pii_score([("EMAIL_ADDRESS", 1.0, 1)], model) == pytest.approx(90)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sensitivty: {}", "unknown key 'sensitivty'; did you mean 'sensitivity'"),
        ("levels: {HIGH: 95}", "levels: a worse level must begin at a higher risk"),
        ("levels: {HUGE: 95}", "unknown or missing 'HUGE'"),
        ("violations: {HIGH: 2}", "a value is not of the form"),
        ("combinations: [{name: x}]", "unknown or missing 'needs'"),
        ("components: 5", "a value is not of the form"),
        ("[", "not valid YAML"),
        ("just words", "must be a mapping"),
    ],
)
def test_a_fault_in_a_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        own(tmp_path, text)


def test_the_built_in_numbers_name_only_types_that_there_are() -> None:
    for combination in default_model().combinations:
        assert frozenset().union(*combination.needs) <= ENTITY_TYPES.keys()
