"""Files written whole or not at all, opened without waiting for a pipe, and locked."""

import fcntl
import os
import stat
import tempfile
from io import BufferedReader
from pathlib import Path

StrPath = str | os.PathLike[str]


def put(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file beside its place and rename it, so that readers see the old content or the new, never half of it.

    Raises:
        OSError: if that fails; the old content stays, and nothing is left behind.

    """
    descriptor, name = tempfile.mkstemp(prefix=".guardrails-", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def open_now(path: StrPath) -> BufferedReader:
    """Open a file to read. A named pipe in its place is opened at once, without waiting for a writer.

    Raises:
        OSError: as `open` does.

    """
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def open_regular(path: StrPath) -> tuple[BufferedReader, os.stat_result] | None:
    """Open a regular file to read; return None for a folder, pipe, device or socket.

    Raises:
        OSError: as `open` does.

    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb"), status


def open_lock(path: Path) -> int:
    """Return a descriptor of a lock file, created if it is missing and readable by this user alone.

    Raises:
        OSError: as `open` does.

    """
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def lock(descriptor: int, shared: bool = False) -> bool:
    """Lock a file without waiting; return whether that succeeded.

    The kernel frees the lock when the last process that has the descriptor ends, however it ends.
    """
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
