"""Reading the sources of a scan: plain text here, everything else in a child process that may break.

A child that crashes, hangs or needs too much memory costs the one document that it was at: a new one reads the source
again, leaves the culprit out and goes on.
"""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from guardrails_cli.core import codec
from guardrails_cli.core.errors import FormError
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.core.text import Document
from guardrails_cli.core.urls import scheme_of
from guardrails_cli.formats.reader import MEMORY_BYTES, Blob, RefusedError
from guardrails_cli.formats.registry import FORMATS, format_of
from guardrails_cli.inputs.git.blobs import Blobs, Content
from guardrails_cli.inputs.object_store import Stream
from guardrails_cli.inputs.reading import child
from guardrails_cli.inputs.reading.documents import documents, refused, too_large
from guardrails_cli.inputs.reading.events import Began, Closed, Culprit, Ended, Event, Opened, Piece, Refused
from guardrails_cli.options.model import Limits
from guardrails_cli.system.processes import kill_session, package_environment, spawn

HELD_BYTES = 2 * 1024**3
"""Of an object elsewhere that has to be read at random, such as an archive: it is held on disk meanwhile."""
SILENCE_SECONDS = 60.0
"""How long a reader may work without telling anything before its document is given up."""
POLL_SECONDS = 0.05
MAX_CULPRITS = 10
"""After so many documents of one source that broke their reader, the rest of it is given up."""

Opener = Callable[[Source], tuple[IO[bytes] | Stream | Content | None, int | None]]
"""Returns a source's file and its size: no file if it is not a regular one, no size if it is only a stream."""

MAX_MUTE = 2
"""So often a child may end before it has told anything, which is no document's fault."""


class SourceReader:
    """Reads sources, one after the other. Use it as a context manager: leaving it ends the child process."""

    def __init__(self, limits: Limits, silence_seconds: float = SILENCE_SECONDS) -> None:
        self._limits = limits
        self._silence = silence_seconds
        self._child: _Child | None = None
        self._blobs = Blobs()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._end_child()
        self._blobs.close()

    def read(self, source: Source, open_: Opener | None = None) -> Iterator[Event | None]:
        """Yield the events of a source, and None while it has to be waited for. Never raises for what a file is.

        Args:
            source: what to read.
            open_: opens it in a way of its own.

        """
        most = self._limits.max_bytes
        if most is not None and source.size_bytes > most:
            yield from refused(source.path, source.size_bytes, too_large(most), Status.SKIPPED)
            return
        try:
            file, size = (open_ or self._opened)(source)
        except RefusedError as error:
            yield from refused(source.path, source.size_bytes, str(error), error.status)
            return
        except OSError as error:
            yield from refused(source.path, source.size_bytes, f"cannot read: {error.strerror or 'error'}")
            return
        if file is None:
            yield from refused(source.path, source.size_bytes, "changed during the scan: no longer a file")
            return
        with file:
            if most is not None and size is not None and size > most:
                yield from refused(source.path, size, too_large(most), Status.SKIPPED)
                return
            try:
                yield from self._read(source.path, file, size)
            except RefusedError as error:
                yield from refused(source.path, source.size_bytes, str(error), error.status)
            except OSError as error:
                yield from refused(source.path, source.size_bytes, f"cannot read: {error.strerror or 'error'}")

    def _opened(self, source: Source) -> tuple[IO[bytes] | Stream | Content | None, int | None]:
        return (self._blobs.open(source.blob), None) if source.blob is not None else _open(source)

    def _read(self, path: str, file: IO[bytes] | Stream | Content, size: int | None) -> Iterator[Event | None]:
        seekable = size is not None
        blob = Blob(path, file, size, seekable=seekable)
        if not FORMATS[format_of(blob.head, path)].isolated:
            yield from documents(blob, self._limits)
            return
        if seekable and not isinstance(file, Stream | Content):
            yield from self._isolated(path, file, size or 0)
        else:
            with _held(blob, on_disk=isinstance(file, Stream)) as held:
                yield from self._isolated(path, held, blob.size)

    def _isolated(self, path: str, file: IO[bytes], size: int) -> Iterator[Event | None]:
        """Yield the events that a child tells, whatever happens to it."""
        attempts = _Attempts(path, size)
        whole = False
        try:
            while attempts.wanted:
                reason = yield from self._attempt(attempts, path, file, size)
                if reason is None:
                    break
                self._end_child()
                yield from attempts.broken(reason)
            whole = True
        finally:
            if not whole:  # nobody wants the rest: it must not be taken for what the next source has to tell
                self._end_child()

    def _attempt(
        self, attempts: "_Attempts", path: str, file: IO[bytes], size: int
    ) -> Generator[Event | None, None, str | None]:
        """Yield what is new of what a child tells; return what happened to it, None if it came to the end."""
        try:
            self._child = self._child or _Child()
        except OSError as error:
            return f"cannot start a process to read it: {error.strerror or 'error'}"
        self._child.ask(path, file, size, self._limits, attempts.culprits)
        return (yield from self._listen(self._child, attempts))

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None

    def _listen(self, process: "_Child", attempts: "_Attempts") -> Generator[Event | None, None, str | None]:
        """Yield the child's events; return what happened to it, None if it came to the end."""
        try:
            return (yield from self._heard(process, attempts))
        except FormError:  # a hostile file may have taken it over
            return "its reader broke off"

    def _heard(self, process: "_Child", attempts: "_Attempts") -> Generator[Event | None, None, str | None]:
        waited = 0.0
        for message in process.messages:
            if message is None:
                waited += POLL_SECONDS
                if waited > self._silence:
                    return f"reading it took longer than {self._silence:.0f} s"
                yield None
                continue
            waited = 0.0
            if message == child.END:
                return None
            if message == child.ALIVE:
                continue
            event = child.decode(message)
            if attempts.is_new(event):
                yield event
        return process.fate()


