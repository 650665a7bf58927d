"""Shell completion of options and arguments. Imports nothing heavy: a person waits at each Tab."""

import re
from collections.abc import Iterable, Iterator

Suggestion = tuple[str, str]
"""Value and its description."""

_RULE = re.compile(r"^\s*- id: ['\"]?(\w+)['\"]?\n\s+name: ['\"]?(.*?)['\"]?$", re.MULTILINE)


def frameworks(incomplete: str) -> Iterator[Suggestion]:
    """Suggest the names of the built-in frameworks, in a comma-separated list."""
    return _listed(incomplete, ((name, title) for name, title, _ in _packs()))


def entity_types(incomplete: str) -> Iterator[Suggestion]:
    """Suggest entity types, in a comma-separated list."""
    return _listed(incomplete, _types())


def countries(incomplete: str) -> Iterator[Suggestion]:
    """Suggest the countries that have recognizers, in a comma-separated list.

    Those that only Presidio has are unknown before the first scan of a country.
    """
    from guardrails_cli.detect.catalogue.national import country_codes
    from guardrails_cli.detect.registry import known_countries

    codes = {*(known_countries() or {}).values(), *country_codes()}
    return _listed(incomplete, ((code, "") for code in sorted(codes)))


def topics(incomplete: str) -> Iterator[Suggestion]:
    """Suggest topics to explain: entity types, rules, techniques."""
    return _beginning(incomplete, [*_types(), *_rules(), *_techniques()])


def packs_and_rules(incomplete: str) -> Iterator[Suggestion]:
    """Suggest frameworks and rules."""
    return _beginning(incomplete, [*((name, title) for name, title, _ in _packs()), *_rules()])


def packs(incomplete: str) -> Iterator[Suggestion]:
    """Suggest frameworks."""
    return _beginning(incomplete, [(name, title) for name, title, _ in _packs()])


def _listed(incomplete: str, known: Iterable[Suggestion]) -> Iterator[Suggestion]:
    before, comma, last = incomplete.rpartition(",")
    given = set(before.split(","))
    left = [(name, text) for name, text in known if name not in given]
    return ((f"{before}{comma}{name}", text) for name, text in _beginning(last, left))


def _beginning(incomplete: str, known: Iterable[Suggestion]) -> Iterator[Suggestion]:
    return ((name, text) for name, text in known if name.startswith(incomplete))


def _types() -> list[Suggestion]:
    from guardrails_cli.core.entity_types import ENTITY_TYPES

    return [(name, known.description) for name, known in ENTITY_TYPES.items()]


def _rules() -> list[Suggestion]:
    return [(match[1], match[2]) for _, _, text in _packs() for match in _RULE.finditer(text)]


def _techniques() -> list[Suggestion]:
    from guardrails_cli.core.package_data import read_yaml

    return list(read_yaml("guardrails_cli.services", "explain.yaml")["techniques"].items())


def _packs() -> Iterator[tuple[str, str, str]]:
    """Yield framework, title and text of the built-in packs. Reading them as YAML would take a second."""
    from guardrails_cli.policy.files import builtin_files

    for name, path in builtin_files().items():
        text = path.read_text(encoding="utf-8")
        title = re.search(r"^title: (.*)$", text, re.MULTILINE)
        yield name, title[1] if title else "", text
