r"""Unicode properties (`\p{Lu}`) in an expression, spelled out for `re`, which does not know them.

In ASCII text the expression stays the same one. Elsewhere it becomes a wider one: a property then holds every character
beyond ASCII, whatever it is.
"""

import re

_MEMBERS = {"L": "A-Za-z", "Lu": "A-Z", "Ll": "a-z", "M": ""}
"""What of ASCII has the property. Without regard to letter case each of `Lu` and `Ll` holds both, as with these."""
_BEYOND = "\x80-\U0010ffff"
_PIECE = re.compile(r"\\p\{(?P<name>\w+)\}|\\.|\[\^?\]?|\]|[^\\\[\]]+|\\", re.DOTALL)


class UnknownPropertyError(Exception):
    """The expression has a property that cannot be spelled out where it stands."""


def spelled_out(pattern: str, ascii_only: bool) -> str:
    r"""Return `pattern` with characters in the place of each `\p{…}`.

    Raises:
        UnknownPropertyError: if that would lose a match.

    """
    if r"\p" not in pattern:
        return pattern
    pieces = []
    opening = ""  # of the set that we are in
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
    """Return what stands for a property, in a set or by itself; a negated set must not lose what it does not have."""
    if name not in _MEMBERS or (opening.startswith("[^") and not ascii_only):
        raise UnknownPropertyError(name)
    members = _MEMBERS[name] + ("" if ascii_only else _BEYOND)
    if not members and not opening:
        raise UnknownPropertyError(name)
    return members if opening else f"[{members}]"
