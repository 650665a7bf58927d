"""The contract of an input: one kind of place that documents come from, such as files, an object store or git.

An input lists `Source`s and opens them. Nothing outside of this room asks for the kind of a source's place: it asks the
source's input, which `inputs.registry` finds by name or by the user's path.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self, TypeAlias

import msgspec

from guardrails_cli.core.display import display_path
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.options.model import GitOptions, WalkOptions


class ByteStream(Protocol):
    """The bytes of a source, read once and in order. Leaving it as a context manager closes it."""

    def read(self, count: int, /) -> bytes:
        """Return at most `count` more bytes; empty at the end."""

    def close(self) -> None:
        """Release the stream."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class OpenSource(NamedTuple):
    """An open source."""

    file: ByteStream
    size: int | None
    """Size in bytes of a file of this machine, which has a descriptor and random access; None for a stream."""


Opener: TypeAlias = Callable[[Source], OpenSource]
"""Opens one source after the other, each after the previous was closed. Raises OSError or RefusedError with the
reason."""


class Identity(msgspec.Struct, frozen=True):
    """The identity of a source, by which a worker on another machine finds and recognizes it."""

    location: str
    """Absolute path free of links, or URL, which `Input.takes` accepts."""
    size_bytes: int
    evidence: bytes
    """Bytes that change with the content, and are equal on every machine that reads the same place."""


class NotHereError(Exception):
    """A worker cannot read the source of a message, or finds another one in its place."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Selection(msgspec.Struct, frozen=True):
    """The options of a scan that decide which documents of a place it takes."""

    walk: WalkOptions
    git: GitOptions | None = None
    own_files: tuple[Path, ...] = ()
    """Files that the scan itself writes."""
    left_out: Counter[str] = msgspec.field(default_factory=Counter)
    """Numbers of left-out documents by reason; complete at the end of the listing."""


class Lister(Protocol):
    """Lists the documents below all paths of one input in one scan."""

    warnings: tuple[str, ...]
    """Warnings for the user about the places."""

    def below(self, paths: Sequence[str]) -> Iterator[Source | Unscanned]:
        """Yield the documents below some of the paths, in an order that depends on names alone.

        Each document comes once in a scan. A place that cannot be read comes as `Unscanned` with the reason.
        """


class Input(ABC):
    """One kind of place that documents come from. It has no state: the state of a scan is in its lister and opener."""

    name: str
    """Key in the registry, which each of its sources carries."""
    countable = True
    """Whether listing is fast enough to count the documents ahead, for the total of a progress bar."""
    spills = False
    """Whether a stream that needs random access may wait in a temporary file, with a limit; otherwise in memory."""

    @abstractmethod
    def takes(self, path: str) -> bool:
        """Return whether a user's path, or an `Identity.location`, names a place of this kind."""

    @abstractmethod
    def lister(self, paths: Sequence[str], selection: Selection) -> Lister:
        """Return the lister of the documents below `paths`, all those of one scan that this input takes.

        Raises:
            ConfigError: if a required library is not installed, or an option does not fit the place.

        """

    @abstractmethod
    def opener(self, stack: ExitStack) -> Opener:
        """Return the opener of this input's sources; closing `stack` releases what it holds, such as a connection."""

    def shown(self, path: str) -> str:
        """Return a user's path in the form that may be shown: in one line, without a password."""
        return display_path(path)

    def is_there(self, path: str) -> bool:
        """Return whether the path can be listed; a remote place counts without being asked."""
        del path
        return True

    def local_path(self, source: Source) -> str | None:
        """Return the source's file on this machine; None if it has none."""
        del source
        return None

    def identity(self, source: Source) -> Identity | None:
        """Return how a worker on another machine finds a source; None if none can, or could not recognize it."""
        del source
        return None

    def open_below(self, root: str, location: str, is_same: Callable[[bytes], bool]) -> OpenSource | None:
        """Open an `Identity.location` on a worker; return None if another source is there.

        Args:
            root: a result of `root`, below which the location must be; nothing outside of it is opened.
            location: location of an identity, made on another machine.
            is_same: returns whether evidence is the identity's.

        Raises:
            NotHereError: if the location tries to leave the root.
            OSError: if it cannot be read.

        """
        del root, location, is_same
        raise NotHereError(Reason(ReasonCode.NOT_SHARED, "the worker cannot read it"))

    def root(self, root: str) -> str:
        """Return a place below which a worker may read, in the form with which locations below it begin.

        Raises:
            ConfigError: if the place does not exist or cannot be read.

        """
        raise ConfigError(f"--root {root}: no such folder")
