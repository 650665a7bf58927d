"""The interface of report formats, and the output that they write to."""

import contextlib
import os
import stat
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult


class Report(Protocol):
    """A report in the making. Records come in order; `finish` is called once, after the last."""

    def __init__(self, stream: IO[bytes]) -> None: ...

    def add(self, record: DocumentResult) -> None:
        """Take one document's record."""

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Complete the report with the data that exist only at the end."""


class Output:
    """Destination of a report: standard output, or a file that appears atomically when it is complete.

    The file is written beside its place under another name, readable by the user alone, synced and renamed, so that
    readers see the old report or the new one, never half of one. A link stays; its target is replaced. A device or a
    pipe is written to as the report grows, and so is the file behind standard output.

    Raises:
        ConfigError: if the file cannot be created.

    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._target: Path | None = None
        self._temporary: Path | None = None
        if path is None:
            self.stream: IO[bytes] = sys.stdout.buffer
            return
        try:
            self._open(path)
        except OSError as error:
            raise ConfigError(f"cannot write the report {path}: {error.strerror}") from None

    def _open(self, path: Path) -> None:
        try:
            status = path.stat()
        except FileNotFoundError:
            status = None
        if status and stat.S_ISDIR(status.st_mode):
            raise ConfigError(f"cannot write the report {path}: it is a directory")
        if status and _is_stdout(status):
            self.stream = sys.stdout.buffer
        elif status and not stat.S_ISREG(status.st_mode):
            self.stream = path.open("wb")
        else:
            self._target = Path(os.path.realpath(path))
            descriptor, name = tempfile.mkstemp(prefix=".guardrails-", suffix=".part", dir=self._target.parent)
            self._temporary = Path(name)
            self.stream = os.fdopen(descriptor, "wb")

    @property
    def files(self) -> list[Path]:
        """Files that this output makes; a scan skips them."""
        return [path for path in (self.path, self._temporary) if path is not None]

    def commit(self) -> None:
        """Move the complete report to its place. Raises OSError, for example when the disk is full."""
        self.stream.flush()
        if self._target is not None and self._temporary is not None:
            os.fsync(self.stream.fileno())
            self.stream.close()
            self._temporary.replace(self._target)
            self._temporary = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.stream is not sys.stdout.buffer:
            with contextlib.suppress(OSError):
                self.stream.close()
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                self._temporary.unlink()


def _is_stdout(status: os.stat_result) -> bool:
    try:
        return os.path.samestat(status, os.fstat(1))
    except OSError:
        return False
