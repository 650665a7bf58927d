"""Distinguish secrets from words: passwords, tokens and random strings."""

import base64
import binascii
import json
import math
import re
import zlib
from collections import Counter

from guardrails_cli.detect.recognizers.secret_keys import word_lists

_PLACEHOLDER = re.compile(
    r"\W*|[*xX.•#-]+|(?:your|my|the|some|enter|insert|new|old|user|db|test)?[_-]?(?:password|passwd|passphrase|secret|pass|pwd|token|"
    r"key|string|required|optional|none|null|true|false|undefined|example|placeholder|redacted|hidden|invalid|incorrect)"
    r"(?:[_-]?(?:here|value|hash|field|string|required))?|[$%]?[{(<\[%].*|.*[}>\])]|\$\w+|%\w+%|<.*>|@@?\w+@@?|__\w+__",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+|[a-z]+(?:[_.-][a-z]+)+|[A-Z]+(?:_[A-Z]+)+")
MIN_ENTROPY = 3.2
"""Minimum entropy in bits per character."""
MIXED_ENTROPY = 4.0
"""Minimum entropy if there is only a single digit: Base64 has more than words have."""
_LONGEST_TEST = 200
"""Characters; in a longer value a short word may stand by chance."""
TEST_SCORE = 0.4
"""Score of a value of documentation or tests, such as a key that ends with `EXAMPLE`."""
_ENOUGH = 100
"""Number of characters that show whether a value is made of words."""
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+")
_VOWELS = frozenset("aeiouyAEIOUY")


def password(value: str) -> bool:
    """Return whether a value after `password =` is a password, not a placeholder, variable, word or call."""
    return not _PLACEHOLDER.fullmatch(value) and not _WORD.fullmatch(value)


def is_placeholder(value: str) -> bool:
    """Return whether a value stands for one that is given elsewhere: a mask, a variable, a word such as `required`."""
    return bool(_PLACEHOLDER.fullmatch(value)) or value.casefold().strip(" .!") in word_lists()["placeholders"]


def is_test_value(value: str) -> bool:
    """Return whether a value is one of documentation and tests: `AKIA…EXAMPLE`, `changeme`, runs of one digit."""
    lowered = value.casefold()
    return (
        "EXAMPLE" in value
        or "XXXXXXXX" in value
        or (len(value) <= _LONGEST_TEST and any(word in lowered for word in word_lists()["test_words"]))
    )


def is_stand_in(value: str) -> bool:
    """Return whether a value stands for one that is to be filled in, such as `changeme` or `your-token`."""
    lowered = value.casefold()
    return len(value) <= _LONGEST_TEST and any(word in lowered for word in word_lists()["stand_ins"])


def entropy(value: str) -> float:
    """Return the Shannon entropy of a string in bits per character."""
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())


def random_looking(value: str) -> bool:
    """Return whether a string has the letters and digits of a key: Shannon entropy of at least `MIN_ENTROPY`.

    Sixteen random hexadecimal digits are seldom below it, words followed by a number seldom above.
    """
    bits = entropy(value)
    digits = sum(character.isdigit() for character in value)
    mixed = digits > 1 or (digits == 1 and not value.islower() and not value.isupper() and bits > MIXED_ENTROPY)
    return bits >= MIN_ENTROPY and mixed and any(c.isalpha() for c in value) and password(value)


def is_mixed(value: str) -> bool:
    """Return whether a string has small letters, capitals and digits, and is not made of words."""
    has = (any(map(each, value)) for each in (str.islower, str.isupper, str.isdigit))
    return all(has) and not is_wordy(value)


def is_padded(value: str) -> bool:
    """Return whether a string is Base64 that its padding shows to be complete, with letters of both cases."""
    body = value.rstrip("=")
    return (
        body != value
        and len(value) % 4 == 0
        and bool(_BASE64.fullmatch(body))
        and not (body.islower() or body.isupper())
    )


def is_wordy(value: str) -> bool:
    """Return whether a string is made of words and short numbers, as names and identifiers are.

    A piece is a word if it has vowels and consonants in the proportion of one and is not cut off by digits or capitals
    after a letter or two, as those of random strings are.
    """
    pieces = _PIECE.findall(value[:_ENOUGH])
    if not pieces:
        return False
    words = [piece for piece in pieces if piece.isalpha()]
    letters = sum(len(word) for word in words if len(word) > 2 and _is_wordlike(word))
    total = sum(len(piece) for piece in pieces)
    return letters >= total * 0.7


