"""Paths in a JSON document: `$.patients[3].ssn`, with `["first name"]` for keys that are not plain words.

A run of members or items shares one location with an unfinished path: `$.patients[3].` or `$.codes[7`. `complete` finds
the value that holds a character, so that only findings cost a path of their own.
"""

import re
from collections.abc import Set
from functools import lru_cache

from guardrails_cli.core.display import mask, printable

ROOT = "$"
MAX_PATH = 200
"""Maximum length in characters; deeper values share their ancestor's path with an ellipsis."""
MAX_KEY = 60
RUN_CHARS = 2000
"""Maximum length of a run: far less than a chunk's margin, so that a chunk holds the whole run of each of its
findings."""
ELLIPSIS = "…"

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TELLING = re.compile(r"@|\d(?:[ ._-]?\d){4}")
_STEP = re.compile(r'\.(\w+)|\["((?:[^"\\]|\\.)*)"\]')
_TOKEN = re.compile(r'"[^"\\]*"|[{}\[\]:,]|[^\s,\[\]{}:"/]+')


def member(base: str, key: str) -> str:
    """Return the path of an object's member."""
    return extend(base, _step(key))


def item(base: str, index: int) -> str:
    """Return the path of an array's item, from 0."""
    return extend(base, f"[{index}]")


def extend(base: str, step: str) -> str:
    """Return the path extended by one step, or `base` with an ellipsis if it would be too long."""
    if len(base) + len(step) <= MAX_PATH:
        return base + step
    return base if base.endswith(ELLIPSIS) else base + ELLIPSIS


@lru_cache(maxsize=4096)
def _step(key: str) -> str:
    key = printable(shown(key))
    return f".{key}" if _PLAIN.fullmatch(key) else '["' + key.replace("\\", "\\\\").replace('"', '\\"') + '"]'


def shown(name: str) -> str:
    """Return a key's or element's name as a report may show it: a name that looks like data is masked."""
    return mask(name, "") if len(name) > MAX_KEY or _TELLING.search(name) else name


def without(path: str, values: Set[str]) -> str:
    """Return the path with its keys masked that are detected values: keys can be data too."""
    return _STEP.sub(lambda step: _step(mask(key, "")) if (key := step[1] or step[2]) in values else step[0], path)


def members(base: str) -> str:
    """Return the unfinished path of a run of an object's members."""
    return base if base.endswith(ELLIPSIS) else base + "."


def items(base: str, index: int) -> str:
    """Return the unfinished path of a run of an array's items; the first one has this index."""
    return base if base.endswith(ELLIPSIS) else f"{base}[{index}"


def complete(path: str, text: str, start: int, offset: int) -> str:
    """Return the path of the value that holds text[offset] in the run that begins at text[start].

    Text between two values belongs to the first. A finished path is returned unchanged.
    """
    return Run(path, text, start).at(offset)


class Run:
    """The paths of the values in a run, for one offset after the other: a row of findings costs one walk."""

    def __init__(self, path: str, text: str, start: int) -> None:
        base, bracket, number = path.rpartition("[")
        self._path = path
        self._open: list[_Open] = []
        if path.endswith("."):
            self._open.append(_Open(path[:-1], None))
        elif bracket and number.isdecimal():
            self._open.append(_Open(base, int(number)))
        self._tokens = _TOKEN.finditer(text, start, start + RUN_CHARS)
        self._next = next(self._tokens, None)

    def at(self, offset: int) -> str:
        """Return the path of the value that holds text[offset]; offsets must not decrease."""
        if not self._open:
            return self._path
        while self._next is not None and self._next.start() <= offset:
            self._see(self._next[0])
            self._next = next(self._tokens, None)
        return self._open[-1].path

    def _see(self, sign: str) -> None:
        self._open[-1].see(sign)
        if sign in "{[":
            self._open.append(_Open(self._open[-1].path, None if sign == "{" else 0))
        elif sign in "}]" and len(self._open) > 1:
            self._open.pop()


class _Open:
    """An open object or array during the walk through a run."""

    def __init__(self, base: str, index: int | None) -> None:
        self._base = base
        self._index = index
        """Index of the current item; None in an object."""
        self._key: str | None = None
        self._keyed = False
        """Whether a key was read whose value has not ended."""

    def see(self, sign: str) -> None:
        """Process the next token in it, a sign or a scalar."""
        if sign == "," and self._index is not None:
            self._index += 1
        elif sign == ",":
            self._keyed = False
        elif self._index is None and not self._keyed and sign not in "{}[]:":
            self._key, self._keyed = sign.removeprefix('"').removesuffix('"'), True

    @property
    def path(self) -> str:
        """Path of its current member or item."""
        if self._index is not None:
            return item(self._base, self._index)
        return self._base if self._key is None else member(self._base, self._key)
