"""The events of reading a source, in order. Every document begins with `Began` and ends in one record.

A document that is read comes as `Opened`, its chunks, `Closed`; one that is not as `Unscanned`. Documents do not
interleave, but a container without text of its own, such as an archive, comes after its members.
"""

from typing import TypeAlias

import msgspec

from guardrails_cli.core.reasons import Reason
from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.text import Chunk, Document


class Began(msgspec.Struct, frozen=True):
    """A document is about to be read: any failure from here on is its fault."""

    number: int
    """Number of the document, from 0, in the order in which the source's documents begin; the same at every reading."""
    path: str
    size_bytes: int


class Opened(msgspec.Struct, frozen=True):
    """The document's chunks follow."""

    number: int
    path: str
    format: str


class Piece(msgspec.Struct, frozen=True):
    """The next chunk of the document that was opened last."""

    chunk: Chunk


class Closed(msgspec.Struct, frozen=True):
    """All chunks of the document were yielded."""

    number: int
    document: Document
    more: bool = False
    """Whether documents inside it follow; after them it is `Ended`."""


class Ended(msgspec.Struct, frozen=True):
    """All documents inside an earlier closed one were yielded."""

    number: int


class Refused(msgspec.Struct, frozen=True):
    """The document is not read."""

    number: int
    record: Unscanned


class Culprit(msgspec.Struct, frozen=True):
    """A document that broke its reader in an earlier attempt."""

    reason: Reason
    last: int
    """Number of the last document that began inside it: the numbers up to there are taken."""


Event: TypeAlias = Began | Opened | Piece | Closed | Ended | Refused
