"""Recognizers written as data: one YAML file per family, each entry with its standard.

An entry has an `entity`, its `source`, and `patterns`. A pattern has a `score` and either a `regex`, whose group
`value` is reported, or `words` and a `value`: a keyword, at most a few marks such as `no.: #`, the value.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import regex

from guardrails_cli.core.package_data import read_yaml
from guardrails_cli.detect.recognizers import checksums, secret_values
from guardrails_cli.detect.recognizers.recognizer import VALUE, Check, Evidence, ValueRecognizer

FAMILIES = ("health", "payment", "devices", "secrets", "categories", "personal")

CHECKS: dict[str, Check] = {
    "aba": checksums.aba,
    "base58check": checksums.base58check,
    "bic": checksums.bic,
    "id_like": lambda value: sum(character.isdigit() for character in value) >= 4,
    "jwt": secret_values.jwt,
    "luhn": checksums.luhn,
    "npi": checksums.npi,
    "password": secret_values.password,
    "random": secret_values.random_looking,
    "track": checksums.track,
    "vin": checksums.vin,
    "with_digit": lambda value: any(character.isdigit() for character in value),
}
"""Allowed names of a pattern's `check`."""

_GAP = (
    r"['\"]?(?:[ \t]{0,3}(?i:numbers?|num|no\.?|nr\.?|id|is|was|code|value|as))?(?:[ \t]{0,3}(?i:is|was|code|number))?"
    r"[ \t]{0,3}['\"]?[ \t]{0,2}[:=#>|]{0,2}[ \t]{0,3}['\"]?"
)
"""Allowed text between a keyword and its value."""


def family_recognizers() -> list[ValueRecognizer]:
    """Return the recognizers of all families, one per entity type; their keywords are English."""
    return [
        ValueRecognizer(
            row["entity"],
            evidence,
            name=_name(row["entity"]),
            context=row.get("context", ()),
        )
        for row, evidence in _entries()
    ]


def standards() -> dict[str, str]:
    """Return the standards that a family's recognizers follow, by entity type."""
    return {row["entity"]: row["source"] for row, _ in _entries()}


@cache
def _entries() -> tuple[tuple[dict[str, Any], tuple[Evidence, ...]], ...]:
    return tuple((row, tuple(_evidence(row))) for family in FAMILIES for row in _rows(family))


def _rows(family: str) -> list[dict[str, Any]]:
    return list(read_yaml("guardrails_cli.detect.recognizers", f"{family}.yaml"))


def _evidence(row: dict[str, Any]) -> Iterator[Evidence]:
    terms = row.get("terms")
    listed = "(?:" + "|".join(regex.escape(term) for term in _longest_first(terms.split(","))) + ")" if terms else ""
    for number, each in enumerate(row["patterns"], 1):
        check = CHECKS[each["check"]] if "check" in each else None
        value = each.get("value", listed).replace("{terms}", listed)
        needs = tuple(word.lower() for word in each.get("words", each.get("needs", ())))
        if "words" in each:
            words = "|".join(regex.escape(word).replace(r"\ ", "[ _-]?") for word in _longest_first(each["words"]))
            needs = tuple(word.lower().split()[0] for word in each["words"])
            pattern = rf"(?<![A-Za-z0-9])(?i:{words})(?![A-Za-z]){_GAP}(?P<{VALUE}>{value})"
        else:
            pattern = each["regex"].replace("{terms}", listed)
        yield Evidence(each.get("name", f"pattern {number}"), pattern, float(each["score"]), check, needs)


def _longest_first(words: list[str]) -> list[str]:
    return sorted({" ".join(word.split()) for word in words}, key=lambda word: (-len(word), word))


def _name(entity: str) -> str:
    return "".join(part.capitalize() for part in entity.split("_")) + "Recognizer"
