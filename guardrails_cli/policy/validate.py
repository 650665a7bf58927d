"""Validate a pack's file: first against its schema, then by the rules' meaning."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from guardrails_cli.core.entity_types import ENTITY_TYPES
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.globs import Patterns
from guardrails_cli.core.schemas import yaml_nodes as nodes
from guardrails_cli.core.schemas.yaml_check import check, nearest
from guardrails_cli.formats.registry import FORMATS
from guardrails_cli.policy.evaluate import MAX_DISTINCT
from guardrails_cli.policy.files import (
    Content,
    Row,
    base_path,
    builtin_content,
    builtin_files,
    compose,
    own_rows,
    read_pack,
    schema,
)

MOST_EXTENDED = 10
"""Maximum number of packs that build on one another."""

Said = tuple[tuple[str | int, ...], str]
"""Path of keys, and the fault there."""


def validate(data: bytes, name: str) -> list[str]:
    """Return the faults of a pack, each as `file:line: key: fault`; empty means valid.

    Args:
        data: the file's bytes.
        name: the file's path; packs that it extends are looked for relative to it.

    """
    return check_pack(data, name)[0]


def check_pack(data: bytes, name: str, below: tuple[Path, ...] = ()) -> tuple[list[str], Content | None]:
    """Return the faults of a pack as `validate` does, and its content if it has none.

    Args:
        data: the file's bytes.
        name: the file's path.
        below: the files that led here by extending one another.

    """
    faults, parsed = check(data, name, "pack", schema(), _repeated_ids)
    if parsed is None:
        return faults, None
    try:
        base = _base(parsed.content.get("extends"), Path(name), below)
    except ConfigError as error:
        return [f"{name}:{nodes.line_of(parsed.root, ('extends',))}: extends: {error}"], None
    content = compose(data, Path(name), parsed, base)
    if said := [*_unknown_ids(content), *_of_rules(content)]:
        return _lines(content, said), None
    return [], content


def _lines(content: Content, said: Iterable[Said]) -> list[str]:
    placed = {(nodes.line_of(content.roots[content.path], keys), f"{dotted(keys)}: {text}") for keys, text in said}
    return [f"{content.path}:{line}: {text}" for line, text in sorted(placed)]


def dotted(keys: Iterable[str | int]) -> str:
    """Return the path of keys as messages show it: `rules[0].near.within`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")


def _repeated_ids(root: yaml.Node) -> list[nodes.Fault]:
    faults: list[nodes.Fault] = []
    seen: set[str] = set()
    for rule in nodes.items(root, "rules"):
        for identifier in nodes.items(rule, "id"):
            if str(identifier.value) in seen:
                faults.append((identifier.start_mark.line + 1, f"id: the rule id {identifier.value!r} is used twice"))
            seen.add(str(identifier.value))
    return faults


def _base(extends: str | None, path: Path, below: tuple[Path, ...]) -> Content | None:
    """Return the pack that this one extends.

    Raises:
        ConfigError: if it does not exist, is not valid, or extends this one.

    """
    if extends is None:
        return None
    above = base_path(extends, path)
    for framework, file in builtin_files().items():
        if above == file:
            return builtin_content(framework)
    chain = (*below, path.resolve())
    if above.resolve() in chain:
        raise ConfigError(f"{above} extends itself in the end")
    if len(chain) > MOST_EXTENDED:
        raise ConfigError(f"more than {MOST_EXTENDED} packs extend one another")
    faults, content = check_pack(read_pack(above), str(above), chain)
    if faults:
        raise ConfigError(f"the pack is not valid: {faults[0]}")
    return content


def _unknown_ids(content: Content) -> Iterator[Said]:
    """Yield the rules to change or disable that the extended pack does not have."""
    change, disable = content.own.get("change", {}), content.own.get("disable", [])
    if not content.extends:
        for key in ("change", "disable"):
            if key in content.own:
                yield (key,), "only a pack that extends another has rules to change"
        return
    for rule_id in change:
        if rule_id not in content.inherited:
            yield ("change", rule_id), _no_rule(rule_id, content)
        elif "id" in change[rule_id]:
            yield ("change", rule_id, "id"), "an id cannot be changed"
        elif rule_id in disable:
            yield ("change", rule_id), "the rule is disabled, too"
    for number, rule_id in enumerate(disable):
        if rule_id not in content.inherited:
            yield ("disable", number), _no_rule(rule_id, content)


def _no_rule(rule_id: str, content: Content) -> str:
    return f"{content.extends[0]} has no rule {rule_id!r}{nearest(rule_id, content.inherited)}"


def _of_rules(content: Content) -> Iterator[Said]:
    for _, row in own_rows(content):
        for keys, text in (*_of_types(row, content), *_of_counts(row), *_of_places(row), *_of_examples(row)):
            path, way = row.place(str(keys[0])) if keys else (row.path, row.keys)
            if path == content.path:
                yield (*way, *keys[1:]), text


