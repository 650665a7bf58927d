"""What a rewriter is: the seam for formats that copies can be written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Protocol

from guardrails_cli.core.finding import Finding
from guardrails_cli.core.text import Mark
from guardrails_cli.redact.operators import DETAILED, OPERATORS, Details
from guardrails_cli.redact.sealing import BARE, seal

DEFAULT_STRATEGY = "token"


@dataclass(frozen=True, slots=True)
class Choice:
    """How values are replaced."""

    strategy: str = DEFAULT_STRATEGY
    by_type: Mapping[str, str] = field(default_factory=dict)
    """Strategies of single entity types."""
    key: bytes = field(default=b"", repr=False)
    """Of `hash`, `replace` and `encrypt`."""
    details: Mapping[str, Details] = field(default_factory=dict)
    """Of the strategies of single entity types; the empty name is that of all others."""

    def strategy_for(self, entity_type: str) -> str:
        """Return the strategy for a type."""
        return self.by_type.get(entity_type, self.strategy)

    def replacement(self, value: str, entity_type: str, original: str | None = None, form: str = BARE) -> str:
        """Return what to write for a value.

        Args:
            value: as a person reads it.
            entity_type: of the finding.
            original: as it stands in the file, escapes and all: what `encrypt` seals. Default: the value.
            form: see `seal`.

        """
        strategy = self.strategy_for(entity_type)
        if strategy == "encrypt":
            return seal(value if original is None else original, entity_type, self.key, form)
        if strategy in DETAILED:
            own = entity_type if entity_type in self.by_type else ""
            return DETAILED[strategy](value, self.details.get(own, Details()))
        return OPERATORS[strategy](value, entity_type, self.key)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A document as the scan has seen it."""

    format: str
    text: str
    """Its text view."""
    marks: tuple[Mark, ...]
    """Where in the file its pieces are; starts are the text's."""
    findings: tuple[Finding, ...]
    """With their raw values."""
    notes: tuple[str, ...] = ()
    """What a person has to know of a copy; see `Copy`."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What was replaced."""

    replacements: int
    written: frozenset[str]
    """What stands in place of the values: a second scan may find these again."""
    notes: tuple[str, ...] = ()
    """What the original had and the copy has not."""

    def and_then(self, other: "Rewritten") -> "Rewritten":
        """Return what this and a later one have replaced together."""
        notes = dict.fromkeys((*self.notes, *other.notes))
        return Rewritten(self.replacements + other.replacements, self.written | other.written, tuple(notes))


class Rewriter(Protocol):
    """A module that writes copies in one family of formats."""

    def rewrite(self, source: IO[bytes], target: IO[bytes], scanned: Scanned, choice: Choice) -> Rewritten:
        """Write a copy of `source` to `target` with the findings replaced.

        Raises:
            RefusedError: if that cannot be done without loss; `target` is then worthless.

        """

    def restore(self, source: IO[bytes], target: IO[bytes], key: bytes) -> tuple[int, int]:
        """Write a copy with sealed values opened; return how many were, and how many could not be."""
