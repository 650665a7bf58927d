"""Rules from field names: the name of a column or key says more about its values than any model.

In a table every cell has the type that its header names, no detection crosses a cell's border, and the header itself is
nobody's name. In `key: value`, JSON and XML the key counts only for a value of the right shape.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache

from msgspec.structs import replace

from guardrails_cli.core.field_names import NATIONAL_ID, NOBODY, field_type, field_types, is_ambiguous
from guardrails_cli.core.finding import Detection
from guardrails_cli.core.text import Layout, Mark
from guardrails_cli.detect.catalogue.national import field_value, is_sure, label_of, labelled, plain
from guardrails_cli.detect.ner.gazetteer import has_given_name, is_place, names
from guardrails_cli.detect.pairs.keys import TAIL, keys
from guardrails_cli.detect.pairs.scanner import Pair, pairs_of
from guardrails_cli.detect.refine import health
from guardrails_cli.detect.refine.lines import REACH
from guardrails_cli.detect.refine.names import CHECKS
from guardrails_cli.detect.refine.numbers import WEAK_NUMBERS
from guardrails_cli.detect.refine.tables import (
    PERSONAL,
    UNKNOWN,
    Column,
    key_type,
    marked_rows,
    read_header,
    rows,
)
from guardrails_cli.options.model import DEFAULT_MIN_SCORE

RECOGNIZER = "FieldNames"
SOFT = WEAK_NUMBERS | frozenset(CHECKS) | {"DATE_TIME"}
"""Types that yield to the name of a column or key."""
_OPEN = frozenset({"URL", "EMAIL_ADDRESS"})
"""Types whose patterns may run into the next cell: the first cell alone is then tried, too."""
_LEAST_DIGITS = 7
"""Minimum number of digits of a number that is cut at the end of its cell, and of a phone number under a name that does
not mention phones: row numbers would match."""
_SCORE = 0.9
"""Above a language model's 0.85, below a checksum's 1.0."""
_SHAPES = {
    "PERSON": re.compile(r"(?=.*[^\W\d_])[^\d@_={}<>/\\]{2,80}"),
    "LOCATION": re.compile(r"(?=.*\w)[^@={}<>\\]{2,120}"),
    "ORGANIZATION": re.compile(r"(?=.*[^\W\d_])[^@={}<>\\]{2,100}"),
    "PHONE_NUMBER": re.compile(
        r"(?=(?:\D*\d){6,15}\D*$)[+\d][\d\s().\-/x+]{4,24}|\((?=(?:\D*\d){6,15}\D*$)[\d\s().\-/x+]{4,24}"
    ),
    "EMAIL_ADDRESS": re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}\.\w{2,24}"),
    "DATE_OF_BIRTH": re.compile(
        r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{2,4}|\d{1,2}[. ]+\w{3,12}[., ]+\d{4}|\w{3,12} \d{1,2}, ?\d{4}|\d{8}"
    ),
    "DATE_TIME": re.compile(r"(?=.*\d[-/.:]\d).{6,40}"),
    "CREDIT_CARD": re.compile(r"\d(?:[ -]?\d){11,18}"),
    "CARD_CVV": re.compile(r"\d{3,4}"),
    "US_SSN": re.compile(r"(?!000|666|9)\d{3}[- ]?(?!00)\d{2}[- ]?(?!0000)\d{4}"),
    "US_BANK_NUMBER": re.compile(r"\d(?:[ -]?\d){5,16}"),
    "US_DRIVER_LICENSE": re.compile(r"(?=(?:[A-Z-]*\d){5})[A-Z0-9](?:-?[A-Z0-9]){4,16}"),
    "US_ITIN": re.compile(r"9\d{2}[- ]?\d{2}[- ]?\d{4}"),
    "US_NPI": re.compile(r"[12]\d{9}"),
    "HEALTH_PLAN_ID": re.compile(r"[1-9][A-Z][A-Z\d]\d-?[A-Z][A-Z\d]\d-?[A-Z]{2}\d{2}"),
    "UK_NHS": re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}"),
    "MEDICAL_LICENSE": re.compile(r"[A-Z][A-Z9]\d{7}"),
    "IBAN_CODE": re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z\d]){11,30}"),
    "NATIONAL_ID": re.compile(r"(?=.*\d.*\d.*\d)[A-Z\d][A-Z\d .\-/]{4,24}"),
    "MEDICAL_RECORD_NUMBER": re.compile(r"(?=.*\d.*\d)[A-Z\d-]{4,20}"),
    **dict.fromkeys(health.FIELDS, re.compile(r"(?=.*[^\W\d_]{3})[^@={}<>\\]{3,120}|[A-Z]\d\w(?:\.\w{1,4})?")),
}
_CELLS = _SHAPES | {
    "US_SSN": re.compile(r"(?:(?!000|666|9)\d{3}[- ]?\d{2}[- ]?\d{4}|\d{7,8})(?:\.0)?"),
    "CREDIT_CARD": re.compile(r"\d(?:[ -]?\d){11,18}(?:\.0)?"),
    "PASSWORD": re.compile(r"(?!(?i:true|false|null|none|yes|no|required|hidden|[*x.•-]+)$)[^\s<>{}]{4,128}"),
    "API_KEY": re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w+/=.:~-]{12,600}"),
}
"""Shapes in a table, where numbers have lost their leading zeros, or became decimal numbers."""
_FIRST_CELL = re.compile(r"^[ \t|\"*]{0,6}([A-Za-z][\w ]{1,30}?)[ :\"*]{0,4}[,;\t|]", re.MULTILINE)
_NEAR = 200
"""Reach in characters of the search for another key of the same person."""
_KEY_NEAR = re.compile(r"([A-Za-z][\w.-]{1,30})(?:[\"']?[ \t]{0,4}[:=]|[\s>])")
_PARTNERS = {"family": "given", "given": "family"}
"""Keys that mean a person's name only beside another: fonts and plants have families, too (FHIR R4, HumanName)."""
_WORD_END = re.compile(r"[^\W_]+$")
_KEYED = frozenset(_SHAPES) - {
    "UK_NHS",
    "US_BANK_NUMBER",
    "US_DRIVER_LICENSE",
    "CARD_CVV",
    "DATE_TIME",
    "ORGANIZATION",
    "NATIONAL_ID",
    "CREDIT_CARD",
}
"""Types that a key may name: their shape, with the key, is enough outside of tables."""


