"""Rules from field names: the name of a column or key says more about its values than any model.

In a table every cell has the type that its header names, no detection crosses a cell's border, and the header itself is
nobody's name. In `key: value`, JSON and XML the key counts only for a value of the right shape.
"""

import re
import string
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from guardrails_cli.core.field_names import NATIONAL_ID, NOBODY, field_type, field_types, is_ambiguous
from guardrails_cli.core.finding import Detection
from guardrails_cli.core.text import Layout, Mark
from guardrails_cli.detect.catalogue.national import field_value, is_sure, label_of
from guardrails_cli.detect.ner.gazetteer import has_given_name, is_place, names
from guardrails_cli.detect.refine import health
from guardrails_cli.detect.refine.lines import REACH
from guardrails_cli.detect.refine.names import CHECKS
from guardrails_cli.detect.refine.numbers import WEAK_NUMBERS
from guardrails_cli.detect.refine.tables import UNKNOWN, Column, column_of, marked_rows, read_header, rows
from guardrails_cli.options.model import DEFAULT_MIN_SCORE

RECOGNIZER = "FieldNames"
SOFT = WEAK_NUMBERS | frozenset(CHECKS) | {"DATE_TIME"}
"""Types that yield to a column's name."""
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
_KEYED_VALUE = re.compile(
    r"""[:=][ \t]{0,4}"""
    r"""(?:"(?P<double>[^"\n]{1,120})"|'(?P<single>[^'\n]{1,120})'|(?P<bare>[^"'\n,;{}\[\]()<>=&|:]{1,80}))"""
)
_BEFORE_MARK = " \t\"'"
_SPACES = 4
"""Maximum number of spaces between a key and its mark."""
_KEY = re.compile(r"(?<![\w.])[A-Za-z][A-Za-z0-9_ .-]{1,30}$")
_KEY_CHARACTERS = string.ascii_letters + string.digits + "_ .-"
_LONGEST_KEY = 32
_ELEMENT = re.compile(
    r"<(?:[\w.-]{1,30}:)?([A-Za-z][\w.-]{1,30})(?:\s[^<>]{0,200})?>\s{0,99}(?:<!\[CDATA\[)?([^<>\n\]]{1,120})(?:\]\]>)?\s{0,99}</"
)
_LIST = re.compile(r""":(?:\s{0,99}\[\s{0,99}(?=["'\d])|[ \t\r]{0,9}(?=\n[ \t]{0,99}- ))""")
_ITEM = re.compile(
    r"""(?:\s{0,99}-[ ]{1,9})?(?:"([^"\n]{1,120})"|'([^'\n]{1,120})'|([^\s"'\[\]{},:#][^"'\[\]{},:\n]{0,79}))"""
    r"""[ \t\r]{0,9}(?:,\s{0,99}|(?=\n|\]|$))"""
)
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
_TAIL = 3
"""Number of a key's characters that are checked first."""


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
        return found + list(_pairs(text))
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
    """Return the columns of a row's cells; where the second has no meaning the first cell may name it.

    Forms are often kept so, one field a row; the columns are then called `key` and `value`, or nothing.
    """
    if len(spans) < 2 or columns[0] != UNKNOWN or columns[1] != UNKNOWN:
        return columns
    named = column_of(text[slice(*spans[0])].strip(" :"))
    return [columns[0], named if named.label or named.entity in _CELLS else UNKNOWN, *columns[2:]]


def _home(spans: list[tuple[int, int]], found: Detection) -> tuple[int, int]:
    """Return the cell that holds most of a detection."""
    first = spans[max(0, bisect_right(spans, found.start, key=lambda span: span[0]) - 1)]
    if found.end <= first[1]:
        return first
    return max(spans, key=lambda span: min(found.end, span[1]) - max(found.start, span[0]))


