"""7z archives: the files of each packed stream in order, with one decoder at a time.

The codecs are Python's own. `py7zr` 1.1 was weighed: it is as fast (0.8 s for 70 MB), but it pushes members into
writers while a reader here is pulled, so a member of a solid archive would have to be held whole or decoded again, it
has no limits on expansion, and it brings nine further distributions.
"""

import hashlib
import lzma
import stat
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from typing import IO, Any

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.formats import decompress
from guardrails_cli.formats.archive.seven_zip_header import (
    BROKEN,
    ENCODED,
    SIGNATURE_BYTES,
    Coder,
    File,
    Folder,
    encoded_header,
    header,
    signature,
)
from guardrails_cli.formats.members import ENCRYPTED, LINK, Names, refused
from guardrails_cli.formats.reader import Blob, Budget, DamagedError, Reading, RefusedError, Stream

MAX_HEADER_BYTES = 64 * 1024 * 1024
_COPY, _LZMA1, _LZMA2, _AES = b"\x00", b"\x03\x01\x01", b"\x21", b"\x06\xf1\x07\x01"
_FILTERS = {
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x04": lzma.FILTER_X86,
    b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64,
    b"\x06": lzma.FILTER_IA64,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x07": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x08": lzma.FILTER_ARMTHUMB,
    b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
    b"\x09": lzma.FILTER_SPARC,
    b"\x03": lzma.FILTER_DELTA,
}
_CODECS: dict[bytes, Callable[[], decompress.Codec]] = {
    b"\x04\x01\x08": decompress.deflate_codec,
    b"\x04\x02\x02": decompress.bzip2_codec,
    b"\x04\xf7\x11\x01": decompress.zstd_codec,
}
_OTHERS = {b"\x03\x03\x01\x1b": "BCJ2", b"\x03\x04\x01": "PPMd", b"\x04\x01\x09": "Deflate64", b"\x0a": "ARM64"}
_MAX_ROUNDS_LOG = 22
"""Rounds of the key derivation, as a logarithm; 7-Zip uses 19. More would only cost time."""
_PLAIN_KEY = 63


def read(blob: Blob, reading: Reading) -> Iterator[Blob]:
    """Yield the members.

    Raises:
        RefusedError: if it is damaged, encrypted as a whole, or exceeds the limits.

    """
    file = blob.file()
    archive = _Archive(file, blob.path, reading)
    offset, size, crc = signature(file.read(SIGNATURE_BYTES))
    if size:
        yield from archive.members(*header(archive.header(offset, size, crc)))


class _Archive:
    def __init__(self, file: IO[bytes], path: str, reading: Reading) -> None:
        self._file = file
        self._names = Names(path)
        self._passwords = reading.limits.passwords
        self._budget = reading.budget or Budget(reading.limits)
        self._keys: dict[tuple[str, int, bytes], bytes] = {}

    def header(self, offset: int, size: int, crc: int) -> bytes:
        """Return the directory, unpacked as often as it was packed."""
        self._file.seek(offset)
        data = self._file.read(min(size, MAX_HEADER_BYTES))
        if zlib.crc32(data) != crc or not data:
            raise DamagedError(BROKEN)
        while data[0] == ENCODED:
            folder = encoded_header(data)
            if sum(folder.sizes) > MAX_HEADER_BYTES:
                raise DamagedError("damaged: its directory is too large")
            part = decompress.Part(self._stream(folder), sum(folder.sizes))
            data = b"".join(iter(partial(part.read, decompress.PIECE_BYTES), b"")) or b"\0"
            if folder.crc not in (None, zlib.crc32(data)):
                raise DamagedError(BROKEN)
        return data

    def members(self, folders: list[Folder], files: list[File]) -> Iterator[Blob]:
        """Yield the files with data, folder by folder, then the empty ones."""
        waiting = iter([file for file in files if file.has_data])
        for folder in folders:
            inside = [next(waiting, None) for _ in folder.sizes]
            yield from self._inside(folder, [file for file in inside if file is not None])
            if None in inside:
                raise DamagedError(BROKEN)
        for file in files:
            if not file.has_data and not file.is_folder:
                self._budget.member()
                yield Blob(self._names.path(file.name), BytesIO(), 0)
        if next(waiting, None) is not None:
            raise DamagedError(BROKEN)

    def _inside(self, folder: Folder, files: list[File]) -> Iterator[Blob]:
        """Yield the files of one folder: once its stream is broken, the remaining ones are lost."""
        failure: RefusedError | None = None
        try:
            stream: Stream = self._stream(folder)
        except RefusedError as error:
            stream, failure = BytesIO(), error
        for file, size, crc in zip(files, folder.sizes, folder.crcs, strict=False):
            self._budget.member()
            path = self._names.path(file.name)
            part = decompress.Part(stream, size)
            if failure is not None:
                yield refused(path, failure.reason, size, failure.status)
                continue
            yield (
                refused(path, LINK)
                if stat.S_ISLNK(file.mode)
                else Blob(path, decompress.Checked(part, size, crc), size)
            )
            try:
                part.skip()
            except RefusedError as error:
                failure = error
            self._budget.expand(0)

    def _stream(self, folder: Folder) -> Stream:
        """Return the unpacked stream of a folder.

        Raises:
            RefusedError: if it is encrypted, or packed by an unsupported method.

        """
        if not any(one.method == _AES for one in folder.coders):
            return self._decoded(folder, "")
        for password in self._passwords:
            if self._fits(folder, password):
                return self._decoded(folder, password)
        raise RefusedError(ENCRYPTED)

    def _fits(self, folder: Folder, password: str) -> bool:
        """Return whether the first file is intact under a password: the format has no other check."""
        trial = Budget(self._budget.limits)
        size = folder.sizes[0] if folder.sizes else 0
        crc = folder.crcs[0] if folder.crcs else None
        part = decompress.Part(self._decoded(folder, password, trial), min(size, decompress.FREE_BYTES))
        stream = decompress.Checked(part, size, crc) if size <= decompress.FREE_BYTES else part
        try:
            while stream.read(decompress.PIECE_BYTES):
                pass
        except RefusedError:
            return False
        return True

    def _decoded(self, folder: Folder, password: str, budget: Budget | None = None) -> Stream:
        if not folder.simple:
            raise _unsupported(folder.coders)
        stream: Stream = decompress.Part(decompress.FileRange(self._file, folder.offset), folder.packed)
        coders = list(folder.coders)
        account = decompress.Account(budget or self._budget)
        while coders:
            coder = coders.pop(0)
            filters: list[dict[str, Any]] = []
            if coder.method in (_LZMA1, _LZMA2):
                while coders and coders[0].method in _FILTERS:
                    filters.insert(0, _filter(coders.pop(0)))
                filters.append(_lzma_filter(coder))
                codec: Callable[[], decompress.Codec] = partial(decompress.raw_lzma_codec, filters)
                stream = decompress.Unpacked(stream, codec, account, size=coder.size)
            elif coder.method in _CODECS:
                stream = decompress.Unpacked(stream, _CODECS[coder.method], account, size=coder.size)
            elif coder.method == _AES:
                stream = self._decrypted(stream, coder, password)
            elif coder.method == _COPY:
                stream = decompress.Counted(stream, account.budget)
            else:
                raise _unsupported((coder,))
        return stream

    def _decrypted(self, source: Stream, coder: Coder, password: str) -> Stream:
        """Return the stream inside AES-256 in CBC mode."""
        data = coder.properties
        if len(data) < 2:
            raise DamagedError(BROKEN)
        salt_bytes, vector_bytes = (data[0] >> 7 & 1) + (data[1] >> 4), (data[0] >> 6 & 1) + (data[1] & 15)
        salt, vector = data[2 : 2 + salt_bytes], data[2 + salt_bytes : 2 + salt_bytes + vector_bytes]
        place = password, data[0] & 0x3F, salt
        if place not in self._keys:
            self._keys[place] = _key(*place)
        return _Cbc(source, self._keys[place], vector.ljust(16, b"\0"))


