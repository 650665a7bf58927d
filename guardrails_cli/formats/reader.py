"""What a reader is: the seam for file formats. One reader serves one file, chosen by its content first."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Protocol, cast

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status
from guardrails_cli.core.text import Segment
from guardrails_cli.options.model import Limits

HEAD_BYTES = 8192
"""How much of a file is looked at to tell its format."""
MEMORY_BYTES = 64 * 1024 * 1024
"""A member of an archive that has to be read at random is held in memory up to this size."""


class RefusedError(Exception):
    """Why a document cannot be read, or not to its end; `str()` of it is a few words without any content."""

    def __init__(self, reason: Reason, status: Status | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status or Status(reason.code.means or Status.FAILED)
        """As its code says, unless it is given."""


class DamagedError(RefusedError):
    """A document that breaks the rules of its format."""

    def __init__(self, sentence: str, code: ReasonCode = ReasonCode.DAMAGED) -> None:
        super().__init__(Reason(code, sentence), Status.FAILED)


class Stream(Protocol):
    """What bytes are read from, once and in order."""

    def read(self, count: int, /) -> bytes:
        """Return at most `count` more bytes, fewer at will; empty at the end."""


class Blob:
    """The bytes of one document: of a file, of standard input or of a member of another document.

    A stream that breaks off does so at its place: what came before it is read first.

    Args:
        path: of the document, as the report shows it; a member's begins with that of its archive and `!`.
        stream: at its begin; read once and in order unless `seekable`.
        size: in bytes, where it is known; it may lie.
        seekable: whether the stream is a file that can be read at random.
        format: that it has whatever it looks like, a key of `formats.FORMATS`.

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
        """How many bytes were read."""
        self.seekable = seekable
        self._raw = stream
        self._digest = hashlib.sha256()
        self.head, self._error = _read_exactly(stream, HEAD_BYTES)
        self._at_end = len(self.head) < HEAD_BYTES and self._error is None
        self._unread = self.head
        self._file: IO[bytes] | None = None

    @property
    def refusal(self) -> RefusedError | None:
        """Why nothing of it can be read, as with an encrypted member of an archive; None if something can."""
        return self._error if isinstance(self._error, RefusedError) and not self.head else None

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes: `count` if there are as many, else the rest; empty at the end.

        Use it, or `file`, not both.

        Raises:
            Exception: what the stream raised, once all that came before was returned.

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
        """Return the bytes as a file that can be read at random, at its begin; the same one each time.

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
        """Read what is left, for hash and size."""
        if self._file is None:
            for _ in self.pieces():
                pass

    @property
    def sha256(self) -> str | None:
        """Of its bytes, hexadecimal; None if not all of them were read."""
        return self._digest.hexdigest() if self._at_end and not self._unread else None


@dataclass(slots=True)
class Reading:
    """What a reader is told, and what it tells, about one document besides its text."""

    limits: Limits = field(default_factory=Limits)
    encoding: str | None = None
    """Set by the reader: the Python codec that the bytes were decoded with."""
    budget: "Budget | None" = None
    """Set for a document that has members."""
    unread: Reason | None = None
    """Set by the reader, before it yields the first document inside: what it had to leave out, in a few words."""
    pictures: tuple[int, ...] = ()
    """Set by the reader, before it yields the first document inside: pages with pictures that were not read."""


@dataclass(slots=True)
class Budget:
    """What is left of the limits for one file and all that is in it."""

    limits: Limits
    members: int = 0
    expanded: int = 0
    alive: Callable[[], None] | None = None
    """Is called whenever something was unpacked: a sign that the work goes on."""

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
        """Count bytes that came out of a member.

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
        """Yield the document's text, then the documents inside it; each is read before the next is asked for.

        Raises:
            RefusedError: if the document cannot be read, or not to its end.

        """


def _read_exactly(stream: Stream, count: int) -> tuple[bytes, Exception | None]:
    """Return the next `count` bytes, and what was raised where there are fewer."""
    pieces = []
    try:
        while count > 0 and (data := stream.read(count)):
            pieces.append(data)
            count -= len(data)
    except Exception as error:  # noqa: BLE001 - kept for the read that comes to its place
        return b"".join(pieces), error
    return b"".join(pieces), None
