"""Compile the small language of features.yaml, in which a wording is a sequence of words, concepts and gaps.

A wording is tried only where one of its first phrases occurs, and matched there, never searched for. Every repetition
in it is bounded, so a match depends on the next few hundred characters alone, and the time is linear in the text's
length. Two cheap conditions come first: the word that must come next, and words that must come soon.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from guardrails_cli.injection.folding import fold_letters

WORD = re.compile(r"([^\W_]+)")
ASCII_WORD = re.compile(r"([a-z0-9]+)")
NEAR, FAR = 8, 24
"""Numbers of words within which the required words must come."""
_GAP = r"(?:[\s,'\"“”„«»*~/>#–—-]|\s[(_]{1,2}|[)_]{1,2}\s){1,8}"
"""Gap between words of a sentence, without the marks that occur in code."""
_WIDE_GAP = r"\W{1,8}"
_NEXT_WORD = r"\w{1,30}"
_STEM = r"\w{0,6}"
_ENDINGS = (
    "",
    *["a", "e", "i", "m", "n", "o", "r", "s", "x"],
    *["as", "am", "em", "en", "er", "es", "is", "os", "mi", "ych", "nych", "ich", "ej", "ux", "use", "rt"],
    "ische",
    "ischen",
)
"""Endings allowed after a stem that begins a wording; inside a wording any letters may follow."""
_LITERAL = re.compile(r"\?*[\w'*|,_-]*[\w'*]")
_PUNCTUATION = frozenset(":,.!\"'[(")
_END = ""


class Concept(msgspec.Struct, frozen=True):
    """Phrases with the same meaning."""

    phrases: tuple[str, ...]
    """Folded phrases."""
    english: frozenset[str]
    """First words of the English phrases."""

    @property
    def exact(self) -> bool:
        """Whether its phrases begin with whole words."""
        return not any(phrase.split()[0].endswith("*") for phrase in self.phrases)


class Wording(msgspec.Struct, eq=False):
    """One wording of a feature."""

    feature: str
    place: str
    """Required place of the first word: `order`, `start` (of a sentence), `line` (its start), or empty: anywhere."""
    english: frozenset[str]
    """First words to which an `order` place applies: those of other languages are orders by their form."""
    rest: list[tuple[str, Concept | None]]
    """The elements after the first."""
    _pattern: re.Pattern[str] | None = None

    def source(self) -> str:
        """Return the regex of the text after the first phrase."""
        return "".join(_sources(self.rest))

    def match(self, text: str, start: int) -> re.Match[str] | None:
        """Match the text after the first phrase. A regex is made at its first use: a text needs few of them."""
        if self._pattern is None:
            self._pattern = compiled(self.source())
        return self._pattern.match(text, start)


class Trial(msgspec.Struct, frozen=True):
    """A wording that may begin with a certain word."""

    wording: Wording
    rest: str
    """Rest of the phrase after that word, folded; empty if there is none."""
    near: int
    """Bit mask of the groups of which one word each must come within NEAR words."""
    far: int
    """Bit mask for words within FAR words."""

    def end(self, text: str, start: int, word: str) -> int:
        """Return the end of the wording that begins at `start` with `word`; -1 if it does not match there."""
        middle = start + len(word)
        if self.rest:
            phrase = compiled(phrase_source(self.rest)).match(text, middle)
            if not phrase:
                return -1
            middle = phrase.end()
        elif text[middle : middle + 1] == "_":
            return -1
        found = self.wording.match(text, middle)
        return found.end() if found else -1


def read_concepts(lexicon: Mapping[str, Mapping[str, str]]) -> dict[str, Concept]:
    """Return the concepts of lexicon.yaml by name."""
    concepts = {}
    for name, languages in lexicon.items():
        split = {language: [fold_phrase(phrase) for phrase in text.split(",")] for language, text in languages.items()}
        phrases = dict.fromkeys(phrase for found in split.values() for phrase in found if phrase)
        english = frozenset(_words(phrase)[0] for phrase in split.get("en", ()) if phrase)
        concepts[name] = Concept(tuple(phrases), english)
    return concepts


def fold_phrase(phrase: str) -> str:
    """Return a phrase as it appears in folded text."""
    return " ".join(fold_letters(phrase).split())


def trials(
    feature: str, line: str, place: str, concepts: Mapping[str, Concept], groups: dict[frozenset[str], int]
) -> Iterator[tuple[str, str | None, Trial]]:
    """Yield the trials of one wording: at which word, before which next word (None: any), and how.

    Args:
        feature: the feature of the wording.
        line: the wording.
        place: required place of its first word.
        concepts: concepts by name.
        groups: groups of required words with their bits; the groups that this wording needs are added.

    Raises:
        ValueError: if the wording does not begin with words.

    """
    (element, first), *rest = [(element, _concept(element, concepts)) for element in line.split()]
    if first is None or element.startswith("?"):
        raise ValueError(f"features.yaml, {feature}: {line!r} does not begin with words")
    wording = Wording(feature, place, first.english, rest)
    near, far = _needs(first, rest, groups)
    adjacent = rest[0][1] if rest and rest[0][0][0] != "?" else None
    follows = _first_words(adjacent) if adjacent and adjacent.exact else (None,)
    for phrase in first.phrases:
        word, *others = _words(phrase)
        nexts = (others[0],) if others and "*" not in phrase else (None,) if others else follows
        remainder = phrase[len(word) :].removeprefix("*")
        trial = Trial(wording, remainder, near, far)
        for start in (word + ending for ending in _ENDINGS) if phrase.split()[0].endswith("*") else (word,):
            for following in nexts:
                yield start, following, trial


def _needs(
    first: Concept, rest: list[tuple[str, Concept | None]], groups: dict[frozenset[str], int]
) -> tuple[int, int]:
    """Return the bits of the groups of words that must come within NEAR and within FAR words."""
    near = far = 0
    reach = _longest(first)
    for element, concept in rest:
        if _is_gap(element):
            reach += int(element[1:])
        elif concept:
            if element[0] != "?" and concept.exact and reach < FAR:
                bit = groups.setdefault(_first_words(concept), 1 << len(groups))
                near |= bit if reach < NEAR else 0
                far |= bit
            reach += _longest(concept)
        else:
            reach += 3
    return near, far


@cache
def _first_words(concept: Concept) -> frozenset[str]:
    return frozenset(_words(phrase)[0] for phrase in concept.phrases)


@cache
def _longest(concept: Concept) -> int:
    return max(len(_words(phrase)) for phrase in concept.phrases)


def _is_gap(element: str) -> bool:
    return element[0] in "~+" and element[1:].isdecimal()


@cache
def _words(phrase: str) -> tuple[str, ...]:
    words = tuple(WORD.findall(phrase))
    if not words or not phrase.startswith(words[0]):
        raise ValueError(f"the phrase {phrase!r} begins with no word")
    return words


def _sources(elements: list[tuple[str, Concept | None]]) -> Iterator[str]:
    """Yield the regexes of the elements after the first, each with the gap before it."""
    gap = _GAP
    for element, concept in elements:
        if _is_gap(element):
            gap = _WIDE_GAP if element[0] == "+" else _GAP
            yield f"(?:{gap}{_NEXT_WORD}){{0,{element[1:]}}}?"
            continue
        inner = _alternatives(concept.phrases) if concept else f"(?:{element.removeprefix('?')})"
        inner = (r"\s{0,2}" if not concept and element[0] in _PUNCTUATION else gap) + inner
        yield f"(?:{inner})?" if element.startswith("?") else inner
        gap = _GAP


def _concept(element: str, concepts: Mapping[str, Concept]) -> Concept | None:
    """Return the words of an element; None for a gap and for a plain regular expression."""
    if element.startswith("<") or "|<" in element:
        named = [concepts[part[1:-1]] if part.startswith("<") else _literal(part) for part in element.split("|")]
        phrases = tuple(phrase for concept in named for phrase in concept.phrases)
        return Concept(phrases, frozenset[str]().union(*(concept.english for concept in named)))
    return _literal(element.removeprefix("?")) if _LITERAL.fullmatch(element) and not _is_gap(element) else None


def _literal(words: str) -> Concept:
    phrases = tuple(fold_phrase(word.replace("_", " ")) for word in words.split("|") if WORD.match(word))
    return Concept(phrases, frozenset(_words(phrase)[0] for phrase in phrases))


@cache
def phrase_source(phrase: str) -> str:
    """Return the regex of the rest of a folded phrase."""
    return _alternatives((phrase,))


def _alternatives(phrases: tuple[str, ...]) -> str:
    """Return a regex for any of the phrases: a tree by letters, many times faster than a list."""
    tree: dict[str, Any] = {}
    for phrase in phrases:
        node = tree
        for char in phrase:
            node = node.setdefault({" ": _GAP, "*": _STEM}.get(char) or re.escape(char), {})
        node[_END] = {}
    return rf"{_branches(tree)}(?!\w)"


def _branches(tree: Mapping[str, Any]) -> str:
    inner = [atom + _branches(below) for atom, below in tree.items() if atom != _END]
    if not inner:
        return ""
    joined = inner[0] if len(inner) == 1 and _END not in tree else f"(?:{'|'.join(inner)})"
    return f"{joined}?" if _END in tree else joined


@cache
def compiled(source: str) -> re.Pattern[str]:
    """Return the regex, compiled at first use: a text needs few of them."""
    return re.compile(source, re.DOTALL)
