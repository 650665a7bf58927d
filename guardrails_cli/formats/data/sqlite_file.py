"""A read-only view of a database file for SQLite, including the content of its write-ahead log.

Nothing is opened by name, locked, created or changed, whatever state the database is in.
"""

import fcntl
import os
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import apsw

_VFS = "guardrails"
_WAL_MAGICS = (0x377F0682, 0x377F0683)
_WAL_HEADER, _FRAME_HEADER = 32, 24
_F_GETPATH = 50
"""Number of the call on macOS."""


class Image:
    """The pages of a database; pages committed to its log replace those of the file (fileformat2, 4).

    Args:
        file: the database file.
        log: its write-ahead log, or None.

    """

    def __init__(self, file: IO[bytes], log: IO[bytes] | None) -> None:
        self._file = file
        self._log = log
        self._page_size = 0
        self._places: dict[int, int] = {}
        """Offset in the log of the newest content of each page."""
        self.size = file.seek(0, os.SEEK_END)
        if log is not None:
            self._read_log(log)

    @property
    def is_cut(self) -> bool:
        """Whether there are fewer pages than the header says (fileformat2, 1.3.7)."""
        header = self.read(100, 0)
        size, count = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
        known = header[24:28] == header[92:96]
        return len(header) < 100 or (known and count * (65536 if size == 1 else size) > self.size)

    def read(self, count: int, offset: int) -> bytes:
        """Return bytes at an offset; fewer at the end."""
        data = self._bytes(count, offset)
        if offset <= 18 < offset + len(data):
            # The format's version numbers: 2 means that there is a log, which is hidden from SQLite here.
            data = data[: 18 - offset] + b"\1\1"[: len(data) - 18 + offset] + data[20 - offset :]
        return data

    def _bytes(self, count: int, offset: int) -> bytes:
        if not self._places:
            return self._at(self._file, offset, count)
        data = b""
        while len(data) < count:
            page, inside = divmod(offset + len(data), self._page_size)
            length = min(count - len(data), self._page_size - inside)
            place = self._places.get(page + 1)
            if place is not None and self._log is not None:
                piece = self._at(self._log, place + inside, length)
            else:
                piece = self._at(self._file, offset + len(data), length).ljust(length, b"\0")
            if len(piece) < length or offset + len(data) >= self.size:
                return data
            data += piece
        return data

    @staticmethod
    def _at(file: IO[bytes], offset: int, count: int) -> bytes:
        file.seek(offset)
        return file.read(count)

    def _read_log(self, log: IO[bytes]) -> None:
        header = self._at(log, 0, _WAL_HEADER)
        size = int.from_bytes(header[8:12], "big")
        if int.from_bytes(header[:4], "big") not in _WAL_MAGICS or size not in (1 << bit for bit in range(9, 17)):
            return
        pending: dict[int, int] = {}
        offset = _WAL_HEADER
        order = ">" if header[3] & 1 else "<"
        sums = _checksum(header[:24], order, (0, 0))
        while len(frame := self._at(log, offset, _FRAME_HEADER + size)) == _FRAME_HEADER + size:
            sums = _checksum(frame[_FRAME_HEADER:], order, _checksum(frame[:8], order, sums))
            if frame[8:16] != header[16:24] or struct.unpack(">II", frame[16:24]) != sums:
                return  # left over from before the log was restarted, or torn
            pending[int.from_bytes(frame[:4], "big")] = offset + _FRAME_HEADER
            pages = int.from_bytes(frame[4:8], "big")
            if pages:  # the last frame of a transaction
                self._page_size, self.size = size, pages * size
                self._places |= pending
                pending = {}
            offset += _FRAME_HEADER + size


def _checksum(data: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    """Return the checksum over the words of some bytes, continued from `sums` (fileformat2, 4.2)."""
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second


class _File:
    """The file that SQLite reads from."""

    def __init__(self, image: Image) -> None:
        self._image = image

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return self._image.read(amount, offset)

    def xFileSize(self) -> int:  # noqa: N802
        return self._image.size

    def xClose(self) -> None: ...  # noqa: N802

    def xLock(self, _level: int) -> None: ...  # noqa: N802

    def xUnlock(self, _level: int) -> None: ...  # noqa: N802

    def xSync(self, _flags: int) -> None: ...  # noqa: N802

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, _operation: int, _pointer: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return int(apsw.SQLITE_IOCAP_IMMUTABLE)


class _Vfs(apsw.VFS):
    """A file system that contains only this database."""

    def __init__(self, image: Image) -> None:
        super().__init__(_VFS, "")
        self.image = image

    def xOpen(self, _name: object, flags: list[int]) -> Any:  # noqa: N802
        if not flags[0] & apsw.SQLITE_OPEN_MAIN_DB:
            raise apsw.CantOpenError
        flags[1] = flags[0]
        return _File(self.image)

    def xAccess(self, _name: str, _flags: int) -> bool:  # noqa: N802
        return False

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name

    def xDelete(self, _name: str, _sync: bool) -> None:  # noqa: N802
        raise apsw.ReadOnlyError


@contextmanager
def opened(file: IO[bytes]) -> Iterator[tuple[apsw.Connection, Image]]:
    """Open an untrusted database: no view, trigger or extension of its own is ever run."""
    log = _log_of(file)
    try:
        vfs = _Vfs(Image(file, log))
        connection = apsw.Connection("database", apsw.SQLITE_OPEN_READONLY, _VFS)
        try:
            for option in ("ENABLE_TRIGGER", "ENABLE_VIEW", "TRUSTED_SCHEMA", "DQS_DML", "ENABLE_LOAD_EXTENSION"):
                connection.config(getattr(apsw, f"SQLITE_DBCONFIG_{option}"), 0)
            connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
            yield connection, vfs.image
        finally:
            connection.close(True)
            vfs.unregister()
    finally:
        if log is not None:
            log.close()


def _log_of(file: IO[bytes]) -> IO[bytes] | None:
    """Return the write-ahead log beside a database; None if there is none."""
    try:
        descriptor = os.open(f"{_path_of(file)}-wal", os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb")


def _path_of(file: IO[bytes]) -> str:
    """Return the path of an open file.

    Raises:
        OSError: if it has no path.

    """
    number = file.fileno()
    if sys.platform == "darwin":
        return os.fsdecode(fcntl.fcntl(number, _F_GETPATH, b"\0" * 1024).rstrip(b"\0"))
    return str(Path(f"/proc/self/fd/{number}").readlink())
