"""The risk of one document, 0 to 100. The formula is in docs/risk.md; its numbers are in risk.yaml.

It is monotonic: an added finding or violation, or a higher score, never lowers the risk. It does not depend on the
order of findings or on the length of the text: one Social Security number is as bad in a megabyte as in a line.
"""

import math
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import yaml

from guardrails_cli.core.entity_types import entity_type
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.record import Risk, TopRisk, Violation
from guardrails_cli.core.schemas.yaml_check import nearest

_WARNING = 0.5
"""The injection score from which a document should not be fed to a model."""


class Combination(msgspec.Struct, frozen=True):
    """Entity types that together identify or expose a person."""

    name: str
    needs: tuple[frozenset[str], ...]
    """One type of each set is needed."""
    weight: float


class RiskModel(msgspec.Struct, frozen=True):
    """The numbers of the formula."""

    levels: tuple[tuple[float, Severity], ...]
    """Lower bounds, highest first; below the last one the level is LOW."""
    violations: Mapping[Severity, float]
    components: Mapping[str, float]
    sensitivity: Mapping[str, float]
    """Sensitivity of the types that differ from their rating in `entities`."""
    combinations: tuple[Combination, ...]

    def level_of(self, value: float) -> Severity:
        """Return the level for a risk of 0 to 100."""
        return next((level for bound, level in self.levels if value >= bound), Severity.LOW)

    def of(self, name: str) -> float:
        """Return the sensitivity of a type, 0 to 1."""
        return self.sensitivity.get(name, entity_type(name).sensitivity)


