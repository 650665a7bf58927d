"""Presidio's context enhancement, done only where it can change a result.

Presidio walks back from a result over the words of the whole text until it has six keywords, and on to the first
keyword from the result on; it raises the score if one of the recognizer's context words is part of one of them. `Words`
are the words of that walk. The rule itself, its constants and the walk are those of `LemmaContextAwareEnhancer`; only
the searches for the token and for a keyword are replaced by bisection and a set.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, compress, islice
from typing import Protocol

from guardrails_cli.core.table_cells import cell_at
from guardrails_cli.core.text import Chunk, Layout, Mark

SIMILARITY = 0.35
LEAST_SCORE = 0.4
PREFIX_WORDS = 5

_FUNCTION_WORDS = """
a about after again all also am an and any are as at be because been before being but by
can could did do does done down each either else ever every few for from further had has have having
he her here hers him his how i if in into is it its itself just less many may me
might more most much must my neither no nor not of off on once only or other our ours out
over own per please quite rather really s same shall she should since so some such t than that the
their theirs them then there these they this those through to together too toward under until up upon us very
via was we well were what when where whether which while who whom whose why will with within without would
yes yet you your yours
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
"""Function words: a walk over six words would get nowhere with them."""

_RUN = re.compile(r"\w+|\s+|[^\w\s]+")
_LETTER = re.compile(r"[^\W\d_]")
_STRIDE = 80
_PATIENCE = 10
"""Results of a recognizer in one text after which a search of the text for any of its words pays."""


class Words(Protocol):
    """The words of a text, as the context enhancement sees them."""

    def support(self, start: int, context: tuple[str, ...]) -> bool:
        """Return whether a word of `context`, in lower case, is part of a keyword that supports a result at `start`.

        The supporting keywords are the last `PREFIX_WORDS` + 1 up to and including the token there, and the first from
        it on.
        """
        ...


