"""Zip archives and files built like them (jar, war, apk, wheels): members in the order of the directory.

If there is no directory, or the archive is too large to hold and can only be read in order, members are found one after
the other by their own headers.
"""

import re
import stat
from bisect import bisect_right, insort
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import IO

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.formats import decompress
from guardrails_cli.formats.archive import zip_entries
from guardrails_cli.formats.archive.zip_crypto import decrypted
from guardrails_cli.formats.archive.zip_entries import Entry
from guardrails_cli.formats.members import ENCRYPTED, LINK, Names, refused
from guardrails_cli.formats.reader import MEMORY_BYTES, Blob, Budget, DamagedError, Reading, RefusedError, Stream

_STORED, _DEFLATE, _BZIP2, _LZMA, _ZSTD, _XZ = 0, 8, 12, 14, 93, 95
_CODECS: dict[int, Callable[[], decompress.Codec]] = {
    _DEFLATE: decompress.deflate_codec,
    _BZIP2: decompress.bzip2_codec,
    _ZSTD: decompress.zstd_codec,
    _XZ: decompress.xz_codec,
}
_OTHERS = {1: "Shrink", 6: "Implode", 9: "Deflate64", 96: "JPEG", 97: "WavPack", 98: "PPMd"}
_DESCRIPTOR_BYTES = 24
"""Bytes of the longest record between a member's data and the next header."""
_EMPTY_DEFLATED = 2
"""Bytes of an empty deflate stream: some programs compress even that."""
_HEADER = re.compile(b"PK(?:\x03\x04|\x01\x02|\x05\x06)")
_OVERLAP = "overlaps with another member: a zip bomb"


def read(blob: Blob, reading: Reading) -> Iterator[Blob]:
    """Yield the members.

    Raises:
        RefusedError: if it is damaged or exceeds the limits.

    """
    members = _Members(blob.path, reading)
    if blob.seekable:
        file = blob.file()
    else:
        held = blob.read(MEMORY_BYTES + 1)
        if len(held) > MEMORY_BYTES:
            yield from members.in_order(_Window(blob, held), whole=True)
            return
        file = BytesIO(held)
    entries = zip_entries.directory(file)
    if entries is not None:
        yield from members.listed(file, entries)
        return
    file.seek(0)
    yield from members.in_order(_Window(file, b""), whole=False)


class _Members:
    def __init__(self, path: str, reading: Reading) -> None:
        self._names = Names(path)
        self._passwords = reading.limits.passwords
        self._budget = reading.budget or Budget(reading.limits)

    def listed(self, file: IO[bytes], entries: Iterator[Entry]) -> Iterator[Blob]:
        """Yield the members that the directory lists."""
        taken: list[tuple[int, int]] = []
        for entry in entries:
            if _is_folder(entry):
                continue
            self._budget.member()
            try:
                start = _data_start(file, entry, taken)
                yield self._member(entry, decompress.FileRange(file, start), entry.packed)
            except RefusedError as error:
                yield refused(self._names.path(entry.name), error.reason, entry.size, error.status)
            self._budget.expand(0)

    def in_order(self, window: "_Window", *, whole: bool) -> Iterator[Blob]:
        """Yield the members in the order of their own headers.

        Args:
            window: the archive.
            whole: whether a directory is expected at the end.

        """
        broken = not whole
        while window.seek_member():
            broken |= window.skipped > _DESCRIPTOR_BYTES
            header = window.exactly(zip_entries.LOCAL_BYTES)
            rest = window.exactly(zip_entries.local_lengths(header)) if header else b""
            if not header or (not rest and zip_entries.local_lengths(header)):
                break
            entry = zip_entries.local_entry(header, rest, 0)
            if _is_folder(entry):
                continue
            self._budget.member()
            if entry.flags & zip_entries.FLAG_DESCRIPTOR:
                broken |= yield from self._unmeasured(entry, window)
            else:
                part = decompress.Part(window, entry.packed)
                yield self._member(entry, part, entry.packed)
                with suppress(DamagedError):  # it ends early: the member has reported that
                    part.skip()
            self._budget.expand(0)
        if broken or not window.at_directory:
            raise DamagedError("damaged: its directory is missing or broken")

    def _unmeasured(self, entry: Entry, window: "_Window") -> Generator[Blob, None, bool]:
        """Yield a member whose size is given only after it, and move there; return whether that failed."""
        path = self._names.path(entry.name)
        if entry.flags & zip_entries.FLAG_ENCRYPTED:
            yield refused(path, ENCRYPTED)
            return True
        if entry.method not in _CODECS:
            yield refused(path, Reason(ReasonCode.DAMAGED, "its end is not known without the archive's directory"))
            return True
        stream = decompress.Unpacked(window, _CODECS[entry.method], decompress.Account(self._budget))
        yield Blob(path, stream)
        try:
            while stream.read(decompress.PIECE_BYTES):
                pass
        except RefusedError:
            return True
        window.push(stream.unused)
        return False

    def _member(self, entry: Entry, source: Stream, packed: int) -> Blob:
        """Return a member whose data are the next `packed` bytes of the source."""
        path = self._names.path(entry.name)
        if stat.S_ISLNK(entry.mode):
            return refused(path, LINK)
        try:
            stream: Stream = decompress.Part(source, packed)
            if entry.flags & zip_entries.FLAG_ENCRYPTED:
                stream = decrypted(decompress.Part(source, packed), entry, self._passwords)
            return Blob(path, decompress.Checked(self._unpacked(entry, stream), entry.size, entry.crc), entry.size)
        except RefusedError as error:
            return refused(path, error.reason, entry.size, error.status)

    def _unpacked(self, entry: Entry, source: Stream) -> Stream:
        if entry.method == _STORED:
            return decompress.Counted(source, self._budget)
        account = decompress.Account(self._budget)
        if entry.method in _CODECS:
            return decompress.Unpacked(source, _CODECS[entry.method], account)
        if entry.method == _LZMA:
            header = source.read(4)
            properties = source.read(int.from_bytes(header[2:4], "little"))
            codec = partial(decompress.raw_lzma_codec, [decompress.lzma1_filter(properties)])
            return decompress.Unpacked(source, codec, account, size=entry.size)
        name = _OTHERS.get(entry.method, f"number {entry.method}")
        raise RefusedError(Reason(ReasonCode.UNSUPPORTED, f"compressed by a method that is not supported ({name})"))


