import pytest

from guardrails_cli.core.entity_types import ENTITY_TYPES, UNKNOWN_SENSITIVITY, entity_type, severity_of
from guardrails_cli.core.finding import Severity


@pytest.mark.parametrize(
    ("sensitivity", "severity"),
    [
        (0.0, Severity.LOW),
        (0.24, Severity.LOW),
        (0.25, Severity.MEDIUM),
        (0.59, Severity.MEDIUM),
        (0.6, Severity.HIGH),
        (0.84, Severity.HIGH),
        (0.85, Severity.CRITICAL),
        (1.0, Severity.CRITICAL),
    ],
)
def test_severity_follows_sensitivity(sensitivity: float, severity: Severity) -> None:
    assert severity_of(sensitivity) is severity


@pytest.mark.parametrize("name", sorted(ENTITY_TYPES))
def test_every_type_is_named_as_its_key_and_has_a_sensitivity_between_zero_and_one(name: str) -> None:
    assert ENTITY_TYPES[name].name == name
    assert 0 < ENTITY_TYPES[name].sensitivity < 1


def test_type_that_nobody_described_is_of_medium_severity() -> None:
    unknown = entity_type("EMPLOYEE_BADGE")
    assert (unknown.name, unknown.sensitivity, unknown.severity) == (
        "EMPLOYEE_BADGE",
        UNKNOWN_SENSITIVITY,
        Severity.MEDIUM,
    )
