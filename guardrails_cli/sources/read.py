"""From a source to a document: open, limit, choose the reader, decode."""

import hashlib
import os
import stat
import sys

from guardrails_cli.model import Document, Source, Status, Unscanned
from guardrails_cli.sources.base import HEAD_BYTES, Reader, Refusal
from guardrails_cli.sources.plain import PLAIN

READERS: dict[str, Reader] = {"plain": PLAIN}
"""By format, in the order in which they are asked; the last one takes everything."""


def read_source(source: Source, max_bytes: int) -> Document | Unscanned:
    """Return the document at `source`, or why there is none. Never raises for what a file is or does.

    Args:
        source: as the walk found it; the file may have changed or gone since.
        max_bytes: a larger file is skipped.

    """
    if source.size_bytes > max_bytes:
        return _too_large(source, source.size_bytes, max_bytes)
    try:
        data = _read_bytes(source, max_bytes + 1)
    except OSError as error:
        return Unscanned(source.path, source.size_bytes, Status.FAILED, f"cannot read: {error.strerror or 'error'}")
    except MemoryError:
        return Unscanned(source.path, source.size_bytes, Status.FAILED, "cannot read: not enough memory")
    if data is None:
        return Unscanned(source.path, source.size_bytes, Status.FAILED, "changed during the scan: no longer a file")
    if len(data) > max_bytes:
        return _too_large(source, len(data), max_bytes)
    digest = hashlib.sha256(data).hexdigest()
    head = data[:HEAD_BYTES]
    reader = next(reader for reader in READERS.values() if reader.accepts(head, source.path))
    extracted = reader.read(data)
    if isinstance(extracted, Refusal):
        return Unscanned(source.path, len(data), Status.SKIPPED, extracted.reason, digest)
    return Document(source.path, len(data), digest, extracted.encoding, extracted.text)


def _too_large(source: Source, size: int, max_bytes: int) -> Unscanned:
    limit = f"{max_bytes / 1024**2:.4g} MiB" if max_bytes >= 1024**2 else f"{max_bytes} bytes"
    return Unscanned(source.path, size, Status.SKIPPED, f"larger than the limit of {limit}; see --max-size")


def _read_bytes(source: Source, limit: int) -> bytes | None:
    """Return at most `limit` bytes, or None if it is not a regular file any more."""
    if source.location is None:
        return sys.stdin.buffer.read(limit)
    # Non-blocking: a pipe put in the file's place since the walk must not hang the scan.
    descriptor = os.open(source.location, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(descriptor)
