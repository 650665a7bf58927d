"""Entries of the catalogue as recognizers: one YAML file per family of entity types.

An entry has an `entity`, its `source` (the standard or the vendor's documentation), and `patterns`. A pattern has a
`score` and either a `regex`, whose group `value` is reported, or `words` and a `value`: a label, at most a few marks
such as `no.: #`, the value. `check` names a test of the value, `refuted_by` names surroundings in which it is something
else. `replaces: true` means that Presidio's recognizers of the type are not used. `found` and `not_found` are examples:
texts with the value that must be found, and texts in which the type must not be found. They run as tests.

The entries of the family `national` have another form, which its file explains; `national.py` reads them.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import regex

from guardrails_cli.core.field_names import identifier_rows
from guardrails_cli.core.package_data import read_yaml
from guardrails_cli.detect.catalogue.checks import CHECKS
from guardrails_cli.detect.catalogue.national_text import NationalRecognizer
from guardrails_cli.detect.catalogue.surroundings import REFUTATIONS
from guardrails_cli.detect.recognizers.recognizer import LABEL, VALUE, Evidence, ValueRecognizer
from guardrails_cli.detect.recognizers.secret_values import TEST_SCORE, is_test_value
from guardrails_cli.detect.results import Raw

SECRETS = frozenset({"ACCESS_TOKEN", "API_KEY", "PASSWORD"})
FAMILIES = ("health", "payment", "devices", "secrets", "categories", "personal", "identifiers", "contact", "national")

_GAP = (
    r"['\"]?(?:[ \t]{0,3}(?i:numbers?|num|no\.?|nr\.?|id|is|was|code|value|as))?(?:[ \t]{0,3}(?i:is|was|code|number))?"
    r"[ \t]{0,3}['\"]?[ \t]{0,2}[:=#>|]{0,2}[ \t]{0,3}['\"]?"
)
"""Allowed text between a label and its value."""
_GAPS = {
    "": _GAP,
    "form": rf"(?:[ \t]{{0,2}}\([A-Za-z/. -]{{2,20}}\))?(?:{_GAP}|[ \t]{{0,3}}[-–:]?[ \t]{{0,3}}\r?\n?[ \t]{{0,8}})",
}
"""By the name that a pattern's `gap` has: `form` also allows a hint in brackets, a dash, and the next line."""


class _SecretRecognizer(ValueRecognizer):
    """Finds secrets by their formats; those of documentation and tests have a low score."""

    def judge(self, text: str, spans: Sequence[Sequence[tuple[int, int]]]) -> list[Raw]:
        return [
            found._replace(score=min(found.score, TEST_SCORE), evidence=(*found.evidence, "test value"))
            if is_test_value(text[found.start : found.end])
            else found
            for found in super().judge(text, spans)
        ]


def family_recognizers(countries: Iterable[str] = ()) -> list[ValueRecognizer]:
    """Return the recognizers of all entries.

    Args:
        countries: countries whose national identifiers are also found without a label.

    """
    found = [
        (_SecretRecognizer if row["entity"] in SECRETS else ValueRecognizer)(
            row["entity"], tuple(_evidence(row)), name=_name(row["entity"]), context=row.get("context", ())
        )
        for row in _entries()
        if "patterns" in row
    ]
    return [*found, NationalRecognizer(countries)]


def standards() -> dict[str, str]:
    """Return the standards that the entries follow, by entity type."""
    return {row["entity"]: row["source"] for row in reversed(_entries())}


@cache
def replaced_types() -> frozenset[str]:
    """Return the entity types whose recognizers of Presidio's are not used, because the catalogue has better ones."""
    return frozenset(row["entity"] for row in _entries() if row.get("replaces"))


@cache
def entry(entity: str) -> dict[str, Any]:
    """Return the entry of an entity type as its file has it; empty if it has none."""
    return next((row for row in _entries() if row["entity"] == entity), {})


@cache
def _entries() -> tuple[dict[str, Any], ...]:
    return tuple(row for family in FAMILIES for row in _rows(family))


def _rows(family: str) -> Sequence[dict[str, Any]]:
    if family == "national":
        return identifier_rows()
    return tuple(read_yaml("guardrails_cli.detect.catalogue", f"{family}.yaml"))


def _evidence(row: dict[str, Any]) -> Iterator[Evidence]:
    terms = row.get("terms")
    listed = "(?:" + "|".join(regex.escape(term) for term in _longest_first(terms.split(","))) + ")" if terms else ""
    for number, each in enumerate(row["patterns"], 1):
        value = each.get("value", listed).replace("{terms}", listed)
        needs = tuple(word.lower() for word in each.get("words", each.get("needs", ())))
        if "words" in each:
            words = "|".join(regex.escape(word).replace(r"\ ", "[ _-]?") for word in _longest_first(each["words"]))
            needs = tuple(word.lower().split()[0] for word in each["words"])
            label, gap = rf"(?P<{LABEL}>(?i:{words}))", _GAPS[each.get("gap", "")]
            pattern = rf"(?<![A-Za-z0-9]){label}(?![A-Za-z]){gap}(?P<{VALUE}>{value})"
        else:
            pattern = each["regex"].replace("{terms}", listed)
        yield Evidence(
            each.get("name", f"pattern {number}"),
            pattern,
            float(each["score"]),
            CHECKS[each["check"]] if "check" in each else None,
            needs,
            tuple(REFUTATIONS[name] for name in each.get("refuted_by", row.get("refuted_by", ()))),
            each.get("check", ""),
        )


def _longest_first(words: list[str]) -> list[str]:
    return sorted({" ".join(word.split()) for word in words}, key=lambda word: (-len(word), word))


def _name(entity: str) -> str:
    return "".join(part.capitalize() for part in entity.split("_")) + "Recognizer"
