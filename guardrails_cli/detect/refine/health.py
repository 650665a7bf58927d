"""Rules for health fields: a value under `diagnosis` is health data if it is a condition, not a disk's fault.

A known term is enough. Other words count only in a table that is clearly about people: there are as many diagnoses as
words in medicine, and no list is complete.
"""

import re
from collections.abc import Iterable
from functools import cache

from guardrails_cli.core.package_data import read_yaml

HEALTH = "HEALTH_DATA"
TERM_ONLY = "HEALTH_TERM"
"""Type of a field such as `condition`, which things have too: only known terms count in it."""
FIELDS = frozenset({HEALTH, TERM_ONLY})
_CODE = re.compile(r"[A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?")
"""A code as ICD-10-CM writes it."""
_OF_PEOPLE = frozenset({"DATE_OF_BIRTH", "MEDICAL_RECORD_NUMBER", "NATIONAL_ID", "US_SSN"})
_NOTHING = re.compile(
    r"(?:none|nil|null|n/?a|nka|nkda|nkma|tbd|todo|unknown|pending|other|others|yes|no|true|false|normal|negative|healthy|"
    r"no (?:known )?\w+|not \w+|see \w+)[.!]?",
    re.IGNORECASE,
)


def health_type(field: str, value: str, types: Iterable[str | None] = ()) -> str | None:
    """Return the entity type of a value in a health field; None if it says nothing about anybody's health.

    Args:
        field: one of `FIELDS`.
        value: the field's value.
        types: types of the other columns if it is a table's cell.

    """
    if _CODE.fullmatch(value):
        return "ICD10_CODE" if field == HEALTH else None
    if _NOTHING.fullmatch(value.strip()):
        return None
    if field == TERM_ONLY:
        return HEALTH if _whole_term().fullmatch(value) else None
    return HEALTH if _term().search(value) or _OF_PEOPLE.intersection(types) else None


@cache
def _term() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{_terms()})(?![\w-])", re.IGNORECASE)


@cache
def _whole_term() -> re.Pattern[str]:
    """Return the pattern of a term alone, with at most a word before and a dose after it, or a list of terms."""
    one = rf"(?:[\w-]{{2,20}} )?(?:{_terms()})(?: \d{{1,4}} ?(?:mg|mcg|ml|IU))?"
    return re.compile(rf"{one}(?:(?:, ?|; ?| ?/ ?| and ){one}){{0,9}}", re.IGNORECASE)


@cache
def _terms() -> str:
    rows = read_yaml("guardrails_cli.detect.catalogue", "health.yaml")
    terms = next(row["terms"] for row in rows if row["entity"] == HEALTH)
    words = {" ".join(term.split()) for term in terms.split(",")}
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
