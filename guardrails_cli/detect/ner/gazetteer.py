"""Small lists of names: places, peoples, given names. They confirm or refute what the language model says."""

from functools import cache

from guardrails_cli.core.package_data import read_yaml


@cache
def names(kind: str) -> frozenset[str]:
    """Return the names of a kind in lower case: one of the keys of `gazetteer.yaml`."""
    return frozenset(name.casefold() for name in spelled(kind))


@cache
def spelled(kind: str) -> tuple[str, ...]:
    """Return the names of a kind as they are written, sorted."""
    return tuple(sorted({" ".join(name.split()) for name in _data()[kind].split(",")}))


@cache
def _data() -> dict[str, str]:
    return dict(read_yaml("guardrails_cli.detect.ner", "gazetteer.yaml"))


def is_place(name: str) -> bool:
    """Return whether `name` is a country, state, well-known city or their abbreviation (in capitals)."""
    folded = name.casefold()
    return name in _abbreviations() or any(folded in names(kind) for kind in ("countries", "states", "cities"))


@cache
def _abbreviations() -> frozenset[str]:
    return frozenset(spelled("abbreviations"))


def has_given_name(text: str) -> bool:
    """Return whether a word of `text` is a common given name, whatever its letter case."""
    return any(word.strip("'’.,").removesuffix("'s") in names("given_names") for word in text.casefold().split())
