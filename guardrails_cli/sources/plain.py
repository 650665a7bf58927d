"""Plain text of any encoding: the reader for everything that no other reader claims."""

import codecs

from guardrails_cli.sources.base import HEAD_BYTES, Extracted, Reader, Refusal
from guardrails_cli.sources.encoding import decode_utf8, guess, guess_wide, has_only_stray_nuls

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with theirs
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "zip archive or Office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office document"),
    (b"\x1f\x8b", "gzip archive"),
    (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ\x00", "xz archive"),
    (b"\x28\xb5\x2f\xfd", "Zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"SQLite format 3\x00", "SQLite database"),
    (b"PAR1", "Parquet"),
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"\x7fELF", "ELF program"),
)


def read(data: bytes) -> Extracted | Refusal:
    """Return the text of `data`, or why it is none.

    The order is: byte-order mark; UTF-8, with a stray NUL or damaged byte here and there; UTF-16/32 without a mark if
    there are NUL bytes, else the single- and multi-byte encodings that `charset-normalizer` finds. Bytes that are not
    valid in the encoding found become U+FFFD, so that a damaged place does not hide the rest.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return Extracted(data.decode(encoding, "replace"), encoding)
    head = data[:HEAD_BYTES]
    has_nul = b"\0" in head
    magic = next((name for start, name in _MAGIC if data.startswith(start)), None)
    if magic and (has_nul or not _is_utf8(head)):
        return Refusal(f"binary file ({magic})")
    text = decode_utf8(data) if not has_nul or has_only_stray_nuls(head) else None
    if text is not None:
        return Extracted(text, "utf-8")
    codec = guess_wide(head) if has_nul else guess(data)
    return Extracted(data.decode(codec, "replace"), codec) if codec else Refusal("binary file")


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


PLAIN = Reader(accepts=lambda _head, _name: True, read=read)
