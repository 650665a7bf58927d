"""Derive from a regular expression's syntax a wider expression to search for and how far a match reaches.

Python's own parser gives the syntax tree. Everything derived from it errs on the side of too much: assertions are left
out, a back reference becomes whatever its group may match, a set becomes all bytes that may stand for its members. So
every match lies where its shape says, and the expression itself need only be tried there.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from guardrails_cli.detect.patterns import byte_alphabet
from guardrails_cli.detect.patterns.byte_sets import UnknownSyntaxError, bracket, category, complement
from guardrails_cli.detect.patterns.unicode_properties import UnknownPropertyError, spelled_out

_parser: Any = __import__("re._parser", fromlist=["parse"])  # the standard library's own parser has no public name
_KNOWN_FLAGS = int(re.IGNORECASE | re.MULTILINE | re.DOTALL | re.UNICODE | re.VERBOSE)
_MOST = int(_parser.MAXREPEAT)
_WIDEST_REPEAT = 4000
_LONG_REPEAT = 64
"""Number of optional copies above which no upper limit is searched for: the automaton would grow too large."""

_ONLY_IN_REGEX = re.compile(r"\[:\^?[a-z]+:\]|\{[^}]*[a-z]")
"""Named character classes and fuzzy matching, which `regex` supports and `re` misreads."""

_CASELESS = "CASELESS"
"""Name of a node that we put around a single-character node whose letter case does not matter."""
_SINGLE = ("LITERAL", "NOT_LITERAL", "ANY", "IN")

Node = tuple[Any, Any]
_Rest = tuple[int | None, frozenset[int]]
"""The maximum number of characters (None: unlimited) and their set."""


class Part(msgspec.Struct, frozen=True):
    """A stretch of a match: at most `width` characters of a set; None is unlimited."""

    width: int | None
    chars: bytes


class Shape(msgspec.Struct, frozen=True):
    """The region in which an expression's matches lie, relative to a match of its head."""

    head: str | None
    """Byte expression that matches a prefix of each match; None: such text has no match."""
    shortest: int
    """Minimum number of characters that the head matches."""
    back: tuple[Part, ...]
    """Parts from the end of the head back to its start."""
    tail: Part
    """Characters from the end of the head to the end of the match."""
    ahead: int
    """Number of characters after the end of a match that can decide on it."""


def parse(pattern: str, flags: int, ascii_only: bool) -> Any:
    """Return the syntax tree of an expression that `re` and `regex` read in the same way.

    Args:
        pattern: an expression of the `regex` module.
        flags: flags of the `regex` module.
        ascii_only: whether it is for ASCII text; for other text the tree may match more than the expression.

    Raises:
        UnknownSyntaxError: if they might read it differently.

    """
    try:
        pattern = spelled_out(pattern, ascii_only)
        if flags & ~_KNOWN_FLAGS or _ONLY_IN_REGEX.search(pattern):
            raise UnknownSyntaxError(pattern)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = _parser.parse(pattern, flags)
    except (Warning, re.error, UnknownPropertyError, RecursionError, OverflowError) as error:
        raise UnknownSyntaxError(pattern) from error
    _resolve_flags(tree, fold=False)
    return tree


def _resolve_flags(nodes: Any, fold: bool) -> None:
    """Replace the flags of groups, `(?i:…)`, with marks at the characters in them."""
    for place, node in enumerate(nodes):
        name = str(node[0])
        if name == "SUBPATTERN":
            group, add, remove, inner = node[1]
            if int(add) & ~int(re.IGNORECASE) or remove:
                raise UnknownSyntaxError
            _resolve_flags(inner, fold or bool(add))
            nodes[place] = (node[0], (group, 0, 0, inner))
        elif name in _SINGLE:
            nodes[place] = (_CASELESS, node) if fold else node
        elif fold and name.startswith("GROUPREF"):
            raise UnknownSyntaxError
        else:
            for inner in children(node):
                _resolve_flags(inner, fold)


