"""Zip archives byte by byte, with whatever lies in them that a writer of archives would not write."""

import struct
import zlib
from dataclasses import dataclass


@dataclass
class Member:
    """One member; a field that is None follows from the others."""

    name: bytes
    data: bytes = b""
    """Data as stored in the archive."""
    method: int = 0
    crc: int = 0
    size: int | None = None
    packed: int | None = None
    flags: int = 0
    mode: int = 0
    offset: int | None = None
    """Offset in the directory."""
    extra: bytes = b""


def stored(name: str | bytes, text: str | bytes) -> Member:
    data = text.encode() if isinstance(text, str) else text
    return Member(name.encode() if isinstance(name, str) else name, data, crc=zlib.crc32(data))


def deflated(name: str, data: bytes) -> Member:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    return Member(name.encode(), packed, 8, zlib.crc32(data), len(data))


def local(one: Member) -> bytes:
    size = len(one.data) if one.size is None else one.size
    packed = len(one.data) if one.packed is None else one.packed
    head = struct.pack(
        "<4sHHHHHLLLHH",
        b"PK\3\4",
        20,
        one.flags,
        one.method,
        0,
        0,
        one.crc,
        packed,
        size,
        len(one.name),
        len(one.extra),
    )
    return head + one.name + one.extra + one.data


def central(one: Member, offset: int) -> bytes:
    size = len(one.data) if one.size is None else one.size
    packed = len(one.data) if one.packed is None else one.packed
    place = offset if one.offset is None else one.offset
    head = struct.pack(
        "<4sBBHHHHHLLLHHHHHLL",
        b"PK\1\2", 20, 3, 20, one.flags, one.method, 0, 0, one.crc, packed, size, len(one.name), len(one.extra),
        0, 0, 0, one.mode << 16, place,
    )  # fmt: skip
    return head + one.name + one.extra


def end(count: int, length: int, offset: int) -> bytes:
    return struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, length, offset, 0)


def archive(*members: Member, body: bytes | None = None) -> bytes:
    """Return an archive of members; with `body` their local headers and data are that."""
    data, entries = b"", b""
    for one in members:
        entries += central(one, len(data))
        data += local(one)
    data = data if body is None else body
    return data + entries + end(len(members), len(entries), len(data))


def overlapping(count: int, kernel: bytes) -> bytes:
    """Return a bomb after D. Fifield: each member quotes the header of the next in a stored block, and so on."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(kernel) + packer.flush()
    last = Member(b"%06d" % (count - 1), packed, 8, zlib.crc32(kernel), len(kernel))
    files = [last]
    body = local(last)
    content = kernel
    for number in range(count - 2, -1, -1):
        quoted = local(files[0])[: 30 + len(files[0].name)]
        content = quoted + content
        data = b"\0" + struct.pack("<HH", len(quoted), len(quoted) ^ 0xFFFF) + body
        one = Member(b"%06d" % number, data, 8, zlib.crc32(content), len(content))
        files.insert(0, one)
        body = local(one)
    entries, offset = b"", 0
    for one in files:
        entries += central(one, offset)
        offset += 30 + len(one.name) + 5
    return body + entries + end(count, len(entries), len(body))
