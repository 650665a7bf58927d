"""The rules in use, indexed by the findings that they are about."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from guardrails_cli.core.finding import Finding
from guardrails_cli.core.globs import Patterns
from guardrails_cli.policy.packs import Pack, Place, Rule

_MOST_KNOWN = 10_000


class Part(NamedTuple):
    """The part that a finding may play in a rule."""

    rule: int
    """Index in `Rulebook.rules`."""
    counts: bool
    """Whether the rule counts it."""
    partner: bool
    """Whether it is a partner: one of the findings that must be near for the rule to count another."""
    conditional: bool = False
    """Whether the rule has conditions on places."""


class Rulebook:
    """The rules of a set of packs. Made once per run, used for many documents."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        packs = tuple(packs)
        self.frameworks = tuple(sorted({pack.framework for pack in packs}))
        self.rules: tuple[Rule, ...] = tuple(rule for pack in packs for rule in pack.rules)
        self._known: dict[tuple[str, float], tuple[Part, ...]] = {}
        self._patterns: dict[tuple[str, ...], Patterns] = {}
        self._local = frozenset(
            index for index, rule in enumerate(self.rules) if rule.exemptions or rule.place != Place()
        )

    def parts(self, entity_type: str, score: float) -> tuple[Part, ...]:
        """Return the parts that a finding may play in the rules, by its type and score alone."""
        found = self._known.get((entity_type, score))
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = tuple(self._parts(entity_type, score))
            self._known[entity_type, score] = found
        return found

    def _parts(self, entity_type: str, score: float) -> Iterable[Part]:
        for index, rule in enumerate(self.rules):
            if not rule.detectable:
                continue
            counts = entity_type in rule.entity_types and score >= rule.min_score
            near = rule.near
            partner = near is not None and entity_type in near.entity_types and score >= near.min_score
            if counts or partner:
                yield Part(index, counts, partner, index in self._local)

    def places(self, path: str, format_: str) -> "Places":
        """Return the rules' conditions on places, applied to one document."""
        path = path.replace("!", "/")  # a pattern reaches into an archive as into a folder
        idle: set[int] = set()
        exempt: dict[int, tuple[tuple[str, ...], ...]] = {}
        only: dict[int, tuple[str, ...]] = {}
        for index in sorted(self._local):
            rule = self.rules[index]
            holding = [each.place for each in rule.exemptions if self._fits(each.place, path, format_)]
            if not self._fits(rule.place, path, format_) or any(not place.columns for place in holding):
                idle.add(index)
            elif holding or rule.place.columns:
                exempt[index] = tuple(place.columns for place in holding)
                only[index] = rule.place.columns
        return Places(frozenset(idle), exempt, only)

    def _fits(self, place: Place, path: str, format_: str) -> bool:
        if place.formats and format_ not in place.formats:
            return False
        if not place.paths:
            return True
        if place.paths not in self._patterns:
            self._patterns[place.paths] = Patterns(place.paths)
        return self._patterns[place.paths].covers(path)


class Places(NamedTuple):
    """The conditions on places that remain once the document is known."""

    idle: frozenset[int]
    """Rules that do not apply to the document."""
    exempt: dict[int, tuple[tuple[str, ...], ...]]
    """Columns where a rule does not apply, by rule and exemption."""
    only: dict[int, tuple[str, ...]]
    """Columns that a rule is limited to; empty means none."""

    def narrowed(self, part: Part, finding: Finding) -> Part | None:
        """Return the finding's part in the rule at its place; None if it has none."""
        if part.rule in self.idle:
            return None
        if part.rule not in self.only:
            return part
        column = finding.location.column if finding.location else None
        if any(column_fits(names, column) for names in self.exempt[part.rule]):
            return None
        only = self.only[part.rule]
        if part.counts and only and not column_fits(only, column):
            return part._replace(counts=False) if part.partner else None
        return part


@lru_cache(maxsize=4096)
def column_fits(names: tuple[str, ...], column: str | None) -> bool:
    """Return whether a column has one of the names, ignoring letter case and the joints of its words."""
    return column is not None and any(fnmatchcase(column_name(column), name) for name in names)


def column_name(text: str) -> str:
    """Return a column's name in lower case, its words joined by `_`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[\s_.-]+", "_", words.strip()).casefold()