def _is_wordlike(piece: str) -> bool:
    vowels = sum(character in _VOWELS for character in piece)
    run = longest = 0
    for character in piece:
        run = 0 if character in _VOWELS else run + 1
        longest = max(longest, run)
    return len(piece) * 0.2 <= vowels <= len(piece) * 0.75 and longest < 5


def jwt(value: str) -> bool:
    """Return whether the first part decodes to a JSON object that names its algorithm (RFC 7515, RFC 7519)."""
    first = value.split(".", 1)[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except ValueError:
        return False
    return isinstance(header, dict) and "alg" in header


def basic_credentials(value: str) -> bool:
    """Return whether Base64 decodes to printable `user:password`, as in RFC 7617."""
    if len(value) < 8:
        return False
    try:
        plain = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8")
    except ValueError:
        return False
    user, colon, word = plain.partition(":")
    return bool(colon) and any(c.isalnum() for c in word) and plain.isprintable() and len(user) < 80


def pem_in_base64(value: str) -> bool:
    """Return whether Base64 decodes to the PEM text of a private key."""
    head = value[:120]
    try:
        plain = base64.b64decode(head[: len(head) // 4 * 4])
    except ValueError:
        return False
    return b"PRIVATE KEY" in plain


def der_private_key(value: str) -> bool:
    """Return whether Base64 decodes to the DER of a private key: PKCS #1, PKCS #8 or SEC 1.

    All are a sequence that begins with its version; certificates and public keys begin with another sequence.
    """
    try:
        head = base64.b64decode(value[:40])
    except ValueError:
        return False
    if len(head) < 12 or head[0] != 0x30:
        return False
    body = head[2 + (head[1] & 0x7F if head[1] > 0x7F else 0) :]
    return body.startswith((b"\x02\x01\x00\x30", b"\x02\x01\x00\x02", b"\x02\x01\x01\x04", b"\x02\x01\x01\x30"))


def pem_block(value: str) -> bool:
    """Return whether the text between the lines of a PEM block is data, not code that will join it."""
    return not _CODE_IN_PEM.search(value)


_CODE_IN_PEM = re.compile(r"[$(){}<>%]")
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def crc_base62(value: str) -> bool:
    """Return whether the last six characters of a token are the CRC-32 of those after its prefix, in base 62.

    GitHub and npm end their tokens of the usual length so; longer ones are not checked.
    """
    body = value.partition("_")[2]
    if len(body) != 36:
        return True
    number = zlib.crc32(body[:-6].encode())
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return body[-6:] == digits.rjust(6, "0")


def nkey_seed(value: str) -> bool:
    """Return whether a NATS seed's CRC-16 (XMODEM) holds: Base32, the last two bytes are the checksum."""
    try:
        raw = base64.b32decode(value + "=" * (-len(value) % 8))
    except ValueError:
        return False
    return binascii.crc_hqx(raw[:-2], 0) == int.from_bytes(raw[-2:], "little")


def discord_bot(value: str) -> bool:
    """Return whether the first part of a bot's token is its numeric id in Base64."""
    first = value.split(".", 1)[0]
    try:
        return base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).isdigit()
    except ValueError:
        return False


def command_password(value: str) -> bool:
    """Return whether a word of a command line is a password, not a placeholder or a port."""
    return not is_placeholder(value) and not value.isdigit() and not value.startswith(("/", "-", "%", "<"))


def literal_password(value: str) -> bool:
    """Return whether a quoted value is a password, not a placeholder; simple words count."""
    return not is_placeholder(value) and not value.startswith(("$", "%", ":", "{", "<", "?", "/"))


def url_password(value: str) -> bool:
    """Return whether the password of a URL is one: simple words count but for those that stand for it."""
    if is_placeholder(value) or value.startswith(("$", "<", "[")) or "..." in value:
        return False
    return not (value.isupper() and value.replace("_", "").isalpha())


def pgpass_password(value: str) -> bool:
    """Return whether the last field of a line like that of `.pgpass` is a password, not a number or a path."""
    return any(c.isalpha() for c in value) and "/" not in value and not is_placeholder(value)
