"""Explain an entity type, a rule or a technique from the recognizers and the policy packs themselves."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from guardrails_cli.core.entity_types import ENTITY_TYPES, PROMPT_INJECTION, entity_type
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.field_names import field_types
from guardrails_cli.core.package_data import read_yaml
from guardrails_cli.detect.catalogue.entries import standards
from guardrails_cli.detect.catalogue.national import BARE, SCORES, identifiers
from guardrails_cli.detect.presidio.exported import Rule as Exported
from guardrails_cli.detect.recognizers.own import extra_recognizers
from guardrails_cli.detect.recognizers.recognizer import ValueRecognizer
from guardrails_cli.detect.registry import countries, load_rules
from guardrails_cli.injection.rules import load_rules as injection_rules
from guardrails_cli.injection.score import WARNING_SCORE
from guardrails_cli.options.model import DEFAULT_MIN_SCORE, EngineOptions
from guardrails_cli.policy.describe import describe
from guardrails_cli.policy.packs import Pack, Rule

_MODEL_TYPES = ("DATE_TIME", "LOCATION", "NRP", "ORGANIZATION", "PERSON")
_REASONS = 3
"""Maximum number of rules whose rationale and remediation are repeated for an entity type."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to detect an entity type."""

    name: str
    """Name of the recognizer, as in findings."""
    origin: str
    how: str
    scores: tuple[float, ...] = ()
    """Scores before context raises them, lowest first."""
    checks: tuple[str, ...] = ()
    """Checks that a match has to pass."""
    context: tuple[str, ...] = ()
    """Words that raise the score when they are near."""
    needs: str = ""
    """Option that enables it."""


@dataclass(frozen=True, slots=True)
class NamedBy:
    """A rule that involves an entity type."""

    rule_id: str
    name: str
    framework: str
    severity: str
    action: str
    role: str
    """`counts`: the rule counts it; `near`: it must be near a counted finding."""


@dataclass(frozen=True, slots=True)
class TypeExplained:
    """The explanation of an entity type."""

    name: str
    what: str
    severity: str
    sensitivity: float
    standard: str
    why: tuple[str, ...]
    methods: tuple[Method, ...]
    min_score: float
    """Default threshold: findings below it are not reported."""
    rules: tuple[NamedBy, ...]
    what_to_do: tuple[str, ...]
    misses: str
    kind: str = "entity_type"


@dataclass(frozen=True, slots=True)
class RuleExplained:
    """The explanation of a rule."""

    name: str
    """Id of the rule."""
    what: str
    framework: str
    title: str
    """Title of the framework."""
    severity: str
    action: str
    details: dict[str, str]
    """Details, by the keys of `describe`."""
    entity_types: tuple[str, ...]
    near: tuple[str, ...]
    fires: tuple[str, ...]
    """Texts that violate it."""
    passes: tuple[str, ...]
    """Texts that do not violate it."""
    detectable: bool
    kind: str = "rule"


@dataclass(frozen=True, slots=True)
class TechniqueExplained:
    """The explanation of a prompt-injection technique."""

    name: str
    what: str
    why: str
    features: tuple[str, ...]
    """Evidence for it, strongest first."""
    warning_score: float
    what_to_do: str
    misses: str
    rules: tuple[NamedBy, ...]
    kind: str = "technique"


Explained = TypeExplained | RuleExplained | TechniqueExplained


def explain(topic: str, packs: Sequence[Pack], engine: EngineOptions | None = None) -> Explained:
    """Return the explanation of an entity type, a rule or a technique, ignoring letter case.

    Args:
        topic: its name or id.
        packs: packs with the rules to explain.
        engine: options with the user's own recognizers.

    Raises:
        ConfigError: if nothing has that name; the message suggests the nearest.

    """
    rules = {rule.rule_id.upper(): (pack, rule) for pack in packs for rule in pack.rules}
    wanted = topic.strip().replace("-", "_")
    if wanted.upper() in rules:
        return _rule(*rules[wanted.upper()])
    if wanted.lower() in _texts()["techniques"]:
        return _technique(wanted.lower(), packs)
    exported = _exported(engine or EngineOptions())
    if wanted.upper() in _known_types(exported):
        return _type(wanted.upper(), exported, packs)
    frameworks = {pack.framework for pack in packs}
    if wanted.upper() in frameworks:
        raise ConfigError(
            f"{wanted.upper()} is a framework; `guardrails policies show {wanted.upper()}` lists its rules"
        )
    raise ConfigError(f"nothing is called {topic[:60]!r}{_nearest(wanted, topics(packs, engine))}")


