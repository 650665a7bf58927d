"""Small lists of names (places, peoples, given names) that confirm or refute what the language model reports."""

from functools import cache

from guardrails_cli.core.package_data import read_yaml


@cache
def names(kind: str) -> frozenset[str]:
    """Return the names of one kind, a key of `gazetteer.yaml`, in lower case."""
    return frozenset(name.casefold() for name in spelled(kind))


@cache
def spelled(kind: str) -> tuple[str, ...]:
    """Return the names of one kind as they are written, sorted."""
    return tuple(sorted({" ".join(name.split()) for name in _data()[kind].split(",")}))


@cache
def _data() -> dict[str, str]:
    return dict(read_yaml("guardrails_cli.detect.ner", "gazetteer.yaml"))


def is_place(name: str) -> bool:
    """Return whether `name` is a country, state, well-known city or an abbreviation of one in capitals."""
    folded = name.casefold()
    return name in _abbreviations() or any(folded in names(kind) for kind in ("countries", "states", "cities"))


@cache
def _abbreviations() -> frozenset[str]:
    return frozenset(spelled("abbreviations"))


def has_given_name(text: str) -> bool:
    """Return whether a word of `text` is a common given name, ignoring case."""
    return any(word.strip("'’.,").removesuffix("'s") in names("given_names") for word in text.casefold().split())


def is_person_name(value: str) -> bool:
    """Return whether none of the words of a name after a label means a thing, a company or a place."""
    words = {word.strip("'’.,").casefold() for word in value.replace("-", " ").split()}
    return words.isdisjoint(names("no_names") | names("organization_words") | names("place_words"))
