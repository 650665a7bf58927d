"""Tell from a key's name whether its value is a secret: its words, cut at case changes and marks, are looked up.

`trustStorePassword`, `LDAP_BIND_PW` and `jwt-secret` are secrets' names; `password_file`, `max_tokens` and
`public key` are not. The words are in `secret_words.yaml`.
"""

import re
from enum import StrEnum
from functools import cache, lru_cache

from guardrails_cli.core.package_data import read_yaml

_WORD = re.compile(r"[A-Z]+(?![a-zß-öø-ÿ])|[A-Z]?[^\W\d_A-Z]+|\d+")
_MOST_WORDS = 12


class SecretKind(StrEnum):
    """Kinds of values, as the names of their keys tell them apart."""

    PASSWORD = "password"  # noqa: S105 - a kind
    SECRET = "secret"  # noqa: S105
    TOKEN = "token"  # noqa: S105
    KEY = "key"
    RANDOM = "random"
    """A secret only if it looks random: a salt, a seed, credentials."""
    OTHER_KEY = "other key"
    """A key of which nothing says that it is secret: one only if it is long and looks random."""


@cache
def word_lists() -> dict[str, frozenset[str]]:
    """Return the lists of `secret_words.yaml`."""
    rows: dict[str, list[str]] = read_yaml("guardrails_cli.detect.recognizers", "secret_words.yaml")
    return {name: frozenset(str(word) for word in words) for name, words in rows.items()}


def key_words(name: str) -> list[str]:
    """Return the words of a key's name in small letters: `rootPassword2` has `root`, `password`, `2`."""
    return [word.casefold() for word in _WORD.findall(name)][-_MOST_WORDS:]


@lru_cache(maxsize=8192)
def secret_kind(name: str, words_before: str = "") -> SecretKind | None:
    """Return what a key's name says of its value, None if that is no secret.

    Args:
        name: the key.
        words_before: words before it on its line, which may qualify it: `API key`, `mot de passe`.

    """
    lists = word_lists()
    words = key_words(name)
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in lists["neutral"]):
        words.pop()
    if not words:
        return None
    before = words[:-1] or words_before.casefold().split()
    last = _joined(before, words[-1], lists)
    if last in lists["key"] | lists["secret"] | lists["token"] | lists["password"] or last == "key":
        nearest = before[-1] if before else ""
        if nearest in lists["refuting_before"] or (
            before[:1] and before[0] in ("no", "is", "has", "num", "max", "min")
        ):
            return None
    return _kind(before, last, lists)


def _joined(before: list[str], last: str, lists: dict[str, frozenset[str]]) -> str:
    phrase = " ".join([*before[-2:], last])
    if any(phrase.endswith(each) for each in lists["password_phrases"]):
        return "password"
    return last


def _kind(before: list[str], last: str, lists: dict[str, frozenset[str]]) -> SecretKind | None:
    if last in lists["password"] or _is_password(last, lists):
        return SecretKind.PASSWORD
    if last in lists["secret"] or (last.endswith("secret") and len(last) > 6):
        return SecretKind.SECRET
    if last in lists["token"] or (last.endswith("token") and len(last) > 5):
        return SecretKind.TOKEN
    if last in lists["key"]:
        return SecretKind.KEY
    if last in ("key", "keys") and before and before[-1] in lists["key_qualifiers"] | lists["secret"] | lists["token"]:
        return SecretKind.KEY
    if last in lists["random"]:
        return SecretKind.RANDOM
    if last.endswith(("key", "keys")) and "pub" not in last and lists["refuting_before"].isdisjoint(before):
        return SecretKind.OTHER_KEY
    return None


def _is_password(word: str, lists: dict[str, frozenset[str]]) -> bool:
    if word.removeprefix("no") in lists["password"]:
        return False  # `NOPASSWD` of sudo
    if any(word.endswith(ending) for ending in lists["password_endings"]):
        return True
    return any(
        word.endswith(short) and word.removesuffix(short) in lists["joined"] for short in lists["password_short"]
    )
