"""What a reader is: the seam for file formats. One reader serves one file, chosen by its content first."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a reader makes of a file's bytes."""

    text: str
    encoding: str
    """The Python codec that the bytes were decoded with."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a reader cannot make text of a file, in a few words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reader:
    """One file format."""

    accepts: Callable[[bytes, str], bool]
    """Given the first `HEAD_BYTES` bytes and the file's name: whether this reader is the one for it."""
    read: Callable[[bytes], Extracted | Refusal]
    """Given all bytes; called only after `accepts`."""


HEAD_BYTES = 8192
