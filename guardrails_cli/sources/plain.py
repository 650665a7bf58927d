"""Plain text of any encoding: the reader for everything that no other reader claims."""

import codecs

from guardrails_cli.sources.base import HEAD_BYTES, Extracted, Reader, Refusal

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with theirs
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ["utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be"]
_SAMPLE_BYTES = 64 * 1024

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

    The order is: byte-order mark, UTF-8, UTF-16/32 without a mark (only if there are NUL bytes), then the
    single- and multi-byte encodings that `charset-normalizer` finds. Bytes that are not valid in the encoding found
    become U+FFFD, so that a damaged place does not hide the rest.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return Extracted(data.decode(encoding, "replace"), encoding)
    magic = next((name for start, name in _MAGIC if data.startswith(start)), None)
    if magic and (b"\0" in data[:HEAD_BYTES] or not _is_utf8(data[:HEAD_BYTES])):
        return Refusal(f"binary file ({magic})")
    if b"\0" in data[:HEAD_BYTES]:
        wide = _guess(data[:HEAD_BYTES], among=_WIDE)
        return Extracted(data.decode(wide, "replace"), wide) if wide else Refusal("binary file")
    try:
        return Extracted(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        first_odd = error.start
    begin = max(0, first_odd - 2048)  # the sample must hold what is not ASCII, wherever that begins
    encoding = _guess(data[begin : begin + _SAMPLE_BYTES]) or "latin-1"
    return Extracted(data.decode(encoding, "replace"), encoding)


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _guess(sample: bytes, among: list[str] | None = None) -> str | None:
    """Return the encoding that `charset-normalizer` thinks likeliest, or None."""
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample, cp_isolation=among, cp_exclusion=None if among else ["utf_7"]))
    if not matches:
        return None
    best = matches[0]
    # Western European text fits several code pages about as well. Windows-1252 is by far the most common of them
    # (the WHATWG Encoding Standard reads even "iso-8859-1" as it), so it wins unless another fits clearly better.
    for match in matches:
        if "cp1252" in match.could_be_from_charset and match.chaos <= best.chaos + 0.1 and match.coherence >= best.coherence:
            return "cp1252"
    return best.encoding


PLAIN = Reader(accepts=lambda _head, _name: True, read=read)