class _Attempts:
    """What is known of a source over all the children that have tried to read it."""

    def __init__(self, path: str, size: int) -> None:
        self.culprits: dict[int, Culprit] = {}
        self.wanted = True
        self._source = Began(0, path, size)
        self._done: set[int] = set()
        self._begun: dict[int, Began] = {}
        """Documents that this child has begun and not ended, the outer ones first."""
        self._last = -1
        """The number of the last one it has begun."""
        self._opened: Opened | None = None
        self._mute = 0
        """How many children have ended without a word."""

    def is_new(self, event: Event) -> bool:
        """Take note of an event; return whether it was not told by an earlier child."""
        if isinstance(event, Piece):
            return self._opened is not None
        new = event.number not in self._done
        if isinstance(event, Began):
            self._last = event.number
            self._begun[event.number] = event
        elif isinstance(event, Opened):
            self._opened = event if new else None
        elif isinstance(event, Ended):
            self._begun.pop(event.number, None)
        else:
            self._opened = None
            self._done.add(event.number)
            if not (isinstance(event, Closed) and event.more):
                self._begun.pop(event.number, None)
        return new

    def broken(self, reason: str) -> Iterator[Event]:
        """Find out at which document the child broke, and tell what became of it."""
        begun, last, opened = self._begun, self._last, self._opened
        self._begun, self._last, self._opened = {}, -1, None
        if last < 0:
            self._mute += 1
            self.wanted = self._mute <= MAX_MUTE  # else it was broken before: by an earlier source, or by the system
            begun = {} if self.wanted else {0: self._source}
        elif begun:
            culprit = max(begun)
            known = begun[culprit]
            self.wanted = culprit not in self.culprits and len(self.culprits) < MAX_CULPRITS
            self.culprits[culprit] = Culprit(reason, last)
            if opened is not None:
                self._done.add(culprit)
                about = Document(known.path, known.size_bytes, None, None, opened.format, failure=reason)
                yield Closed(culprit, about)
                del begun[culprit]
            elif culprit in self._done:
                yield self._lost(begun.pop(culprit), reason)
        else:
            self.wanted = False  # it broke after the last document
        if not self.wanted:
            for known in reversed(begun.values()):
                yield self._lost(known, reason)

    def _lost(self, known: Began, reason: str) -> Refused:
        """Return the record of a document that cannot be read, or of the rest of it."""
        path, size = known.path, known.size_bytes
        if known.number in self._done:
            path, size = f"{path}!(the rest)", 0
        self._done.add(known.number)
        return Refused(known.number, Unscanned(path, size, Status.FAILED, reason))


class _Child:
    """A running `guardrails_cli.inputs.reading.child`."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(POLL_SECONDS)
        with theirs, Path(os.devnull).open("wb") as nowhere:
            command = [sys.executable, "-P", "-m", "guardrails_cli.inputs.reading.child", str(theirs.fileno())]
            self._process = spawn(command, nowhere, package_environment(), bound=True, pass_fds=(theirs.fileno(),))
        self.messages = child.messages(self._socket)

    def ask(self, path: str, file: IO[bytes], size: int, limits: Limits, culprits: dict[int, Culprit]) -> None:
        """Have the child read a file. Should it be gone already, `messages` ends at once."""
        data = codec.to_bytes(codec.encode(child.Request(path, size, limits, culprits))) + b"\n"
        with suppress(OSError):
            socket.send_fds(self._socket, [data], [file.fileno()])

    def fate(self) -> str:
        """Return how the child ended, for a person."""
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(1.0)
            if code < 0:
                names = {number.value: number.name for number in signal.Signals}
                return f"its reader crashed ({names.get(-code, f'signal {-code}')})"
        return "its reader broke off"

    def kill(self) -> None:
        """End the child."""
        self._socket.close()
        kill_session(self._process)


def _open(source: Source) -> tuple[IO[bytes] | Stream | None, int | None]:
    """Return the source's file and its size; None if it is not a regular file any more. A stream has no size."""
    if source.location is None:
        return open(os.dup(0), "rb"), None  # noqa: PTH123 - a descriptor has no path; the caller closes it
    if scheme_of(source.location) is not None:
        return Stream(source.location), None
    # Non-blocking: a pipe put in the file's place since the walk must not hang the scan.
    descriptor = os.open(source.location, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None, None
    return os.fdopen(descriptor, "rb"), status.st_size


def _held(blob: Blob, on_disk: bool = False) -> IO[bytes]:
    """Return the rest of a stream as a file that has no name and, on Linux, is in memory only.

    Args:
        blob: the stream.
        on_disk: whether one that is too large for that goes into a temporary file, without a name either.

    """
    held = _nameless()
    if not on_disk:
        shutil.copyfileobj(blob.file(), held)
    else:
        for data in blob.pieces():
            if blob.size > MEMORY_BYTES >= blob.size - len(data):
                held = _moved(held, tempfile.TemporaryFile())  # noqa: SIM115 - the caller closes it
            if blob.size > HELD_BYTES:
                held.close()
                raise RefusedError(f"larger than {HELD_BYTES // 1024**3} GiB, and not a file of this machine")
            held.write(data)
    held.flush()
    return held


def _nameless() -> IO[bytes]:
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("guardrails"), "w+b")
    return tempfile.TemporaryFile()


def _moved(held: IO[bytes], target: IO[bytes]) -> IO[bytes]:
    with held:
        held.seek(0)
        shutil.copyfileobj(held, target)
    return target
