"""The interface of readers of file formats. One reader serves one file, chosen by its content first."""

import hashlib
import io
from collections.abc import Callable, Iterator
from typing import IO, Protocol, cast

import msgspec

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status
from guardrails_cli.core.text import Segment
from guardrails_cli.options.model import Limits

HEAD_BYTES = 8192
"""Bytes of a file that are examined to recognize its format."""
MEMORY_BYTES = 64 * 1024 * 1024
"""Maximum size of an archive member held in memory for random access."""


class RefusedError(Exception):
    """The reason why a document cannot be read, or not to its end; its `str()` is a few words without any content."""

    def __init__(self, reason: Reason, status: Status | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status or Status(reason.code.means or Status.FAILED)
        """Status by its code, unless one is given."""


class DamagedError(RefusedError):
    """A document violates the rules of its format."""

    def __init__(self, sentence: str, code: ReasonCode = ReasonCode.DAMAGED) -> None:
        super().__init__(Reason(code, sentence), Status.FAILED)


class Stream(Protocol):
    """A source of bytes, read once and in order."""

    def read(self, count: int, /) -> bytes:
        """Return at most `count` more bytes, possibly fewer; empty at the end."""


class Blob:
    """The bytes of one document: a file, standard input or a member of another document.

    A stream that fails does so at its place: the bytes before it are read first.

    Args:
        path: the document's path in reports; a member's begins with that of its archive and `!`.
        stream: at its beginning; read once and in order unless `seekable`.
        size: size in bytes, if known; it may be wrong.
        seekable: whether the stream is a file with random access.
        format: known format, whatever the content looks like; a key of `formats.FORMATS`.

    """

    def __init__(
        self,
        path: str,
        stream: Stream,
        size: int | None = None,
        *,
        seekable: bool = False,
        format: str | None = None,  # noqa: A002 - that is what it is
    ) -> None:
        self.path = path
        self.format = format
        self.declared_size = size
        self.size = 0
        """Number of bytes read."""
        self.seekable = seekable
        self._raw = stream
        self._digest = hashlib.sha256()
        self.head, self._error = _read_exactly(stream, HEAD_BYTES)
        self._at_end = len(self.head) < HEAD_BYTES and self._error is None
        self._unread = self.head
        self._file: IO[bytes] | None = None

    @property
    def refusal(self) -> RefusedError | None:
        """Reason why nothing of it can be read, as for an encrypted member of an archive; otherwise None."""
        return self._error if isinstance(self._error, RefusedError) and not self.head else None

    def read(self, count: int = -1) -> bytes:
        """Return the next `count` bytes, or the rest if there are fewer; empty at the end.

        Do not use it together with `file`.

        Raises:
            Exception: the stream's own, once all bytes before it were returned.

        """
        if count < 0:
            return b"".join(self.pieces())
        data, self._unread = self._unread[:count], self._unread[count:]
        if len(data) < count and self._error is None:
            more, self._error = _read_exactly(self._raw, count - len(data))
            self._at_end = len(data) + len(more) < count and self._error is None
            data = data + more if data else more
        if self._error is not None and count and not data:
            raise self._error
        self._digest.update(data)
        self.size += len(data)
        return data

    def pieces(self, count: int = 1024 * 1024) -> Iterator[bytes]:
        """Yield the bytes in pieces."""
        while data := self.read(count):
            yield data

    def file(self) -> IO[bytes]:
        """Return the bytes as a random-access file, at its beginning; the same file each time.

        Raises:
            RefusedError: if it is a member over `MEMORY_BYTES`.

        """
        if self._file is None:
            self._file = self._at_random()
        self._file.seek(0)
        return self._file

    def _at_random(self) -> IO[bytes]:
        if self.seekable:
            self.drain()
            return cast("IO[bytes]", self._raw)
        held = io.BytesIO()
        for data in self.pieces():
            held.write(data)
            if self.size > MEMORY_BYTES:
                sentence = f"larger than {MEMORY_BYTES // 1024**2} MiB, and not a file of its own"
                raise RefusedError(Reason(ReasonCode.TOO_LARGE, sentence))
        return held

    def drain(self) -> None:
        """Read the rest, for hash and size."""
        if self._file is None:
            for _ in self.pieces():
                pass

    @property
    def sha256(self) -> str | None:
        """Hash of its bytes, hexadecimal; None if they were not all read."""
        return self._digest.hexdigest() if self._at_end and not self._unread else None


class Reading(msgspec.Struct):
    """The exchange between a reader and its caller about one document, apart from its text."""

    limits: Limits = msgspec.field(default_factory=Limits)
    encoding: str | None = None
    """Set by the reader: the Python codec that the bytes were decoded with."""
    budget: "Budget | None" = None
    """Set for a document that has members."""
    unread: Reason | None = None
    """Set by the reader before it yields the first document inside: the parts left out, in a few words."""
    pictures: tuple[int, ...] = ()
    """Set by the reader before it yields the first document inside: pages with unread pictures."""


class Budget(msgspec.Struct):
    """The remaining limits for one file and everything in it."""

    limits: Limits
    members: int = 0
    expanded: int = 0
    alive: Callable[[], None] | None = None
    """Called whenever something was unpacked, as a sign of life."""

    def member(self) -> None:
        """Count one more member.

        Raises:
            RefusedError: if there are too many.

        """
        self.members += 1
        if self.members > self.limits.members:
            sentence = f"more than {self.limits.members} members; see --max-members"
            raise RefusedError(Reason(ReasonCode.TOO_MANY_MEMBERS, sentence))

    def expand(self, count: int) -> None:
        """Count bytes unpacked from a member.

        Raises:
            RefusedError: if there are too many.

        """
        self.expanded += count
        if self.alive is not None:
            self.alive()
        if self.expanded > self.limits.expanded_bytes:
            limit = f"{self.limits.expanded_bytes / 1024**2:.4g} MiB"
            sentence = f"more than {limit} when unpacked; see --max-expanded"
            raise RefusedError(Reason(ReasonCode.TOO_MUCH_UNPACKED, sentence))


class Reader(Protocol):
    """A module for one file format, named in `formats.FORMATS`."""

    def read(self, blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
        """Yield the document's text, then the documents inside it; each is read before the next is requested.

        Raises:
            RefusedError: if the document cannot be read, or not to its end.

        """


def _read_exactly(stream: Stream, count: int) -> tuple[bytes, Exception | None]:
    """Return the next `count` bytes, and the error if there are fewer."""
    pieces = []
    try:
        while count > 0 and (data := stream.read(count)):
            pieces.append(data)
            count -= len(data)
    except Exception as error:  # noqa: BLE001 - kept for the read that reaches its place
        return b"".join(pieces), error
    return b"".join(pieces), None