def apply_fields(
    text: str,
    detections: Iterable[Detection],
    header: str | None,
    layout: Layout | None = None,
    marks: Sequence[Mark] = (),
) -> list[Detection]:
    """Return the detections after the rules for field names: some added, some cut to their cells, some dropped.

    Args:
        text: the text of the offsets.
        detections: detections in any order.
        header: the document's first line if `text` is a later part of it; None if `text` is its beginning.
        layout: the table's layout if the text is known to be one; otherwise None.
        marks: start of each row and cell of such a table.

    """
    found = sorted(detections, key=lambda each: each.start)
    if layout and marks:
        return _in_rows(text, found, marked_rows(text, layout, marks))
    first = text[: text.find("\n")] if "\n" in text else ""
    table = read_header(first if header is None else header)
    if not table:
        keyed = list(_pairs(text))
        named = {(each.start, each.end) for each in keyed}
        return [each for each in found if each.entity_type not in SOFT or (each.start, each.end) not in named] + keyed
    by_line = found if header is not None else [each for each in found if each.start >= len(first)]
    lines = rows(text, table, skip_first=header is None)
    return _in_rows(text, by_line, ((start, end, spans, table.columns) for start, end, spans in lines))


def _in_rows(
    text: str,
    found: list[Detection],
    lines: Iterable[tuple[int, int, list[tuple[int, int]], Sequence[Column]]],
) -> list[Detection]:
    """Return the detections, sorted by place, after the rules for columns; detections outside of rows stay."""
    kept: list[Detection] = []
    at = 0
    for start, end, spans, columns in lines:
        while at < len(found) and found[at].start < start:
            kept.append(found[at])
            at += 1
        inside = []
        while at < len(found) and found[at].start < end:
            inside.append(found[at])
            at += 1
        if spans:
            kept += _row(text, spans, inside, columns)
        else:
            kept += [each for each in inside if each.entity_type not in SOFT and each.end <= end]
    return kept + found[at:]


