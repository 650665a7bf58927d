"""Decode text in another code: base64, hexadecimal, escapes, ROT13, leetspeak, reversed or spaced-out letters."""

import base64
import binascii
import codecs
import html
import re
from collections.abc import Callable, Iterator, Set
from functools import cache
from string import ascii_letters, digits, hexdigits
from urllib.parse import unquote

from guardrails_cli.injection.evidence import Reading
from guardrails_cli.injection.folding import fold_letters
from guardrails_cli.injection.invisible import Payload
from guardrails_cli.injection.rules import load_rules

FEATURE = "encoded_order"
_REACH = 300
"""Characters on either side of an encoded word that are decoded with it."""
_MAX_CODE = 1800
_LEAST = 12
"""Minimum length in characters of an order worth decoding: "ignore rules"."""
_READABLE = 0.9
"""Minimum share of letters, spaces and plain punctuation in decoded text; random bytes have 0.4."""

_BASE64 = re.compile(
    rf"(?:[A-Za-z0-9+/_-]{{16,{_MAX_CODE}}}={{0,2}})(?:\r?\n[A-Za-z0-9+/]{{4,76}}={{0,2}}(?![^\s\"'])){{0,20}}"
)
_HEX = re.compile(rf"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{{2}}[ :,]?){{12,{_MAX_CODE // 2}}}(?![0-9A-Za-z])")
_BINARY = re.compile(r"(?<![01])(?:[01]{8}[ ,]?){8,200}(?![01])")
_BASE64_LETTERS = ascii_letters + digits + "+/_-"
_LONG_WORD = 16
_LETTERS = 5
"""Minimum number of distinct letters in an order spelled as separate letters or bytes."""
_ESCAPES = (
    ("%", re.compile(r"(?:%[0-9A-Fa-f]{2}[\w.,!-]{0,12}){5,200}"), unquote),
    ("&#", re.compile(r"(?:&#x?[0-9A-Fa-f]{2,6};[ ]?){8,300}"), html.unescape),
    ("\\x", re.compile(r"(?:\\x[0-9A-Fa-f]{2}){8,400}"), lambda code: _unhex(code.replace("\\x", ""))),
    ("\\u", re.compile(r"(?:\\u00[0-9A-Fa-f]{2}){8,300}"), lambda code: _unhex(code.replace("\\u00", ""))),
)
_LEET = str.maketrans("0134578@$", "oieastbas")
_SOME_APART = re.compile(r"[ .·*_|-][^\W\d_](?:[ .·*_|-]{1,3}[^\W\d_]){6}")
_APART = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .·*_|-]{1,3}){11,300}[^\W\d_](?![^\W_])")
_TELLING = frozenset(
    [
        "ignore",
        "disregard",
        "forget",
        "previous",
        "instructions",
        "instruction",
        "prompt",
        "system",
        "reveal",
        "override",
        "pretend",
        "everything",
        "unrestricted",
        "password",
        "secret",
        "assistant",
        "respond",
        "rules",
        "above",
    ]
)
"""Words of orders: if two of them are near each other in code, their surroundings are worth decoding."""


def encoded_payloads(text: str, reading: Reading) -> Iterator[Payload]:
    """Yield the readable texts that parts of `text` decode to."""
    folded, vocabulary = reading.folded.text, frozenset(reading.words)
    if len(folded) == len(text) and any(len(word) >= _LONG_WORD for word in vocabulary):
        yield from _long_words(text, reading)
    if {"6e", "6f", "72", "73"} <= vocabulary:  # n, o, r, s: every order has them, tables of numbers do not
        yield from _decoded(text, _HEX, _unhex)
    if any(len(word) >= 8 and not word.strip("01") for word in vocabulary):
        yield from _decoded(text, _BINARY, _unbinary)
    for mark, pattern, decode in _ESCAPES:
        if mark in text:
            yield from _decoded(text, pattern, decode)
    if sum(len(word) == 1 and word.isalpha() for word in vocabulary) >= _LETTERS and _SOME_APART.search(text):
        yield from _apart(text)
    if len(folded) == len(text):
        yield from _spelled(folded, vocabulary)


def _long_words(text: str, reading: Reading) -> Iterator[Payload]:
    """Yield the texts that long words decode to, each from the beginning of its run of code."""
    for word, start in zip(reading.words, reading.starts, strict=False):
        if len(word) >= _LONG_WORD:
            as_written = text[start : start + len(word)]
            if not (as_written.isupper() or as_written.islower() or as_written.isdigit()):  # base64 of text mixes them
                yield from _code_at(text, start, _BASE64_LETTERS, _BASE64, _unbase64)
            if not word.strip(hexdigits) and _unhex(word[:_LONG_WORD]).isascii():
                yield from _code_at(text, start, hexdigits, _HEX, _unhex)


