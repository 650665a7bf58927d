"""The structure of zip archives, after PKWARE's APPNOTE 6.3.10: the directory and the members' own headers.

`zipfile` gives up an archive for one odd field, trusts the sizes in headers, and cannot read an archive whose end is
missing; a scanner must reach everything that other programs could. `stream-unzip` was weighed: it reads members in
order only and stops at the first damaged one, and it ignores the directory, whose names and sizes may differ.
"""

import struct
from collections.abc import Iterator
from typing import IO

import msgspec

from guardrails_cli.formats.reader import DamagedError

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
DESCRIPTOR, SPANNED = b"PK\x07\x08", b"PK\x07\x08PK\x03\x04"
_END64, _LOCATOR64 = b"PK\x06\x06", b"PK\x06\x07"
_LOCAL_FIELDS = struct.Struct("<4x2xHHHxxLLLHH")
_CENTRAL_FIELDS = struct.Struct("<4xxBxxHHHxxLLLHHHxxxxLL")
_END_FIELDS = struct.Struct("<4x4xHHLLH")
_END64_FIELDS = struct.Struct("<4x8x4x8xQQQQ")
LOCAL_BYTES, _CENTRAL_BYTES, _END_BYTES, _END64_BYTES = 30, 46, 22, 56
_COMMENT_BYTES = 65535
_MAX32, _MAX16 = 0xFFFFFFFF, 0xFFFF
_ZIP64_EXTRA, _AES_EXTRA, _UNIX = 0x0001, 0x9901, 3
_BLOCK_BYTES = 1024 * 1024
FLAG_ENCRYPTED, FLAG_DESCRIPTOR, FLAG_STRONG, FLAG_UTF8 = 0x1, 0x8, 0x40, 0x800


class Entry(msgspec.Struct, frozen=True):
    """One member, as the directory or its own header describes it."""

    name: str
    flags: int
    method: int
    """Compression method; of an AES-encrypted member, that of the content."""
    time: int
    """Time in DOS form; the check byte of the old encryption."""
    crc: int | None
    """Checksum; None if the encryption has a better check."""
    packed: int
    size: int
    offset: int
    """Offset of its local header in the file."""
    mode: int
    """Unix mode; 0 if there is none."""
    aes: int
    """Strength of the AES encryption, 1 to 3; 0 without AES."""


def directory(file: IO[bytes]) -> Iterator[Entry] | None:
    """Return the entries of the central directory in order, or None if there is no directory.

    Iterating raises DamagedError at the end if the directory holds fewer entries than it should.
    """
    end = _find_end(file)
    if end is None:
        return None
    begin, start, count = end
    return _entries(file, begin, start, count)


def _find_end(file: IO[bytes]) -> tuple[int, int, int] | None:
    """Return the directory's place, the error of its offsets, and the number of entries that it should have."""
    size = file.seek(0, 2)
    tail_start = max(0, size - _END_BYTES - _COMMENT_BYTES)
    tail = _at(file, tail_start, size)
    place = tail.rfind(END, 0, len(tail) - _END_BYTES + 4)
    while place >= 0:
        _, count, length, offset, comment = _END_FIELDS.unpack_from(tail, place)
        if place + _END_BYTES + comment <= len(tail):
            found = _checked(file, tail_start + place, count, length, offset)
            if found is not None:
                return found
        place = tail.rfind(END, 0, place)
    return None


def _checked(file: IO[bytes], end: int, count: int, length: int, offset: int) -> tuple[int, int, int] | None:
    """Return the result of `_find_end` if the end record at `end` points to a directory."""
    locator = _at(file, end - 20, 20) if end >= 20 else b""
    if locator.startswith(_LOCATOR64):
        # Its own place is certain, but its offset is wrong if something was put in front of the archive.
        for place in (int.from_bytes(locator[8:16], "little"), end - 20 - _END64_BYTES):
            record = _at(file, place, _END64_BYTES)
            if record.startswith(_END64) and len(record) == _END64_BYTES:
                _, count, length, offset = _END64_FIELDS.unpack(record)
                end = place
                break
    if not count and not length:
        return end, 0, 0
    for begin in (end - length, offset):
        if begin >= 0 and _at(file, begin, 4) == CENTRAL:
            return begin, begin - offset, count
    return None