def topics(packs: Iterable[Pack], engine: EngineOptions | None = None) -> list[str]:
    """Return everything that can be explained: entity types, techniques, rules."""
    types = sorted(_known_types(_exported(engine or EngineOptions())))
    return [*types, *_texts()["techniques"], *(rule.rule_id for pack in packs for rule in pack.rules)]


def _nearest(word: str, known: Iterable[str]) -> str:
    by_fold = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=3, cutoff=0.6)
    if not close:
        return "; `guardrails entities` and `guardrails policies show FRAMEWORK` list what there is"
    return f"; did you mean {' or '.join(by_fold[name] for name in close)}?"


@cache
def _texts() -> dict[str, Any]:
    return dict(read_yaml("guardrails_cli.services", "explain.yaml"))


@cache
def _own() -> tuple[ValueRecognizer, ...]:
    return tuple(extra_recognizers())


@cache
def _exported(engine: EngineOptions) -> tuple[tuple[Exported, str], ...]:
    """Return all recognizers of Presidio and of the user, each with the option that enables it."""
    usual = {rule.name for rule in load_rules(EngineOptions(engine.language, recognizers=engine.recognizers))}
    everything = load_rules(EngineOptions(engine.language, profile="thorough", recognizers=engine.recognizers))
    return tuple((rule, "" if rule.name in usual else _option(rule)) for rule in everything)


def _option(rule: Exported) -> str:
    country = countries().get(rule.origin[1])
    return f"--country {country}, or --profile thorough" if country else "--profile thorough"


def _known_types(exported: Iterable[tuple[Exported, str]]) -> frozenset[str]:
    return frozenset({*ENTITY_TYPES, *(name for rule, _ in exported for name in rule.entities)})


def _type(name: str, exported: Iterable[tuple[Exported, str]], packs: Sequence[Pack]) -> TypeExplained:
    known = entity_type(name)
    rules = sorted(_naming(name, packs), key=lambda pair: (-pair[0].severity, pair[1] != "counts", pair[0].rule_id))
    loud = [rule for rule, role in rules if role == "counts"]
    texts = _texts()
    injected = name == PROMPT_INJECTION
    return TypeExplained(
        name=name,
        what=known.description,
        severity=known.severity.name,
        sensitivity=known.sensitivity,
        standard=standards().get(name, ""),
        why=(texts["injection"]["why"],) if injected else _said(loud, "rationale"),
        methods=tuple(_methods(name, exported)),
        min_score=DEFAULT_MIN_SCORE,
        rules=tuple(_named(rule, role) for rule, role in rules),
        what_to_do=(texts["injection"]["do"],) if injected else _said(loud, "remediation"),
        misses=texts["misses"].get(name, texts["other_misses"]),
    )


def _said(rules: Iterable[Rule], what: str) -> tuple[str, ...]:
    """Return the statements of the rules with the fewest other entity types: they say most about this one."""
    ordered = sorted(rules, key=lambda rule: (len(rule.entity_types), -rule.severity, rule.rule_id))
    said: dict[str, str] = {}
    for rule in ordered:
        if text := getattr(rule, what):
            said.setdefault(text, rule.rule_id)
    return tuple(f"{text} ({rule_id})" for text, rule_id in said.items())[:_REASONS]


def _naming(name: str, packs: Iterable[Pack]) -> Iterator[tuple[Rule, str]]:
    for rule in (rule for pack in packs for rule in pack.rules):
        if name in rule.entity_types:
            yield rule, "counts"
        elif rule.near and name in rule.near.entity_types:
            yield rule, "near"


def _named(rule: Rule, role: str) -> NamedBy:
    return NamedBy(rule.rule_id, rule.name, rule.framework, rule.severity.name, rule.action.value, role)


def _methods(name: str, exported: Iterable[tuple[Exported, str]]) -> Iterator[Method]:
    """Yield the ways to detect a type: Presidio's recognizers, ours, the model, field names."""
    for own in _own():
        if own.entities == {name}:
            yield _ours(own)
    yield from _national(name)
    for rule, needs in exported:
        if name in rule.entities:
            yield _presidios(rule, needs)
    if name in _MODEL_TYPES:
        yield Method(
            "SpacyRecognizer",
            "language model",
            "named-entity recognition; what does not look like a name is dropped",
            needs="a profile other than fast",
        )
    fields = sorted(field for field, kind in field_types().items() if kind == name)
    if fields:
        yield Method("FieldNames", "Guardrails", f"values of columns and keys such as {', '.join(fields[:6])}")
    if name == PROMPT_INJECTION:
        techniques = ", ".join(_texts()["techniques"])
        yield Method(
            "injection", "Guardrails", f"a linear model over wordings; techniques: {techniques}", (WARNING_SCORE,)
        )