class Subject(msgspec.Struct, frozen=True):
    """The document at risk, for advice that can be followed."""

    path: str = ""
    """Path of the document; empty for a bare text."""
    places: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Place of the first entity by type, as shown to a person."""


def load_model(path: Path | None = None) -> RiskModel:
    """Return the built-in numbers, overridden by those of a user's file.

    Raises:
        ConfigError: if the file cannot be read or has keys or values that are not understood.

    """
    data = _builtin()
    if path is None:
        return _model(data, "risk.yaml")
    try:
        own = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from None
    except (UnicodeDecodeError, yaml.YAMLError):
        raise ConfigError(f"{path}: not valid YAML") from None
    if not isinstance(own, dict):
        raise ConfigError(f"{path}: must be a mapping with some of the keys {', '.join(data)}")
    for key, value in own.items():
        if key not in data:
            raise ConfigError(f"{path}: unknown key {key!r}{nearest(str(key), data)}")
        data[key] = data[key] | value if isinstance(value, dict) and isinstance(data[key], dict) else value
    return _model(data, str(path))


def _builtin() -> dict[str, Any]:
    return dict(yaml.safe_load(files("guardrails_cli.risk").joinpath("risk.yaml").read_text(encoding="utf-8")))


def _model(data: Mapping[str, Any], origin: str) -> RiskModel:
    try:
        levels = sorted(((float(bound), Severity[name]) for name, bound in data["levels"].items()), reverse=True)
        if [level for _, level in levels] != sorted((level for _, level in levels), reverse=True):
            raise ConfigError(f"{origin}: levels: a worse level must begin at a higher risk")
        return RiskModel(
            levels=tuple(levels),
            violations={Severity[name]: _share(value) for name, value in data["violations"].items()},
            components={str(name): _share(value) for name, value in data["components"].items()},
            sensitivity={str(name): _share(value) for name, value in data["sensitivity"].items()},
            combinations=tuple(
                Combination(
                    str(row["name"]), tuple(frozenset(map(str, one)) for one in row["needs"]), _share(row["weight"])
                )
                for row in data["combinations"]
            ),
        )
    except KeyError as error:
        raise ConfigError(f"{origin}: unknown or missing {error}") from None
    except (TypeError, ValueError, AttributeError):
        raise ConfigError(f"{origin}: a value is not of the form that the built-in risk.yaml has") from None


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(value)
    return float(value)


@cache
def default_model() -> RiskModel:
    """Return the built-in numbers."""
    return load_model()


def level_of(value: float) -> Severity:
    """Return the built-in level for a risk of 0 to 100."""
    return default_model().level_of(value)


def pii_score(entities: Iterable[tuple[str, float, int]], model: RiskModel | None = None) -> float:
    """Return the score, 0 to 100, of entities given as (type, recognizer score, count).

    A type's exposure is e = 1 - (1 - sensitivity x best score)^(1 + log2 n): one occurrence counts in full, every
    doubling of their number n as much again. Each combination found adds an exposure of its own. They are treated as
    independent: 100 x (1 - Π(1 - e)).
    """
    model = model or default_model()
    best, count = _grouped(entities)
    safe = 1.0
    for name in sorted(best):
        safe *= (1.0 - model.of(name) * best[name]) ** (1.0 + math.log2(count[name]))
    for combination in model.combinations:
        safe *= 1.0 - combination.weight * _strength(combination, best)
    return 100.0 * (1.0 - safe)


def _grouped(entities: Iterable[tuple[str, float, int]]) -> tuple[dict[str, float], Counter[str]]:
    best: dict[str, float] = {}
    count: Counter[str] = Counter()
    for name, score, times in entities:
        best[name] = max(min(score, 1.0), best.get(name, 0.0))
        count[name] += times
    return best, count


def _strength(combination: Combination, best: Mapping[str, float]) -> float:
    """Return the confidence in a combination: the best score of each need, the lowest of these."""
    return min((max((best.get(name, 0.0) for name in need), default=0.0) for need in combination.needs), default=0.0)


def compliance_score(severities: Iterable[Severity], model: RiskModel | None = None) -> float:
    """Return the score, 0 to 100, of violations with these severities: 100 x (1 - Π(1 - weight))."""
    weights = (model or default_model()).violations
    return 100.0 * (1.0 - math.prod(1.0 - weights[severity] for severity in sorted(severities)))


def overall_score(pii: float, compliance: float, injection: float, model: RiskModel | None = None) -> float:
    """Return the overall score, 0 to 100, from two scores of 0 to 100 and the injection score of 0 to 1."""
    weights = (model or default_model()).components
    parts = {"pii": pii / 100.0, "compliance": compliance / 100.0, "injection": injection}
    return 100.0 * (1.0 - math.prod(1.0 - weights[name] * part for name, part in parts.items()))


def assess_risk(
    entities: Sequence[tuple[str, float, int]],
    violations: Sequence[Violation],
    injection: float,
    model: RiskModel | None = None,
    subject: Subject | None = None,
) -> Risk:
    """Return the risk of a document.

    Args:
        entities: (type, recognizer score of 0 to 1, count) of the entities found.
        violations: the rules that it violates.
        injection: its prompt-injection score, 0 to 1.
        model: the numbers; None means the built-in ones.
        subject: the document at risk.

    """
    model, subject = model or default_model(), subject or Subject()
    pii = pii_score(entities, model)
    compliance = compliance_score((violation.severity for violation in violations), model)
    overall = round(overall_score(pii, compliance, injection, model), 1)  # the level is that of the rounded score
    best, counts = _grouped(entities)
    critical = sum(times for name, times in counts.items() if entity_type(name).severity is Severity.CRITICAL)
    together = [one.name for one in model.combinations if _strength(one, best) > 0]
    parts = [
        _part(model, "pii", pii, _pii_details(counts, together, model, subject)),
        _part(model, "compliance", compliance, _compliance_details(violations)),
        _part(model, "injection", 100.0 * injection, "text that tries to command a language model"),
    ]
    return Risk(
        overall_score=overall,
        overall_level=model.level_of(overall),
        pii_score=round(pii, 1),
        injection_score=round(injection, 4),
        compliance_score=round(compliance, 1),
        critical_count=critical + sum(violation.severity is Severity.CRITICAL for violation in violations),
        total_entities=counts.total(),
        top_risks=tuple(sorted((part for part in parts if part.value > 0), key=lambda part: -part.value)),
        recommendations=_recommendations(counts, violations, injection, model, subject),
    )


def _part(model: RiskModel, component: str, value: float, details: str) -> TopRisk:
    shown = round(value, 1)
    return TopRisk(component, shown, model.level_of(shown), details)


def _by_sensitivity(counts: Mapping[str, int], model: RiskModel) -> list[str]:
    return sorted(counts, key=lambda name: (-model.of(name), name))


def _pii_details(counts: Mapping[str, int], together: Sequence[str], model: RiskModel, subject: Subject) -> str:
    names = _by_sensitivity(counts, model)[:3]
    details = ", ".join(f"{counts[name]} {name}{_at(name, subject)}" for name in names)
    return details + (f"; together: {', '.join(together[:2])}" if together else "")


def _at(name: str, subject: Subject) -> str:
    return f" (first at {subject.places[name]})" if name in subject.places else ""


def _worst(violations: Sequence[Violation]) -> list[Violation]:
    return sorted(violations, key=lambda violation: (-violation.severity, violation.rule_id))[:3]


def _compliance_details(violations: Sequence[Violation]) -> str:
    return ", ".join(f"{violation.rule_id} ({violation.rule_name})" for violation in _worst(violations))


def _recommendations(
    counts: Mapping[str, int],
    violations: Sequence[Violation],
    injection: float,
    model: RiskModel,
    subject: Subject,
) -> tuple[str, ...]:
    advice = [
        f"{violation.rule_id}: {violation.message}" + (f" ({violation.citation})" if violation.citation else "")
        for violation in _worst(violations)
    ]
    loud = [name for name in _by_sensitivity(counts, model) if entity_type(name).severity >= Severity.HIGH]
    if loud:
        command = (
            f"guardrails redact {shlex.quote(subject.path)} --out DIR --entities {','.join(loud[:4])}"
            if subject.path
            else "redact_async"
        )
        advice.append(
            f"Redact {', '.join(f'{counts[name]} {name}' for name in loud[:4])} ({command}), "
            "or move the document to storage with restricted access"
        )
    if injection >= _WARNING:
        advice.append("Do not feed this document to a language model before a person has read the marked passage")
    return tuple(advice)
