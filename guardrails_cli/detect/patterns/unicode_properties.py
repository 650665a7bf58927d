r"""Spell out Unicode properties (`\p{Lu}`) in an expression for `re`, which does not support them.

In ASCII text the expression keeps its meaning. In other text it becomes wider: a property then includes every character
beyond ASCII.
"""

import re

_MEMBERS = {"L": "A-Za-z", "Lu": "A-Z", "Ll": "a-z", "M": ""}
"""The ASCII characters that have the property. Without regard to letter case `Lu` and `Ll` each hold both cases."""
_BEYOND = "\x80-\U0010ffff"
_PIECE = re.compile(r"\\p\{(?P<name>\w+)\}|\\.|\[\^?\]?|\]|[^\\\[\]]+|\\", re.DOTALL)


class UnknownPropertyError(Exception):
    """The expression has a property that cannot be spelled out at its place."""


def spelled_out(pattern: str, ascii_only: bool) -> str:
    r"""Return `pattern` with a set of characters in place of each `\p{…}`.

    Raises:
        UnknownPropertyError: if that would lose a match.

    """
    if r"\p" not in pattern:
        return pattern
    pieces = []
    opening = ""  # opening of the set that we are in
    for match in _PIECE.finditer(pattern):
        piece = match.group()
        if match["name"]:
            piece = _members(match["name"], opening, ascii_only)
        elif piece[0] == "[":
            if opening:
                raise UnknownPropertyError(pattern)
            opening = piece
        elif piece == "]":
            opening = ""
        pieces.append(piece)
    return "".join(pieces)


def _members(name: str, opening: str, ascii_only: bool) -> str:
    """Return the characters for a property, in a set or alone; a negated set keeps all characters outside of it."""
    if name not in _MEMBERS or (opening.startswith("[^") and not ascii_only):
        raise UnknownPropertyError(name)
    members = _MEMBERS[name] + ("" if ascii_only else _BEYOND)
    if not members and not opening:
        raise UnknownPropertyError(name)
    return members if opening else f"[{members}]"
