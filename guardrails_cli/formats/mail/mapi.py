"""The properties of a message in an Outlook file, after [MS-OXMSG] and [MS-OXPROPS], and its compressed RTF."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from guardrails_cli.formats.encoding import decode_utf8, guess
from guardrails_cli.formats.mail.headers import python_codec
from guardrails_cli.formats.reader import DamagedError

_PREFIX = "__substg1.0_"
_TEXT, _ANSI, _BINARY = 0x001F, 0x001E, 0x0102
_MULTIPLE = 0x1000
BODY, HTML, RTF, HEADERS, DATA = 0x1000, 0x1013, 0x1009, 0x007D, 0x3701
LONG_NAME, SHORT_NAME = 0x3707, 0x3704
_CODE_PAGES = (0x3FDE, 0x3FFD)
NAMES: Final = {
    0x0037: "subject",
    0x0042: "from",
    0x0065: "from",
    0x0070: "topic",
    0x007D: "header",
    0x0C1A: "sender",
    0x0C1F: "sender",
    0x0E02: "bcc",
    0x0E03: "cc",
    0x0E04: "to",
    0x0E1D: "subject",
    0x1000: "body",
    0x1035: "message-id",
    0x3001: "recipient",
    0x3003: "recipient",
    0x39FE: "recipient",
    0x5D01: "sender",
    0x5D02: "from",
    0x8000: "property",
}
"""Names of text properties; others keep their number."""
_SILENT = {0x001A, 0x0C1E, 0x0064, 0x3002, 0x0075, 0x003D, 0x3703, 0x370E, 0x3716, 0x300B, 0x0C25}
"""Properties without content: classes, kinds of addresses, prefixes and the like."""
MAX_PROPERTY = 64 * 1024 * 1024
_RTF_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""Initial content of the dictionary, [MS-OXRTFCP] 2.1.2.1."""


class Property(msgspec.Struct, frozen=True):
    """One property of variable length."""

    number: int
    type: int
    data: bytes

    @property
    def name(self) -> str:
        """Name in reports."""
        return NAMES.get(self.number, f"property 0x{self.number:04X}")

    def text(self, codec: str | None) -> str | None:
        """Return its text; None if it is not text or not content."""
        if self.number in _SILENT:
            return None
        if self.type & ~_MULTIPLE == _TEXT:
            return self.data.decode("utf-16-le", "replace")
        if self.type & ~_MULTIPLE == _ANSI:
            return decoded(self.data, codec)
        return None


def streams_of(container: Any) -> dict[tuple[str, ...], list[list[str]]]:
    """Return the streams that hold properties, by storage of an `olefile.OleFileIO`."""
    found: dict[tuple[str, ...], list[list[str]]] = {}
    for entry in container.listdir(streams=True, storages=False):
        if entry[-1].startswith(_PREFIX):
            found.setdefault(tuple(entry[:-1]), []).append(entry)
    return found


def properties(container: Any, streams: list[list[str]]) -> list[Property]:
    """Return the properties in the given streams, except unknown binary ones.

    Raises:
        DamagedError: if one is larger than `MAX_PROPERTY`.

    """
    found = []
    for entry in streams:
        try:
            tag = int(entry[-1][len(_PREFIX) : len(_PREFIX) + 8], 16)
        except ValueError:
            continue
        if tag & 0xFFFF == _BINARY and tag >> 16 not in (HTML, RTF, DATA, BODY):
            continue
        if container.get_size(entry) > MAX_PROPERTY:
            raise DamagedError(f"a property is larger than {MAX_PROPERTY // 1024**2} MiB")
        found.append(Property(tag >> 16, tag & 0xFFFF, container.openstream(entry).read()))
    return found


def code_page(container: Any, storage: tuple[str, ...]) -> str | None:
    """Return the codec that the message declares for text that is not Unicode."""
    name = [*storage, "__properties_version1.0"]
    if not container.exists(name):
        return None
    data = container.openstream(name).read(64 * 1024)
    header = 32 if not storage else 24
    for at in range(header, len(data) - 15, 16):
        if int.from_bytes(data[at + 2 : at + 4], "little") in _CODE_PAGES:
            number = int.from_bytes(data[at + 8 : at + 12], "little")
            codec = "utf-8" if number == 65001 else python_codec(f"cp{number}")
            if codec:
                return codec
    return None


def decoded(data: bytes, codec: str | None) -> str:
    """Return text of a code page, or of the detected encoding."""
    codec = codec or ("utf-8" if decode_utf8(data) is not None else guess(data))
    return data.decode(codec, "replace")


def plain_rtf(data: bytes) -> bytes:
    """Return compressed RTF as RTF ([MS-OXRTFCP]: a circular dictionary of 4,096 bytes).

    Raises:
        DamagedError: if it is something else.

    """
    size, kind = int.from_bytes(data[4:8], "little"), data[8:12]
    if kind == b"MELA":
        return data[16 : 16 + size]
    if kind != b"LZFu" or size > MAX_PROPERTY:
        raise DamagedError("damaged: its formatted text is broken")
    return b"".join(_expanded(data[16:]))[:size]


def _expanded(data: bytes) -> Iterator[bytes]:
    window = bytearray(_RTF_DICTIONARY.ljust(4096, b"\0"))
    write, at = len(_RTF_DICTIONARY), 0
    while at < len(data):
        control = data[at]
        at += 1
        for bit in range(8):
            if control >> bit & 1:
                token = int.from_bytes(data[at : at + 2], "big")
                at += 2
                offset, length = token >> 4, (token & 0x0F) + 2
                if offset == write or at > len(data):
                    return
                piece = bytearray()
                for step in range(length):  # it may read bytes that it has just written
                    byte = window[(offset + step) & 0xFFF]
                    piece.append(byte)
                    window[write] = byte
                    write = (write + 1) & 0xFFF
                yield bytes(piece)
            elif at < len(data):
                window[write] = data[at]
                write = (write + 1) & 0xFFF
                yield data[at : at + 1]
                at += 1
