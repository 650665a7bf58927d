"""Policy packs as values: rules and their parts."""

from datetime import date
from enum import StrEnum

import msgspec

from guardrails_cli.core.finding import Severity
from guardrails_cli.core.record import Action


class Scope(StrEnum):
    """Distance between findings that is not a number of characters."""

    ROW = "row"
    """Nearness of two findings in the same row of one table."""
    DOCUMENT = "document"


class Near(msgspec.Struct, frozen=True):
    """The condition that other findings are near, for a rule to count a finding."""

    entity_types: frozenset[str]
    min_score: float
    within: int | Scope
    """Maximum number of characters between the two; if both are in table rows, they must be in the same row instead."""


class Place(msgspec.Struct, frozen=True):
    """A selection of documents and their parts; a condition is met if it is empty or one of its items fits."""

    paths: tuple[str, ...] = ()
    """Patterns in the syntax of gitignore."""
    columns: tuple[str, ...] = ()
    """Names of table columns in lower case, words joined by `_`; `*` matches any text."""
    formats: tuple[str, ...] = ()
    """Formats as a document's `format` names them."""


class Exemption(msgspec.Struct, frozen=True):
    """A place where a rule does not apply, with the reason and the expiry date."""

    place: Place
    reason: str
    until: date | None
    """Last day on which it works."""


class Example(msgspec.Struct, frozen=True):
    """A text that must or must not violate a rule."""

    text: str
    fires: bool
    origin: str
    """File that it is in."""
    keys: tuple[str | int, ...]
    """Path of keys in that file."""
    path: str | None = None
    """Path of the document that holds the text; None if it does not matter."""
    columns: tuple[str, ...] = ()
    """Header if the text is a table row, with cells separated by tabs."""
    format: str | None = None
    """Format of that document."""


class Rule(msgspec.Struct, frozen=True):
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
    """Whether values that are already masked do not count."""
    place: Place = Place()
    exemptions: tuple[Exemption, ...] = ()
    severity_by_count: tuple[tuple[int, Severity], ...] = ()
    """Severity from each count on, in ascending order."""
    detectable: bool = True
    """Whether this program can find what the rule is about."""
    note: str = ""
    """Aspects of the rule that a scan cannot see."""
    rationale: str = ""
    remediation: str = ""
    examples: tuple[Example, ...] = ()


class Pack(msgspec.Struct, frozen=True):
    """A policy pack: one framework's rules, from one YAML file and the files that it extends."""

    framework: str
    title: str
    version: str
    source: str
    rules: tuple[Rule, ...]
    origin: str
    """`builtin` or the file's path."""
    sha256: str
    """Hash of the YAML file's bytes; of all files' bytes, base first, if it extends another pack."""
    extends: tuple[str, ...] = ()
    """Frameworks that it builds on, nearest first."""
    warnings: tuple[str, ...] = ()
    """Notes for its user, such as an expired exemption; each with file and line."""