def _key(password: str, rounds_log: int, salt: bytes) -> bytes:
    """Return the key for a password: SHA-256 over many repetitions of salt, password and a counter."""
    secret = salt + password.encode("utf-16-le", "surrogatepass")
    if rounds_log == _PLAIN_KEY:
        return secret[:32].ljust(32, b"\0")
    if rounds_log > _MAX_ROUNDS_LOG:
        raise DamagedError("damaged: the rounds of its encryption are too many")
    digest = hashlib.sha256()
    for begin in range(0, 1 << rounds_log, 4096):
        rounds = range(begin, min(begin + 4096, 1 << rounds_log))
        digest.update(b"".join([secret + number.to_bytes(8, "little") for number in rounds]))
    return digest.digest()


class _Cbc:
    def __init__(self, source: Stream, key: bytes, vector: bytes) -> None:
        from Cryptodome.Cipher import AES

        self._source = source
        self._cipher = AES.new(key, AES.MODE_CBC, iv=vector)
        self._rest = b""
        """Part of a block that waits for the rest."""
        self._plain = b""
        """Decrypted bytes that were not read yet."""

    def read(self, count: int) -> bytes:
        while not self._plain and (data := self._source.read(decompress.PIECE_BYTES)):
            data = self._rest + data
            whole = len(data) // 16 * 16
            self._rest = data[whole:]
            self._plain = bytes(self._cipher.decrypt(data[:whole]))
        data, self._plain = self._plain[:count], self._plain[count:]
        return data


def _lzma_filter(coder: Coder) -> dict[str, Any]:
    if coder.method == _LZMA1:
        return decompress.lzma1_filter(coder.properties)
    if len(coder.properties) != 1 or coder.properties[0] > 40:
        raise DamagedError(BROKEN)
    step = coder.properties[0]
    size = (2 | step & 1) << step // 2 + 11 if step < 40 else 0xFFFFFFFF
    return {"id": lzma.FILTER_LZMA2, "dict_size": size}


def _filter(coder: Coder) -> dict[str, Any]:
    kind = _FILTERS[coder.method]
    if kind == lzma.FILTER_DELTA:
        return {"id": kind, "dist": coder.properties[0] + 1 if coder.properties else 1}
    return {"id": kind}


def _unsupported(coders: tuple[Coder, ...]) -> RefusedError:
    odd = [one.method for one in coders if one.method not in (_LZMA1, _LZMA2, _COPY, *_CODECS)]
    names = [_OTHERS.get(method) or ("BCJ" if method in _FILTERS else method.hex() or "none") for method in odd]
    sentence = f"compressed by a method that is not supported ({', '.join(names) or 'more than one stream'})"
    return RefusedError(Reason(ReasonCode.UNSUPPORTED, sentence))