def _entries(file: IO[bytes], begin: int, shift: int, count: int) -> Iterator[Entry]:
    """Yield the entries as long as there are any, whatever their stated number."""
    block, position, found = _at(file, begin, _BLOCK_BYTES), 0, 0
    while True:
        if len(block) == _BLOCK_BYTES and len(block) - position < _CENTRAL_BYTES + 3 * _MAX16:
            begin += position
            block, position = _at(file, begin, _BLOCK_BYTES), 0
        if not block.startswith(CENTRAL, position) or len(block) - position < _CENTRAL_BYTES:
            break
        fields = _CENTRAL_FIELDS.unpack_from(block, position)
        name_end = position + _CENTRAL_BYTES + fields[7]
        extra_end = name_end + fields[8]
        if extra_end > len(block):
            break
        yield _entry(fields, block[position + _CENTRAL_BYTES : name_end], block[name_end:extra_end], shift)
        position = extra_end + fields[9]
        found += 1
    if found & _MAX16 != count & _MAX16:  # an archive without zip64 may hold more than its 16 bits can count
        raise DamagedError("damaged: its directory is not whole")


def _entry(fields: tuple[int, ...], raw_name: bytes, extra: bytes, shift: int) -> Entry:
    system, flags, method, time, crc, packed, size, _, _, _, attributes, offset = fields
    wide = _extra(extra, _ZIP64_EXTRA)
    values = []
    for value in (size, packed, offset):  # only those that do not fit are in the extra field, in this order
        if value == _MAX32 and len(wide) >= 8:
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]  # noqa: PLW2901
        values.append(value)
    method, strength, checked = _aes(extra, method)
    return Entry(
        name=decode_name(raw_name, flags),
        flags=flags,
        method=method,
        time=time,
        crc=crc if checked else None,
        packed=values[1],
        size=values[0],
        offset=values[2] + shift,
        mode=attributes >> 16 if system == _UNIX else 0,
        aes=strength,
    )


def local_lengths(header: bytes) -> int:
    """Return the total length of the name and extra field after a local header."""
    *_, name, extra = _LOCAL_FIELDS.unpack(header)
    return int(name + extra)


def local_entry(header: bytes, rest: bytes, offset: int) -> Entry:
    """Return a member as its local header describes it; `rest` is name and extra field."""
    flags, method, time, crc, packed, size, name_length, _ = _LOCAL_FIELDS.unpack(header)
    extra = rest[name_length:]
    wide = _extra(extra, _ZIP64_EXTRA)
    if size == _MAX32 and len(wide) >= 8:
        size, wide = int.from_bytes(wide[:8], "little"), wide[8:]
    if packed == _MAX32 and len(wide) >= 8:
        packed = int.from_bytes(wide[:8], "little")
    method, strength, checked = _aes(extra, method)
    known = checked and not flags & FLAG_DESCRIPTOR
    name = decode_name(rest[:name_length], flags)
    return Entry(name, flags, method, time, crc if known else None, packed, size, offset, 0, strength)


def decode_name(raw: bytes, flags: int) -> str:
    """Return a member's name: UTF-8 if flagged or valid as such, otherwise code page 437 as the format says."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace") if flags & FLAG_UTF8 else raw.decode("cp437")


def _aes(extra: bytes, method: int) -> tuple[int, int, bool]:
    """Return the true method, the strength of the encryption, and whether the checksum is set (WinZip's AE-1, AE-2)."""
    data = _extra(extra, _AES_EXTRA)
    if method != 99 or len(data) < 7 or data[4] not in (1, 2, 3):
        return method, 0, True
    return int.from_bytes(data[5:7], "little"), data[4], data[0] == 1


def _extra(extra: bytes, wanted: int) -> bytes:
    """Return the data of one extra field; empty if it is missing."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        if kind == wanted:
            return extra[position + 4 : position + 4 + length]
        position += 4 + length
    return b""


def _at(file: IO[bytes], offset: int, count: int) -> bytes:
    if offset < 0 or offset >= 1 << 63:
        return b""
    file.seek(offset)
    return file.read(count)
