"""Sets of bytes as expressions define them, and the expression for a set."""

from guardrails_cli.detect.patterns import byte_alphabet


class UnknownSyntaxError(Exception):
    """The expression has a construct that this module does not understand."""


def category(name: str, negated: bool) -> frozenset[int]:
    """Return a category's bytes; inside a negated set only those that certainly belong to it."""
    letter = {"DIGIT": "\\d", "SPACE": "\\s", "WORD": "\\w"}.get(name.rpartition("_")[2])
    if letter is None:
        raise UnknownSyntaxError(name)
    outside = "_NOT_" in name
    if negated:
        return byte_alphabet.ALL - byte_alphabet.category(letter, not outside)
    return byte_alphabet.category(letter, outside)


def complement(found: frozenset[int]) -> frozenset[int]:
    """Return the bytes outside a set; the stand-ins for other characters are always included."""
    return (byte_alphabet.ALL - found) | byte_alphabet.STAND_INS


def bracket(chars: frozenset[int]) -> str:
    """Return the expression for one character of a non-empty set."""
    if len(chars) == 1:
        return _escape(min(chars))
    pieces = []
    codes = sorted(chars)
    start = previous = codes[0]
    for code in [*codes[1:], -1]:
        if code != previous + 1:
            pieces.append(_escape(start) + (f"-{_escape(previous)}" if previous > start else ""))
            start = code
        previous = code
    return f"[{''.join(pieces)}]"


def _escape(code: int) -> str:
    return chr(code) if code < 0x80 and chr(code).isalnum() else f"\\x{code:02x}"
