"""The envelope of messages and answers: compressed, bounded, and encrypted if there is a cluster key.

Encryption is AES-256-GCM under a key of the run's own, derived by HMAC-SHA-256, with a random nonce (NIST SP 800-38D:
at most 2^32 of those per key, a run never has as many messages). Run, batch and direction are authenticated with it, so
that nobody without the key can read a message, make one, or pass one off as another; a repeated message is counted
once, and a message of a finished run is dropped.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardrails_cli.core.codec import from_bytes, to_bytes
from guardrails_cli.core.errors import ConfigError, MismatchError
from guardrails_cli.core.json import JsonObject, dumps
from guardrails_cli.options.model import ENV_CLUSTER_KEY, ENV_CLUSTER_KEY_FILE

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MESSAGE, ANSWER = "message", "answer"
"""Directions of an envelope."""
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of an envelope's content. A batch is at most 200,000 characters with the places of each."""
_LEVEL = 1
_NONCE_BYTES = 12
_LEAST_KEY = 16
_PLAIN, _SEALED = "zstd", "zstd+aesgcm"


def cluster_key() -> bytes | None:
    """Return the key that client and workers share, from the environment; None if there is none.

    Raises:
        ConfigError: if it cannot be read or is too short.

    """
    given, file = os.environ.get(ENV_CLUSTER_KEY), os.environ.get(ENV_CLUSTER_KEY_FILE)
    if not given and not file:
        return None
    origin = ENV_CLUSTER_KEY
    key = (given or "").encode("utf-8", "surrogateescape")
    if not given:
        origin = str(file)
        try:
            key = Path(origin).read_bytes().strip()
        except OSError as error:
            raise ConfigError(f"cannot read the cluster key {origin}: {error.strerror or error}") from None
    if len(key) < _LEAST_KEY:
        raise ConfigError(
            f"the cluster key in {origin} is shorter than {_LEAST_KEY} characters; `openssl rand -hex 32` makes one"
        )
    return key


def key_check(key: bytes | None) -> str:
    """Return a check value that is equal for equal keys, and reveals nothing else about them."""
    return "none" if key is None else hmac.digest(key, b"guardrails cluster key check v1", hashlib.sha256).hex()[:16]


def seal(body: object, key: bytes | None, run: str, batch: str, direction: str) -> JsonObject:
    """Return the envelope for `body`, anything that has a JSON form.

    Raises:
        ValueError: if it is larger than `MAX_BYTES`.

    """
    plain = to_bytes(body)
    if len(plain) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES // 1024**2} MiB")
    data = zstd.compress(plain, _LEVEL)
    if key is not None:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        data = nonce + _cipher(key, run).encrypt(nonce, data, _context(run, batch, direction))
    form = _PLAIN if key is None else _SEALED
    return {"run": run, "batch": batch, "form": form, "body": base64.b64encode(data).decode()}


def unseal(envelope: Mapping[str, Any], key: bytes | None, direction: str) -> Any:
    """Return the content of an envelope.

    Raises:
        MismatchError: if it has another key, was changed, or is not an envelope. With a key, unencrypted envelopes are
            refused.

    """
    wanted = _PLAIN if key is None else _SEALED
    form = envelope.get("form")
    if form != wanted:
        raise MismatchError(_other_form(form, direction))
    try:
        run, batch = str(envelope["run"]), str(envelope["batch"])
        data = base64.b64decode(str(envelope["body"]), validate=True)
        if key is not None:
            data = _opened(data, key, run, batch, direction)
        return from_bytes(_decompressed(data))
    except (KeyError, ValueError, binascii.Error, zstd.ZstdError):
        raise MismatchError(f"the {direction} is damaged or not of this program") from None


def _other_form(form: object, direction: str) -> str:
    if form == _PLAIN:
        return f"the {direction} is not encrypted, and this side has a cluster key: give both sides the same"
    if form == _SEALED:
        return f"the {direction} is encrypted, and this side has no cluster key: give both sides the same"
    return f"the {direction} is not of this version of guardrails: install the same on both sides"


def _opened(data: bytes, key: bytes, run: str, batch: str, direction: str) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        nonce, sealed = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        return _cipher(key, run).decrypt(nonce, sealed, _context(run, batch, direction))
    except InvalidTag:
        raise MismatchError(
            f"the {direction} is encrypted with another cluster key, or was changed: give both sides the same"
        ) from None


def _decompressed(data: bytes) -> bytes:
    """Return the plain bytes, never more than `MAX_BYTES` however well they were packed."""
    engine = zstd.ZstdDecompressor()
    plain = engine.decompress(data, MAX_BYTES + 1)
    if not engine.eof or engine.unused_data or len(plain) > MAX_BYTES:
        raise ValueError
    return plain


def _context(run: str, batch: str, direction: str) -> bytes:
    return dumps(["guardrails", 1, direction, run, batch]).encode()


@lru_cache(maxsize=16)
def _cipher(key: bytes, run: str) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hmac.digest(key, b"guardrails cluster v1 " + run.encode(), hashlib.sha256))
