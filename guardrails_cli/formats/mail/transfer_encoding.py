"""Transfer encodings of mail bodies (RFC 2045): decode pieces of text to bytes with their line numbers."""

import binascii
import re
from collections.abc import Callable, Iterator
from io import BytesIO

from guardrails_cli.formats.reader import Budget

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_LINES = re.compile(rb"[^\n]*\n|[^\n]+")
Placed = tuple[bytes, int]
"""Bytes of a body and the number of the line that they come from."""


def by_line(pieces: Iterator[Placed]) -> Iterator[Placed]:
    """Yield the lines one by one, each with its own number."""
    for piece, first in pieces:
        for number, line in enumerate(_LINES.findall(piece), first):
            yield line, number


def base64(pieces: Iterator[Placed]) -> Iterator[Placed]:
    """Yield the decoded base64; other characters are skipped."""
    held, number = b"", 0
    for piece, number in pieces:
        *closed, held = (held + piece.translate(None, _NOT_BASE64)).split(b"=")
        whole = len(held) // 4 * 4
        data = b"".join(map(_base64, closed)) + binascii.a2b_base64(held[:whole])
        held = held[whole:]
        if data:
            yield data, number
    if held:
        yield _base64(held), number


def _base64(data: bytes) -> bytes:
    """Return the bytes of the last characters before padding; a single one holds only six bits, hence no byte."""
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4)) if len(data) % 4 != 1 else b""


def quoted_printable(pieces: Iterator[Placed]) -> Iterator[Placed]:
    """Yield the decoded quoted-printable text."""
    for piece, number in pieces:
        yield binascii.a2b_qp(piece), number


def uuencoded(pieces: Iterator[Placed]) -> Iterator[Placed]:
    """Yield the decoded uuencoded data, line by line."""
    for line, number in by_line(pieces):
        if not line.startswith((b"begin ", b"end")):
            try:
                data = binascii.a2b_uu(line)
            except binascii.Error:
                continue
            if data:
                yield data, number


DECODERS: dict[str, Callable[[Iterator[Placed]], Iterator[Placed]]] = {
    "base64": base64,
    "quoted-printable": quoted_printable,
    "x-uuencode": uuencoded,
    "uuencode": uuencoded,
}
"""Decoders by the name in the header; under any other name the bytes stay as they are."""
HAS_LINES = {"quoted-printable"}
"""Encodings that keep the file's line breaks."""


class Pieces:
    """A stream of consecutive pieces, which count as unpacked."""

    def __init__(self, pieces: Iterator[Placed], budget: Budget) -> None:
        self._pieces = pieces
        self._budget = budget
        self._held = BytesIO()

    def read(self, count: int) -> bytes:
        """Return at most `count` more bytes; empty at the end.

        Raises:
            RefusedError: if they exceed the limits.

        """
        data = self._held.read(count)
        while not data:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._budget.expand(len(piece[0]))
            self._held = BytesIO(piece[0])
            data = self._held.read(count)
        return data
