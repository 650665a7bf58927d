"""Read the sources of a scan: plain text here, everything else in a child process that may break.

A child that crashes, hangs or needs too much memory costs only the document that it was reading: a new child reads the
source again without the culprit.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Self, cast

from guardrails_cli.core import codec
from guardrails_cli.core.errors import FormError
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.core.text import Document
from guardrails_cli.formats.reader import MEMORY_BYTES, Blob, RefusedError
from guardrails_cli.formats.registry import FORMATS, format_of
from guardrails_cli.inputs.input import ByteStream, Opener, OpenSource
from guardrails_cli.inputs.reading import child
from guardrails_cli.inputs.reading.documents import documents, refused, too_large
from guardrails_cli.inputs.reading.events import Began, Closed, Culprit, Ended, Event, Opened, Piece, Refused
from guardrails_cli.inputs.registry import input_named
from guardrails_cli.options.model import Limits
from guardrails_cli.system.processes import kill_session, package_environment, spawn

HELD_BYTES = 2 * 1024**3
"""Bytes of a remote object that needs random access, such as an archive: it is held on disk meanwhile."""
SILENCE_SECONDS = 60.0
"""Seconds that a reader may work without an event before its document is given up."""
POLL_SECONDS = 0.05
BROKE_OFF = Reason(ReasonCode.READER_DIED, "its reader broke off")
MAX_CULPRITS = 10
"""Number of one source's documents that broke their reader after which the rest of it is given up."""

MAX_MUTE = 2
"""Number of children that may end before the first event, which is no document's fault."""


class SourceReader:
    """Reads sources, one after the other. Use it as a context manager: leaving it ends the child process."""

    def __init__(self, limits: Limits, silence_seconds: float = SILENCE_SECONDS) -> None:
        self._limits = limits
        self._silence = silence_seconds
        self._child: _Child | None = None
        self._openers: dict[str, Opener] = {}
        """Openers by the name of their input."""
        self._held = ExitStack()
        """Holds everything that openers keep open from one source to the next, such as a running git."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._end_child()
        self._openers.clear()
        self._held.close()

    def read(self, source: Source, open_: Opener | None = None) -> Iterator[Event | None]:
        """Yield the events of a source, and None while waiting for it. Never raises because of a file's content.

        Args:
            source: source to read.
            open_: replaces the usual way to open it.

        """
        most = self._limits.max_bytes
        if most is not None and source.size_bytes > most:
            yield from refused(source.path, source.size_bytes, too_large(most), Status.SKIPPED)
            return
        try:
            file, size = (open_ or self._opened)(source)
        except RefusedError as error:
            yield from refused(source.path, source.size_bytes, error.reason, error.status)
            return
        except OSError as error:
            yield from refused(source.path, source.size_bytes, _unreadable(error))
            return
        with file:
            if most is not None and size is not None and size > most:
                yield from refused(source.path, size, too_large(most), Status.SKIPPED)
                return
            try:
                yield from self._read(source, file, size)
            except RefusedError as error:
                yield from refused(source.path, source.size_bytes, error.reason, error.status)
            except OSError as error:
                yield from refused(source.path, source.size_bytes, _unreadable(error))

    def _opened(self, source: Source) -> OpenSource:
        opener = self._openers.get(source.input)
        if opener is None:
            opener = self._openers[source.input] = input_named(source.input).opener(self._held)
        return opener(source)

    def _read(self, source: Source, file: ByteStream, size: int | None) -> Iterator[Event | None]:
        blob = Blob(source.path, file, size, seekable=size is not None)
        if not FORMATS[format_of(blob.head, source.path)].isolated:
            yield from documents(blob, self._limits)
        elif size is not None:
            yield from self._isolated(source.path, cast("IO[bytes]", file), size)
        else:
            with _held(blob, on_disk=input_named(source.input).spills) as held:
                yield from self._isolated(source.path, held, blob.size)

    def _isolated(self, path: str, file: IO[bytes], size: int) -> Iterator[Event | None]:
        """Yield the events from a child, whatever happens to it."""
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
            if not whole:  # the rest must not be taken for events of the next source
                self._end_child()

    def _attempt(
        self, attempts: "_Attempts", path: str, file: IO[bytes], size: int
    ) -> Generator[Event | None, None, Reason | None]:
        """Yield the new events from a child; return how it failed, None if it finished."""
        try:
            self._child = self._child or _Child()
        except OSError as error:
            sentence = f"cannot start a process to read it: {error.strerror or 'error'}"
            return Reason(ReasonCode.READER_DIED, sentence)
        self._child.ask(path, file, size, self._limits, attempts.culprits)
        return (yield from self._listen(self._child, attempts))

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None

    def _listen(self, process: "_Child", attempts: "_Attempts") -> Generator[Event | None, None, Reason | None]:
        """Yield the child's events; return how it failed, None if it finished."""
        try:
            return (yield from self._heard(process, attempts))
        except FormError:  # a hostile file may have taken it over
            return BROKE_OFF

    def _heard(self, process: "_Child", attempts: "_Attempts") -> Generator[Event | None, None, Reason | None]:
        waited = 0.0
        for message in process.messages:
            if message is None:
                waited += POLL_SECONDS
                if waited > self._silence:
                    return Reason(ReasonCode.TIMED_OUT, f"reading it took longer than {self._silence:.0f} s")
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
    """The state of a source over all the children that have tried to read it."""

    def __init__(self, path: str, size: int) -> None:
        self.culprits: dict[int, Culprit] = {}
        self.wanted = True
        self._source = Began(0, path, size)
        self._done: set[int] = set()
        self._begun: dict[int, Began] = {}
        """Unfinished documents that this child has begun, outer ones first."""
        self._last = -1
        """Number of the last document it has begun."""
        self._opened: Opened | None = None
        self._mute = 0
        """Number of children that ended without an event."""

    def is_new(self, event: Event) -> bool:
        """Record an event; return whether an earlier child did not send it."""
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

    def broken(self, reason: Reason) -> Iterator[Event]:
        """Find the document at which the child broke, and report it."""
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

    def _lost(self, known: Began, reason: Reason) -> Refused:
        """Return the record of an unreadable document, or of its unreadable rest."""
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
        """Make the child read a file. If it is already gone, `messages` ends at once."""
        data = codec.to_bytes(codec.encode(child.Request(path, size, limits, culprits))) + b"\n"
        with suppress(OSError):
            socket.send_fds(self._socket, [data], [file.fileno()])

    def fate(self) -> Reason:
        """Return how the child ended, for a person."""
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(1.0)
            if code < 0:
                names = {number.value: number.name for number in signal.Signals}
                sentence = f"its reader crashed ({names.get(-code, f'signal {-code}')})"
                return Reason(ReasonCode.READER_DIED, sentence)
        return BROKE_OFF

    def kill(self) -> None:
        """End the child."""
        self._socket.close()
        kill_session(self._process)


def _unreadable(error: OSError) -> Reason:
    return Reason.of_error(error, f"cannot read: {error.strerror or 'error'}")


def _held(blob: Blob, on_disk: bool = False) -> IO[bytes]:
    """Return the rest of a stream as a nameless file that, on Linux, is in memory only.

    Args:
        blob: the stream.
        on_disk: whether one that is too large for memory goes into a nameless temporary file.

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
                sentence = f"larger than {HELD_BYTES // 1024**3} GiB, and not a file of this machine"
                raise RefusedError(Reason(ReasonCode.TOO_LARGE, sentence))
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
