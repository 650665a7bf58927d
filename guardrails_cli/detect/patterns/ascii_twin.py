"""Translate an expression for the standard library's `re`, which is faster on ASCII text.

`regex` and `re` search in the same way: leftmost start, alternatives in order, greedy or lazy as written. They differ
in the meaning of some characters, so the twin spells out every set of characters; an expression with a part that cannot
be spelled out has no twin. Alternatives that begin with different characters exclude each other, so a long list of
words may be sorted into a tree by first characters without changing which one is found, as long as those that begin
alike keep their order.
"""

import re
from collections.abc import Iterable
from typing import Any

from guardrails_cli.detect.patterns import byte_alphabet
from guardrails_cli.detect.patterns.byte_sets import UnknownSyntaxError, bracket
from guardrails_cli.detect.patterns.regex_shape import Node, Reader, children, parse

_IMPOSSIBLE = "(?!)"
_PLACES = {
    "AT_BEGINNING": "^",
    "AT_END": "$",
    "AT_BOUNDARY": r"\b",
    "AT_NON_BOUNDARY": r"\B",
    "AT_BEGINNING_STRING": r"\A",
    "AT_END_STRING": r"\Z",
}
_REPEATS = {"MAX_REPEAT": "", "MIN_REPEAT": "?", "POSSESSIVE_REPEAT": "+"}


def twin(pattern: str, flags: int) -> "re.Pattern[str] | None":
    """Return an expression that matches ASCII text exactly as `pattern` does; None if that is not certain."""
    try:
        tree = parse(pattern, flags, ascii_only=True)
        writer = _Writer(Reader(tree.state.flags, byte_alphabet.ASCII, exact=True))
        multiline = re.MULTILINE if tree.state.flags & re.MULTILINE else 0
        return re.compile(writer.row(tree), re.ASCII | multiline)
    except (UnknownSyntaxError, re.error, RecursionError):
        return None


class _Writer:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def row(self, nodes: Iterable[Node]) -> str:
        return "".join(self._node(node) for node in nodes)

    def _node(self, node: Node) -> str:
        name, value = str(node[0]), node[1]
        single = self._reader.chars(node)
        if single is not None:
            return bracket(single) if single else _IMPOSSIBLE
        if name == "AT":
            return _PLACES[str(value)]
        if name == "SUBPATTERN":
            group, _, _, inner = value
            return f"({'?:' if group is None else ''}{self.row(inner)})"
        if name in _REPEATS:
            least, most, inner = value
            limit = "" if most == re._constants.MAXREPEAT else most  # type: ignore[attr-defined]
            return f"(?:{self.row(inner)}){{{least},{limit}}}{_REPEATS[name]}"
        if name == "BRANCH":
            return self._branch([list(inner) for inner in children(node)])
        if name in ("ASSERT", "ASSERT_NOT"):
            behind = "<" if value[0] < 0 else ""
            return f"(?{behind}{'=' if name == 'ASSERT' else '!'}{self.row(value[1])})"
        if name == "ATOMIC_GROUP":
            return f"(?>{self.row(value)})"
        if name == "GROUPREF" and not self._reader.ignore_case:
            return f"(?:\\{value})"
        raise UnknownSyntaxError(name)

    def _branch(self, options: list[list[Node]]) -> str:
        words: list[list[str]] = []
        for option in options:
            sets = [self._reader.chars(node) for node in option]
            if not all(sets):
                return f"(?:{'|'.join(self.row(option) for option in options)})"
            words.append([bracket(chars) for chars in sets if chars])
        if any(self._clashes(words)):
            return f"(?:{'|'.join(''.join(word) for word in words)})"
        return _tree(words)

    @staticmethod
    def _clashes(words: list[list[str]]) -> Iterable[bool]:
        """Yield for each pair of sets in the words whether they overlap without being equal."""
        sets: dict[str, Any] = {text: re.compile(text) for word in words for text in word}
        members = {text: {chr(code) for code in range(128) if one.match(chr(code))} for text, one in sets.items()}
        seen: dict[str, str] = {}
        for text, chars in members.items():
            for char in chars:
                yield seen.setdefault(char, text) != text


def _tree(words: list[list[str]]) -> str:
    """Return an expression for the words in which words with the same first set share it."""
    pieces: list[str] = []
    groups: dict[str, list[list[str]]] = {}

    def flush() -> None:
        pieces.extend(first + (_tree(rest) if any(rest) else "") for first, rest in groups.items())
        groups.clear()

    for word in words:
        if word:
            groups.setdefault(word[0], []).append(word[1:])
        else:  # words before the empty word must be tried before it, words after it afterwards
            flush()
            pieces.append("")
    flush()
    return pieces[0] if len(pieces) == 1 else f"(?:{'|'.join(pieces)})"
