"""The events of reading a source, in order. Every document begins with `Began` and ends in one record.

A document that is read comes as `Opened`, its chunks, `Closed`; one that is not as `Unscanned`. Documents do not
interleave, but a container without text of its own, such as an archive, comes after its members.
"""

from dataclasses import dataclass
from typing import TypeAlias

from guardrails_cli.core.reasons import Reason
from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.text import Chunk, Document


@dataclass(frozen=True, slots=True)
class Began:
    """A document is about to be read: any failure from here on is its fault."""

    number: int
    """Number of the document, from 0, in the order in which the source's documents begin; the same at every reading."""
    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Opened:
    """The document's chunks follow."""

    number: int
    path: str
    format: str


@dataclass(frozen=True, slots=True)
class Piece:
    """The next chunk of the document that was opened last."""

    chunk: Chunk


@dataclass(frozen=True, slots=True)
class Closed:
    """All chunks of the document were yielded."""

    number: int
    document: Document
    more: bool = False
    """Whether documents inside it follow; after them it is `Ended`."""


@dataclass(frozen=True, slots=True)
class Ended:
    """All documents inside an earlier closed one were yielded."""

    number: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The document is not read."""

    number: int
    record: Unscanned


@dataclass(frozen=True, slots=True)
class Culprit:
    """A document that broke its reader in an earlier attempt."""

    reason: Reason
    last: int
    """Number of the last document that began inside it: the numbers up to there are taken."""


Event: TypeAlias = Began | Opened | Piece | Closed | Ended | Refused
