"""What the names of fields and columns promise about their values, from `field_names.yaml`."""

import re
from functools import cache, lru_cache

from guardrails_cli.core.package_data import read_yaml

NOBODY = "~"
"""Stands for a column whose values are nobody's name."""
_WORDS = re.compile(r"[^0-9a-zà-ÿ]+")


@cache
def _rows() -> dict[str, list[str]]:
    return dict(read_yaml("guardrails_cli.core", "field_names.yaml"))


@cache
def field_types() -> dict[str, str]:
    """Return the entity type, or `NOBODY`, by the names of fields in small letters without anything between words."""
    return {name: entity for entity, fields in _rows().items() if entity != "ambiguous" for name in fields}


@lru_cache(maxsize=4096)
def is_ambiguous(name: str) -> bool:
    """Return whether a field's name means a person's data only beside other fields of a person."""
    return _plain(name) in _rows()["ambiguous"]


def _plain(name: str) -> str:
    return _WORDS.sub("", name.casefold())


@lru_cache(maxsize=4096)
def field_type(name: str) -> str | None:
    """Return the entity type that a field's name promises, `NOBODY`, or None if it says nothing."""
    return field_types().get(_plain(name))