def _row(
    text: str, spans: list[tuple[int, int]], inside: list[Detection], columns: Sequence[Column]
) -> Iterator[Detection]:
    """Yield the final detections of one row."""
    typed = set()
    columns = _with_keys(text, spans, columns)
    identified = {
        (each.start, each.end)
        for each in inside
        if each.entity_type in WEAK_NUMBERS and each.score >= DEFAULT_MIN_SCORE
    }
    for column, span in zip(columns, spans, strict=True):
        found = _cell(text, span, column, columns)
        if found and not (found.entity_type == NATIONAL_ID and column.entity == NATIONAL_ID and span in identified):
            typed.add(span)
            yield found
    for each in inside:
        home = _home(spans, each)
        start, end = max(each.start, home[0]), min(each.end, home[1])
        soft = each.entity_type in SOFT
        if start >= end or (soft and (home in typed or columns[spans.index(home)].entity == NOBODY)):
            continue
        whole = (start, end) == (each.start, each.end)
        if each.entity_type in WEAK_NUMBERS and (not whole or each.entity_type == "PHONE_NUMBER"):
            kept = sum(char.isdigit() for char in text[start:end]) >= _LEAST_DIGITS
        else:
            kept = whole or soft or each.entity_type in _OPEN
        if kept:
            yield each if whole else replace(each, start=start, end=end)


def _cell(text: str, span: tuple[int, int], column: Column, columns: Sequence[Column]) -> Detection | None:
    """Return the detection of a cell's whole value by its column's name."""
    value, entity = text[slice(*span)], column.entity
    if not value or (entity == NOBODY and not column.label):
        return None
    if column.label and (judged := field_value(column.label, value)):
        evidence = ("column name", *judged.evidence)
        return Detection(judged.identifier.entity, *span, judged.score, RECOGNIZER, evidence=evidence)
    if entity is None or entity == NOBODY or not _CELLS[entity].fullmatch(value):
        return None
    if entity == NATIONAL_ID and column.label and is_sure(column.label):
        return None
    if entity in health.FIELDS:
        entity = health.health_type(entity, value, (each.entity for each in columns))
    return Detection(entity, *span, _SCORE, RECOGNIZER, evidence=("column name",)) if entity else None


def _with_keys(text: str, spans: list[tuple[int, int]], columns: Sequence[Column]) -> Sequence[Column]:
    """Return the columns of a row's cells; where the second filled one has no meaning the first one may name it.

    Forms are often kept so, one field a row; the columns are then called `key` and `value`, or nothing.
    """
    first = next((index for index, (start, end) in enumerate(spans) if start < end), 0)
    if len(spans) < first + 2 or columns[first] != UNKNOWN or columns[first + 1] != UNKNOWN:
        return columns
    name, value = text[slice(*spans[first])].strip(" :*`"), text[slice(*spans[first + 1])]
    entity, label = key_type(name), label_of(name)
    if entity not in _CELLS:
        entity = None
    if entity and is_ambiguous(name):
        personal = _is_personal(entity, value) or _is_persons_form(text, *spans[first + 1])
        entity = entity if personal else None
    return [*columns[: first + 1], Column(entity, label), *columns[first + 2 :]]


def _is_persons_form(text: str, start: int, end: int) -> bool:
    """Return whether a row near a value begins with the name of a field that only people have."""
    around = text[max(0, start - REACH) : end + REACH]
    names_near = (match[1] for match in _FIRST_CELL.finditer(around))
    return any(field_type(name) in PERSONAL and not is_ambiguous(name) for name in names_near)


def _is_persons_record(text: str, start: int, end: int) -> bool:
    """Return whether a key near a value is one that only people have: products and programs have names, too."""
    around = (text[max(0, start - _NEAR) : start], text[end : end + _NEAR])
    names_near = (match[1] for part in around for match in _KEY_NEAR.finditer(part))
    return any(key_type(name) in PERSONAL and not is_ambiguous(name) for name in names_near)


def _is_personal(entity: str, value: str) -> bool:
    """Return whether a value shows that an ambiguous key means a person's data: a given name, a street, a place."""
    if entity == "PERSON":
        return has_given_name(value) and _fits(entity, value, bare=True)
    street = " " in value and any(character.isdigit() for character in value)
    return entity == "LOCATION" and (street or is_place(value))


