"""What reading a source tells, one thing after the other. Every document is `Began` and ends in one record.

A document that is read comes as `Opened`, its chunks, `Closed`; one that is not as `Unscanned`. Documents do not
interleave, but a container that has no text of its own, such as an archive, comes after its members.
"""

from dataclasses import dataclass
from typing import TypeAlias

from guardrails_cli.core.reasons import Reason
from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.text import Chunk, Document


@dataclass(frozen=True, slots=True)
class Began:
    """A document is about to be read: whatever goes wrong from here on is its fault."""

    number: int
    """From 0, in the order in which the documents of the source begin; the same at every reading."""
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
    """All chunks of the document were told."""

    number: int
    document: Document
    more: bool = False
    """Whether documents inside it follow; when they have, it is `Ended`."""


@dataclass(frozen=True, slots=True)
class Ended:
    """All documents inside one that was closed before them were told."""

    number: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The document is not read."""

    number: int
    record: Unscanned


@dataclass(frozen=True, slots=True)
class Culprit:
    """A document that broke its reader when it was read before."""

    reason: Reason
    last: int
    """The number of the last document that began inside it: the numbers up to there are taken."""


Event: TypeAlias = Began | Opened | Piece | Closed | Ended | Refused
