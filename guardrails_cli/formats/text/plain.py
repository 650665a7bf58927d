"""Plain text of any encoding: the reader for everything that no other reader claims.

Other text formats use `decode`.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Segment
from guardrails_cli.formats.encoding import decode_utf8, guess, guess_wide, has_only_stray_nuls, is_padded
from guardrails_cli.formats.reader import HEAD_BYTES, Blob, Reading, RefusedError

BLOCK_BYTES = 8 * 1024 * 1024
"""Block size in bytes: the encoding of a longer text is detected in its first block that is not all ASCII."""
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, since its mark begins with theirs
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UNREADABLE = (
    (b"%PDF-", "PDF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office document"),
    (b"Rar!\x1a\x07", "RAR archive"),
    (b"MSCF\x00\x00\x00\x00", "Cabinet archive"),
    (b"\xed\xab\xee\xdb", "RPM package"),
    (b"\x1f\x9d", "compress archive"),
    (b"\x04\x22\x4d\x18", "LZ4 archive"),
    (b"LZIP", "lzip archive"),
    (b"\x78\x9f\x3e\x22", "Outlook's winmail.dat"),
    (b"SQLite format 3\x00", "SQLite database"),
    (b"PAR1", "Parquet"),
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"\x7fELF", "ELF program"),
)
"""Beginnings of unreadable binary files, and their names."""
_PIECE = 64 * 1024
_SEVEN_BIT = ("iso2022", "hz")
"""Encodings whose bytes are all ASCII."""
_LONGEST = 4
"""Bytes of the longest character in UTF-8."""
_STEP_BYTES = 64 * 1024
_MAX_PADDING = 512 * 1024
"""Number of leading NULs from which a file is no padded log but a disk image or a bomb."""
_LONE_RETURN = re.compile(r"\r(?!\n)")


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield the text."""
    for piece in decode(blob, reading):
        yield Segment(piece)


def decode(blob: Blob, reading: Reading, declared: str | None = None) -> Iterator[str]:
    """Yield the text of a blob piece by piece with lone carriage returns as line feeds; see `characters`."""
    return _in_lines(characters(blob, reading, declared))


def with_line_feeds(text: str) -> str:
    """Return the text with a line feed for each carriage return that ends a line alone, as in files of old Macs.

    Lines end with a line feed, with both, or with a carriage return, as editors count them, and with nothing else.
    """
    returns = text.count("\r")
    return _LONE_RETURN.sub("\n", text) if returns and returns != text.count("\r\n") else text


def _in_lines(pieces: Iterable[str]) -> Iterator[str]:
    held = ""
    for each in pieces:
        piece = held + each
        held = "\r" if piece.endswith("\r") else ""  # a line feed may follow in the next piece
        yield with_line_feeds(piece[:-1] if held else piece)
    if held:
        yield "\n"


def characters(blob: Blob, reading: Reading, declared: str | None = None) -> Iterator[str]:
    """Yield the unchanged text of a blob piece by piece, and set `reading.encoding`.

    The order is: byte-order mark; UTF-8, with stray or padding NULs or a damaged byte here and there; UTF-16/32 without
    a mark if there are other NUL bytes, otherwise the encoding declared, otherwise the one that `charset-normalizer`
    finds. Bytes that are not valid in the encoding found become U+FFFD, so that a damaged place does not hide the rest.

    Args:
        blob: the bytes.
        reading: receives the encoding.
        declared: the codec of the encoding that the document declares.

    Raises:
        RefusedError: if it is not text.

    """
    padded = not blob.head.strip(b"\0")
    encoding = None if padded else _of_head(blob.head)
    if encoding is None and declared and declared.startswith(_SEVEN_BIT):
        encoding = declared
    blocks: Iterator[bytes] = blob.pieces(BLOCK_BYTES)
    if padded and blob.head:
        beginning = _past_padding(blob)
        encoding = _behind_padding(beginning.lstrip(b"\0")[:HEAD_BYTES])
        blocks = chain([beginning], blocks)
    for block in blocks:
        if encoding is None and block.isascii():
            reading.encoding = "utf-8"
            yield from _cut(block.decode("ascii"))
            continue
        if encoding is None:
            encoding = _of_text(block, declared)
        reading.encoding = encoding
        # Text that is all ASCII needs no decoder of its own, so a new one can begin here.
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        yield from _cut(decoder.decode(block))
        for later in blocks:
            yield from _cut(decoder.decode(later))
        yield decoder.decode(b"", final=True)
    reading.encoding = reading.encoding or "utf-8"


def _cut(text: str) -> Iterator[str]:
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]


def _of_head(head: bytes) -> str | None:
    """Return the encoding if the head of the file shows it by a mark or by NUL bytes."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    has_nul = b"\0" in head
    binary = next((name for start, name in UNREADABLE if head.startswith(start)), None)
    if binary and (has_nul or not _is_utf8(head)):
        raise RefusedError(Reason(ReasonCode.BINARY, f"binary file ({binary})"))
    if has_nul and not has_only_stray_nuls(head) and not is_padded(head):
        return _wide(head)
    return None


def _past_padding(blob: Blob) -> bytes:
    """Return the beginning of a blob up to some bytes that are not all NUL, at most about `_MAX_PADDING` bytes."""
    read = b""
    while len(read) < _MAX_PADDING and not read.strip(b"\0") and (more := blob.read(_STEP_BYTES)):
        read += more
    return read


def _behind_padding(head: bytes) -> str | None:
    """Return the encoding of a text behind leading NULs if its beginning shows it; single NULs make it binary."""
    if not head:
        raise RefusedError(Reason(ReasonCode.BINARY, "binary file"))
    return None if is_padded(bytes(HEAD_BYTES) + head) else _wide(head)


def _wide(head: bytes) -> str:
    wide = guess_wide(head)
    if wide is None:
        raise RefusedError(Reason(ReasonCode.BINARY, "binary file"))
    return wide


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _of_text(block: bytes, declared: str | None) -> str:
    end = len(block)
    if end == BLOCK_BYTES:  # its end may cut a character in two
        while end > len(block) - _LONGEST and block[end - 1] >= 0x80:
            end -= 1
    if decode_utf8(block[:end]) is not None:
        return "utf-8"
    if b"\0" in block[:HEAD_BYTES] and not is_padded(block[:HEAD_BYTES]):
        return _wide(block[:HEAD_BYTES])
    return declared if declared and declared != "utf-8" else guess(block)
