"""The search rules: features, wordings and marks, from features.yaml and lexicon.yaml."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from guardrails_cli.core.package_data import read_yaml
from guardrails_cli.injection.folding import fold_letters
from guardrails_cli.injection.wording import Trial, phrase_source, read_concepts, trials


class Feature(msgspec.Struct, frozen=True):
    """A kind of evidence for an injection."""

    name: str
    technique: str
    weight: float
    """Expected weight in log-odds."""


class Opening(msgspec.Struct, frozen=True):
    """The wordings to try at a word."""

    any_next: list[Trial] = msgspec.field(default_factory=list)
    by_next: dict[str, list[Trial]] = msgspec.field(default_factory=dict)
    """Wordings tried only if a certain word comes next."""


class Mark(msgspec.Struct, frozen=True):
    """Literal characters that begin a wording which is not a sequence of words."""

    feature: str
    mark: str
    source: str
    """Regex of the whole wording."""


class Rules(msgspec.Struct, frozen=True):
    """The complete set of search rules."""

    features: Mapping[str, Feature]
    openings: Mapping[str, Opening]
    """Wordings by their first word."""
    groups: Mapping[str, int]
    """Bit mask of each word's groups, for every word that a wording begins with or needs."""
    marks: tuple[Mark, ...]
    words: frozenset[str]
    """Every word of the lexicon."""

    def sources(self) -> Iterator[str]:
        """Yield every regex once."""
        openings = self.openings.values()
        tried = [
            trial for opening in openings for found in (opening.any_next, *opening.by_next.values()) for trial in found
        ]
        yield from dict.fromkeys(trial.wording.source() for trial in tried)
        yield from dict.fromkeys(phrase_source(trial.rest) for trial in tried if trial.rest)
        yield from (mark.source for mark in self.marks)


@cache
def load_rules() -> Rules:
    """Return the rules in the package's data."""
    concepts = read_concepts(read_data("lexicon.yaml"))
    openings: dict[str, Opening] = {}
    groups: dict[frozenset[str], int] = {}
    marks: list[Mark] = []
    rows = read_data("features.yaml")
    for row in rows:
        for line in row.get("patterns", "").splitlines():
            for word, following, trial in trials(row["name"], line, row.get("place", ""), concepts, groups):
                opening = openings.setdefault(word, Opening())
                (opening.any_next if following is None else opening.by_next.setdefault(following, [])).append(trial)
        begins = map(fold_letters, row.get("marks", ()))
        marks += [Mark(row["name"], mark, re.escape(mark) + fold_letters(row["tail"])) for mark in begins]
    bits = dict.fromkeys(openings, 0)
    for words, bit in groups.items():
        for word in words:
            bits[word] = bits.get(word, 0) | bit
    known = frozenset(word for concept in concepts.values() for phrase in concept.phrases for word in phrase.split())
    features = {row["name"]: Feature(row["name"], row["technique"], row["weight"]) for row in rows}
    return Rules(features, openings, bits, tuple(marks), known)


def read_data(name: str) -> Any:
    """Return the content of one of this package's YAML files."""
    return read_yaml("guardrails_cli.injection", name)
