"""Encrypted members of zip archives: PKWARE's old cipher (APPNOTE 6.1) and WinZip's AES (AE-1 and AE-2)."""

import hashlib
import hmac
import zlib
from collections.abc import Iterable

from guardrails_cli.formats.archive.zip_entries import FLAG_DESCRIPTOR, FLAG_STRONG, Entry
from guardrails_cli.formats.decompress import Part
from guardrails_cli.formats.members import ENCRYPTED
from guardrails_cli.formats.reader import DamagedError, RefusedError, Stream

_CRC = [zlib.crc32(bytes([byte]), 0xFFFFFFFF) ^ 0xFFFFFFFF for byte in range(256)]
_MASK = 0xFFFFFFFF
_HEADER_BYTES = 12
_CHECK_BYTES, _SEAL_BYTES, _ROUNDS = 2, 10, 1000


def decrypted(source: Part, entry: Entry, passwords: Iterable[str]) -> Stream:
    """Return the stream inside an encrypted member.

    Args:
        source: the member's data from their beginning.
        entry: the member.
        passwords: passwords to try.

    Raises:
        RefusedError: if none fits, or the encryption is of an unknown kind.

    """
    tried = [form for password in passwords for form in _forms(password)]
    if entry.flags & FLAG_STRONG or not tried or (entry.method == 99 and not entry.aes):
        raise RefusedError(ENCRYPTED)
    if entry.aes:
        return _aes(source, entry.aes, tried)
    header = _exactly(source, _HEADER_BYTES)
    check = entry.time >> 8 if entry.flags & FLAG_DESCRIPTOR or entry.crc is None else entry.crc >> 24
    for password in tried:
        stream = _OldCipher(source, password)
        if stream.decrypt(header)[-1] == check:
            return stream
    raise RefusedError(ENCRYPTED)


def _forms(password: str) -> Iterable[bytes]:
    """Yield the bytes of a password: programs encode it in UTF-8 or the system's old code page."""
    for encoding in ("utf-8", "cp437", "cp1252"):
        try:
            data = password.encode(encoding)
        except UnicodeEncodeError:
            continue
        yield data
        if data.isascii():
            return


def _exactly(source: Part, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := source.read(count - len(data))):
        data += more
    if len(data) < count:
        raise DamagedError("damaged: its encryption header is cut off")
    return data


class _OldCipher:
    def __init__(self, source: Stream, password: bytes) -> None:
        self._source = source
        self._keys = (0x12345678, 0x23456789, 0x34567890)
        self._table = _CRC
        for byte in password:
            self._keys = self._next(byte)

    def read(self, count: int) -> bytes:
        return self.decrypt(self._source.read(count))

    def decrypt(self, data: bytes) -> bytes:
        table = self._table
        key0, key1, key2 = self._keys
        out = bytearray(data)
        for index, byte in enumerate(data):
            low = key2 | 2
            plain = byte ^ (low * (low ^ 1) >> 8 & 0xFF)
            out[index] = plain
            key0 = key0 >> 8 ^ table[(key0 ^ plain) & 0xFF]
            key1 = ((key1 + (key0 & 0xFF)) * 134775813 + 1) & _MASK
            key2 = key2 >> 8 ^ table[(key2 ^ key1 >> 24) & 0xFF]
        self._keys = key0, key1, key2
        return bytes(out)

    def _next(self, byte: int) -> tuple[int, int, int]:
        key0, key1, key2 = self._keys
        key0 = key0 >> 8 ^ self._table[(key0 ^ byte) & 0xFF]
        key1 = ((key1 + (key0 & 0xFF)) * 134775813 + 1) & _MASK
        key2 = key2 >> 8 ^ self._table[(key2 ^ key1 >> 24) & 0xFF]
        return key0, key1, key2


def _aes(source: Part, strength: int, passwords: list[bytes]) -> Stream:
    key_bytes = 8 + 8 * strength
    salt = _exactly(source, key_bytes // 2)
    check = _exactly(source, _CHECK_BYTES)
    for password in passwords:
        keys = hashlib.pbkdf2_hmac("sha1", password, salt, _ROUNDS, 2 * key_bytes + _CHECK_BYTES)
        if hmac.compare_digest(keys[-_CHECK_BYTES:], check):
            return _Aes(source, keys[:key_bytes], keys[key_bytes : 2 * key_bytes])
    raise RefusedError(ENCRYPTED)


class _Aes:
    """Counter mode with a little-endian counter, authenticated by an HMAC-SHA-1 after the data."""

    def __init__(self, source: Part, key: bytes, seal_key: bytes) -> None:
        from Cryptodome.Cipher import AES
        from Cryptodome.Util import Counter

        self._source = source
        self._body = Part(source, max(0, source.left - _SEAL_BYTES))
        counter = Counter.new(128, initial_value=1, little_endian=True)
        self._cipher = AES.new(key, AES.MODE_CTR, counter=counter)
        self._seal = hmac.new(seal_key, digestmod=hashlib.sha1)
        self._sealed = False

    def read(self, count: int) -> bytes:
        data = self._body.read(count)
        self._seal.update(data)
        if not self._body.left and not self._sealed:
            self._sealed = True
            if not hmac.compare_digest(self._seal.digest()[:_SEAL_BYTES], _exactly(self._source, _SEAL_BYTES)):
                raise DamagedError("damaged: its seal is wrong, or the password is")
        return bytes(self._cipher.decrypt(data))
