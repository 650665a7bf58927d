"""From a policy pack's YAML to its rules, with errors that name file, line and key."""

import difflib
import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import guardrails_cli
from guardrails_cli.errors import ConfigError
from guardrails_cli.model import Action, Pack, Rule, Severity

BUILTIN = "builtin"


def builtin_folder() -> Path:
    """Return where the packs that come with the program lie: inside the package, or beside it in a checkout."""
    package = Path(guardrails_cli.__file__).parent
    installed = package / "_policies"
    return installed if installed.is_dir() else package.parent / "policies"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy pack."""
    text = (builtin_folder() / "schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def builtin_packs() -> tuple[Pack, ...]:
    """Return the packs that come with the program, by framework. A test checks them against the schema, not each run."""
    return tuple(_pack(path.read_bytes(), BUILTIN) for path in sorted(builtin_folder().glob("*.yaml")))


def select_packs(frameworks: Sequence[str] | None, files: Iterable[Path] = ()) -> tuple[Pack, ...]:
    """Return the packs to apply: the built-in ones of `frameworks` (None: all) and those in `files`.

    Raises:
        ConfigError: for an unknown framework, a file that is no valid pack, or a rule id used twice.
    """
    own = [load_pack(path) for path in files]
    known = {pack.framework: pack for pack in (*builtin_packs(), *own)}
    if frameworks is not None:
        for name in frameworks:
            if name not in known:
                raise ConfigError(f"unknown framework {name!r}{nearest(name, known)}; known: {', '.join(sorted(known))}")
        chosen = [known[name] for name in sorted(set(frameworks))]
        own = [pack for pack in own if pack.framework not in frameworks]
    else:
        chosen = [pack for pack in builtin_packs() if pack.framework not in {mine.framework for mine in own}]
    packs = (*chosen, *own)
    seen: dict[str, str] = {}
    for pack in packs:
        for rule in pack.rules:
            if rule.rule_id in seen:
                raise ConfigError(f"rule {rule.rule_id} is in two packs: {seen[rule.rule_id]} and {pack.framework}")
            seen[rule.rule_id] = pack.framework
    return packs


def load_pack(path: Path) -> Pack:
    """Return the user's pack in the file `path`.

    Raises:
        ConfigError: if it cannot be read or is not valid; one line for each fault, with file, line and key.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read the policy {path}: {error.strerror}") from None
    faults = validate(data, str(path))
    if faults:
        raise ConfigError("\n".join(faults))
    return _pack(data, str(path))


def validate(data: bytes, name: str) -> list[str]:
    """Return the faults of a pack, each as `file:line: key: what is wrong`; empty means valid."""
    from jsonschema import Draft202012Validator

    try:
        node = yaml.compose(data, Loader=yaml.SafeLoader)
        content = yaml.safe_load(data)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return [f"{name}:{mark.line + 1 if mark else 1}: not valid YAML: {error.problem or error.context}"]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return [f"{name}:1: not valid YAML: {type(error).__name__}"]
    if node is None:
        return [f"{name}:1: the file is empty; a pack needs 'framework' and 'rules'"]
    faults = [
        (_line(node, fault.absolute_path), f"{_key(fault.absolute_path)}: {_message(fault)}")
        for fault in Draft202012Validator(schema()).iter_errors(content)
    ]
    faults += _repeated_keys(node) + _repeated_ids(node)
    return [f"{name}:{line}: {text}" for line, text in sorted(set(faults))]


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the known word most like `word`, or nothing."""
    by_fold = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return f"; did you mean {by_fold[close[0]]!r}?" if close else ""


def _pack(data: bytes, origin: str) -> Pack:
    content = yaml.safe_load(data)
    framework = str(content["framework"])
    return Pack(
        framework=framework,
        title=content["title"],
        version=str(content["version"]),
        source=content["source"],
        rules=tuple(_rule(row, framework) for row in content["rules"]),
        origin=origin,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _rule(row: dict[str, Any], framework: str) -> Rule:
    return Rule(
        rule_id=row["id"],
        framework=framework,
        name=row["name"],
        citation=row["citation"],
        entity_types=frozenset(row["entity_types"]),
        min_score=float(row.get("min_score", 0.0)),
        min_count=int(row.get("min_count", 1)),
        severity=Severity[row["severity"]],
        action=Action(row["action"]),
        message=row["message"],
    )


def _message(fault: Any) -> str:
    """Return what is wrong, with the nearest valid spelling where a word is unknown."""
    if fault.validator == "additionalProperties":
        allowed = fault.schema["properties"]
        unknown = sorted(str(key) for key in fault.instance if key not in allowed)
        return "; ".join(f"unknown key {key!r}{nearest(key, allowed)}" for key in unknown)
    if fault.validator == "enum":
        return (
            f"{str(fault.instance)[:40]!r} is not one of {', '.join(fault.validator_value)}"
            + nearest(str(fault.instance), fault.validator_value)
        )
    return str(fault.message)[:200]


def _key(path: Iterable[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "pack"


def _line(node: yaml.Node, path: Iterable[str | int]) -> int:
    """Return the line, from 1, of what `path` leads to."""
    line = node.start_mark.line
    for part in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == part), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line
    return line + 1


def _repeated_keys(node: yaml.Node) -> list[tuple[int, str]]:
    """Return the keys given twice in a mapping: YAML lets the last one win without a word."""
    faults: list[tuple[int, str]] = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                faults.append((key.start_mark.line + 1, f"{key.value}: the key is given twice"))
            seen.add(str(key.value))
            faults += _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            faults += _repeated_keys(item)
    return faults


def _repeated_ids(node: yaml.Node) -> list[tuple[int, str]]:
    faults: list[tuple[int, str]] = []
    seen: set[str] = set()
    for rule in _child(node, "rules"):
        for identifier in _child(rule, "id"):
            if identifier.value in seen:
                faults.append((identifier.start_mark.line + 1, f"id: the rule id {identifier.value!r} is used twice"))
            seen.add(identifier.value)
    return faults


def _child(node: yaml.Node, key: str) -> list[Any]:
    """Return the items under `key`, or the scalar there as the only item."""
    for name, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if name.value == key:
            if isinstance(value, yaml.SequenceNode):
                return list(value.value)
            return [value] if isinstance(value, yaml.ScalarNode) else []
    return []


