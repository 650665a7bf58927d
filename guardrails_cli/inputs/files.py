"""Files of this machine as sources. `inputs.walk` lists them; this module opens them here and on workers."""

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.source import FILE, Source
from guardrails_cli.formats.reader import RefusedError
from guardrails_cli.inputs.input import Identity, Input, NotHereError, Opener, OpenSource, Selection
from guardrails_cli.inputs.places import inside
from guardrails_cli.inputs.walk import Walk
from guardrails_cli.system.files import open_now, open_regular

HEAD_BYTES = 4096
"""Bytes at the beginning of a file that are compared to recognize it."""


class Files(Input):
    """The input of files and folders."""

    name = FILE

    def takes(self, path: str) -> bool:
        """Return True: the name of a file may look like anything."""
        del path
        return True

    def lister(self, paths: Sequence[str], selection: Selection) -> Walk:
        """Return a walk through files and folders."""
        return Walk(paths, selection.walk, selection.own_files, selection.left_out)

    def opener(self, stack: ExitStack) -> Opener:
        """Return the opener of files by name."""
        del stack
        return _open

    def is_there(self, path: str) -> bool:
        """Return whether anything has that name, even a link that leads nowhere."""
        return os.path.lexists(path)

    def local_path(self, source: Source) -> str | None:
        """Return the file's own name."""
        return source.location

    def identity(self, source: Source) -> Identity | None:
        """Return the file in its present state; None if it cannot be read."""
        location = os.path.realpath(source.location)
        try:
            descriptor = os.open(location, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode):
                    return None
                return Identity(location, status.st_size, _evidence(status, file))
        except (OSError, ValueError):
            return None

    def open_below(self, root: str, location: str, is_same: Callable[[bytes], bool]) -> OpenSource | None:
        """Open a file below a folder without following any link there; see `Input.open_below`."""
        file = os.fdopen(_descend(root, location[len(inside(root)) :]), "rb")
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode) and is_same(_evidence(status, file)):
            return OpenSource(file, status.st_size)
        file.close()
        return None

    def root(self, root: str) -> str:
        """Return a folder's absolute path free of links."""
        if "\n" in root or not Path(root).is_dir():
            raise ConfigError(f"--root {root}: no such folder")
        return os.path.realpath(root)


def content_hash(path: str) -> str | None:
    """Return the SHA-256 of a file's content in hexadecimal; None if it cannot be read."""
    try:
        with open_now(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _open(source: Source) -> OpenSource:
    # Non-blocking: a pipe put in the file's place since the walk must not hang the scan.
    opened = open_regular(source.location)
    if opened is None:
        raise RefusedError(Reason(ReasonCode.CHANGED, "changed during the scan: no longer a file"))
    file, status = opened
    return OpenSource(file, status.st_size)


def _evidence(status: os.stat_result, file: IO[bytes]) -> bytes:
    # Whole seconds: network file systems keep less precise times than the machine that has the file.
    return f"{status.st_size} {int(status.st_mtime)} ".encode() + os.pread(file.fileno(), HEAD_BYTES, 0)


def _descend(root: str, below: str) -> int:
    """Return a descriptor of the file, opened folder by folder so that no link can lead out of the root."""
    *folders, name = below.split("/")
    if any(part in ("", ".", "..") for part in (*folders, name)):
        raise NotHereError(Reason(ReasonCode.NOT_SHARED, "not a plain path"))
    flags = os.O_RDONLY | os.O_CLOEXEC
    place = os.open(root, flags | os.O_DIRECTORY)
    try:
        for folder in folders:
            inner = os.open(folder, flags | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
            os.close(place)
            place = inner
        return os.open(name, flags | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=place)
    finally:
        os.close(place)
