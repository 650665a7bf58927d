"""The tokens of JSON as possessive regexes, and the pieces that the scanner yields."""

import re
from typing import NamedTuple

NEAR = 4096
"""Characters held when looking for a token; no token taken as a whole is longer."""
MAX_DEPTH = 1000
"""Nesting above which values have no path, like damaged text."""
BATCH = 256
RUN_DEPTH = 3
"""Maximum nesting of a run's members."""
BARE = r'[^\s,\[\]{}:"/]{1,400}+'
ESCAPES = re.compile(
    r"(?:\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\"\\/bfrt])){1,150}+|(?:\\n){1,150}+"
)
GAP = re.compile(r"[\s\ufeff\0]++")
LITERAL = re.compile(r"[-+]?[\d.][\d.eE+-]*|true|false|null|[-+]?(?:NaN|Infinity)")
LONE = re.compile("[\ud800-\udfff]")


class Part(NamedTuple):
    """A piece of the text."""

    text: str
    """Text with the escapes in strings decoded; a lone surrogate is U+FFFD."""
    path: str | None
    """Path; None if the text is damaged and has no place."""
    line: int
    column: int
    document: int
    """Number of the document, from 1."""
    kind: str = ""
    """`comment`; if values were asked for, `string` for a string's content and `scalar` for a bare value."""


class Syntax:
    """Regexes of the tokens; in JSON Lines a string ends with its line.

    They are possessive, so each is tried in linear time.
    """

    def __init__(self, lines: bool) -> None:
        char = r'[^"\\\n]' if lines else r'[^"\\]'
        space = r"\s{0,99}+"
        value = scalar = rf'"{char}{{0,400}}+"|{BARE}'
        for _ in range(RUN_DEPTH):
            member = rf'"{char}{{0,200}}+"{space}:{space}(?:{value}){space}(?:,{space}|(?=}}))'
            item = rf"(?:{value}){space}(?:,{space}|(?=\]))"
            value = rf"{scalar}|{{{space}(?:{member})*+}}|\[{space}(?:{item})*+\]"
        self.raw = re.compile(rf"{char}*+")
        self.short = re.compile(rf'"({char}{{0,1000}}+)"')
        self.bare = re.compile(BARE)
        self.members = re.compile(rf"(?:{member})++")
        self.items = re.compile(rf"(?:{item})++")
        self.item = re.compile(value)


SYNTAX = {lines: Syntax(lines) for lines in (False, True)}
VALUE, KEY, COLON, COMMA = range(4)
"""Kinds of token that may come next."""


class DamagedError(Exception):
    """The text cannot be JSON from here on."""


class Frame:
    """An open object or array."""

    __slots__ = ("index", "is_object", "member", "path")

    def __init__(self, path: str, is_object: bool) -> None:
        self.path = path
        self.is_object = is_object
        self.index = 0
        self.member = path