def _code_at(
    text: str, start: int, alphabet: str, pattern: re.Pattern[str], decode: Callable[[str], str]
) -> Iterator[Payload]:
    before = text[max(0, start - _MAX_CODE) : start]
    found = pattern.match(text, start - len(before) + len(before.rstrip(alphabet)))
    if found:
        yield from _payload(found, decode)


def _payload(found: re.Match[str], decode: Callable[[str], str]) -> Iterator[Payload]:
    plain = decode(found[0])
    if len(plain) >= _LEAST and _is_readable(plain):
        yield Payload(found.start(), found.end(), plain, FEATURE)


def _decoded(text: str, pattern: re.Pattern[str], decode: Callable[[str], str]) -> Iterator[Payload]:
    for found in pattern.finditer(text):
        yield from _payload(found, decode)


def _is_readable(text: str) -> bool:
    good = sum(char.isalpha() or char in " .,:;!?'\"\n-()/" for char in text)
    return " " in text.strip() and good >= _READABLE * len(text)


def _unbase64(code: str) -> str:
    joined = "".join(code.split()).rstrip("=").replace("-", "+").replace("_", "/")
    head = _bytes(base64.b64decode, joined[:16])
    if sum(32 <= byte < 127 or byte in b"\n\t" or byte >= 0xC3 for byte in head) < 11:
        return ""  # most long words are not encoded text: twelve bytes show it
    return _bytes(base64.b64decode, joined[: len(joined) // 4 * 4] + _padding(joined)).decode("utf-8", "replace")


def _padding(code: str) -> str:
    rest = code[len(code) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


def _bytes(decode: Callable[[str], bytes], code: str) -> bytes:
    try:
        return decode(code)
    except (ValueError, binascii.Error):
        return b""


def _unhex(code: str) -> str:
    plain = re.sub("[ :,]", "", code)
    return _bytes(bytes.fromhex, plain[: len(plain) // 2 * 2]).decode("utf-8", "replace")


def _unbinary(code: str) -> str:
    bits = re.sub("[ ,]", "", code)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) // 8 * 8, 8)).decode("utf-8", "replace")


def _spelled(folded: str, vocabulary: Set[str]) -> Iterator[Payload]:
    """Yield the decoded surroundings of telling words in ROT13, reversed or in leetspeak."""
    for coded, decode in _respellings():
        telling = vocabulary & coded
        if len(telling) > 1:
            yield from _around(folded, telling, decode)
    mixed = (word for word in vocabulary if not word.isalpha() and len(word) in _leet_words()[1] and not word.isdigit())
    leet = {word for word in mixed if word.translate(_LEET) in _leet_words()[0]}
    if leet:
        yield from _around(folded, leet, lambda text: text.translate(_LEET))


@cache
def _respellings() -> tuple[tuple[frozenset[str], Callable[[str], str]], ...]:
    def rot13(text: str) -> str:
        return codecs.encode(text, "rot13")

    def backwards(text: str) -> str:
        return text[::-1]

    return tuple((frozenset(map(code, _TELLING)), code) for code in (rot13, backwards))


@cache
def _leet_words() -> tuple[frozenset[str], frozenset[int]]:
    """Return the telling words as decoded leetspeak spells them, and their lengths."""
    words = frozenset(word.translate(_LEET) for word in _TELLING)
    return words, frozenset(map(len, words))


def _around(folded: str, words: Set[str], decode: Callable[[str], str]) -> Iterator[Payload]:
    for word in words:
        start = folded.find(word)
        while start >= 0:
            low, high = max(0, start - _REACH), min(len(folded), start + _REACH)
            yield Payload(start, start + len(word), decode(folded[low:high]), FEATURE)
            start = folded.find(word, start + _REACH)


def _apart(text: str) -> Iterator[Payload]:
    """Yield the texts spelled by letters with gaps between them."""
    for found in _APART.finditer(text):
        yield Payload(found.start(), found.end(), _words(found[0]), FEATURE)


def _words(spelled: str) -> str:
    """Return the words spelled by separate letters: split at wider gaps if there are any, else by the known words."""
    wide = re.split(r"\s{2,}|\s[^\w\s]\s", spelled)
    if len(wide) > 2:
        return " ".join(re.sub(r"[^\w]|_", "", word) for word in wide)
    letters = fold_letters(re.sub(r"[^\w]|_", "", spelled))
    known = load_rules().words
    longest = 14
    best: list[tuple[int, list[str]]] = [(0, [])]  # by end: number of letters in no known word, the words
    for end in range(1, len(letters) + 1):
        unknown, words = best[end - 1]
        choice = (unknown + 1, [*words, letters[end - 1]])
        for start in range(max(0, end - longest), end - 1):
            if letters[start:end] in known and best[start][0] < choice[0]:
                choice = (best[start][0], [*best[start][1], letters[start:end]])
        best.append(choice)
    return " ".join(best[-1][1])