def _home(spans: list[tuple[int, int]], found: Detection) -> tuple[int, int]:
    """Return the cell that holds most of a detection."""
    first = spans[max(0, bisect_right(spans, found.start, key=lambda span: span[0]) - 1)]
    if found.end <= first[1]:
        return first
    return max(spans, key=lambda span: min(found.end, span[1]) - max(found.start, span[0]))


def _pairs(text: str) -> Iterator[Detection]:
    """Yield detections of values whose keys name a type or a national identifier, in any form of pair."""
    seen = set()
    for key in keys(text, _may_end, _is_keyed):
        if key.start not in seen:
            seen.add(key.start)
            label = label_of(key.name)
            for pair in pairs_of(text, key, phrases=True):
                yield from _value(text, pair)
                if label:
                    yield from _national(text, pair, label)


def _national(text: str, pair: Pair, label: str) -> Iterator[Detection]:
    start, end = pair.value.start, pair.value.end
    judged = field_value(label, text[start:end])
    if judged:
        evidence = (f'key "{pair.key.name}"', *judged.evidence)
        yield Detection(judged.identifier.entity, start, end, judged.score, RECOGNIZER, evidence=evidence)


def _is_keyed(name: str) -> bool:
    return key_type(name) in _KEYED or label_of(name) is not None


@lru_cache(maxsize=4096)
def _may_end(tail: str) -> bool:
    """Return whether the name of a key that names a type may end with `tail`, behind a mark if one is in it."""
    end = _WORD_END.search(tail)
    return end is not None and plain(end[0]) in _tails()


@cache
def _tails() -> frozenset[str]:
    """Return the last characters, at most `TAIL`, of the names of keys that name a type."""
    names = [plain(name) for name, entity in field_types().items() if entity in _KEYED]
    return frozenset(name[-count:] for name in (*names, *labelled()) for count in range(1, TAIL + 1))


def _value(text: str, pair: Pair) -> Iterator[Detection]:
    entity = key_type(pair.key.name)
    if entity not in _KEYED:
        return
    key, start, end = pair.key.name, pair.value.start, pair.value.end
    while start < end and text[end - 1] in " \t\r\n.":
        end -= 1
    while start < end and text[start] in " \t":
        start += 1
    value = text[start:end]
    if "addr" in key.casefold() and not any(character.isdigit() for character in value):
        return
    if value and _SHAPES[entity].fullmatch(value) and _fits(entity, value, bare=not pair.value.quoted):
        found = health.health_type(entity, value) if entity in health.FIELDS else entity
        if found and _is_meant(text, key, entity, start, end):
            yield Detection(found, start, end, _SCORE, RECOGNIZER, evidence=(f'key "{key}"',))


def _is_meant(text: str, key: str, entity: str, start: int, end: int) -> bool:
    """Return whether a key means a person's data: an ambiguous one needs evidence in the value or near it."""
    partner = _PARTNERS.get(key.casefold())
    if partner is not None:
        return _is_beside(text, start, end, partner)
    if entity not in ("PERSON", "LOCATION") or not is_ambiguous(key) or _is_personal(entity, text[start:end]):
        return True
    return entity == "PERSON" and _is_persons_record(text, start, end)


def _is_beside(text: str, start: int, end: int, key: str) -> bool:
    """Return whether another key is near a value, within reach on either side."""
    return key in text[max(0, start - REACH) : start] or key in text[end : end + REACH]


def _fits(entity: str, value: str, *, bare: bool) -> bool:
    """Return whether a key's value looks like a name where its shape alone proves little."""
    if entity not in CHECKS:
        return True
    if field_type(value) is not None:
        return False  # the value is the name of a field itself
    words = value.split()
    if len(words) > (5 if entity == "PERSON" else 10) or {word.casefold().strip(",.") for word in words} & names(
        "no_names"
    ):
        return False
    numbered = entity == "LOCATION" and words[0][0].isdigit() and len(value) > 3 and (not bare or len(words) > 2)
    if not words[0][0].isupper() and not numbered:
        return False
    if entity == "PERSON" and words[-1].strip(".").casefold() in names("organization_words"):
        return False
    if entity == "PERSON":
        return all(word[0].isupper() for word in words) and (has_given_name(value) or len(words) > 1 or not bare)
    return not bare or any(character.isdigit() for character in value) or (len(words) < 4 and not has_given_name(value))