class LightWords:
    r"""Words without a language model: runs of `\w` in lower case; keywords have a letter and are not function words.

    Tokens are runs of word characters, of white space and of everything else, so only the surroundings of a place need
    be read. If that becomes too much, all keywords are listed once.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._lowered = ""
        self._budget = len(text) // 2
        self._asked: dict[tuple[str, ...], int] = {}
        self._absent: set[tuple[str, ...]] = set()
        self._near: dict[int, str] = {}
        self._index: _Index | None = None

    def support(self, start: int, context: tuple[str, ...]) -> bool:
        """Return whether a keyword around `start` supports a result there."""
        if self._is_absent(context):
            return False
        if self._index is None:
            if start not in self._near:
                self._near[start] = self._around(start)
            if self._budget >= 0:
                near = self._near[start]
                return any(word in near for word in context)
            self._index = _Index(self._text)
        return self._index.support(start, context)

    def _is_absent(self, context: tuple[str, ...]) -> bool:
        """Return whether none of the words occurs in the text, as far as that is cheap and certain.

        The lower case of an ASCII text is that of its words.
        """
        asked = self._asked.get(context, 0)
        if asked < _PATIENCE:
            self._asked[context] = asked + 1
            if asked + 1 == _PATIENCE and self._text.isascii():
                self._lowered = self._lowered or self._text.lower()
                if not any(word in self._lowered for word in context):
                    self._absent.add(context)
        return context in self._absent

    def _around(self, start: int) -> str:
        """Return the keywords around `start`, one per line; unusable if the budget is exceeded."""
        text = self._text
        token = _RUN.match(text, start)
        end = token.end() if token else start
        found = [] if token is None or is_keyword(self._token(start, end)) else self._first_from(end)
        room = len(found) + PREFIX_WORDS
        while end > 0 and len(found) <= room and self._budget >= 0:
            begin = end - _STRIDE
            while begin > 0 and _is_word(text[begin]) and _is_word(text[begin - 1]):
                begin -= 1
            begin = max(begin, 0)
            self._budget -= end - begin
            for word in reversed(_WORD.findall(text, begin, end)):
                if keyword := _keywords[word]:
                    found.append(keyword)
                    if len(found) > room:
                        break
            end = begin
        return "\n".join(found)

    def _token(self, start: int, end: int) -> str:
        text = self._text
        if _is_word(text[start]):
            while start > 0 and _is_word(text[start - 1]):
                start -= 1
                self._budget -= 1
        return text[start:end]

    def _first_from(self, place: int) -> list[str]:
        for match in _WORD.finditer(self._text, place):
            if keyword := _keywords[match.group()]:
                self._budget -= match.end() - place
                return [keyword]
        self._budget -= len(self._text) - place
        return []


class _Index:
    """All keywords of a text in order, for queries about many places."""

    def __init__(self, text: str) -> None:
        pieces = _WORD_OR_REST.split(text)  # gap, word, gap, word, …
        edges = list(accumulate(map(len, pieces)))
        words = [_keywords[word] for word in pieces[1::2]]
        self._starts = list(compress(edges[0::2], words))
        self._ends = list(compress(edges[1::2], words))
        kept = [word for word in words if word]
        self._lines = "\n".join(kept)
        self._line_ends = list(accumulate(len(word) + 1 for word in kept))
        self._supporting: dict[tuple[str, ...], list[int]] = {}

    def support(self, start: int, context: tuple[str, ...]) -> bool:
        numbers = self._supporting.get(context)
        if numbers is None:
            numbers = self._supporting[context] = sorted(set(self._numbers(context)))
        if not numbers:
            return False
        place = bisect_right(self._starts, start)
        inside = place > 0 and self._ends[place - 1] > start
        first = bisect_left(numbers, place - PREFIX_WORDS - 1)
        return first < len(numbers) and numbers[first] < (place if inside else place + 1)

    def _numbers(self, context: tuple[str, ...]) -> Iterator[int]:
        """Yield the numbers of the keywords that contain a word of `context`."""
        for word in context:
            found = self._lines.find(word)
            while found >= 0:
                number = bisect_right(self._line_ends, found)
                yield number
                found = self._lines.find(word, self._line_ends[number])


_WORD = re.compile(r"\w+")
_WORD_OR_REST = re.compile(r"(\w+)")
_MOST_REMEMBERED = 50_000


class _Keywords(dict[str, str]):
    """Cache of words: the lower case of a keyword, an empty string for any other word."""

    def __missing__(self, word: str) -> str:
        found = word.lower() if is_keyword(word) else ""
        if len(word) <= _STRIDE:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[word] = found
        return found


_keywords = _Keywords()


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def is_keyword(word: str) -> bool:
    """Return whether a token counts as a context word."""
    return _LETTER.search(word) is not None and word.lower() not in STOP_WORDS


def light_tokens(text: str) -> list[tuple[int, str]]:
    """Return the start and text of each token of `text`; they tile it."""
    return [(match.start(), match.group()) for match in _RUN.finditer(text)]


class TableWords:
    """The words of a table: a value is supported by its column's name and the words before it in its cell.

    Neighbouring cells are as unrelated as another document.
    """

    def __init__(self, text: str, layout: Layout, marks: Sequence[Mark]) -> None:
        self._text = text
        self._delimiter = layout.delimiter
        self._columns = layout.columns
        self._marks = marks

    def support(self, start: int, context: tuple[str, ...]) -> bool:
        """Return whether the column's name, or a keyword before it in its cell, supports a result at `start`."""
        near = self._around(start)
        return any(word in near for word in context)

    def _around(self, start: int) -> str:
        index = bisect_right(self._marks, start, key=lambda mark: mark.start) - 1
        mark = self._marks[max(index, 0)]
        name, begin = self._cell(mark, start) if index >= 0 else ("", 0)
        begin = max(begin, start - _STRIDE)
        words = [word.lower() for word in _WORD.findall(self._text, begin, start) if is_keyword(word)]
        return "\n".join([name.lower(), *words[-PREFIX_WORDS:]])

    def _cell(self, mark: Mark, start: int) -> tuple[str, int]:
        """Return the name of the cell's column and the start of the cell."""
        place = mark.location
        if place is None or place.row is None:
            return "", mark.start
        if not place.is_row:
            return place.column or "", mark.start
        number, begin = cell_at(self._text, mark.start, start, self._delimiter)
        return self._columns[number] if number < len(self._columns) else "", begin


def table_words(chunk: Chunk) -> TableWords | None:
    """Return the words of a chunk that is known to be a table; None for any other."""
    return TableWords(chunk.text, chunk.layout, chunk.marks) if chunk.layout and chunk.marks else None


class LemmaWords:
    """The words of a text with the lemmas that a language model gives them."""

    def __init__(self, ends: Sequence[int], lemmas: Sequence[str], keywords: set[str]) -> None:
        """Take the tokens in order.

        Args:
            ends: end of each token.
            lemmas: lemma of each token.
            keywords: the lemmas of the whole text that count, in lower case.

        """
        self._ends = ends
        self._lemmas = lemmas
        self._keywords = keywords

    def support(self, start: int, context: tuple[str, ...]) -> bool:
        """Return whether a keyword around `start` supports a result there."""
        if not self._ends:
            return False
        token = index = min(bisect_right(self._ends, start), len(self._ends) - 1)
        found: list[str] = []
        while index >= 0 and len(found) <= PREFIX_WORDS:
            lemma = self._lemmas[index].lower()
            if lemma in self._keywords:
                found.append(lemma)
            index -= 1
        following = (self._lemmas[place].lower() for place in range(token, len(self._lemmas)))
        found += islice((lemma for lemma in following if lemma in self._keywords), 1)
        return any(word in lemma for lemma in found for word in context)


def enhanced(score: float) -> float:
    """Return the score of a result that is supported by its context."""
    return min(max(score + SIMILARITY, LEAST_SCORE), 1.0)
