"""The formats that can be read, and which one a file is: by its content first, then by its name."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from typing import cast

from guardrails_cli.sources.base import Reader
from guardrails_cli.sources.signs import looks_like_tar


@dataclass(frozen=True, slots=True)
class Format:
    """A file format and the module that reads it."""

    module: str
    """Below `guardrails_cli.sources`; imported when the first such file comes."""
    isolated: bool = True
    """Whether it is read in a process of its own: for parsers that a hostile file could crash, hang or bloat."""

    def reader(self) -> Reader:
        """Return the module that reads it."""
        return cast(Reader, import_module(f"guardrails_cli.sources.{self.module}"))


FORMATS: dict[str, Format] = {
    "text": Format("plain", isolated=False),
    "zip": Format("zip"),
    "tar": Format("tar"),
    "7z": Format("seven_zip"),
    "ar": Format("ar"),
    "gzip": Format("compressed"),
    "bzip2": Format("compressed"),
    "xz": Format("compressed"),
    "zstd": Format("compressed"),
}
"""By the name that reports use."""

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08PK\x03\x04", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"!<arch>\n", "ar"),
    (b"\x1f\x8b\x08", "gzip"),
    *((b"BZh%d1AY&SY" % level, "bzip2") for level in range(1, 10)),
    (b"\xfd7zXZ\x00", "xz"),
    (b"]\x00\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
"""How files begin, and the format that it shows."""

LOOKS: tuple[tuple[Callable[[bytes], bool], str], ...] = ((looks_like_tar, "tar"),)
"""Tests of how files begin, for formats that no fixed bytes tell."""

SUFFIXES: dict[str, str] = {}
"""By suffix, the format of a file whose content is text."""


def format_of(head: bytes, name: str) -> str:
    """Return the format of a file, a key of `FORMATS`.

    Args:
        head: its first `HEAD_BYTES` bytes.
        name: its path.

    """
    for begin, found in MAGIC:
        if head.startswith(begin):
            return found
    for looks_like, found in LOOKS:
        if looks_like(head):
            return found
    return SUFFIXES.get(PurePosixPath(name).suffix.lower(), "text")
