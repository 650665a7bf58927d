"""The tasks of the specification, by registered name. `schemas/tasks.schema.json` describes their results."""

from typing import Any

from celery import Task, chain

from guardrails_cli.api import specification
from guardrails_cli.cluster.celery_app import app

from .exception_boundary import guarded, in_clear

JsonObject = dict[str, Any]


@app.task(name="detect_pii_async")
@guarded
@in_clear
def detect_pii_async(text: str) -> JsonObject:
    """Detect entities in a text of at most 50 KB."""
    return specification.detect_pii(text)


@app.task(name="check_compliance_async")
@guarded
@in_clear
def check_compliance_async(text: str, entities: list[JsonObject], frameworks: list[str] | None = None) -> JsonObject:
    """Check detected entities against the frameworks; all built-in ones if none are named."""
    return specification.check_compliance(text, entities, frameworks)


@app.task(name="redact_async")
@guarded
@in_clear
def redact_async(text: str, entities: list[JsonObject], strategy: str = "token") -> JsonObject:
    """Redact entities by `mask`, `token`, `partial` or `hash`."""
    return specification.redact(text, entities, strategy)


@app.task(name="score_risk_async")
@guarded
@in_clear
def score_risk_async(
    entities: list[JsonObject], injection_score: float = 0.0, violations: list[JsonObject] | None = None
) -> JsonObject:
    """Score the risk of entities, an injection score and violations together."""
    return specification.score_risk(entities, injection_score, violations)


@app.task(name="analyze_complete_async", bind=True)
@guarded
@in_clear
def analyze_complete_async(self: "Task[Any, Any]", text: str, frameworks: list[str] | None = None) -> JsonObject:
    """Detect, check and score a text: replaces itself by a chain over the queues detection, compliance, scoring."""
    specification.check_text(text)
    steps = chain(detect_pii_async.s(text), _compliance_step.s(text, frameworks), _scoring_step.s())
    return self.replace(steps)


@app.task(name="analyze_complete_async.compliance")
@guarded
@in_clear
def _compliance_step(detected: JsonObject, text: str, frameworks: list[str] | None) -> JsonObject:
    """Second link of the chain: adds compliance and, while the text is at hand, the injection score."""
    return {
        "detected": detected,
        "checked": specification.check_compliance(text, detected["entities"], frameworks),
        "injection_score": specification.score_injection(text),
    }


@app.task(name="analyze_complete_async.scoring")
@guarded
@in_clear
def _scoring_step(state: JsonObject) -> JsonObject:
    """Last link of the chain: scores the risk and returns the complete result."""
    detected, checked = state["detected"], state["checked"]
    risk = specification.score_risk(detected["entities"], state["injection_score"], checked["violations"])
    return specification.combine(detected, checked, risk)
