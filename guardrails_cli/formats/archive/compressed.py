"""Files that hold one compressed stream (gzip, bzip2, xz, zstd), including compressed tar archives."""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from guardrails_cli.formats import decompress
from guardrails_cli.formats.archive import tar
from guardrails_cli.formats.reader import Blob, Budget, Reading
from guardrails_cli.formats.sniff import tar_format

_CODECS: tuple[tuple[bytes, Callable[[], decompress.Codec]], ...] = (
    (b"\x1f\x8b", decompress.gzip_codec),
    (b"BZh", decompress.bzip2_codec),
    (b"\xfd7zXZ\x00", decompress.xz_codec),
    (b"\x28\xb5\x2f\xfd", decompress.zstd_codec),
    (b"]\x00\x00", decompress.xz_codec),
)
"""Codecs by the first bytes of the file."""
_SUFFIXES = {".gz", ".bz2", ".xz", ".zst", ".zstd", ".lzma", ".gzip", ".bzip2"}
_TAR_SUFFIXES = {".tgz", ".taz", ".tbz", ".tbz2", ".txz", ".tzst", ".tlz"}
_GZIP_EXTRA, _GZIP_NAME = 4, 8
"""Flags of the header, RFC 1952."""


def read(blob: Blob, reading: Reading) -> Iterator[Blob]:
    """Yield the members if the file is a tar archive, otherwise the one document in it."""
    budget = reading.budget or Budget(reading.limits)
    codec = next(codec for begin, codec in _CODECS if blob.head.startswith(begin))
    stream = decompress.Unpacked(blob, codec, decompress.Account(budget), repeated=True)
    inner = Blob(f"{blob.path}!{_name(blob)}", stream)
    if tar_format(inner.head, ""):
        yield from tar.members(inner, blob.path, budget, packed=True)
    else:
        budget.member()
        yield inner


def _name(blob: Blob) -> str:
    """Return the document's name: the file's without its suffix, or the name that gzip kept."""
    path = PurePosixPath(blob.path.rpartition("!")[2])
    if path.suffix.lower() in _SUFFIXES:
        return path.stem
    if path.suffix.lower() in _TAR_SUFFIXES:
        return f"{path.stem}.tar"
    return _gzip_name(blob.head) or "content"


def _gzip_name(head: bytes) -> str | None:
    if not head.startswith(b"\x1f\x8b") or len(head) < 12 or not head[3] & _GZIP_NAME:
        return None
    start = 10 + (2 + int.from_bytes(head[10:12], "little") if head[3] & _GZIP_EXTRA else 0)
    end = head.find(b"\0", start)
    return head[start:end].decode("latin-1").rpartition("/")[2] if end > start else None
