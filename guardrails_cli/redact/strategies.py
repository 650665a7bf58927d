"""A user's own redaction strategies, read from YAML."""

import json
from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import yaml

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.schemas import yaml_nodes as nodes
from guardrails_cli.core.schemas.yaml_check import check, nearest
from guardrails_cli.redact.operators import Details

_WHOSE = {"character": ("mask", "partial"), "keep_last": ("partial",)}
"""Strategies that have a detail, by detail."""


class Strategies(msgspec.Struct, frozen=True):
    """The strategy of each entity type."""

    default: str | None = None
    by_type: Mapping[str, str] = msgspec.field(default_factory=dict)
    details: Mapping[str, Details] = msgspec.field(default_factory=dict)
    """Details by type; the empty name is for all others."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a strategy file."""
    text = files("guardrails_cli.core.schemas").joinpath("strategies.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def load_strategies(path: Path, known: Collection[str]) -> Strategies:
    """Return the strategies in the file `path`.

    Args:
        path: the file's path.
        known: the entity types that can be found: a strategy for another would never be used.

    Raises:
        ConfigError: if it cannot be read or is not valid; one line per fault, with file, line and key.

    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read the strategies {path}: {error.strerror}") from None
    faults, parsed = check(data, str(path), "file of strategies", schema(), lambda root: _more_faults(root, known))
    if parsed is None:
        raise ConfigError("\n".join(faults))
    content = parsed.content
    chosen = {name: _row(row) for name, row in content.get("types", {}).items()}
    default = _row(content["default"]) if "default" in content else {}
    return Strategies(
        default.get("strategy"),
        {name: row["strategy"] for name, row in chosen.items()},
        {name: _details(row) for name, row in {**chosen, "": default}.items()},
    )


def _more_faults(root: yaml.Node, known: Collection[str]) -> Iterator[nodes.Fault]:
    """Yield faults that a schema cannot catch: types that nothing finds, details that a strategy does not have."""
    for key, value in _pairs(root):
        if key.value == "default":
            yield from _misplaced(value, "default")
        if key.value == "types":
            for name, row in _pairs(value):
                if name.value not in known:
                    hint = nearest(str(name.value), known)
                    yield name.start_mark.line + 1, f"types.{name.value}: unknown entity type{hint}"
                yield from _misplaced(row, f"types.{name.value}")


def _misplaced(row: yaml.Node, key: str) -> Iterator[nodes.Fault]:
    cells = {name.value: value for name, value in _pairs(row) if isinstance(value, yaml.ScalarNode)}
    strategy = cells["strategy"].value if "strategy" in cells else ""
    for detail, whose in _WHOSE.items():
        if detail in cells and strategy not in whose:
            line = cells[detail].start_mark.line + 1
            yield line, f"{key}.{detail}: only {' and '.join(whose)} can have that"


def _pairs(node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _row(row: str | dict[str, Any]) -> dict[str, Any]:
    return {"strategy": row} if isinstance(row, str) else row


def _details(row: Mapping[str, Any]) -> Details:
    return Details(**{key: row[key] for key in _WHOSE if key in row})