def _ours(own: ValueRecognizer) -> Method:
    named = [each.name for each in own.evidence if not each.name.startswith("pattern ")]
    behind = sorted({word for each in own.evidence if each.name.startswith("pattern ") for word in each.needs})
    parts = [f"patterns: {', '.join(named)}"] if named else []
    parts += [f"values behind words such as {', '.join(behind[:6])}"] if behind else []
    return Method(
        own.name,
        "Guardrails",
        "; ".join(parts) or f"{len(own.evidence)} pattern{'s' if len(own.evidence) > 1 else ''} with their context",
        tuple(sorted({each.score for each in own.evidence})),
        tuple(dict.fromkeys(_check(each.check) for each in own.evidence if each.check)),
        own.context,
    )


def _national(name: str) -> Iterator[Method]:
    """Yield the way to detect the national identifiers of a type, if it has some."""
    known = [each for each in identifiers() if each.entity == name]
    if not known:
        return
    labels = [label for each in known for label in (*each.labels, *each.ambiguous)][:6]
    codes = sorted({code for each in known for code in each.countries})
    yield Method(
        "NationalRecognizer",
        "Guardrails",
        f"{', '.join(each.name for each in known)}, behind labels such as {', '.join(labels)}; without one, numbers "
        f"that pass the check score {BARE} with --country {','.join(codes)}",
        SCORES,
        tuple(dict.fromkeys(each.check_name for each in known if each.check_name)),
    )


def _check(check: Any) -> str:
    """Return the requirement of a check: the summary of its docstring."""
    said = " ".join((check.__doc__ or "").partition("\n\n")[0].split()).removeprefix("Return whether ").rstrip(".")
    return said or "enough digits"


def _presidios(rule: Exported, needs: str) -> Method:
    own = not rule.origin[0].startswith("presidio_analyzer.predefined_recognizers")
    kinds = {
        "phone": f"numbers that are valid in {', '.join(rule.regions)}",
        "iban": "the shape of each country's numbers",
        "other": "code of its own",
    }
    count = len(rule.patterns)
    patterns = f"{count} pattern{'s' if count > 1 else ''}" if count else "a list of words"
    checks = [
        text
        for wanted, text in zip(rule.checks, ("a check of the value", "a list of what is none"), strict=True)
        if wanted
    ]
    scores = (rule.score,) if rule.kind == "phone" else tuple(sorted({pattern.score for pattern in rule.patterns}))
    return Method(
        rule.name,
        "your own" if own else "Presidio",
        kinds.get(rule.kind, patterns),
        scores,
        tuple(checks),
        rule.context,
        needs,
    )


def _rule(pack: Pack, rule: Rule) -> RuleExplained:
    examples = [(each.text.replace("\t", " | "), each.fires) for each in rule.examples]
    return RuleExplained(
        name=rule.rule_id,
        what=rule.name,
        framework=rule.framework,
        title=pack.title,
        severity=rule.severity.name,
        action=rule.action.value,
        details=describe(rule),
        entity_types=tuple(sorted(rule.entity_types)),
        near=tuple(sorted(rule.near.entity_types)) if rule.near else (),
        fires=tuple(text for text, fires in examples if fires),
        passes=tuple(text for text, fires in examples if not fires),
        detectable=rule.detectable,
    )


def _technique(name: str, packs: Sequence[Pack]) -> TechniqueExplained:
    texts = _texts()
    features = [feature for feature in injection_rules().features.values() if feature.technique == name]
    return TechniqueExplained(
        name=name,
        what=texts["techniques"][name],
        why=texts["injection"]["why"],
        features=tuple(each.name for each in sorted(features, key=lambda each: (-each.weight, each.name))),
        warning_score=WARNING_SCORE,
        what_to_do=texts["injection"]["do"],
        misses=texts["misses"][PROMPT_INJECTION],
        rules=tuple(_named(*pair) for pair in _naming(PROMPT_INJECTION, packs)),
    )
