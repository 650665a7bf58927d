"""Documents by reference: the message names a file, and the worker reads it itself, as the client would.

A worker reads only below its roots, follows no link there, and only what the sender has seen too: a reference holds a
proof made of the file's first bytes, or of an object's stamp. So it is never another one of the same name that is read.
The answer is what reading tells, with what was found in place of each chunk, so that the client makes the same records
of it.
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
"""A source that turns out to be more than that is given back: in chunks it is spread over all workers."""
TOO_LONG = "too long for one worker"


@dataclass(frozen=True, slots=True)
class Reference:
    """A source that a worker is to read itself."""

    path: str
    """As the report shows it."""
    location: str
    """Its absolute path, free of links, or its URL."""
    size_bytes: int
    proof: str
    whole: bool = False
    """Whether the worker must not give it back, however long it takes."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a chunk's scan gave."""

    result: ChunkResult | None = None
    error: str | None = None


Told: TypeAlias = Event | Found
"""What an answer tells of a source, one after the other."""


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
    """Return whether an absolute path or URL lies in one of the folders."""
    return any(location.startswith(inside(root)) for root in roots)


def open_reference(reference: Reference, run: str, roots: Sequence[str]) -> OpenSource:
    """Open what is referred to.

    Raises:
        NotHereError: if it is below none of the roots, cannot be read, or is not the one that was meant.

    """
    root = next((root for root in roots if is_below(reference.location, [root])), None)
    if root is None:
        raise NotHereError("outside of the worker's --root")

    def is_same(evidence: bytes) -> bool:
        return hmac.compare_digest(_proof(run, evidence), reference.proof)

    try:
        found = input_of(reference.location).open_below(root, reference.location, is_same)
    except OSError as error:
        raise NotHereError(f"the worker cannot read it: {error.strerror or 'error'}") from None
    if found is None:
        raise NotHereError("the worker sees another file there, or it was changed")
    return found


@lru_cache(maxsize=1)
def _reader(limits: Limits) -> SourceReader:
    return SourceReader(limits)  # kept: starting its child takes longer than a small document


def scan_reference(
    data: object, run: str, roots: Sequence[str], limits: Limits, scan: Callable[[Chunk], JsonObject]
) -> JsonObject:
    """Return what reading and scanning a source tells, or why it was not done, in its form for an answer.

    Args:
        data: the reference as `encode_reference` encoded it.
        run: the run it belongs to.
        roots: below which this worker may read.
        limits: how far a hostile document may go.
        scan: returns the result or the error of one chunk, in its form for an answer.

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
                return {"error": TOO_LONG}
            if event is not None:
                told.append(["found", scan(event.chunk)] if isinstance(event, Piece) else encode(event))
    except NotHereError as error:
        return {"error": str(error)}
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
    """Yield the records of a source and of what is inside it, as if its chunks had been scanned one by one.

    Args:
        told: what the worker's answer tells.
        tally: returns a new tally for a document's path and format.

    """
    current = tally("", "text")
    error: str | None = None
    for event in told:
        if isinstance(event, Opened):
            current, error = tally(event.path, event.format), None
        elif isinstance(event, Found):
            if event.result is not None:
                current.add(event.result)
            else:
                error = error or event.error or "unknown error"
        elif isinstance(event, Closed):
            yield current.record(event.document if error is None else replace(event.document, failure=error))
        elif isinstance(event, Refused):
            yield scan_chunk.unscanned(event.record)
