"""Documents by reference: the message names a file, and the worker reads it itself, as the client would.

A worker reads only below its roots, follows no link there, and reads only what the sender has seen too: a reference
holds a proof made of the file's first bytes, or of an object's stamp, so that another file of the same name is never
read. The answer holds the events of reading, with results in place of chunks, so that the client makes the same records
from it.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

from guardrails_cli.core import codec
from guardrails_cli.core.finding import ChunkResult
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import DocumentResult
from guardrails_cli.core.source import Source
from guardrails_cli.core.text import Chunk
from guardrails_cli.document import scan_chunk
from guardrails_cli.document.document_record import Tally
from guardrails_cli.inputs.input import NotHereError, OpenSource
from guardrails_cli.inputs.places import inside
from guardrails_cli.inputs.reading.child import decode, encode
from guardrails_cli.inputs.reading.events import Closed, Event, Opened, Piece, Refused
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.inputs.registry import input_named, input_of
from guardrails_cli.options.model import Limits

MAX_CHUNKS = 64
MAX_SECONDS = 60.0
"""Seconds after which a source is given back: as chunks it is spread over all workers."""
UNKNOWN = Reason(ReasonCode.ANALYSIS_FAILED, "unknown error")
TOO_LONG = Reason(ReasonCode.TIMED_OUT, "too long for one worker")


@dataclass(frozen=True, slots=True)
class Reference:
    """A source for a worker to read itself."""

    path: str
    """Path as the report shows it."""
    location: str
    """Absolute path, free of links, or URL."""
    size_bytes: int
    proof: str
    whole: bool = False
    """Whether the worker must not give it back, however long it takes."""


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a chunk's scan."""

    result: ChunkResult | None = None
    error: Reason | None = None


Told: TypeAlias = Event | Found
"""Item of an answer about a source."""


def encode_limits(limits: Limits) -> JsonObject:
    """Return the form of `limits` for a message."""
    return dict(codec.encode(limits))


def decode_limits(data: object) -> Limits:
    """Return the limits that `encode_limits` encoded. Raises FormError if they are none."""
    return codec.decode(data, Limits)


def refer(source: Source, run: str, whole: bool) -> Reference | None:
    """Return the reference to a source as it is now; None if a worker could not read it or know that it is the same."""
    known = input_named(source.input).identity(source)
    if known is None:
        return None
    return Reference(source.path, known.location, known.size_bytes, _proof(run, known.evidence), whole)


def _proof(run: str, evidence: bytes) -> str:
    return hashlib.sha256(f"{run} ".encode() + evidence).hexdigest()


def is_below(location: str, roots: Sequence[str]) -> bool:
    """Return whether an absolute path or URL is in one of the folders."""
    return any(location.startswith(inside(root)) for root in roots)


def open_reference(reference: Reference, run: str, roots: Sequence[str]) -> OpenSource:
    """Open what is referred to.

    Raises:
        NotHereError: if it is below none of the roots, cannot be read, or differs from the sender's.

    """
    root = next((root for root in roots if is_below(reference.location, [root])), None)
    if root is None:
        raise NotHereError(Reason(ReasonCode.NOT_SHARED, "outside of the worker's --root"))

    def is_same(evidence: bytes) -> bool:
        return hmac.compare_digest(_proof(run, evidence), reference.proof)

    try:
        found = input_of(reference.location).open_below(root, reference.location, is_same)
    except OSError as error:
        reason = Reason.of_error(error, f"the worker cannot read it: {error.strerror or 'error'}")
        raise NotHereError(reason) from None
    if found is None:
        raise NotHereError(Reason(ReasonCode.CHANGED, "the worker sees another file there, or it was changed"))
    return found


@lru_cache(maxsize=1)
def _reader(limits: Limits) -> SourceReader:
    return SourceReader(limits)  # kept, since starting its child takes longer than a small document


def scan_reference(
    data: object, run: str, roots: Sequence[str], limits: Limits, scan: Callable[[Chunk], JsonObject]
) -> JsonObject:
    """Return the events of reading and scanning a source, or why it was not done, in the form of an answer.

    Args:
        data: the reference as `encode_reference` encoded it.
        run: the run it belongs to.
        roots: folders and URLs below which this worker may read.
        limits: limits on hostile documents.
        scan: returns the result or the error of one chunk, in the form of an answer.

    """
    reference = codec.decode(data, Reference)
    name = input_of(reference.location).name
    source = Source(reference.path, reference.location, reference.size_bytes, input=name)
    told: list[Any] = []
    chunks, begun = 0, time.monotonic()
    try:
        for event in _reader(limits).read(source, lambda _: open_reference(reference, run, roots)):
            chunks += isinstance(event, Piece)
            if not reference.whole and (chunks > MAX_CHUNKS or time.monotonic() - begun > MAX_SECONDS):
                return {"error": TOO_LONG.row}
            if event is not None:
                told.append(["found", scan(event.chunk)] if isinstance(event, Piece) else encode(event))
    except NotHereError as error:
        return {"error": error.reason.row}
    return {"told": told}


def encode_reference(reference: Reference) -> JsonObject:
    """Return the form of a reference for a message."""
    return dict(codec.encode(reference))


def decode_told(rows: object) -> tuple[Told, ...]:
    """Return what an answer tells of a source.

    Raises:
        FormError: if a row is neither an event nor something found.

    """
    pairs = codec.decode(rows, list[tuple[str, Any]])
    return tuple(codec.decode(body, Found) if kind == "found" else decode((kind, body)) for kind, body in pairs)


def records(told: Iterable[Told], tally: Callable[[str, str], Tally]) -> Iterator[DocumentResult]:
    """Yield the records of a source and of the documents inside it, as if its chunks had been scanned one by one.

    Args:
        told: the items of the worker's answer.
        tally: returns a new tally for a document's path and format.

    """
    current = tally("", "text")
    error: Reason | None = None
    for event in told:
        if isinstance(event, Opened):
            current, error = tally(event.path, event.format), None
        elif isinstance(event, Found):
            if event.result is not None:
                current.add(event.result)
            else:
                error = error or event.error or UNKNOWN
        elif isinstance(event, Closed):
            yield current.record(event.document if error is None else replace(event.document, failure=error))
        elif isinstance(event, Refused):
            yield scan_chunk.unscanned(event.record)
