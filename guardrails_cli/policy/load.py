"""From a policy pack's YAML to its rules, with errors that name file, line and key."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import guardrails_cli
from guardrails_cli import yaml_nodes as nodes
from guardrails_cli.entities import ENTITY_TYPES
from guardrails_cli.errors import ConfigError
from guardrails_cli.model import Action, Pack, Rule, Severity
from guardrails_cli.yaml_faults import check, nearest

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
    """Return the packs that come with the program, by framework; a test checks them, not each run."""
    return tuple(_pack(path.read_bytes(), BUILTIN) for path in sorted(builtin_folder().glob("*.yaml")))


def select_packs(frameworks: Sequence[str] | None, files: Iterable[Path] = ()) -> tuple[Pack, ...]:
    """Return the packs to apply: the built-in ones of `frameworks` (None: all) and all of those in `files`.

    A pack of the user takes the place of the built-in one of its framework.

    Raises:
        ConfigError: for an unknown framework, a file that is no valid pack, or a rule id used twice.

    """
    own = [load_pack(path) for path in files]
    replaced = {pack.framework for pack in own}
    builtin = [pack for pack in builtin_packs() if pack.framework not in replaced]
    if frameworks is not None:
        known = {pack.framework for pack in (*builtin, *own)}
        for name in frameworks:
            if name not in known:
                raise ConfigError(
                    f"unknown framework {name!r}{nearest(name, known)}; known: {', '.join(sorted(known))}"
                )
        builtin = [pack for pack in builtin if pack.framework in frameworks]
    packs = (*builtin, *own)
    _check_ids(packs)
    return packs


def _check_ids(packs: Iterable[Pack]) -> None:
    seen: dict[str, Pack] = {}
    for pack in packs:
        for rule in pack.rules:
            other = seen.setdefault(rule.rule_id, pack)
            if other is not pack:
                raise ConfigError(
                    f"rule {rule.rule_id} is in two packs: {other.framework} and {pack.framework} "
                    f"({other.origin}, {pack.origin})"
                )


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
    return check(data, name, "pack", schema(), _repeated_ids)


def warnings(data: bytes, name: str) -> list[str]:
    """Return what is probably a mistake in a valid pack: `file:line: key: what is odd`.

    An entity type that nothing in this program finds is no fault: a recognizer of the user may find it.
    """
    root = yaml.compose(data, Loader=yaml.SafeLoader)
    return [
        f"{name}:{item.start_mark.line + 1}: entity_types: nothing known finds {item.value}"
        + nearest(item.value, ENTITY_TYPES)
        for rule in nodes.items(root, "rules")
        for item in nodes.items(rule, "entity_types")
        if item.value not in ENTITY_TYPES
    ]


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


def _repeated_ids(root: yaml.Node) -> list[nodes.Fault]:
    faults: list[nodes.Fault] = []
    seen: set[str] = set()
    for rule in nodes.items(root, "rules"):
        for identifier in nodes.items(rule, "id"):
            if str(identifier.value) in seen:
                faults.append((identifier.start_mark.line + 1, f"id: the rule id {identifier.value!r} is used twice"))
            seen.add(str(identifier.value))
    return faults