def analyse(pattern: str, flags: int, universe: frozenset[int]) -> Shape:
    """Return the shape of `pattern` over texts whose bytes (see `byte_alphabet`) are all in `universe`.

    Raises:
        UnknownSyntaxError: if it is not understood or can match the empty string; then search the whole text.

    """
    tree = parse(pattern, flags, universe == byte_alphabet.ASCII)
    reader = Reader(tree.state.flags, universe)
    nodes = list(tree)
    reader.collect_groups(nodes)
    ahead = reader.ahead(nodes)
    head, rest = reader.shorten(nodes)
    shortest, _ = reader.width(head)
    if shortest < 1:
        raise UnknownSyntaxError(pattern)
    return Shape(reader.emit(head), shortest, reader.back(head), Part(rest[0], _bytes(rest[1])), ahead)


class Reader:
    """Reads a syntax tree; see the module for the direction in which it errs."""

    def __init__(self, flags: int, universe: frozenset[int], exact: bool = False) -> None:
        """Prepare to read a tree.

        Args:
            flags: the tree's flags.
            universe: the bytes that occur.
            exact: whether sets must equal those of the expression; the universe is ASCII then.

        """
        if flags & ~_KNOWN_FLAGS:
            raise UnknownSyntaxError
        self.universe = universe
        self.exact = exact
        self.ignore_case = bool(flags & re.IGNORECASE)
        self.dot_all = bool(flags & re.DOTALL)
        self.groups: dict[int, list[Node]] = {}

    def collect_groups(self, nodes: Iterable[Node]) -> None:
        """Record the contents of each group, for references to it."""
        for name, value in nodes:
            if str(name) == "SUBPATTERN":
                group, _, _, inner = value
                if group is not None:
                    self.groups[group] = list(inner)
            for inner in children((name, value)):
                self.collect_groups(inner)

    def chars(self, node: Node) -> frozenset[int] | None:
        """Return the bytes that one character of a single-character node may be; None for any other node."""
        name, value = str(node[0]), node[1]
        fold = self.ignore_case
        if name == _CASELESS:
            name, value, fold = str(value[0]), value[1], True
        if name == "LITERAL":
            found = self._span(value, value, fold)
        elif name == "NOT_LITERAL":
            found = complement(self._span(value, value, self.exact and fold))
        elif name == "ANY":
            found = byte_alphabet.ALL if self.dot_all else byte_alphabet.ALL - {10}
        elif name == "IN":
            found = self._set(list(value), fold)
        else:
            return None
        return found & self.universe

    def _set(self, members: list[Node], ignore_case: bool) -> frozenset[int]:
        negated = str(members[0][0]) == "NEGATE"
        fold = ignore_case and (self.exact or not negated)
        found: frozenset[int] = frozenset()
        for name, value in members[negated:]:
            kind = str(name)
            if kind == "LITERAL":
                found |= self._span(value, value, fold)
            elif kind == "RANGE":
                found |= self._span(value[0], value[1], fold)
            elif kind == "CATEGORY":
                found |= category(str(value), negated)
            else:
                raise UnknownSyntaxError(kind)
        return complement(found) if negated else found

    def _span(self, low: int, high: int, fold: bool) -> frozenset[int]:
        if not self.exact or high <= 0x7F:
            return byte_alphabet.span(low, high, fold)
        if fold and any(low <= ord(char) <= high for char in byte_alphabet.FOLDING):
            raise UnknownSyntaxError  # it may be equal to an ASCII letter
        return byte_alphabet.span(low, 0x7F, fold) if low <= 0x7F else frozenset()

    def alphabet(self, nodes: Iterable[Node]) -> frozenset[int]:
        """Return every byte that can occur in the text that `nodes` consume."""
        found: frozenset[int] = frozenset()
        for node in nodes:
            single = self.chars(node)
            if single is not None:
                found |= single
            elif str(node[0]) == "GROUPREF":
                found |= self.alphabet(self._group(node[1]))
            elif str(node[0]) not in ("ASSERT", "ASSERT_NOT"):
                for inner in children(node):
                    found |= self.alphabet(inner)
        return found

    def _group(self, number: int) -> list[Node]:
        if number not in self.groups:
            raise UnknownSyntaxError
        return self.groups[number]

    def width(self, nodes: Iterable[Node]) -> tuple[int, int | None]:
        """Return the minimum and maximum number of characters that `nodes` consume; None is unlimited."""
        low = 0
        high: int | None = 0
        for node in nodes:
            least, most = self._width(node)
            low += least
            high = None if high is None or most is None else high + most
        return low, high

    def _width(self, node: Node) -> tuple[int, int | None]:
        name, value = str(node[0]), node[1]
        if self.chars(node) is not None:
            return 1, 1
        if name in ("AT", "ASSERT", "ASSERT_NOT"):
            return 0, 0
        if name == "GROUPREF":
            return 0, self.width(self._group(value))[1]
        if name.endswith("_REPEAT"):
            least, most, inner = value
            low, high = self.width(inner)
            return low * least, None if most == _MOST or high is None else high * most
        widths = [self.width(inner) for inner in children(node)]
        if name == "GROUPREF_EXISTS" and len(widths) == 1:
            widths.append((0, 0))
        highs = [high for _, high in widths]
        return min(low for low, _ in widths), None if None in highs else max(high or 0 for high in highs)

    def ahead(self, nodes: Iterable[Node]) -> int:
        """Return how many characters beyond its own place an assertion in `nodes` can look."""
        most = 0
        for node in nodes:
            name = str(node[0])
            if name in ("ASSERT", "ASSERT_NOT"):
                direction, inner = node[1]
                _, high = self.width(inner)
                if high is None:
                    raise UnknownSyntaxError
                most = max(most, (high if direction > 0 else 0) + self.ahead(inner))
            elif name == "AT":
                most = max(most, 1)
            else:
                most = max([most, *(self.ahead(inner) for inner in children(node))])
        return most

    def shorten(self, nodes: list[Node]) -> tuple[list[Node], _Rest]:
        r"""Split off the end that every match can do without: `\d{2,9}` begins with `\d{2}`.

        A word boundary at the end is kept for its selectivity, unless an unbounded loop precedes it.
        """
        head = [node for node in nodes if str(node[0]) not in ("ASSERT", "ASSERT_NOT")]
        while head and str(head[-1][0]) == "AT" and not self._kept_boundary(head):
            head.pop()
        if not head or str(head[-1][0]) == "AT":
            return head, (0, frozenset())
        last = head.pop()
        name, value = str(last[0]), last[1]
        if name.endswith("_REPEAT"):
            return self._shorten_repeat(head, last)
        if name == "SUBPATTERN":
            body, rest = self.shorten(list(value[3]))
            return head + body, rest
        if name == "BRANCH":
            pairs = [self.shorten(list(inner)) for inner in value[1]]
            widths = [width for _, (width, _) in pairs]
            most = None if None in widths else max(width or 0 for width in widths)
            return [*head, (last[0], (None, [body for body, _ in pairs]))], (
                most,
                frozenset[int]().union(*(chars for _, (_, chars) in pairs)),
            )
        return [*head, last], (0, frozenset())

    def _shorten_repeat(self, head: list[Node], last: Node) -> tuple[list[Node], _Rest]:
        least, most, inner = last[1]
        if least == 0:
            shorter, rest = self.shorten(head)
            return shorter, _join(self._all_of([last]), rest)
        body, rest = self.shorten(list(inner))
        copies = [(_parser.MAX_REPEAT, (least - 1, least - 1, inner))] if least > 1 else []
        more = (last[0], (0, most if most == _MOST else most - least, inner))
        return head + copies + body, _join(self._all_of([more]), rest)

    def _kept_boundary(self, nodes: list[Node]) -> bool:
        if str(nodes[-1][1]) != "AT_BOUNDARY" or self.universe != byte_alphabet.ASCII:
            return False
        before = [node for node in nodes if str(node[0]) != "AT"]
        return bool(before) and not self._ends_in_loop(before)

    def _ends_in_loop(self, nodes: Sequence[Node]) -> bool:
        name, value = str(nodes[-1][0]), nodes[-1][1]
        if name.endswith("_REPEAT"):
            return bool(value[1] == _MOST) or self._ends_in_loop(list(value[2]))
        return any(inner and self._ends_in_loop(list(inner)) for inner in children(nodes[-1]))

    def _all_of(self, nodes: list[Node]) -> _Rest:
        return self.width(nodes)[1], self.alphabet(nodes)

    def back(self, nodes: Iterable[Node]) -> tuple[Part, ...]:
        """Return the parts of the head from its end to its start, with loops separate from bounded parts."""
        rests: list[_Rest] = []
        for node in reversed(list(self._flat(nodes))):
            rest = self._all_of([node])
            if rests and rest[0] is not None and rests[-1][0] is not None:
                rests[-1] = _join(rests[-1], rest)
            elif rest[0] != 0:
                rests.append(rest)
        return tuple(Part(width, _bytes(chars)) for width, chars in rests)

    def _flat(self, nodes: Iterable[Node]) -> Iterator[Node]:
        """Yield the nodes in order, replacing unbounded groups with their contents."""
        for node in nodes:
            if str(node[0]) == "SUBPATTERN" and self._width(node)[1] is None:
                yield from self._flat(node[1][3])
            else:
                yield node

    def emit(self, nodes: Iterable[Node]) -> str | None:
        """Return a byte expression for `nodes`, or None if they cannot match in this universe."""
        pieces = [self._emit(node) for node in nodes]
        return None if None in pieces else "".join(piece or "" for piece in pieces)

    def _emit(self, node: Node) -> str | None:
        name, value = str(node[0]), node[1]
        single = self.chars(node)
        if single is not None:
            return bracket(single) if single else None
        if name == "AT":
            return r"\b" if str(value) == "AT_BOUNDARY" and self.universe == byte_alphabet.ASCII else ""
        if name in ("ASSERT", "ASSERT_NOT"):
            return ""
        if name == "GROUPREF":
            inner = self.emit(self._group(value))
            return None if inner is None else f"(?:{inner})?"
        if name.endswith("_REPEAT"):
            return self._repeat(*value)
        options = [self.emit(inner) for inner in children(node)]
        if name == "GROUPREF_EXISTS" and len(options) == 1:
            options.append("")
        possible = list(dict.fromkeys(option for option in options if option is not None))
        return f"(?:{'|'.join(possible)})" if possible else None

    def _repeat(self, least: int, most: int, inner: Iterable[Node]) -> str | None:
        body = self.emit(inner)
        if body is None:
            return None if least else ""
        if least > _WIDEST_REPEAT:
            raise UnknownSyntaxError
        if most == _MOST or most - least > _LONG_REPEAT:
            return f"(?:{body}){{{least},}}"
        return f"(?:{body}){{{least},{most}}}"


def children(node: Node) -> list[Any]:
    """Return the sequences of nodes inside a node."""
    name, value = str(node[0]), node[1]
    if name == "SUBPATTERN":
        return [value[3]]
    if name == "BRANCH":
        return list(value[1])
    if name.endswith("_REPEAT"):
        return [value[2]]
    if name in ("ASSERT", "ASSERT_NOT"):
        return [value[1]]
    if name == "ATOMIC_GROUP":
        return [value]
    if name == "GROUPREF_EXISTS":
        return [inner for inner in value[1:] if inner is not None]
    if name in _SINGLE or name in (_CASELESS, "AT", "GROUPREF"):
        return []
    raise UnknownSyntaxError(name)


def _join(one: _Rest, other: _Rest) -> _Rest:
    width = None if one[0] is None or other[0] is None else one[0] + other[0]
    return width, one[1] | other[1]


def _bytes(chars: frozenset[int]) -> bytes:
    return bytes(sorted(chars))
