"""The content of git's objects, from one `git cat-file` for all of them."""

import io
import subprocess
from types import TracebackType
from typing import IO, Self

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.formats.reader import DamagedError, RefusedError
from guardrails_cli.inputs.git.blob import Repository
from guardrails_cli.inputs.git.process import Git

NOT_HERE = "git cannot give it: this clone is partial or damaged"
SKIPPED_BYTES = 4 * 1024 * 1024
"""Unread bytes of an object above which git is restarted instead of waiting for them."""
_POINTER_BYTES = 1024
_POINTER = b"version https://git-lfs.github.com/spec/v1"
"""Beginning of a pointer of Git LFS, which is less than 1,024 bytes long (the specification of LFS, version 1)."""
_HEADER_BYTES = 4096


class Blobs:
    """Opens blobs, one at a time. Use it as a context manager, or close it."""

    def __init__(self) -> None:
        self._git: Git | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End git."""
        if self._git is not None:
            self._git.end()
            self._git = None

    def open(self, repository: Repository, oid: str) -> "IO[bytes] | Content":
        """Return the bytes of a blob; close them before the next one is opened.

        Raises:
            RefusedError: if they are missing, or only point to a file stored elsewhere.

        """
        git = self._started(repository)
        size = self._size(git, oid)
        content = Content(self, git.stdout, size)
        if size > _POINTER_BYTES:
            return content
        with content:
            data = content.read(size)
        if data.startswith(_POINTER):
            sentence = "a pointer of Git LFS: its content is not in the repository"
            raise RefusedError(Reason(ReasonCode.STORED_ELSEWHERE, sentence))
        return io.BytesIO(data)

    def _started(self, repository: Repository) -> Git:
        if self._git is None or self._git.repository != repository:
            self.close()
            try:
                self._git = Git(repository, ("cat-file", "--batch"), None, subprocess.DEVNULL)
            except ConfigError as error:
                raise DamagedError(str(error), ReasonCode.UNREADABLE) from None
        return self._git

    def _size(self, git: Git, oid: str) -> int:
        """Make git send an object; return its size."""
        try:
            git.ask(oid)
            answer = git.stdout.readline(_HEADER_BYTES).split()
        except OSError:
            answer = []
        if len(answer) == 3 and answer[1] == b"blob":
            return int(answer[2])
        if answer[1:] != [b"missing"]:
            self.close()
        raise DamagedError(NOT_HERE, ReasonCode.UNREADABLE)


class Content:
    """The bytes of one object, as git sends them."""

    def __init__(self, blobs: Blobs, stream: IO[bytes], size: int) -> None:
        self._blobs = blobs
        self._stream = stream
        self._left = size + 1  # a line feed follows

    def read(self, count: int, /) -> bytes:
        """Return at most `count` more bytes; empty at the end.

        Raises:
            DamagedError: if git stops early.

        """
        wanted = min(count, self._left - 1)
        if wanted <= 0:
            return b""
        data = self._stream.read(wanted)
        if not data:
            self._blobs.close()
            self._left = 0
            raise DamagedError("git cannot give it to its end: the repository is damaged", ReasonCode.UNREADABLE)
        self._left -= len(data)
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Skip the unread bytes."""
        if self._left > SKIPPED_BYTES:
            self._blobs.close()
            self._left = 0
        while self._left > 0 and (data := self._stream.read(self._left)):
            self._left -= len(data)
        self._left = 0
