"""Policy packs as values: rules, and what they are made of."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from guardrails_cli.core.finding import Severity
from guardrails_cli.core.record import Action


class Scope(StrEnum):
    """How near is near, where that is no number of characters."""

    ROW = "row"
    """In the same row of one table."""
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Near:
    """What must be near a finding for a rule to count it."""

    entity_types: frozenset[str]
    min_score: float
    within: int | Scope
    """Characters between the two; of two findings in rows of tables it asks for the same row instead."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which documents and which parts of them; each condition holds where it is empty or one of its items fits."""

    paths: tuple[str, ...] = ()
    """Patterns in the syntax of gitignore."""
    columns: tuple[str, ...] = ()
    """Names of table columns in small letters, words joined by `_`; `*` stands for anything."""
    formats: tuple[str, ...] = ()
    """As a document's `format` names them."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """Where a rule does not apply, why, and until when."""

    place: Place
    reason: str
    until: date | None
    """The last day on which it works."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text that must or must not violate a rule."""

    text: str
    fires: bool
    origin: str
    """The file that it stands in."""
    keys: tuple[str | int, ...]
    """The way to it in that file."""
    path: str | None = None
    """Of the document that the text is; None where it does not matter."""
    columns: tuple[str, ...] = ()
    """The header if the text is the row of a table, its cells separated by tabs."""
    format: str | None = None
    """Of that document."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy pack."""

    rule_id: str
    framework: str
    name: str
    citation: str
    entity_types: frozenset[str]
    min_score: float
    min_count: int
    severity: Severity
    action: Action
    message: str
    distinct: bool = False
    """Whether equal values count once."""
    near: Near | None = None
    unless_masked: bool = False
    """Whether values that are masked already do not count."""
    place: Place = Place()
    exemptions: tuple[Exemption, ...] = ()
    severity_by_count: tuple[tuple[int, Severity], ...] = ()
    """From each count on, that severity; in rising order."""
    detectable: bool = True
    """Whether anything in this program can find what it is about."""
    note: str = ""
    """What a scan cannot see of it."""
    rationale: str = ""
    remediation: str = ""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """A policy pack: one framework's rules, from one YAML file and those that it extends."""

    framework: str
    title: str
    version: str
    source: str
    rules: tuple[Rule, ...]
    origin: str
    """`builtin` or the file's path."""
    sha256: str
    """Of the YAML file's bytes; of those of all files, base first, if it extends another."""
    extends: tuple[str, ...] = ()
    """The frameworks that it builds on, the nearest first."""
    warnings: tuple[str, ...] = ()
    """What its user should know, such as that an exemption has expired; each with file and line."""
