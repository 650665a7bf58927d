"""Allow lists: YAML files of findings that are accepted, with reason and expiry date."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import yaml

from guardrails_cli.core.display import INSIDE
from guardrails_cli.core.entity_types import ENTITY_TYPES
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import Finding
from guardrails_cli.core.globs import Patterns
from guardrails_cli.core.schemas import yaml_nodes as nodes
from guardrails_cli.core.schemas.yaml_check import check, nearest
from guardrails_cli.options.model import AllowedValues, CustomRecognizer
from guardrails_cli.suppress.relative_paths import Root

_CONDITIONS = ("paths", "entity_types", "fingerprints", "values", "regex")


class Entry(msgspec.Struct, frozen=True):
    """One entry of an allow list that has not expired."""

    number: int
    """Number among all entries of the run."""
    origin: str
    """File and line."""
    reason: str
    root: Root
    """Root of its relative paths."""
    paths: Patterns | None
    entity_types: frozenset[str]
    fingerprints: frozenset[str]
    values: AllowedValues | None
    """Values for a worker to look for; None if any value will do."""

    def covers(self, path: str) -> bool:
        """Return whether it covers the document `path`."""
        return self.paths is None or self.paths.covers(self.root.relative(path).replace(INSIDE, "/"))

    def allows(self, finding: Finding) -> bool:
        """Return whether it allows a finding of a document that it covers."""
        return (
            (not self.entity_types or finding.entity_type in self.entity_types)
            and (not self.fingerprints or finding.fingerprint in self.fingerprints)
            and (self.values is None or self.number in finding.allowed)
        )


class AllowList(msgspec.Struct, frozen=True):
    """All entries of a run's allow lists."""

    entries: tuple[Entry, ...] = ()
    warnings: tuple[str, ...] = ()
    """Expired entries, with file and line."""

    @property
    def values(self) -> tuple[AllowedValues, ...]:
        """Return the values for workers to look for."""
        return tuple(entry.values for entry in self.entries if entry.values is not None)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of an allow list."""
    text = files("guardrails_cli.core.schemas").joinpath("allow.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def load_allow_lists(
    paths: Iterable[Path], own: Sequence[CustomRecognizer] = (), today: date | None = None
) -> AllowList:
    """Return the entries in allow lists.

    Args:
        paths: the files' paths.
        own: the user's recognizers, whose entity types may be named too.
        today: decides which entries have expired; None uses the clock.

    Raises:
        ConfigError: if a file cannot be read or is not valid; one line per fault, with file, line and key.

    """
    entries: list[Entry] = []
    warnings: list[str] = []
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"cannot read the allow list {path}: {error.strerror}") from None
        faults, parsed = _checked(data, str(path), {recognizer.entity_type for recognizer in own})
        if parsed is None:
            raise ConfigError("\n".join(faults))
        root = Root(path)
        for index, row in enumerate(parsed.content["allow"]):
            origin = f"{path}:{nodes.line_of(parsed.root, ('allow', index))}"
            if "until" in row and date.fromisoformat(row["until"]) < (today or date.today()):
                warnings.append(f"{origin}: ended on {row['until']} ({row['reason']}): these findings count again")
                continue
            entries.append(_entry(len(entries), row, origin, root))
    return AllowList(tuple(entries), tuple(warnings))


def validate(data: bytes, name: str, own_types: Iterable[str] = ()) -> list[str]:
    """Return the faults of an allow list, each as `file:line: key: fault`; empty means valid."""
    return _checked(data, name, own_types)[0]


def _checked(data: bytes, name: str, own_types: Iterable[str]) -> tuple[list[str], nodes.Parsed | None]:
    known = {*ENTITY_TYPES, *own_types}
    return check(data, name, "allow list", schema(), lambda root: _more_faults(root, known))


def _more_faults(root: yaml.Node, known: set[str]) -> Iterator[nodes.Fault]:
    """Yield faults that a schema cannot catch: an entry without a condition, an unknown type, a bad pattern."""
    from guardrails_cli.detect.patterns.regex_safety import danger

    for entry in nodes.items(root, "allow"):
        if not any(nodes.items(entry, key) for key in _CONDITIONS):
            yield entry.start_mark.line + 1, f"allow: one of {', '.join(_CONDITIONS)} is needed"
        for name in nodes.items(entry, "entity_types"):
            close = nearest(str(name.value), known)
            if str(name.value) not in known and close:  # a country's recognizers have types of their own
                yield name.start_mark.line + 1, f"entity_types: unknown entity type {name.value!r}{close}"
        for pattern in nodes.items(entry, "paths"):
            try:
                Patterns([str(pattern.value)])
            except ValueError as error:
                yield pattern.start_mark.line + 1, f"paths: not a usable pattern: {error}"
        for regex in nodes.items(entry, "regex"):
            if reason := danger(str(regex.value)[:1000]):
                yield regex.start_mark.line + 1, f"regex: {reason}"


def _entry(number: int, row: dict[str, Any], origin: str, root: Root) -> Entry:
    by_value = "values" in row or "regex" in row
    return Entry(
        number=number,
        origin=origin,
        reason=row["reason"],
        root=root,
        paths=Patterns(row["paths"]) if "paths" in row else None,
        entity_types=frozenset(row.get("entity_types", ())),
        fingerprints=frozenset(row.get("fingerprints", ())),
        values=AllowedValues(number, tuple(row.get("values", ())), row.get("regex")) if by_value else None,
    )
