"""Documents by reference: the message names a file, and the worker reads it itself, as the client would.

A worker reads only below its roots, follows no link there, and only what the sender has seen too: a reference holds a
proof made of the file's first bytes, or of an object's stamp. So it is never another one of the same name that is read.
The answer is what reading tells, with what was found in place of each chunk, so that the client makes the same records
of it.
"""

import hashlib
import hmac
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import IO, Any, TypeAlias
from urllib.parse import unquote

from guardrails_cli.core import codec
from guardrails_cli.core.finding import ChunkResult
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult
from guardrails_cli.core.source import Source
from guardrails_cli.core.text import Chunk
from guardrails_cli.core.urls import scheme_of
from guardrails_cli.document import scan_chunk
from guardrails_cli.document.document_record import Tally
from guardrails_cli.inputs.object_store import Stream, stamp_of
from guardrails_cli.inputs.places import inside
from guardrails_cli.inputs.reading.child import decode, encode
from guardrails_cli.inputs.reading.events import Closed, Event, Opened, Piece, Refused
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.options.model import Limits

HEAD_BYTES = 4096
"""Of a file that its proof is made of."""
MAX_CHUNKS = 64
MAX_SECONDS = 60.0
"""A source that turns out to be more than that is given back: in chunks it is spread over all workers."""
TOO_LONG = "too long for one worker"
_OTHER = "the worker sees another file there, or it was changed"


class NotHereError(Exception):
    """The file cannot be read by this worker, or is not the one that was meant."""


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
    """Return the reference to a file as it is now; None if it cannot be read."""
    if source.location is None:
        return None
    if scheme_of(source.location) is not None:
        if source.stamp is None:
            return None  # nothing tells that the worker sees the same
        return Reference(source.path, source.location, source.size_bytes, _proof(run, source.stamp), whole)
    location = os.path.realpath(source.location)
    try:
        descriptor = os.open(location, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            return Reference(source.path, location, status.st_size, _proof_of_file(run, status, file), whole)
    except (OSError, ValueError):
        return None


def _proof_of_file(run: str, status: os.stat_result, file: IO[bytes]) -> str:
    # Whole seconds: file systems over a network keep less of a time than the machine that has it.
    return _proof(run, f"{status.st_size} {int(status.st_mtime)}", os.pread(file.fileno(), HEAD_BYTES, 0))


def _proof(run: str, stamp: str, head: bytes = b"") -> str:
    return hashlib.sha256(f"{run} {stamp} ".encode() + head).hexdigest()


def is_below(location: str, roots: Sequence[str]) -> bool:
    """Return whether an absolute path or URL lies in one of the folders."""
    return any(location.startswith(inside(root)) for root in roots)


def open_reference(reference: Reference, run: str, roots: Sequence[str]) -> tuple[IO[bytes] | Stream, int | None]:
    """Return what is referred to, and the size of a file.

    Raises:
        NotHereError: if it is below none of the roots, cannot be read, or is not the one that was meant.

    """
    root = next((root for root in roots if is_below(reference.location, [root])), None)
    if root is None:
        raise NotHereError("outside of the worker's --root")
    if scheme_of(reference.location) is not None:
        if not {".", ".."}.isdisjoint(unquote(reference.location).split("/")):
            raise NotHereError("not a plain path")
        return _open_object(reference, run), None
    try:
        file = os.fdopen(_descend(root, reference.location[len(inside(root)) :]), "rb")
    except OSError as error:
        raise NotHereError(f"the worker cannot read it: {error.strerror or 'error'}") from None
    status = os.fstat(file.fileno())
    if stat.S_ISREG(status.st_mode) and hmac.compare_digest(_proof_of_file(run, status, file), reference.proof):
        return file, status.st_size
    file.close()
    raise NotHereError(_OTHER)


def _open_object(reference: Reference, run: str) -> Stream:
    try:
        stamp = stamp_of(reference.location)
        if stamp is None or not hmac.compare_digest(_proof(run, stamp), reference.proof):
            raise NotHereError(_OTHER)
        return Stream(reference.location)
    except OSError as error:
        raise NotHereError(f"the worker cannot read it: {error.strerror or 'error'}") from None


def _descend(root: str, below: str) -> int:
    """Return a descriptor of the file, opened folder by folder so that no link can lead out of the root."""
    *folders, name = below.split("/")
    if any(part in ("", ".", "..") for part in (*folders, name)):
        raise NotHereError("not a plain path")
    flags = os.O_RDONLY | os.O_CLOEXEC
    place = os.open(root, flags | os.O_DIRECTORY)
    try:
        for folder in folders:
            inner = os.open(folder, flags | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
            os.close(place)
            place = inner
        return os.open(name, flags | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=place)
    finally:
        os.close(place)


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
    source = Source(reference.path, reference.location, reference.size_bytes)
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
