"""The interface of writers: modules that write sanitized copies in a format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Protocol

import msgspec

from guardrails_cli.core.finding import Finding
from guardrails_cli.core.text import Mark
from guardrails_cli.redact.operators import DETAILED, OPERATORS, Details
from guardrails_cli.redact.sealing import BARE, seal

DEFAULT_STRATEGY = "token"


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice of strategies for replacing values."""

    strategy: str = DEFAULT_STRATEGY
    by_type: Mapping[str, str] = field(default_factory=dict)
    """Strategies by entity type."""
    key: bytes = field(default=b"", repr=False)
    """Key of `hash`, `replace` and `encrypt`."""
    details: Mapping[str, Details] = field(default_factory=dict)
    """Details of strategies by entity type; the empty name is for all others."""

    def strategy_for(self, entity_type: str) -> str:
        """Return the strategy for a type."""
        return self.by_type.get(entity_type, self.strategy)

    def replacement(self, value: str, entity_type: str, original: str | None = None, form: str = BARE) -> str:
        """Return the replacement of a value.

        Args:
            value: as a person reads it.
            entity_type: the finding's type.
            original: the value as the file has it, with escapes: `encrypt` seals this. Default: the value.
            form: see `seal`.

        """
        strategy = self.strategy_for(entity_type)
        if strategy == "encrypt":
            return seal(value if original is None else original, entity_type, self.key, form)
        if strategy in DETAILED:
            own = entity_type if entity_type in self.by_type else ""
            return DETAILED[strategy](value, self.details.get(own, Details()))
        return OPERATORS[strategy](value, entity_type, self.key)


class Scanned(msgspec.Struct, frozen=True):
    """A document as scanned."""

    format: str
    text: str
    """Text view of the document."""
    marks: tuple[Mark, ...]
    """Places of its pieces in the file; starts are offsets into the text."""
    findings: tuple[Finding, ...]
    """Findings with their raw values."""
    notes: tuple[str, ...] = ()
    """Warnings about a copy; see `Copy`."""


class Rewritten(msgspec.Struct, frozen=True):
    """The replacements made."""

    replacements: int
    written: frozenset[str]
    """Replacements, which a second scan may find again."""
    notes: tuple[str, ...] = ()
    """Parts of the original that the copy lacks."""

    def and_then(self, other: "Rewritten") -> "Rewritten":
        """Return the replacements of this and a later one together."""
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
        """Write a copy with sealed values opened; return how many were opened and how many failed."""