def _pairs(text: str) -> Iterator[Detection]:
    """Yield detections of values whose keys name a type in `key: value`, `key = value`, JSON and XML."""
    floor = 0  # a pair's text belongs to no other pair
    tails = _tails()
    for match in _KEYED_VALUE.finditer(text):
        mark = match.start()
        if mark > floor and text[mark - 1] in _BEFORE_MARK:
            end, quote = _end_of_key(text, mark, floor)
        else:
            end, quote = mark, ""
        floor = match.end()
        tail = text[max(0, end - _TAIL) : end].lower()
        if tail not in tails and len(tail) == _TAIL and tail.isascii() and tail.isalnum():
            continue  # no key that names a type ends like this
        key = _key(text, end)
        if key and (not quote or text[key.start() - 1 : key.start()] == quote):
            group = match.lastgroup or "bare"
            # An attribute's name follows that of its element.
            name = key[0].rpartition(" ")[2] if match[0][:2] in ('="', "='") else key[0]
            yield from _value(text, name, *match.span(group), bare=group == "bare")
    for match in _ELEMENT.finditer(text):
        yield from _value(text, match[1], *match.span(2), bare=False)
        if (label := label_of(match[1])) and (judged := field_value(label, match[2])):
            evidence = (f'key "{match[1]}"', *judged.evidence)
            yield Detection(judged.identifier.entity, *match.span(2), judged.score, RECOGNIZER, evidence=evidence)
    for match in _LIST.finditer(text):
        key = _KEY.search(text[max(0, match.start() - 40) : match.start()].rstrip(" \t\"'"))
        if key and field_type(key[0]) in _KEYED:
            yield from _items(text, key[0], match.end())


def _items(text: str, key: str, at: int) -> Iterator[Detection]:
    """Yield detections in the list that begins at `at`, within reach, by its key."""
    end = at + REACH
    while item := _ITEM.match(text, at, end):
        group = item.lastindex or 0
        yield from _value(text, key, *item.span(group), bare=group == 3)
        at = item.end()


def _end_of_key(text: str, mark: int, floor: int) -> tuple[int, str]:
    """Return the end of the key before a mark, and the quotation mark there if any."""
    place = mark
    low = max(floor, mark - _SPACES)
    while place > low and text[place - 1] in " \t":
        place -= 1
    quoted = place > floor and text[place - 1] in "\"'"
    return (place - 1, text[place - 1]) if quoted else (place, "")


def _key(text: str, end: int) -> re.Match[str] | None:
    """Return the longest key that ends at `end`, or before a line feed there."""
    low = max(0, end - _LONGEST_KEY)
    run = text[low:end].removesuffix("\n").rstrip(_KEY_CHARACTERS)
    return _KEY.search(text, low + len(run), end)


@cache
def _tails() -> frozenset[str]:
    """Return the last characters of the keys that name a type."""
    return frozenset(name[-_TAIL:] for name, entity in field_types().items() if entity in _KEYED)


def _value(text: str, key: str, start: int, end: int, *, bare: bool) -> Iterator[Detection]:
    entity = field_type(key)
    if entity not in _KEYED:
        return
    while start < end and text[end - 1] in " \t\r\n.":
        end -= 1
    while start < end and text[start] in " \t":
        start += 1
    value = text[start:end]
    if "addr" in key.casefold() and not any(character.isdigit() for character in value):
        return
    street = " " in value and any(character.isdigit() for character in value)
    if entity == "LOCATION" and is_ambiguous(key) and not (street or is_place(value)):
        return
    if value and _SHAPES[entity].fullmatch(value) and _fits(entity, value, bare):
        found = health.health_type(entity, value) if entity in health.FIELDS else entity
        if found:
            yield Detection(found, start, end, _SCORE, RECOGNIZER, evidence=(f'key "{key}"',))


def _fits(entity: str, value: str, bare: bool) -> bool:
    """Return whether a key's value looks like a name where its shape alone proves little."""
    if entity not in CHECKS:
        return True
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
