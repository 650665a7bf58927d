"""Reversible redaction: seal a value in its place, and open it again.

AES-SIV (RFC 5297) is authenticated, so that a wrong key or a changed token is noticed and nothing wrong is restored,
and deterministic, so that equal values have visibly equal tokens, as with `hash`, and two runs write the same.
Presidio's own operator is AES-CBC without authentication: a wrong key would restore garbage.
"""

import base64
import binascii
import hashlib
import hmac
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

QUOTED = "q"
"""Prefix of a sealed value that had no quotes and got some."""
BARE = "b"
_IN_CODEC = {QUOTED: "Q", BARE: "B"}
"""Prefix of a value that also holds the codec of its file, which can no longer be detected without the value."""
_TOKEN = re.compile(r"\[([A-Z][A-Z0-9_]*):sealed:([A-Za-z0-9_-]{24,})\]")


def seal(value: str, entity: str, key: bytes, form: str = BARE) -> str:
    """Return a token that holds `value`, to be opened with the key.

    Args:
        value: any string, lone surrogates included.
        entity: its type, which the token shows.
        key: a key of any length.
        form: `BARE`, or `QUOTED` if the caller puts the token between quotes that were not there; see `form_in`.

    """
    data = _cipher(key).encrypt((form + value).encode("utf-8", "surrogatepass"), [entity.encode()])
    return f"[{entity}:sealed:{base64.urlsafe_b64encode(data).decode().rstrip('=')}]"


def form_in(form: str, codec: str) -> str:
    """Return the form of a value that keeps the codec of its file, for `codec_of` to read."""
    return f"{_IN_CODEC[form]}{codec}\0"


def codec_of(text: str, key: bytes) -> str | None:
    """Return the codec that a sealed value in `text` keeps; None if it keeps none."""
    for match in _TOKEN.finditer(text):
        opened = _open(match[1], match[2], key)
        if opened and opened[0] in _IN_CODEC.values():
            return opened[1:].partition("\0")[0]
    return None


def unseal(text: str, key: bytes) -> tuple[str, int, int]:
    """Return `text` with its tokens opened, and how many were opened and how many failed: another key, or changed."""
    total = 0
    while True:  # a value may hold a token, if a copy was copied
        text, opened, failed = _unseal(text, key)
        total += opened
        if not opened:
            return text, total, failed


def form_of(token: str, key: bytes) -> str | None:
    """Return the form in which a token was sealed; None if it is not a token, or has another key."""
    match = _TOKEN.fullmatch(token)
    found = _open(match[1], match[2], key) if match else None
    return found[0] if found else None


def _unseal(text: str, key: bytes) -> tuple[str, int, int]:
    opened = failed = 0
    pieces, position = [], 0
    for match in _TOKEN.finditer(text):
        form_and_value = _open(match[1], match[2], key)
        if form_and_value is None:
            failed += 1
            continue
        opened += 1
        start, end = match.span()
        form, value = form_and_value[0], form_and_value[1:]
        if form in _IN_CODEC.values():
            form, value = form.lower(), value.partition("\0")[2]
        if form == QUOTED and text[start - 1 : start] == '"' and text[end : end + 1] == '"':
            start, end = start - 1, end + 1
        pieces += [text[position:start], value]
        position = end
    return "".join([*pieces, text[position:]]), opened, failed


def _open(entity: str, token: str, key: bytes) -> str | None:
    from cryptography.exceptions import InvalidTag

    try:
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return _cipher(key).decrypt(data, [entity.encode()]).decode("utf-8", "surrogatepass") or None
    except (InvalidTag, binascii.Error, ValueError):
        return None


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> "AESSIV":
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV(hmac.digest(key, b"guardrails seal v1", hashlib.sha512))
