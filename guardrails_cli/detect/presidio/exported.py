"""Recognizers as plain values, so that Presidio is not imported until one of its checks is needed.

A rule is exported from a live recognizer object. Patterns, scores and context are data; checks (Luhn, mod 97, top-level
domains) are the object's own methods, and the object is revived when the first value needs them.
"""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer


class PatternScore(msgspec.Struct, frozen=True):
    """One pattern of a recognizer."""

    regex: str
    score: float


class Rule(msgspec.Struct, frozen=True):
    """The data of a recognizer."""

    name: str
    kind: str
    """`pattern`: Presidio's PatternRecognizer; `iban`, `phone`: Presidio's recognizers of these; `model`: the language
    model; `other`: code of its own, run over the whole text."""
    entities: tuple[str, ...]
    context: tuple[str, ...] = ()
    patterns: tuple[PatternScore, ...] = ()
    flags: int = 0
    score: float = 0.0
    checks: tuple[bool, bool] = (False, False)
    """Whether it has code to validate and to invalidate a match."""
    origin: tuple[str, str] = ("", "")
    """Module and class."""
    state: str | None = None
    """Attributes as JSON; None if they are not plain data, and only the registry can give the recognizer."""
    regions: tuple[str, ...] = ()
    leniency: int = 0


def export(recognizer: "EntityRecognizer") -> Rule:
    """Return the rule of a live recognizer; one with unknown code becomes `other`, and so stays exact."""
    from presidio_analyzer import EntityRecognizer, PatternRecognizer
    from presidio_analyzer.predefined_recognizers import IbanRecognizer, PhoneRecognizer, SpacyRecognizer

    own: Any = recognizer
    cls: Any = type(recognizer)
    common: dict[str, Any] = {
        "name": str(own.name),
        "entities": tuple(recognizer.supported_entities),
        "context": tuple(recognizer.context or ()),
        "origin": (cls.__module__, cls.__qualname__),
        "state": _state(recognizer),
    }
    plain_context = cls.enhance_using_context is EntityRecognizer.enhance_using_context
    if isinstance(recognizer, SpacyRecognizer) and plain_context:
        return Rule(kind="model", **common)
    if isinstance(recognizer, PhoneRecognizer) and cls.analyze is PhoneRecognizer.analyze and plain_context:
        regions = tuple(own.supported_regions)
        return Rule(kind="phone", score=own.SCORE, regions=regions, leniency=own.leniency, **common)
    if isinstance(recognizer, PatternRecognizer) and plain_context:
        kinds: dict[Any, str] = {PatternRecognizer.analyze: "pattern", IbanRecognizer.analyze: "iban"}
        kind = kinds.get(cls.analyze)
        if kind:
            checks = (
                cls.validate_result is not PatternRecognizer.validate_result,
                cls.invalidate_result is not PatternRecognizer.invalidate_result,
            )
            patterns = tuple(PatternScore(pattern.regex, pattern.score) for pattern in own.patterns)
            return Rule(kind=kind, patterns=patterns, flags=int(own.global_regex_flags), checks=checks, **common)
    return Rule(kind="other", **common)


def export_all(recognizers: "Iterable[EntityRecognizer]") -> list[Rule]:
    """Return the rules of the recognizers, by name: the order that decides between equal results."""
    return [export(recognizer) for recognizer in sorted(recognizers, key=lambda one: str(one.name))]  # type: ignore[has-type]


def dump(rules: Sequence[Rule]) -> str:
    """Return the rules as JSON."""
    return json.dumps(
        [{name: getattr(rule, name) for name in Rule.__struct_fields__} for rule in rules], default=_plain
    )


def load(text: str) -> list[Rule]:
    """Return the rules that `dump` wrote."""
    return [_rule(row) for row in json.loads(text)]


def _rule(row: dict[str, Any]) -> Rule:
    patterns = tuple(PatternScore(**pattern) for pattern in row.pop("patterns"))
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Rule(patterns=patterns, **fields)


def revive(rule: Rule) -> "EntityRecognizer":
    """Return a recognizer that decides like the one that `rule` was exported from.

    Raises:
        LookupError: if its attributes were not plain data.

    """
    if rule.state is None:
        raise LookupError(rule.name)
    from guardrails_cli.detect.presidio.slim_import import recognizer_class

    owner: Any = recognizer_class(*rule.origin)
    recognizer: EntityRecognizer = owner.__new__(owner)
    recognizer.__dict__.update(json.loads(rule.state), _id=rule.name)
    return recognizer


def _state(recognizer: "EntityRecognizer") -> str | None:
    """Return the attributes that a check may read: all but the patterns, which the rule holds."""
    try:
        kept = {name: value for name, value in vars(recognizer).items() if name not in ("patterns", "_id")}
        text = json.dumps(kept)
        return text if _untuple(kept) == json.loads(text) else None
    except (TypeError, ValueError):
        return None


def _untuple(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_untuple(item) for item in value]
    return {name: _untuple(item) for name, item in value.items()} if isinstance(value, dict) else value


def _plain(value: Any) -> Any:
    if isinstance(value, PatternScore):
        return {"regex": value.regex, "score": value.score}
    raise TypeError(type(value).__name__)
