"""The operations of the task specification: text in, the specified JSON out. Tasks and the API call these.

Results carry raw values, as the specification demands; nothing here logs, and no error repeats its input.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from guardrails_cli.core.errors import ConfigError, InputError
from guardrails_cli.core.finding import (
    Detection,
    Finding,
    Severity,
)
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import (
    Action,
    Violation,
)
from guardrails_cli.core.text import Chunk
from guardrails_cli.detect.refine import refine
from guardrails_cli.document.describe_findings import describe
from guardrails_cli.injection import score as injection
from guardrails_cli.options.model import (
    DEFAULT_MIN_SCORE,
    MAX_TEXT_BYTES,
    EngineOptions,
)
from guardrails_cli.policy.evaluate import judge
from guardrails_cli.policy.load import select_packs
from guardrails_cli.redact.operators import redact as redact_spans
from guardrails_cli.results.json_form import spec_risk, spec_violation
from guardrails_cli.risk.score import assess_risk
from guardrails_cli.system.keys import fingerprint_key

Entities = Sequence[Mapping[str, Any]]


def detect_pii(text: str, engine: EngineOptions | None = None) -> JsonObject:
    """Return the entities in `text` in the shape of `detect_pii_async`.

    Raises:
        InputError: if `text` is not a string or over 50 KB.
        ConfigError: if the engine cannot be loaded.

    """
    from guardrails_cli.detect.engine import load_engine

    check_text(text)
    found = refine(text, load_engine(engine or EngineOptions()).detect(text, min_score=DEFAULT_MIN_SCORE))
    return {
        "status": "success",
        "entities": [spec_entity(detection, text) for detection in found],
        "entity_count": len(found),
        "text_length": len(text),
    }


def check_compliance(text: str, entities: Entities, frameworks: Sequence[str] | None = None) -> JsonObject:
    """Return the violated rules in the shape of `check_compliance_async`.

    Args:
        text: the text that the entities were found in.
        entities: as `detect_pii` returns them; those without a `position` count as near all others.
        frameworks: frameworks to check; None or empty means the default ones, `["ALL"]` all built-in ones.

    Raises:
        InputError: if the input is bad or a framework is unknown.

    """
    check_text(text)
    names = _names(frameworks)
    try:
        packs = select_packs(names or None)
    except ConfigError as error:
        raise InputError(str(error)) from None
    compliance = judge(_findings(text, entities), packs).compliance
    return {
        "status": "success",
        "compliant": compliance.compliant,
        "violation_count": len(compliance.violations),
        "frameworks_checked": list(compliance.frameworks_checked),
        "violations": [spec_violation(violation) for violation in compliance.violations],
    }


def redact(text: str, entities: Entities, strategy: str = "token") -> JsonObject:
    """Return the text with its entities replaced, in the shape of `redact_async`.

    Args:
        text: the original.
        entities: as `detect_pii` returns them; `type` and `position` are used.
        strategy: `mask`, `token`, `partial` or `hash`.

    Raises:
        InputError: if the input is bad, the strategy unknown or a position outside the text.

    """
    check_text(text)
    key = fingerprint_key()[0] if strategy == "hash" else b""
    redacted, count = redact_spans(text, _spans(entities), strategy, key)
    return {
        "status": "success",
        "redacted_text": redacted,
        "redaction_count": count,
        "strategy": strategy,
        "original_length": len(text),
        "redacted_length": len(redacted),
    }


def score_risk(
    entities: Entities, injection_score: float = 0.0, violations: Sequence[Mapping[str, Any]] | None = None
) -> JsonObject:
    """Return the risk in the shape of `score_risk_async`.

    Args:
        entities: as `detect_pii` returns them; `type` and `confidence` are used.
        injection_score: 0.0 to 1.0.
        violations: as `check_compliance` returns them.

    Raises:
        InputError: if the input is bad.

    """
    if (
        isinstance(injection_score, bool)
        or not isinstance(injection_score, int | float)
        or not 0 <= injection_score <= 1
    ):
        raise InputError("injection_score must be a number from 0.0 to 1.0")
    counted = [(name, score, 1) for name, score in _typed(entities)]
    risk = assess_risk(counted, _violations(violations or ()), float(injection_score))
    return {"status": "success"} | spec_risk(risk)


def score_injection(text: str) -> float:
    """Return the prompt-injection score of `text`, 0.0 to 1.0.

    Raises:
        InputError: if `text` is not a string or over 50 KB.

    """
    check_text(text)
    return injection.score(injection.find_signals(text)).score


def combine(detected: Mapping[str, Any], checked: Mapping[str, Any], risk: Mapping[str, Any]) -> JsonObject:
    """Return the results of the three steps in the shape of `analyze_complete_async`."""
    return {
        "status": "success",
        "pii": {"detected": detected["entity_count"], "entities": detected["entities"]},
        "compliance": {
            "compliant": checked["compliant"],
            "violations": checked["violation_count"],
            "frameworks": checked["frameworks_checked"],
        },
        "risk": {name: risk[name] for name in ("overall_score", "overall_level", "recommendations")},
    }


def analyze_complete(text: str, frameworks: Sequence[str] | None = None) -> JsonObject:
    """Return detection, compliance and risk of `text` together, in the shape of `analyze_complete_async`.

    Raises:
        InputError: if the input is bad.

    """
    detected = detect_pii(text)
    checked = check_compliance(text, detected["entities"], frameworks)
    risk = score_risk(detected["entities"], score_injection(text), checked["violations"])
    return combine(detected, checked, risk)


def check_text(text: object) -> None:
    """Raise InputError unless `text` is a string of at most 50 KB in UTF-8."""
    if not isinstance(text, str):
        raise InputError(f"text must be a string, not {type(text).__name__}")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_TEXT_BYTES:
        raise InputError(f"text has {size} bytes, over the limit of {MAX_TEXT_BYTES} (50 KB); split it")


def _names(frameworks: object) -> list[str]:
    if frameworks is None:
        return []
    if not isinstance(frameworks, list | tuple) or not all(isinstance(name, str) for name in frameworks):
        raise InputError("frameworks must be a list of names")
    return list(frameworks)


def _rows(value: object, what: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        raise InputError(f"{what} must be a list of objects")
    return value


def _typed(entities: object) -> list[tuple[str, float]]:
    rows = _rows(entities, "entities")
    try:
        pairs = [(row["type"], float(row.get("confidence", 1.0))) for row in rows]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise InputError("each entity needs a 'type', and a number as its 'confidence'") from None
    if not all(isinstance(name, str) and 0 <= score <= 1 for name, score in pairs):
        raise InputError("each entity's 'type' must be a string and its 'confidence' from 0.0 to 1.0")
    return pairs


def _findings(text: str, entities: object) -> list[Finding]:
    """Return the entities as findings in the text; one without a position is as long as the text."""
    pairs = _typed(entities)
    rows = _rows(entities, "entities")
    spans = [(start, end) for start, end, _ in _spans([{"position": (0, len(text)), **row} for row in rows])]
    if not all(0 <= start <= end <= len(text) for start, end in spans):
        raise InputError("an entity's 'position' lies outside the text")
    given = zip(pairs, spans, strict=True)
    detections = [Detection(name, start, end, score, "") for (name, score), (start, end) in given]
    return describe(detections, Chunk(text), b"")


def _spans(entities: object) -> list[tuple[int, int, str]]:
    rows = _rows(entities, "entities")
    try:
        spans = [(row["position"][0], row["position"][1], row["type"]) for row in rows]
    except (KeyError, IndexError, TypeError):
        raise InputError("each entity needs a 'type' and a 'position' of [start, end]") from None
    if not all(type(start) is int and type(end) is int and isinstance(name, str) for start, end, name in spans):
        raise InputError("each entity's 'position' must be two whole numbers and its 'type' a string")
    return spans


def _violations(rows: object) -> list[Violation]:
    try:
        return [
            Violation(
                rule_id=str(row["rule_id"]),
                framework=str(row["framework"]),
                rule_name=str(row["rule_name"]),
                severity=Severity[row["severity"]],
                action=Action(row["action"]),
                message=str(row["message"]),
                citation=str(row.get("citation", "")),
                count=1,
            )
            for row in _rows(rows, "violations")
        ]
    except (KeyError, ValueError, TypeError):
        raise InputError("violations must be as check_compliance_async returns them") from None


def spec_entity(detection: Detection, text: str) -> JsonObject:
    """Return a detection in the shape of the specification's `detect_pii_async`; `value` is the raw text."""
    return {
        "type": detection.entity_type,
        "value": text[detection.start : detection.end],
        "confidence": round(detection.score, 4),
        "position": [detection.start, detection.end],
    }
