"""The contract of an input: one kind of place that documents come from, such as files, an object store or git.

An input lists `Source`s and opens them. Nothing outside of this room asks which kind of place a source is from: it
asks the source's input, which `inputs.registry` finds by name or by the path that the user gave.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self, TypeAlias

from guardrails_cli.core.display import display_path
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.options.model import GitOptions, WalkOptions


class ByteStream(Protocol):
    """The bytes of a source, once and in order. Leaving it as a context manager closes it."""

    def read(self, count: int, /) -> bytes:
        """Return at most `count` more bytes; empty at the end."""

    def close(self) -> None:
        """Give back what is open."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class OpenSource(NamedTuple):
    """A source that is open."""

    file: ByteStream
    size: int | None
    """Size in bytes of a file of this machine, which has a descriptor and can be read at random; None for a stream."""


Opener: TypeAlias = Callable[[Source], OpenSource]
"""Opens one source after the other: the one before was closed. Raises OSError or RefusedError with the reason."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A source as a worker on another machine would find it, and how that worker knows it is the same."""

    location: str
    """An absolute path free of links, or a URL: one that `Input.takes`."""
    size_bytes: int
    evidence: bytes
    """Differs where the content does, and is the same on every machine that reads the same place."""


class NotHereError(Exception):
    """A worker cannot read what a message refers to, or sees another one in its place."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Selection:
    """The options of a scan that decide which documents of a place it takes."""

    walk: WalkOptions
    git: GitOptions | None = None
    own_files: tuple[Path, ...] = ()
    """The files that the scan itself writes."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Counts what was left out, by reason; complete once everything was listed."""


class Lister(Protocol):
    """Lists the documents below all paths of one input in one scan."""

    warnings: tuple[str, ...]
    """Warnings for the user about the places."""

    def below(self, paths: Sequence[str]) -> Iterator[Source | Unscanned]:
        """Yield the documents below some of the paths, in an order that depends on names alone.

        Each document comes once in a scan. A place that cannot be read comes as `Unscanned` with the reason.
        """


class Input(ABC):
    """One kind of place that documents come from. It has no state: what a scan needs is in its lister and opener."""

    name: str
    """Its key in the registry, which each of its sources carries."""
    countable = True
    """Set False if listing is too slow to count the documents ahead for the total of a progress bar."""
    spills = False
    """Set True if a stream that must be read at random may wait in a temporary file, with a limit; else in memory."""

    @abstractmethod
    def takes(self, path: str) -> bool:
        """Return whether a path that a user gave, or an `Identity.location`, names a place of this kind."""

    @abstractmethod
    def lister(self, paths: Sequence[str], selection: Selection) -> Lister:
        """Return what lists the documents below `paths`, all those of one scan that this input takes.

        Raises:
            ConfigError: if a library that is needed is not installed, or an option does not fit the place.

        """

    @abstractmethod
    def opener(self, stack: ExitStack) -> Opener:
        """Return what opens the sources of this input; closing `stack` ends what it holds, such as a connection."""

    def shown(self, path: str) -> str:
        """Return a path that a user gave as it may be shown: in one line, without a password."""
        return display_path(path)

    def is_there(self, path: str) -> bool:
        """Return whether listing the path can give something; a place that would have to be asked for it counts."""
        del path
        return True

    def local_path(self, source: Source) -> str | None:
        """Return the file of this machine that a source is; None if it is none."""
        del source
        return None

    def identity(self, source: Source) -> Identity | None:
        """Return how a worker on another machine finds a source; None if none can, or could not know it is the same."""
        del source
        return None

    def open_below(self, root: str, location: str, is_same: Callable[[bytes], bool]) -> OpenSource | None:
        """Open an `Identity.location` on a worker; return None if something else is there.

        Args:
            root: that the location lies below, as `root` returned it; nothing outside of it is opened.
            location: of an identity, made on another machine.
            is_same: whether evidence is that of the identity.

        Raises:
            NotHereError: if the location tries to leave the root.
            OSError: if it cannot be read.

        """
        del root, location, is_same
        raise NotHereError(Reason(ReasonCode.NOT_SHARED, "the worker cannot read it"))

    def root(self, root: str) -> str:
        """Return a place below which a worker may read, in the form that locations below it begin with.

        Raises:
            ConfigError: if there is no such place, or it cannot be read.

        """
        raise ConfigError(f"--root {root}: no such folder")
