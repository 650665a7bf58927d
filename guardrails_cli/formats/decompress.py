"""Decompressed streams, read in bounded pieces and within the limits."""

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable
from typing import IO, Any, Protocol

import msgspec

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.formats.reader import Budget, DamagedError, RefusedError, Stream

PIECE_BYTES = 256 * 1024
"""Maximum number of bytes taken in or given out at once."""
DECODER_BYTES = 256 * 1024 * 1024
"""Bytes of memory that a decoder may use: `xz -9` and `zstd --ultra` stay far below, an invented dictionary size does
not."""
FREE_BYTES = 1024 * 1024
"""Bytes that any member may expand to before its ratio is checked."""
_ZSTD_WINDOW_LOG = 27  # 128 MiB, zstd's own default limit


class Codec(Protocol):
    """A decompressor with the interface of `bz2` and `lzma`."""

    @property
    def eof(self) -> bool:
        """Whether the end mark was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether it needs input before it can give more output."""

    @property
    def unused_data(self) -> bytes:
        """Input after the end mark."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most `max_length` bytes of output."""


class Inflate:
    """`zlib` as a `Codec`.

    Args:
        wbits: 31 for gzip, -15 for a bare stream; see `zlib.decompressobj`.

    """

    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        """Whether the end mark was reached."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """Input after the end mark."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most `max_length` bytes of output."""
        tail = self._inner.unconsumed_tail
        out = self._inner.decompress(tail + data if tail else data, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(out) < max_length
        return out


def gzip_codec() -> Codec:
    """Return a decompressor for one member of a gzip file; it checks the checksum."""
    return Inflate(31)


def deflate_codec() -> Codec:
    """Return a decompressor for a raw deflate stream."""
    return Inflate(-15)


def bzip2_codec() -> Codec:
    """Return a decompressor for one bzip2 stream."""
    return bz2.BZ2Decompressor()


def xz_codec() -> Codec:
    """Return a decompressor for one .xz or .lzma stream."""
    return lzma.LZMADecompressor(memlimit=DECODER_BYTES)


def zstd_codec() -> Codec:
    """Return a decompressor for one frame of Zstandard."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})


def raw_lzma_codec(filters: list[dict[str, Any]]) -> Codec:
    """Return a decompressor for a chain of LZMA filters without header.

    Raises:
        RefusedError: if it needs more memory than `DECODER_BYTES`.
        DamagedError: if there is no such chain.

    """
    if any(one.get("dict_size", 0) > DECODER_BYTES for one in filters):
        raise RefusedError(Reason(ReasonCode.OUT_OF_MEMORY, NEEDS_MEMORY))
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    except (lzma.LZMAError, ValueError) as error:
        raise DamagedError(BROKEN) from error


def lzma1_filter(properties: bytes) -> dict[str, Any]:
    """Return the filter described by LZMA's five bytes of properties.

    Raises:
        DamagedError: if they are not valid.

    """
    if len(properties) < 5 or properties[0] >= 9 * 5 * 5:
        raise DamagedError(BROKEN)
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    dictionary = max(4096, int.from_bytes(properties[1:5], "little"))
    return {"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}


BROKEN = "damaged: its compressed data are broken"
CUT_OFF = "damaged: it ends in the middle"
NEEDS_MEMORY = f"needs more than {DECODER_BYTES // 1024**2} MiB of memory to unpack"


class Account(msgspec.Struct):
    """Input and output of one compressed stream, counted against the limits."""

    budget: Budget
    packed: int = 0
    expanded: int = 0

    def took(self, count: int) -> None:
        """Count bytes of input."""
        self.packed += count

    def gave(self, count: int) -> None:
        """Count bytes of output.

        Raises:
            RefusedError: if they exceed the limits.

        """
        self.expanded += count
        self.budget.expand(count)
        ratio = self.budget.limits.ratio
        if self.expanded - FREE_BYTES > ratio * self.packed:
            sentence = f"expands to more than {ratio} times its size; see --max-ratio"
            raise RefusedError(Reason(ReasonCode.RATIO, sentence))


class Unpacked:
    """The output of a compressed stream.

    Args:
        source: the compressed bytes.
        codec: makes a decompressor; a new one for each consecutive stream.
        account: counts input and output.
        repeated: whether several streams may follow one another, as in gzip, bzip2, xz and zstd files.
        size: size of the output, if the format has no end mark and states the size instead.

    """

    def __init__(
        self,
        source: Stream,
        codec: Callable[[], Codec],
        account: Account,
        *,
        repeated: bool = False,
        size: int | None = None,
    ) -> None:
        self._source = source
        self._new_codec = codec
        self._codec = codec()
        self._account = account
        self._repeated = repeated
        self._left = size
        self._ended = size == 0
        self._failure: RefusedError | None = None
        """Error that it failed with, raised again by later reads."""

    @property
    def unused(self) -> bytes:
        """Bytes taken from the source that are after the end."""
        return self._codec.unused_data if self._codec.eof else b""

    def read(self, count: int) -> bytes:
        """Return at most `count` more bytes; empty at the end.

        Raises:
            RefusedError: if the data are broken, truncated or exceed the limits.

        """
        if count <= 0:
            return b""
        if self._failure is not None:
            raise self._failure
        try:
            return self._next(min(count, PIECE_BYTES))
        except RefusedError as error:
            self._failure = error
            raise

    def _next(self, count: int) -> bytes:
        data = b""
        while not self._ended:
            if self._codec.eof:
                data = self._following()
                if self._ended:
                    break
            if self._codec.needs_input and not data:
                data = self._more()
                if not data:
                    raise DamagedError(CUT_OFF)
            out, data = self._decompress(data, count), b""
            if self._left is not None:
                out = out[: self._left]
                self._left -= len(out)
                self._ended = not self._left
            elif self._codec.eof and not self._repeated:
                self._ended = True
            if out:
                self._account.gave(len(out))
                return out
        return b""

    def _more(self) -> bytes:
        data = self._source.read(PIECE_BYTES)
        self._account.took(len(data))
        return data

    def _following(self) -> bytes:
        """Begin the next stream, if any, and return its first bytes."""
        if not self._repeated:
            raise DamagedError(CUT_OFF)
        rest = self._codec.unused_data.lstrip(b"\0")  # padding is allowed between streams
        while not rest and (more := self._more()):
            rest = more.lstrip(b"\0")
        if not rest:
            self._ended = True
        else:
            self._codec = self._new_codec()
        return rest

    def _decompress(self, data: bytes, count: int) -> bytes:
        try:
            return self._codec.decompress(data, count)
        except lzma.LZMAError as error:
            if "limit" in str(error):
                raise DamagedError(NEEDS_MEMORY, ReasonCode.OUT_OF_MEMORY) from error
            raise DamagedError(BROKEN) from error
        except MemoryError:
            raise
        except Exception as error:  # each codec has its own, and zstd's module is not loaded for the others
            raise DamagedError(BROKEN) from error


class FileRange:
    """Reads a file from `start` on, even if others move its position."""

    def __init__(self, file: IO[bytes], start: int) -> None:
        self._file = file
        self._position = start

    def read(self, count: int) -> bytes:
        """Return at most `count` more bytes; empty at the end."""
        if not 0 <= self._position < sys.maxsize:
            return b""
        self._file.seek(self._position)
        data = self._file.read(count)
        self._position += len(data)
        return data


class Part:
    """The next `length` bytes of a stream.

    Args:
        source: read on from where it is.
        length: in bytes.

    """

    def __init__(self, source: Stream, length: int) -> None:
        self._source = source
        self.left = length

    def read(self, count: int) -> bytes:
        """Return at most `count` more bytes; empty at the end.

        Raises:
            DamagedError: if the source ends before the part does.

        """
        if count <= 0 or not self.left:
            return b""
        data = self._source.read(min(count, self.left, PIECE_BYTES))
        if not data:
            raise DamagedError(CUT_OFF)
        self.left -= len(data)
        return data

    def skip(self) -> None:
        """Read the rest."""
        while self.left:
            self.read(PIECE_BYTES)


class Counted:
    """A stream whose bytes count as unpacked, though they were not compressed."""

    def __init__(self, source: Stream, budget: Budget) -> None:
        self._source = source
        self._budget = budget

    def read(self, count: int) -> bytes:
        """Return at most `count` more bytes; empty at the end.

        Raises:
            RefusedError: if they exceed the limits.

        """
        data = self._source.read(min(count, PIECE_BYTES))
        self._budget.expand(len(data))
        return data


class Checked:
    """A stream that is checked against its packed size and checksum at the end.

    Args:
        source: the stream.
        size: expected size in bytes.
        crc: expected CRC-32; None if it is unknown.

    """

    def __init__(self, source: Stream, size: int, crc: int | None) -> None:
        self._source = source
        self._wanted = size, crc
        self._size = 0
        self._crc = 0

    def read(self, count: int) -> bytes:
        """Return at most `count` more bytes; empty at the end.

        Raises:
            DamagedError: at the end, if size or checksum differ.

        """
        data = self._source.read(count)
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        size, crc = self._wanted
        if not data and count and (self._size != size or crc not in (None, self._crc)):
            raise DamagedError("damaged: its size or checksum is wrong")
        return data
