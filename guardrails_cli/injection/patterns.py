"""The features of features.yaml as regular expressions, each tried only where one of its first words stands.

A pattern is matched at a place, never searched for, and every repetition in it is bounded: what it finds depends on
the few hundred characters after the place alone, and the time is linear in the text's length.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from guardrails_cli.injection.folding import fold_letters

WORD = re.compile(r"[^\W_]+")
_GAP = r"(?:[\s,'\"“”„«»*_~/>#–—-]|\s\(|\)\s){1,8}"
"""Between words of a sentence: not what code puts there."""
_WIDE_GAP = r"\W{1,8}"
_NEXT_WORD = r"\w{1,30}"
_STEM = r"\w{0,6}"
_ENDINGS = ("", *"a e i o s x".split(), *"as am em en er es is os mi ych nych ich ej ux use rt".split(), "ische", "ischen")
"""What may follow a stem that a pattern begins with; inside a pattern any letters may."""
_PLAIN = re.compile(r"\?*[\w'*|,_-]*[\w'*]")
_PUNCTUATION = frozenset(":,.!\"'[(")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One wording of a feature."""

    feature: str
    source: str
    place: str
    """`order`, `start`, or empty: anywhere."""
    english: frozenset[str]
    """First words whose place counts, if it is `order`: those of other languages are orders by their form."""
    needs: tuple[frozenset[str], ...]
    """Sets of words; a text that lacks all words of one of them cannot match."""

    @property
    def regex(self) -> re.Pattern[str]:
        """The expression, compiled at first use."""
        return _compile(self.source)


@dataclass(frozen=True, slots=True)
class Mark:
    """A wording that begins with literal characters."""

    feature: str
    mark: str
    source: str

    @property
    def regex(self) -> re.Pattern[str]:
        """The expression, compiled at first use."""
        return _compile(self.source)


@dataclass(frozen=True, slots=True)
class Feature:
    """What speaks for an injection: its technique and the weight it is expected to have, in log-odds."""

    name: str
    technique: str
    weight: float


@dataclass(frozen=True, slots=True)
class Rules:
    """All that the text is searched for."""

    features: Mapping[str, Feature]
    patterns: Mapping[str, tuple[Pattern, ...]]
    """By first word."""
    marks: tuple[Mark, ...]
    words: frozenset[str]
    """Every word of the lexicon."""


@cache
def load_rules() -> Rules:
    """Return the rules in the package's data."""
    lexicon = {name: _Concept.read(languages) for name, languages in read_data("lexicon.yaml").items()}
    rows = read_data("features.yaml")
    by_word: dict[str, list[Pattern]] = {}
    marks = []
    for row in rows:
        for line in row.get("patterns", "").splitlines():
            pattern, first = _pattern(row["name"], line, row.get("place", ""), lexicon)
            for word in first:
                by_word.setdefault(word, []).append(pattern)
        for mark in row.get("marks", ()):
            folded = fold_letters(mark)
            marks.append(Mark(row["name"], folded, re.escape(folded) + fold_letters(row["tail"])))
    features = {row["name"]: Feature(row["name"], row["technique"], row["weight"]) for row in rows}
    known = frozenset(word for concept in lexicon.values() for phrase in concept.phrases for word in phrase.split())
    return Rules(features, {word: tuple(found) for word, found in by_word.items()}, tuple(marks), known)


def read_data(name: str) -> Any:
    """Return the content of one of this package's YAML files."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(files("guardrails_cli.injection").joinpath(name).read_text(encoding="utf-8"), loader)  # noqa: S506


@dataclass(frozen=True, slots=True)
class _Concept:
    phrases: tuple[str, ...]
    english: frozenset[str]
    """The first words of the English phrases."""

    @classmethod
    def read(cls, languages: Mapping[str, str]) -> "_Concept":
        split = {language: [_folded(phrase) for phrase in text.split(",")] for language, text in languages.items()}
        phrases = dict.fromkeys(phrase for found in split.values() for phrase in found if phrase)
        return cls(tuple(phrases), frozenset(_first_word(phrase) for phrase in split.get("en", ()) if phrase))

    def first_words(self) -> Iterator[str]:
        """Yield the words that the phrases begin with."""
        for phrase in self.phrases:
            word = _first_word(phrase)
            yield from (word + ending for ending in _ENDINGS) if phrase.split()[0].endswith("*") else (word,)


def _folded(phrase: str) -> str:
    return " ".join(fold_letters(phrase).split())


def _first_word(phrase: str) -> str:
    found = WORD.match(phrase)
    if not found:
        raise ValueError(f"the phrase {phrase!r} begins with no word")
    return found[0]


def _pattern(name: str, line: str, place: str, lexicon: Mapping[str, _Concept]) -> tuple[Pattern, frozenset[str]]:
    """Return the pattern of one line and the words that it is tried at."""
    elements = line.split()
    concepts = [_concept(element, lexicon) for element in elements]
    if not concepts[0] or elements[0].startswith("?"):
        raise ValueError(f"features.yaml, {name}: {line!r} does not begin with words")
    source, gap = "", ""
    for number, (element, concept) in enumerate(zip(elements, concepts, strict=True)):
        if element[0] in "~+" and element[1:].isdecimal():
            gap = _WIDE_GAP if element[0] == "+" else _GAP
            source += f"(?:{gap}{_NEXT_WORD}){{0,{element[1:]}}}?"
            continue
        inner = _alternatives(concept.phrases) if concept else f"(?:{element.removeprefix('?')})"
        if number:
            inner = (r"\s{0,2}" if not concept and element[0] in _PUNCTUATION else gap or _GAP) + inner
        source += f"(?:{inner})?" if element.startswith("?") else inner
        gap = ""
    required = [concept for element, concept in zip(elements, concepts, strict=True) if concept and element[0] != "?"]
    exact = [concept for concept in required[1:] if not any("*" in phrase.split()[0] for phrase in concept.phrases)]
    needs = tuple(frozenset(concept.first_words()) for concept in exact)
    return Pattern(name, source, place, concepts[0].english, needs), frozenset(concepts[0].first_words())


def _concept(element: str, lexicon: Mapping[str, _Concept]) -> _Concept | None:
    """Return the words that an element stands for; None for a gap and for a plain regular expression."""
    if element.startswith("<") or "|<" in element:
        named = [lexicon[part[1:-1]] if part.startswith("<") else _literal(part) for part in element.split("|")]
        phrases = tuple(phrase for concept in named for phrase in concept.phrases)
        return _Concept(phrases, frozenset[str]().union(*(concept.english for concept in named)))
    return _literal(element.removeprefix("?")) if _PLAIN.fullmatch(element) and element[0] not in "~+" else None


def _literal(words: str) -> _Concept:
    phrases = tuple(_folded(word.replace("_", " ")) for word in words.split("|") if WORD.match(word))
    return _Concept(phrases, frozenset(_first_word(phrase) for phrase in phrases))


def _alternatives(phrases: tuple[str, ...]) -> str:
    escaped = (re.escape(phrase).replace(r"\ ", _GAP).replace(r"\*", _STEM) for phrase in phrases)
    longest_first = sorted(escaped, key=len, reverse=True)
    return rf"(?:{'|'.join(longest_first)})(?!\w)"


@cache
def _compile(source: str) -> re.Pattern[str]:
    return re.compile(source, re.DOTALL)


def iterate(rules: Rules) -> Iterator[Pattern | Mark]:
    """Yield every wording once."""
    yield from dict.fromkeys(pattern for patterns in rules.patterns.values() for pattern in patterns)
    yield from rules.marks
