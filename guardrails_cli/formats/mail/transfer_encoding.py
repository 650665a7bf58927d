"""Transfer encodings of mail bodies (RFC 2045): bytes back from pieces of text, with the lines that they stood in."""

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
    """Yield what is in base64; what does not belong to it is passed over."""
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
    """Return what the last characters before padding stand for; a single one is six lone bits, and nothing."""
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4)) if len(data) % 4 != 1 else b""


def quoted_printable(pieces: Iterator[Placed]) -> Iterator[Placed]:
    """Yield what is quoted-printable."""
    for piece, number in pieces:
        yield binascii.a2b_qp(piece), number


def uuencoded(pieces: Iterator[Placed]) -> Iterator[Placed]:
    """Yield what is uuencoded, line by line."""
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
"""By the name in the header; under any other the bytes stand as they are."""
HAS_LINES = {"quoted-printable"}
"""Those whose line breaks are the file's."""


class Pieces:
    """A stream of pieces that come one after the other; they count as unpacked."""

    def __init__(self, pieces: Iterator[Placed], budget: Budget) -> None:
        self._pieces = pieces
        self._budget = budget
        self._held = BytesIO()

    def read(self, count: int) -> bytes:
        """Return at most `count` more bytes; empty at the end.

        Raises:
            RefusedError: if they are more than the limits allow.

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
