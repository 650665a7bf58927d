"""Find the matches of many patterns in one text: prefilter first, then each pattern where it may match."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import regex

from guardrails_cli.detect.patterns import byte_alphabet, candidate_windows, prefilter
from guardrails_cli.detect.patterns.byte_sets import UnknownSyntaxError
from guardrails_cli.detect.patterns.regex_shape import Part, Shape, analyse
from guardrails_cli.system import private_cache

Span = tuple[int, int]

_PLAN_VERSION = 2
_WORTHWHILE = 500
"""Hits that pay for compiling the twin, plus one more per character of the expression."""


class Expression(msgspec.Struct, frozen=True):
    """A regular expression of the `regex` module with its flags."""

    pattern: str
    flags: int


class Search:
    """Finds all matches of a list of expressions. Compiles each at first use."""

    def __init__(
        self,
        expressions: Iterable[Expression],
        hints: Sequence[str] = (),
        use_prefilter: bool = True,
        needs: Sequence[tuple[str, ...]] = (),
    ) -> None:
        """Prepare the search.

        Args:
            expressions: expressions to search for.
            hints: byte expressions that only the prefilter searches for, in ASCII text.
            use_prefilter: False searches the whole text for each expression, as without Hyperscan.
            needs: for each expression its required words in lower case, of which every match contains one; a text
                without them is not searched. Empty: no such words.

        """
        self.expressions = tuple(dict.fromkeys(expressions))
        self._needs = tuple(needs) or ((),) * len(self.expressions)
        self.index = {expression: number for number, expression in enumerate(self.expressions)}
        self._hints = tuple(hints)
        self._compiled: dict[int, Any] = {}
        self._twins: dict[int, Any] = {}
        self._tries = [0] * len(self.expressions)
        self._plans: dict[bool, _Plan | None] = {} if use_prefilter else {True: None, False: None}

    def compiled(self, number: int) -> Any:
        """Return the compiled expression of that number."""
        found = self._compiled.get(number)
        if found is None:
            expression = self.expressions[number]
            found = self._compiled[number] = regex.compile(expression.pattern, flags=expression.flags)
        return found

    def _finder(self, number: int, ends: Sequence[int], ascii_only: bool) -> Any:
        """Return the pattern to search with: for ASCII text the twin, once compiling it pays."""
        if not ascii_only:
            return self.compiled(number)
        if number not in self._twins:
            self._tries[number] += len(ends)
            expression = self.expressions[number]
            if self._tries[number] < _WORTHWHILE + len(expression.pattern):
                return self.compiled(number)
            from guardrails_cli.detect.patterns.ascii_twin import twin

            self._twins[number] = twin(expression.pattern, expression.flags) or self.compiled(number)
        return self._twins[number]

    def matches(self, text: str) -> tuple[list[Sequence[Span]], list[list[int]] | None]:
        """Return for each expression the spans of its non-empty matches in `text`.

        The second value holds where each hint ends, or None if there was no prefilter.
        """
        data = byte_alphabet.encode(text)
        ascii_only = text.isascii()
        if ascii_only not in self._plans:
            self._plans[ascii_only] = _load_plan(self.expressions, self._hints, ascii_only)
        plan = self._plans[ascii_only]
        found: list[Sequence[Span]] = [()] * len(self.expressions)
        unknown = range(len(self.expressions)) if plan is None else plan.unknown
        lowered = text.lower() if unknown else ""
        for number in unknown:
            if not self._needs[number] or any(word in lowered for word in self._needs[number]):
                found[number] = self._everywhere(number, text)
        if plan is None:
            return found, None
        hits = plan.automaton.hits(data)
        for number, shape, ends in zip(plan.numbers, plan.shapes, hits, strict=False):
            if ends:
                found[number] = candidate_windows.find(self._finder(number, ends, ascii_only), shape, text, data, ends)
        return found, hits[len(plan.numbers) :] if ascii_only else None

    def _everywhere(self, number: int, text: str) -> list[Span]:
        return [match.span() for match in self.compiled(number).finditer(text) if match.end() > match.start()]


class _Plan(msgspec.Struct, frozen=True):
    """The search plan for one kind of text."""

    unknown: tuple[int, ...]
    """Expressions to search for in the whole text."""
    numbers: tuple[int, ...]
    """Expressions in the prefilter; an expression that cannot match such text is in neither list."""
    shapes: tuple[Shape, ...]
    automaton: prefilter.Prefilter


def _load_plan(expressions: Sequence[Expression], hints: Sequence[str], ascii_only: bool) -> _Plan | None:
    shapes = _shapes(expressions, ascii_only)
    known = {number: shape for number, shape in enumerate(shapes) if shape is not None and shape.head is not None}
    unknown = {number for number, shape in enumerate(shapes) if shape is None}
    more = tuple(hints) if ascii_only else ()
    try:
        automaton = prefilter.load([*(shape.head or "" for shape in known.values()), *more])
    except prefilter.RefusedError:
        refused = {number for number, shape in known.items() if not prefilter.accepts(shape.head or "")}
        unknown |= refused
        known = {number: shape for number, shape in known.items() if number not in refused}
        automaton = prefilter.load([*(shape.head or "" for shape in known.values()), *more])
    if automaton is None:
        return None
    return _Plan(tuple(sorted(unknown)), tuple(known), tuple(known.values()), automaton)


def _shapes(expressions: Sequence[Expression], ascii_only: bool) -> list[Shape | None]:
    """Return the shape of each expression, from the cache if possible; None for one that is not understood."""
    key = json.dumps([_PLAN_VERSION, ascii_only, [[item.pattern, item.flags] for item in expressions]])
    name = f"shapes-{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"
    stored = private_cache.read(name)
    if stored is not None:
        return [None if row is None else _decode(row) for row in json.loads(stored)]
    shapes: list[Shape | None] = []
    for expression in expressions:
        try:
            shapes.append(
                analyse(expression.pattern, expression.flags, byte_alphabet.ASCII if ascii_only else byte_alphabet.ALL)
            )
        except UnknownSyntaxError:
            shapes.append(None)
    private_cache.write(name, json.dumps([None if shape is None else _encode(shape) for shape in shapes]).encode())
    return shapes


def _encode(shape: Shape) -> list[Any]:
    back, tail = (
        [[part.width, part.chars.decode("latin-1")] for part in parts] for parts in (shape.back, [shape.tail])
    )
    return [shape.head, shape.shortest, back, tail[0], shape.ahead]


def _decode(row: list[Any]) -> Shape:
    head, shortest, back, tail, ahead = row
    parts = [Part(width, chars.encode("latin-1")) for width, chars in (*back, tail)]
    return Shape(head, shortest, tuple(parts[:-1]), parts[-1], ahead)
