"""National identifiers: the entries of `national.yaml`, their labels, and what a value behind one of these is.

The modules of python-stdnum that check a value are imported when the first value of their kind has to be checked.
"""

import importlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import regex

from guardrails_cli.core.field_names import identifier_rows
from guardrails_cli.detect.catalogue.checks import CHECKS
from guardrails_cli.detect.recognizers.recognizer import Check

SCORES = CERTAIN, AMBIGUOUS, UNCHECKED, FAILED, BARE = 0.95, 0.85, 0.7, 0.5, 0.4
"""Scores of a value behind a label: the check fits; it fits, but the label has other meanings; there is no check; it
does not fit, but the label has no other meaning. The last is that of a value that passes a check without a label, in a
scan for its country."""
_ASCII_OF = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae", "ə": "e"})
_SEPARATORS = re.compile(r"[ ./()-]")
_WORDS = re.compile(r"[A-Z]+(?![a-zß-öø-ÿ])|[A-Z]?[^\W\d_A-Z]+|\d+")
_MOST_WORDS = 8
_MOST_ZEROS = 2
"""Leading zeros that a number in a column is tried with."""


@dataclass(frozen=True)
class Identifier:
    """One entry: a kind of number that a state gives to a person."""

    entity: str
    countries: tuple[str, ...]
    name: str
    source: str
    labels: tuple[str, ...]
    ambiguous: tuple[str, ...]
    """Labels that have other meanings, or stand for numbers of several countries: the check must fit."""
    value: str
    """Regular expression of the value, without regard to letter case."""
    check_name: str
    bare: tuple[str, float] | None
    """Regular expression and score of values that prove themselves."""
    specimens: tuple[str, ...]

    @property
    def check(self) -> Check | None:
        """The test of a value; None if it has no check digit."""
        return check_named(self.check_name) if self.check_name else None

    def judge(self, value: str, sure: bool) -> "Judged | None":
        """Return the score of a value of this shape behind a label, with the check in words; None if it is refuted."""
        check = self.check
        if check is None:
            return Judged(self, UNCHECKED, (self.name,)) if sure else None
        if check(value):
            return Judged(self, CERTAIN if sure else AMBIGUOUS, (self.name, f"check {self.check_name}"))
        return Judged(self, FAILED, (self.name, f"fails check {self.check_name}")) if sure else None

    def match(self, text: str, start: int) -> int:
        """Return the end of a value of this shape at a place; -1 if there is none."""
        found = _shape(self.value).match(text, start)
        return -1 if found is None else found.end()


class Judged(NamedTuple):
    """A value that is an identifier's."""

    identifier: Identifier
    score: float
    evidence: tuple[str, ...]


Labelled = tuple[tuple[Identifier, bool], ...]
"""Identifiers that have a label, each with whether the label is sure."""


@cache
def identifiers() -> tuple[Identifier, ...]:
    """Return all entries."""
    return tuple(
        Identifier(
            row["entity"],
            tuple(row["countries"]),
            row["identifier"],
            row["source"],
            tuple(row.get("labels", ())),
            tuple(row.get("ambiguous", ())),
            row["value"],
            row.get("check", ""),
            (row["bare"]["value"], row["bare"]["score"]) if "bare" in row else None,
            tuple(row["specimens"]),
        )
        for row in identifier_rows()
    )


@cache
def country_codes() -> frozenset[str]:
    """Return the codes of the countries with an entry."""
    return frozenset(code for each in identifiers() for code in each.countries)


@cache
def labelled() -> dict[str, Labelled]:
    """Return the identifiers of each label, by the label's plain name."""
    found: dict[str, list[tuple[Identifier, bool]]] = {}
    for each in identifiers():
        for labels, sure in ((each.labels, True), (each.ambiguous, False)):
            for label in labels:
                found.setdefault(plain(label), []).append((each, sure))
    return {label: tuple(entries) for label, entries in found.items()}


@lru_cache(maxsize=4096)
def label_of(name: str) -> str | None:
    """Return the plain label that the name of a column or key is, begins or ends with; None if there is none."""
    words = [plain(word) for word in _WORDS.findall(name)][:_MOST_WORDS]
    runs = ["".join(words[:size]) for size in range(len(words), 0, -1)]
    runs += ["".join(words[start:]) for start in range(1, len(words))]
    return next((run for run in (plain(name), *runs) if run in labelled()), None)


def is_sure(label: str) -> bool:
    """Return whether a plain label has no other meaning."""
    return any(sure for _, sure in labelled()[label])


def field_value(label: str, value: str) -> Judged | None:
    """Return the best meaning of a whole value behind a plain label; None if it is no identifier's.

    A spreadsheet's number may have become a decimal, or lost its leading zeros: then the check must fit.
    """
    digits = value.removesuffix(".0")
    changed = [digits.zfill(len(digits) + zeros) for zeros in range(_MOST_ZEROS + 1)] if digits.isdigit() else []
    found = [
        judged
        for each, sure in labelled()[label]
        for text in dict.fromkeys((value, *changed))
        if each.match(text, 0) == len(text)
        and (judged := each.judge(text, sure))
        and (text == value or (sure and judged.score == CERTAIN))
    ]
    return max(found, key=lambda judged: judged.score, default=None)


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a label or a field's name in small letters without separators and accents."""
    return re.sub(r"[\W_]+", "", without_accents(name.casefold()))


def without_accents(text: str) -> str:
    """Return a text in the Latin alphabet with its plain letters, other texts unchanged."""
    letters = unicodedata.normalize("NFD", text.translate(_ASCII_OF))
    found = "".join(each for each in letters if not unicodedata.combining(each))
    return found if found.isascii() else text


@cache
def check_named(name: str) -> Check:
    """Return the check of that name: our own, or that of a module of python-stdnum, such as `br.cpf`."""
    if name in CHECKS:
        return CHECKS[name]

    def is_valid(value: str) -> bool:
        module: Callable[[str], bool] = importlib.import_module(f"stdnum.{name}").is_valid
        upper = value.upper()
        return module(upper) or module(_SEPARATORS.sub("", upper))

    is_valid.__doc__ = f"python-stdnum's module {name}"
    return is_valid


@cache
def _shape(value: str) -> "regex.Pattern[str]":
    return regex.compile(rf"(?i:{value})(?![\w-])(?!\.\d)")