def _of_types(row: Row, content: Content) -> Iterator[Said]:
    rule = row.content
    has_types = "entity_types" in rule or "groups" in rule
    if rule.get("detectable", True) and not has_types:
        yield (), "'entity_types' or 'groups' is needed"
    if not rule.get("detectable", True):
        if has_types:
            yield ("detectable",), "a rule that nothing can find has no entity types"
        if "note" not in rule:
            yield ("detectable",), "'note' must say why nothing can find it"
    near = rule.get("near")
    if near is not None and "entity_types" not in near and "groups" not in near:
        yield ("near",), "'entity_types' or 'groups' is needed"
    for keys, names in ((("groups",), rule.get("groups", ())), (("near", "groups"), (near or {}).get("groups", ()))):
        for number, name in enumerate(names):
            if name not in content.groups:
                known = ", ".join(sorted(content.groups)) or "none"
                yield (*keys, number), f"no group {name!r}{nearest(name, content.groups)}; known: {known}"


def _of_counts(row: Row) -> Iterator[Said]:
    rule = row.content
    steps = rule.get("severity_by_count", {})
    worst = Severity[rule["severity"]]
    for count in sorted(steps, key=int):
        if Severity[steps[count]] <= worst:
            yield ("severity_by_count", count), f"{steps[count]} is not worse than {worst.name} for fewer"
        worst = max(worst, Severity[steps[count]])
    if rule.get("distinct"):
        if rule.get("min_count", 1) > MAX_DISTINCT:
            yield ("min_count",), f"different values are counted up to {MAX_DISTINCT:,} only"
        for count in steps:
            if int(count) > MAX_DISTINCT:
                yield ("severity_by_count", count), f"different values are counted up to {MAX_DISTINCT:,} only"


def _of_places(row: Row) -> Iterator[Said]:
    yield from _of_patterns(row.content.get("paths", ()), ("paths",))
    for number, exemption in enumerate(row.content.get("except", ())):
        if not any(key in exemption for key in ("paths", "columns", "formats")):
            yield ("except", number), "'paths', 'columns' or 'formats' is needed; `disable` switches a rule off"
        yield from _of_patterns(exemption.get("paths", ()), ("except", number, "paths"))


def _of_patterns(patterns: Iterable[str], keys: tuple[str | int, ...]) -> Iterator[Said]:
    for number, pattern in enumerate(patterns):
        try:
            if not Patterns([pattern]):
                yield (*keys, number), f"{pattern[:40]!r} matches nothing"
        except ValueError:
            yield (*keys, number), f"{pattern[:40]!r} is no pattern in the syntax of gitignore"


def _of_examples(row: Row) -> Iterator[Said]:
    for kind, examples in row.content.get("examples", {}).items():
        for number, example in enumerate(examples):
            if isinstance(example, dict) and ("text" in example) == ("row" in example):
                yield ("examples", kind, number), "either 'text' or 'row' is needed"


def warnings(content: Content, today: date | None = None) -> list[str]:
    """Return the probable mistakes in a valid pack, each as `file:line: key: warning`.

    An entity type that nothing in this program finds is not a fault: a user's recognizer may find it.
    """
    return _lines(content, [*_unknown_types(content.own), *_odd_places(content, today or date.today())])


def _unknown_types(value: Any, keys: tuple[str | int, ...] = ()) -> Iterator[Said]:
    if keys and (keys[-1] == "entity_types" or keys[:-1] == ("groups",)) and isinstance(value, list):
        for number, item in enumerate(value):
            if item not in ENTITY_TYPES:
                yield (*keys, number), f"nothing known finds {item}{nearest(item, ENTITY_TYPES)}"
    elif isinstance(value, dict) and keys[-1:] != ("row",):
        for key, item in value.items():
            yield from _unknown_types(item, (*keys, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _unknown_types(item, (*keys, number))


def _odd_places(content: Content, today: date) -> Iterator[Said]:
    for rule_id, row in own_rows(content):
        path, way = row.place("except")
        for number, exemption in enumerate(row.content.get("except", ()) if path == content.path else ()):
            until = exemption.get("until")
            if until and date.fromisoformat(until) < today:
                yield (*way, number, "until"), expired(rule_id, until, exemption["reason"])
        path, way = row.place("formats")
        for number, name in enumerate(row.content.get("formats", ()) if path == content.path else ()):
            if name not in FORMATS:
                yield (*way, number), f"nothing is read as {name!r}{nearest(name, FORMATS)}"


def expired(rule_id: str, until: str, reason: str) -> str:
    """Return the warning about an expired exemption."""
    return f"the exception ended on {until} ({reason}): {rule_id} applies there again"
