"""The scanner of keys and values: given a word inside of a key, the whole key and the values that belong to it.

Formats put a key and its value apart in many ways: `key: value`, `"name": "KEY", "value": "…"`, `<key>…</key>`,
`--key value`, `ENV KEY value`, `set("KEY", "…")`. A caller finds words that interest it, with an automaton and for
nearly nothing, and asks here for the pairs of each. Nothing farther than `REACH` from the word is looked at, so that a
chunk gives the same pairs as the whole text.
"""

import re
import string
from collections.abc import Iterator

import msgspec

from guardrails_cli.detect.pairs import forms
from guardrails_cli.detect.pairs.literals import Literal, phrase

REACH = 1000
_LONGEST_KEY = 80
_KEY_CHARACTERS = string.ascii_letters + string.digits + "_.$-"
_RIGHT = re.compile(r"[\w.-]{0,40}")


class Key(msgspec.Struct, frozen=True):
    """A key in a text: its name without marks around it."""

    name: str
    start: int
    end: int
    words_before: str = ""
    """The words before it on its line, apart by one space each: `mot de` in `mot de passe`."""


class Pair(msgspec.Struct, frozen=True):
    """A key with one of its values."""

    key: Key
    value: Literal
    form: str
    """Name of the form that holds them, one of `forms.FORMS`."""


def key_at(text: str, start: int, end: int) -> Key:
    """Return the key that holds text[start:end]."""
    left = text[max(0, start - _LONGEST_KEY) : start]
    first = start - len(left) + len(left.rstrip(_KEY_CHARACTERS))
    right = _RIGHT.match(text, end)
    last = right.end() if right else end
    if text[last : last + 1] == "(" and "." in text[end:last]:
        last = end + text[end:last].index(".")  # a method of it
    while first < start and text[first] in ".-$":
        first += 1
    while last > end and text[last - 1] in ".-":
        last -= 1
    return Key(text[first:last], first, last, _words_before(text, first))


_WORDS_BEFORE = re.compile(r"(?:[^\W\d_]{2,12}[ ]){1,2}$")


def _words_before(text: str, start: int) -> str:
    if text[start - 1 : start] != " ":
        return ""
    match = _WORDS_BEFORE.search(text[max(0, start - 26) : start])
    return match[0].strip() if match else ""


def pairs_of(text: str, key: Key, *, phrases: bool = False) -> Iterator[Pair]:
    """Yield the pairs of a key, one for each value; none if it has no value.

    Args:
        text: any string.
        key: a key in it.
        phrases: whether a bare value may have several words, as names and addresses do. Only forms of data are then
            looked for, not those of commands and prose.

    """
    for name, form in forms.DATA_FORMS if phrases else forms.FORMS:
        found = form(text, key.start, key.end)
        for value in found:
            yield Pair(key, phrase(text, value) if phrases and not value.quoted else value, name)
        if found:
            return
