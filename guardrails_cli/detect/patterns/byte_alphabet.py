"""Text as one byte per character, so that byte offsets are character offsets and one byte automaton serves all text.

ASCII and Latin-1 characters are their own byte. A character above U+00FF is replaced by a stand-in byte for its class.
The bytes only show where a pattern *may* match: a set of characters becomes the set of all bytes that may stand for one
of them, so that no match is lost. The match itself is decided on the text.
"""

import codecs

import regex

ASCII = frozenset(range(0x80))
ALL = frozenset(range(0x100))

_LETTER, _DIGIT, _SPACE, _OTHER, _FOLDS = range(0x80, 0x85)
STAND_INS = frozenset({_LETTER, _DIGIT, _SPACE, _OTHER, _FOLDS})
"""Bytes that C1 control characters share with the stand-ins; a byte may match wherever either of them may."""

FOLDING = "\u0130\u0131\u0178\u017f\u039c\u03bc\u1e9e\u212a\u212b\U0001df95"
"""Characters above U+00FF that are equal to one below it when letter case is ignored."""


def encode(text: str) -> bytes:
    """Return `text` with one byte per character, lone surrogates and NUL included."""
    return text.encode("latin-1", "guardrails.stand_ins")


class _StandIns(dict[int, int]):
    """Stand-in of each character above U+00FF, computed at first use; other characters stand for themselves."""

    def __missing__(self, code: int) -> int:
        char = chr(code)
        if code <= 0xFF:
            byte = code
        elif char in FOLDING:
            byte = _FOLDS
        elif _IS["\\d"](char):
            byte = _DIGIT
        elif _IS["\\s"](char):
            byte = _SPACE
        else:
            byte = _LETTER if _IS["\\w"](char) else _OTHER
        self[code] = byte
        return byte


_IS = {name: regex.compile(name).fullmatch for name in ("\\d", "\\s", "\\w")}
_BYTES = _StandIns()


def _replace(error: UnicodeError) -> tuple[bytes, int]:
    """Return the stand-ins for a run of characters above U+00FF."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end].translate(_BYTES).encode("latin-1"), error.end


codecs.register_error("guardrails.stand_ins", _replace)


def category(name: str, negated: bool) -> frozenset[int]:
    r"""Return the bytes of the characters in `\d`, `\s` or `\w`, or of all others if negated."""
    inside = frozenset(byte for byte in ALL if _IS[name](chr(byte)))
    if negated:
        return (ALL - inside) | STAND_INS
    stand_ins = {"\\d": {_DIGIT}, "\\s": {_SPACE}, "\\w": {_LETTER, _DIGIT, _FOLDS}}[name]
    return inside | stand_ins


def span(low: int, high: int, ignore_case: bool) -> frozenset[int]:
    """Return the bytes of the code points from `low` to `high`, both included."""
    found = set(range(low, min(high, 0xFF) + 1))
    if high > 0xFF:
        found |= STAND_INS
    if ignore_case:
        if low > 0x7F or high > 0x7F:
            return frozenset(found | _CASED | STAND_INS)
        found |= {ord(other) for byte in found for other in (chr(byte).lower(), chr(byte).upper()) if ord(other) < 0x80}
        if any(chr(byte) in "iksIKS" for byte in found):
            found |= {_FOLDS}
    return frozenset(found)


_CASED = frozenset(byte for byte in ALL if chr(byte).isalpha())
