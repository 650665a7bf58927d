"""Detect the encoding of bytes without a byte-order mark."""

import codecs
import re
from contextlib import suppress

_WIDE = ["utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be"]
_SAMPLE_BYTES = 64 * 1024
_NOT_ASCII = bytes(range(0x80, 0x100))
_FIRST_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))
_PADDING = re.compile(rb"\0{64,}")
"""NULs that a file system left where a log was cut while it was written, or lost its last blocks in a crash."""
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,100}?\sencoding\s*=\s*["']([\w.:-]{1,40})|<meta[^>]{1,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_DECLARABLE = re.compile(r"iso8859|iso2022|cp\d|koi8|mac|shift_jis|euc|gb|big5|hz$|johab|tis|utf-8$|ascii")
"""Codecs that a document may declare: character sets, except UTF-7, which hides ASCII."""


def declared(head: bytes) -> str | None:
    """Return the Python codec of the encoding that XML or HTML declares; None if there is no known one."""
    match = _DECLARED.search(head)
    if match is None:
        return None
    with suppress(LookupError):
        name = codecs.lookup((match[1] or match[2]).decode("ascii")).name
        # The WHATWG Encoding Standard reads Latin-1 as Windows-1252.
        return "cp1252" if name in ("iso8859-1", "ascii") else name if _DECLARABLE.match(name) else None
    return None


def decode_utf8(data: bytes) -> str | None:
    """Return `data` as UTF-8, damaged places as U+FFFD; None unless four of five characters beyond ASCII are sound.

    In text of another encoding hardly any byte beyond ASCII happens to be part of a valid sequence.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd") - data.count("\ufffd".encode())
    beyond_ascii = len(text) - len(data.translate(None, _NOT_ASCII))
    return text if damaged * 5 <= beyond_ascii else None


def has_only_stray_nuls(head: bytes) -> bool:
    """Return whether the NUL bytes in `head` may be accidents in a text with one byte per ASCII character.

    In UTF-16 and UTF-32 every second byte of most scripts is a control character, the NUL among them.
    """
    return 8 * (len(head) - len(head.translate(None, _CONTROLS))) <= len(head)


def is_padded(head: bytes) -> bool:
    """Return whether `head` is lines of text once long runs of NULs are left out."""
    rest = _PADDING.sub(b"", head)
    return len(rest) < len(head) and b"\0" not in rest and b"\n" in rest and has_only_stray_nuls(rest)


def guess_wide(head: bytes) -> str | None:
    """Return the kind of UTF-16 or UTF-32 of `head`, or None; its end may cut a character in two."""
    whole = head[: len(head) // 2 * 2]
    return _guess(whole, among=_WIDE) or _guess(whole[:-2], among=_WIDE)


def guess(data: bytes) -> str:
    """Return the likeliest encoding of a text that is neither UTF-8 nor wide."""
    odd = _FIRST_NOT_ASCII.search(data)
    begin = max(0, odd.start() - 2048) if odd else 0  # the sample must hold non-ASCII characters, wherever they begin
    return _guess(data[begin : begin + _SAMPLE_BYTES]) or "latin-1"


def _guess(sample: bytes, among: list[str] | None = None) -> str | None:
    """Return the encoding that `charset-normalizer` considers likeliest, or None."""
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample, cp_isolation=among, cp_exclusion=None if among else ["utf_7"]))
    if not matches:
        return None
    # Western European text fits several code pages about as well. Windows-1252 is by far the most common of them
    # (the WHATWG Encoding Standard reads even "iso-8859-1" as it), so it wins unless the letters of another are
    # clearly better words: 0.04 is what short French text loses against Polish, true Czech text gains 0.06.
    for match in matches:
        if "cp1252" in match.could_be_from_charset and match.coherence >= matches[0].coherence - 0.05:
            return "cp1252"
    return matches[0].encoding
