"""Documents by reference: the message names a file, and the worker reads it itself, as the client would.

A worker elsewhere reads only below its roots, follows no link there, and only what the sender has seen too: a
reference holds a proof made of the file's first bytes, or of an object's stamp. So it is never another one of the same
name that is read. A worker that a scan has started for itself on this machine, for the same user, reads any file that
the scan names: it was handed a secret at its start, and a proof made with that secret is made by that scan and nobody
else. The answer is what reading tells, with what was found in place of each chunk, so that the client makes the same
records of it.
"""

import hashlib
import hmac
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache, lru_cache
from typing import Any

import msgspec
from msgspec.structs import replace

from guardrails_cli.core import codec
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.source import FILE, Source
from guardrails_cli.core.text import Chunk
from guardrails_cli.document.assemble import Found, Told
from guardrails_cli.formats.reader import RefusedError
from guardrails_cli.inputs.input import NotHereError, OpenSource
from guardrails_cli.inputs.places import inside
from guardrails_cli.inputs.reading.child import decode, encode
from guardrails_cli.inputs.reading.events import Event, Piece
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.inputs.registry import input_named, input_of, local_path
from guardrails_cli.options.model import Limits

MAX_CHUNKS = 64
LOCAL_MAX_CHUNKS = 4
"""As `MAX_CHUNKS`, where the client is on the same machine: sending a chunk there costs little, and waiting for the one
worker that has a long document costs more."""
MAX_SECONDS = 60.0
"""Seconds after which a source is given back: as chunks it is spread over all workers."""
ENV_SECRET = "GUARDRAILS_LOCAL_SECRET"  # noqa: S105 - the name of it
"""Set for workers of an embedded run: the secret that proves to them, in hexadecimal, that the run names a file."""
TOO_LONG = Reason(ReasonCode.TIMED_OUT, "too long for one worker")
_OWN_TO_A_PROCESS = ("/dev/", "/proc/")
"""Below these, a name may stand for another file in another process."""


class Reference(msgspec.Struct, frozen=True):
    """A source for a worker to read itself."""

    path: str
    """Path as the report shows it."""
    location: str
    """Absolute path, free of links, or URL."""
    size_bytes: int
    proof: str
    whole: bool = False
    """Whether the worker must not give it back, however long it takes."""


class Access(msgspec.Struct, frozen=True):
    """Which documents a worker may read itself."""

    roots: tuple[str, ...] = ()
    """Folders and URLs below which any reference with a proof may lie."""
    secret: bytes | None = None
    """Held by the one scan that has started this worker: it may name any file; None if no scan has."""


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


def refer_here(source: Source, secret: bytes) -> Reference | None:
    """Return the reference to a file for a worker of this scan; None if it is no file, or only a part of it counts."""
    location = local_path(source)
    if location is None or source.added is not None or location.startswith(_OWN_TO_A_PROCESS):
        return None
    reference = Reference(source.path, location, source.size_bytes, "")
    return replace(reference, proof=_token(secret, reference))


def _token(secret: bytes, reference: Reference) -> str:
    return hmac.digest(secret, reference.location.encode("utf-8", "surrogatepass"), "sha256").hex()


@cache
def local_secret() -> bytes | None:
    """Return the secret that the scan which started this worker handed over; None if no scan did.

    The first call takes it out of the environment, so that the children that read documents do not have it.
    """
    secret = os.environ.pop(ENV_SECRET, "")
    return bytes.fromhex(secret) if secret else None


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
    data: object, run: str, access: Access, limits: Limits, scan: Callable[[Chunk], Found]
) -> JsonObject:
    """Return the events of reading and scanning a source, or why it was not done, in the form of an answer.

    Args:
        data: the reference as `encode_reference` encoded it.
        run: the run it belongs to.
        access: which documents this worker may read.
        limits: how far a hostile document may go.
        scan: scans one chunk.

    """
    reference = codec.decode(data, Reference)
    is_local = access.secret is not None and hmac.compare_digest(_token(access.secret, reference), reference.proof)
    name = FILE if is_local else input_of(reference.location).name
    source = Source(reference.path, reference.location, reference.size_bytes, input=name)
    opener = _open_here if is_local else lambda _: open_reference(reference, run, access.roots)
    most = LOCAL_MAX_CHUNKS if is_local else MAX_CHUNKS
    try:
        events = _reader(limits).read(source, opener)
        kept = events if reference.whole else _short(events, most)
        told = [encode_told(one) for one in _scanned(kept, scan, reference.whole)]
    except NotHereError as error:
        return {"error": error.reason.row}
    except _TooLongError:
        return {"error": TOO_LONG.row}
    return {"told": told}


class _TooLongError(Exception):
    """The source is better spread over workers."""


def _short(events: Iterable[Event | None], most: int) -> list[Event | None]:
    """Return the events of a source before anything is scanned; raise if it has more chunks than that."""
    held: list[Event | None] = []
    chunks = 0
    for event in events:
        chunks += isinstance(event, Piece)
        if chunks > most:
            raise _TooLongError
        if event is not None:
            held.append(event)
    return held


def _scanned(events: Iterable[Event | None], scan: Callable[[Chunk], Found], whole: bool) -> Iterator[Told]:
    """Yield the events with the outcome of its scan in place of each chunk."""
    begun = time.monotonic()
    for event in events:
        if isinstance(event, Piece):
            if not whole and time.monotonic() - begun > MAX_SECONDS:
                raise _TooLongError
            yield scan(event.chunk)
        elif event is not None:
            yield event


def _open_here(source: Source) -> OpenSource:
    """Open a file as the client would; if that fails, the client reads it and says why."""
    try:
        return input_named(source.input).opener(ExitStack())(source)
    except (OSError, RefusedError):
        raise NotHereError(Reason(ReasonCode.UNREADABLE, "the worker cannot read it")) from None


def encode_told(told: Told) -> list[Any]:
    """Return the form of what is told of a source, for an answer."""
    return ["found", codec.encode(told)] if isinstance(told, Found) else encode(told)


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
