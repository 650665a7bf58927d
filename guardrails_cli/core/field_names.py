"""Entity types implied by the names of fields and columns: `field_names.yaml`, and the labels of national identifiers.

Those labels are data of the catalogue, which lists them once for running text, columns and keys.
"""

import re
from functools import cache, lru_cache
from typing import Any

from guardrails_cli.core.package_data import read_yaml

NOBODY = "~"
"""Type of a column whose values are nobody's names."""
NATIONAL_ID = "NATIONAL_ID"
"""Type of fields that a label of national identifiers names, and of identifiers without a type of their own."""
_WORDS = re.compile(r"[^0-9a-zà-ÿ]+")


@cache
def _rows() -> dict[str, list[str]]:
    return dict(read_yaml("guardrails_cli.core", "field_names.yaml"))


@cache
def identifier_rows() -> tuple[dict[str, Any], ...]:
    """Return the catalogue's entries of national identifiers."""
    return tuple(read_yaml("guardrails_cli.detect.catalogue", "national.yaml"))


@cache
def field_types() -> dict[str, str]:
    """Return the entity type, or `NOBODY`, by field name in lower case without separators."""
    names = {_plain(label) for row in identifier_rows() for label in row.get("labels", ())} - {""}
    own = {name: entity for entity, fields in _rows().items() if entity != "ambiguous" for name in fields}
    return dict.fromkeys(names, NATIONAL_ID) | own


@lru_cache(maxsize=4096)
def is_ambiguous(name: str) -> bool:
    """Return whether a field's name means personal data only beside other personal fields."""
    return _plain(name) in _rows()["ambiguous"]


def _plain(name: str) -> str:
    return _WORDS.sub("", name.casefold())


@lru_cache(maxsize=4096)
def field_type(name: str) -> str | None:
    """Return the entity type that a field's name implies, `NOBODY`, or None if it implies nothing."""
    return field_types().get(_plain(name))