def _is_folder(entry: Entry) -> bool:
    return entry.name.endswith("/") and not entry.size and entry.packed <= _EMPTY_DEFLATED


def _data_start(file: IO[bytes], entry: Entry, taken: list[tuple[int, int]]) -> int:
    """Return the start of a member's data, and record the range of the file that it takes.

    Overlapping members make a small archive hold the same data many times (D. Fifield, "A better zip bomb", 2019); no
    honest archive has any.

    Raises:
        DamagedError: if there is no member, or another one occupies the place.

    """
    header = b""
    if 0 <= entry.offset < 1 << 63:
        file.seek(entry.offset)
        header = file.read(zip_entries.LOCAL_BYTES)
    if len(header) < zip_entries.LOCAL_BYTES or not header.startswith(zip_entries.LOCAL):
        raise DamagedError("damaged: it is not where the directory says")
    start = entry.offset + zip_entries.LOCAL_BYTES + zip_entries.local_lengths(header)
    span = (entry.offset, start + entry.packed)
    index = bisect_right(taken, span)
    if (index and taken[index - 1][1] > span[0]) or (index < len(taken) and taken[index][0] < span[1]):
        raise DamagedError(_OVERLAP)
    insort(taken, span)
    return start


class _Window:
    """A stream with lookahead.

    Args:
        source: the bytes after `held`.
        held: the first bytes.

    """

    def __init__(self, source: Stream, held: bytes) -> None:
        self.at_directory = False
        """Whether the archive's directory was reached."""
        self.skipped = 0
        """Number of bytes before the most recent header."""
        self._source = source
        self._held = held
        self._position = 0
        """Position in `held`, which may be large and is not copied for each step."""

    def read(self, count: int) -> bytes:
        if self._position >= len(self._held):
            return self._source.read(count)
        data = self._held[self._position : self._position + count]
        self._position += len(data)
        return data

    def exactly(self, count: int) -> bytes:
        """Return the next bytes, or none if there are fewer."""
        data = self._ahead(count)[:count]
        self._position += len(data)
        return data if len(data) == count else b""

    def push(self, data: bytes) -> None:
        """Put back surplus bytes."""
        if self._position >= len(data) and self._held[self._position - len(data) : self._position] == data:
            self._position -= len(data)
        else:
            self._held, self._position = data + self._held[self._position :], 0

    def seek_member(self) -> bool:
        """Move to the next member's header; return whether there is one before the directory or the end."""
        self.skipped = 0
        wanted = 4  # the expected place
        while len(head := self._ahead(wanted)) >= 4:
            found = _HEADER.search(head)
            step = found.start() if found else len(head) - 3
            self.skipped += step
            self._position += step
            if found:
                self.at_directory = found[0] != zip_entries.LOCAL
                return not self.at_directory
            wanted = decompress.PIECE_BYTES
        return False

    def _ahead(self, count: int) -> bytes:
        """Return at least the next `count` bytes, if there are so many, without moving."""
        if len(self._held) - self._position < count:
            pieces = [self._held[self._position :]]
            missing = count - len(pieces[0])
            while missing > 0 and (data := self._source.read(missing)):
                pieces.append(data)
                missing -= len(data)
            self._held, self._position = b"".join(pieces), 0
        return self._held[self._position : self._position + count]
