"""Load policy packs: from files to rules."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.record import Action
from guardrails_cli.core.schemas import yaml_nodes as nodes
from guardrails_cli.core.schemas.yaml_check import nearest
from guardrails_cli.policy.files import Content, Row, builtin_content, builtin_files, read_pack
from guardrails_cli.policy.packs import Example, Exemption, Near, Pack, Place, Rule, Scope
from guardrails_cli.policy.rulebook import column_name
from guardrails_cli.policy.validate import check_pack, dotted, expired

BUILTIN = "builtin"
DEFAULT_FRAMEWORKS = ("HIPAA", "GDPR", "PCI_DSS", "SECRETS")
"""Frameworks checked by default: health, personal and card data, and credentials. The others repeat these from the view
of a certain law, and are named by whoever is subject to it."""
ALL = "ALL"
"""Name of all built-in frameworks together."""


def builtin_packs(frameworks: Iterable[str] | None = None) -> tuple[Pack, ...]:
    """Return the built-in packs of the named frameworks; all of them if none is named."""
    return tuple(_builtin(name) for name in (builtin_files() if frameworks is None else frameworks))


@cache
def _builtin(framework: str) -> Pack:
    return _pack(builtin_content(framework), BUILTIN, date.today())


def select_packs(frameworks: Sequence[str] | None, files: Iterable[Path] = ()) -> tuple[Pack, ...]:
    """Return the packs to apply: the built-in packs of `frameworks` and the packs in `files`.

    A user's pack replaces the built-in pack of its framework, and the packs that it extends.

    Args:
        frameworks: names; None means `DEFAULT_FRAMEWORKS`, and `ALL` in any letter case means all.
        files: the user's packs.

    Raises:
        ConfigError: if a framework is unknown, a file is not a valid pack, or a rule id is used twice.

    """
    own = [load_pack(path) for path in files]
    wanted = list(DEFAULT_FRAMEWORKS if frameworks is None else frameworks)
    if any(name.upper() == ALL for name in wanted):
        wanted = list(builtin_files())
    known = {*builtin_files(), *(pack.framework for pack in own)}
    for name in wanted:
        if name not in known:
            raise ConfigError(f"unknown framework {name!r}{nearest(name, known)}; known: {', '.join(sorted(known))}")
    replaced = {name for pack in own for name in (pack.framework, *pack.extends)}
    builtin = [name for name in builtin_files() if name in wanted and name not in replaced]
    packs = (*builtin_packs(builtin), *own)
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


def load_pack(path: Path, today: date | None = None) -> Pack:
    """Return the user's pack in the file `path`, with the packs that it extends.

    Args:
        path: the pack's file.
        today: decides which exemptions have expired; None uses the clock.

    Raises:
        ConfigError: if it cannot be read or is not valid; one line per fault, with file, line and key.

    """
    faults, content = check_pack(read_pack(path), str(path))
    if content is None:
        raise ConfigError("\n".join(faults))
    return _pack(content, str(path), today or date.today())


def find_pack(name: str) -> Pack:
    """Return the built-in pack of a framework, in any letter case, or the pack in a file.

    Raises:
        ConfigError: if it is neither, or not valid.

    """
    if name.upper() in builtin_files():
        return _builtin(name.upper())
    path = Path(name)
    if path.suffix.lower() in (".yaml", ".yml") or path.exists():
        return load_pack(path)
    raise ConfigError(f"no framework and no file {name!r}{nearest(name, builtin_files())}")


def line_of(path: Path, keys: Iterable[str | int]) -> int:
    """Return the line, from 1, of a path of keys in a pack's file; 1 if the file can no longer be read."""
    try:
        return nodes.line_of(nodes.parse_valid(path.read_bytes()).root, keys)
    except (OSError, yaml.YAMLError, ValueError, IndexError):
        return 1


def _pack(content: Content, origin: str, today: date) -> Pack:
    framework = content.header["framework"]
    return Pack(
        framework=framework,
        title=content.header["title"],
        version=content.header["version"],
        source=content.header["source"],
        rules=tuple(_rule(row, framework, content.groups, today) for row in content.rows.values()),
        origin=origin,
        sha256=content.sha256,
        extends=content.extends,
        warnings=tuple(_expired(content, today)),
    )


def _expired(content: Content, today: date) -> Iterator[str]:
    for rule_id, row in content.rows.items():
        path, way = row.place("except")
        for number, exemption in enumerate(row.content.get("except", ())):
            until = _date(exemption)
            if until is not None and until < today:
                keys = (*way, number, "until")
                text = expired(rule_id, until.isoformat(), exemption["reason"])
                yield f"{path}:{nodes.line_of(content.roots[path], keys)}: {dotted(keys)}: {text}"


def _rule(row: Row, framework: str, groups: Mapping[str, Sequence[str]], today: date) -> Rule:
    content = row.content
    return Rule(
        rule_id=content["id"],
        framework=framework,
        name=content["name"],
        citation=content["citation"],
        entity_types=_types(content, groups),
        min_score=float(content.get("min_score", 0.0)),
        min_count=int(content.get("min_count", 1)),
        severity=Severity[content["severity"]],
        action=Action(content["action"]),
        message=content["message"],
        distinct=content.get("distinct", False),
        near=_near(content["near"], groups) if "near" in content else None,
        unless_masked=content.get("unless_masked", False),
        place=_place(content),
        exemptions=tuple(_exemptions(content, today)),
        severity_by_count=tuple(
            sorted((int(count), Severity[name]) for count, name in content.get("severity_by_count", {}).items())
        ),
        detectable=content.get("detectable", True),
        note=content.get("note", ""),
        rationale=content.get("rationale", ""),
        remediation=content.get("remediation", ""),
        examples=tuple(_examples(row)),
    )


def _types(content: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> frozenset[str]:
    named = (name for group in content.get("groups", ()) for name in groups[group])
    return frozenset((*content.get("entity_types", ()), *named))


def _near(content: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> Near:
    within = content["within"]
    return Near(
        _types(content, groups),
        float(content.get("min_score", 0.0)),
        Scope(within) if isinstance(within, str) else int(within),
    )


def _place(content: Mapping[str, Any]) -> Place:
    columns = tuple(column_name(name) for name in content.get("columns", ()))
    return Place(tuple(content.get("paths", ())), columns, tuple(content.get("formats", ())))


def _exemptions(content: Mapping[str, Any], today: date) -> Iterator[Exemption]:
    """Yield the exemptions that have not expired."""
    for exemption in content.get("except", ()):
        until = _date(exemption)
        if until is None or until >= today:
            yield Exemption(_place(exemption), exemption["reason"], until)


def _date(exemption: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(exemption["until"]) if "until" in exemption else None


def _examples(row: Row) -> Iterator[Example]:
    path, way = row.place("examples")
    for kind, examples in row.content.get("examples", {}).items():
        for number, example in enumerate(examples):
            content: dict[str, Any] = {"text": example} if isinstance(example, str) else example
            cells = content.get("row")
            text = content["text"] if cells is None else "\t".join(cells.values())
            if "times" in content:
                text = "\n".join(text.replace("{n}", str(n)) for n in range(content["times"]))
            yield Example(
                text=text,
                fires=kind == "fires",
                origin=str(path),
                keys=(*way, kind, number),
                path=content.get("path"),
                columns=tuple(cells or ()),
                format=content.get("format"),
            )
