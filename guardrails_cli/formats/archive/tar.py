"""Tar archives: members in order, as a stream. `tarfile` parses the headers; this module decides on the end.

`tarfile` by itself takes a broken header for the end of the archive, and would hide the members after it.
"""

import io
import tarfile
from collections.abc import Iterator
from typing import IO, cast

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.formats.decompress import CUT_OFF, PIECE_BYTES, Counted, Part
from guardrails_cli.formats.members import LINK, Names, refused
from guardrails_cli.formats.reader import Blob, Budget, DamagedError, Reading, Stream

MAX_HEADER_BYTES = 1024 * 1024
"""Bytes of a name or of the extended attributes of one member."""
_BLOCK = 512
_MAX_PADDING = 1024 * 1024 // _BLOCK
"""Zero blocks after the end mark, up to the largest blocking factors; another archive may follow them."""
_SPECIAL = {
    tarfile.SYMTYPE: LINK,
    tarfile.LNKTYPE: Reason(ReasonCode.LINK, "hard link, not followed"),
    tarfile.CHRTYPE: Reason(ReasonCode.SPECIAL_FILE, "character device"),
    tarfile.BLKTYPE: Reason(ReasonCode.SPECIAL_FILE, "block device"),
    tarfile.FIFOTYPE: Reason(ReasonCode.SPECIAL_FILE, "named pipe"),
}


def read(blob: Blob, reading: Reading) -> Iterator[Blob]:
    """Yield the members."""
    return members(blob, blob.path, reading.budget or Budget(reading.limits))


def members(blob: Blob, path: str, budget: Budget, *, packed: bool = False) -> Iterator[Blob]:
    """Yield the members of a tar archive.

    Args:
        blob: the archive.
        path: the beginning of the members' paths.
        budget: the limits for the members.
        packed: whether its bytes were already counted when they were unpacked.

    Raises:
        RefusedError: if it is damaged or exceeds the limits.

    """
    names = Names(path)
    archive = _Archive(blob)
    while (info := archive.next()) is not None:
        archive.members = []  # type: ignore[attr-defined]  # it would remember all
        if info.isdir():
            continue
        budget.member()
        place = names.path(info.name)
        if info.type in _SPECIAL:
            yield refused(place, _SPECIAL[info.type])
        elif info.issparse():
            yield Blob(place, Counted(cast("IO[bytes]", archive.extractfile(info)), budget), info.size)
        else:
            part: Stream = Part(archive.at(info.offset_data), info.size)
            yield Blob(place, part if packed else Counted(part, budget), info.size)
        budget.expand(0)


class _Archive(tarfile.TarFile):
    """Distinguishes the end of an archive from damage, unlike `tarfile`, and reads on into a following archive."""

    def __init__(self, blob: Blob) -> None:
        self._forward = _Forward(blob)
        self._begun = False
        super().__init__(fileobj=cast("IO[bytes]", self._forward), encoding="utf-8", errors="surrogateescape")

    def at(self, offset: int) -> Stream:
        """Return the stream, moved to `offset`."""
        self._forward.seek(offset)
        return self._forward

    def next(self) -> tarfile.TarInfo | None:
        """Return the next member, None at the end.

        Raises:
            DamagedError: if the following bytes are neither.

        """
        if not self._begun:
            self._begun = True  # the constructor asks for the first member, which we do not need
            return None
        for _ in range(_MAX_PADDING):
            begin = self.offset
            self._forward.seek(begin)
            try:
                info = tarfile.TarInfo.fromtarfile(self)
            except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
                self._ended = True
                self.offset += _BLOCK
                continue
            except tarfile.EmptyHeaderError as error:  # type: ignore[attr-defined]
                if self._ended:
                    return None
                raise DamagedError("damaged: it ends without an end mark, members may be missing") from error
            except tarfile.HeaderError as error:
                if self._ended:
                    self._forward.read(1)  # raises the error that cut it off
                    return None  # otherwise other data follow its end
                raise DamagedError("damaged: a member's header is broken, what follows it is lost") from error
            if self.offset <= begin or info.size < 0:
                raise DamagedError("damaged: a member's header is broken, what follows it is lost")
            self._ended = False
            return info
        return None

    _ended = False
    """Whether the end mark was seen."""


class _Forward(io.RawIOBase):
    """A stream as a file for `tarfile`; it can only move forward."""

    def __init__(self, blob: Blob) -> None:
        super().__init__()
        self._blob = blob
        self._position = 0

    def read(self, count: int = -1, /) -> bytes:
        if not 0 <= count <= MAX_HEADER_BYTES:
            raise DamagedError("damaged: a member's header is too large")
        data = self._blob.read(count)
        self._position += len(data)
        return data

    def tell(self) -> int:
        return self._position

    def seek(self, position: int, _whence: int = 0, /) -> int:
        if position < self._position:
            raise DamagedError("damaged: its members overlap")
        while self._position < position:
            if not self.read(min(PIECE_BYTES, position - self._position)):
                raise DamagedError(CUT_OFF)
        return self._position
