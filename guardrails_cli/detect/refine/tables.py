"""Tables in plain text: the type that each column's name implies, and the places of a line's cells."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache

import msgspec

from guardrails_cli.core.field_names import field_type, is_ambiguous
from guardrails_cli.core.table_cells import cell_pattern
from guardrails_cli.core.text import Layout, Mark
from guardrails_cli.detect.catalogue.national import label_of

PERSONAL = frozenset({"PERSON", "LOCATION", "EMAIL_ADDRESS", "PHONE_NUMBER", "DATE_OF_BIRTH", "US_SSN", "NATIONAL_ID"})
"""Types of columns which show that a table is about people."""
MAX_HEADER = 4000
"""Maximum number of characters in a header; a longer first line is not one."""

_STRICT = frozenset({"CREDIT_CARD", "DATE_OF_BIRTH", "EMAIL_ADDRESS", "IBAN_CODE", "PHONE_NUMBER", "US_SSN"})
"""Types whose values have a distinctive shape."""
_WORD_OF_NAME = re.compile(r"[A-Z]+(?![a-zà-ÿ])|[A-Z]?[a-zà-ÿ]+")
_MAX_WORDS = 8
_NAME = re.compile(r"[^\W\d_][\w .#/()'-]{0,39}")


class Column(msgspec.Struct, frozen=True):
    """The meaning of a column's name."""

    entity: str | None = None
    """Entity type of its values, `NOBODY`, or None if the name implies nothing."""
    label: str | None = None
    """Label of national identifiers, as `national.label_of` returns it."""


UNKNOWN = Column()


class Table(msgspec.Struct, frozen=True):
    """The columns of a table with a header."""

    delimiter: str
    columns: tuple[Column, ...]


@cache
def read_header(line: str) -> Table | None:
    """Return the table with the header `line`, or None if it is not a header.

    A header has at least two cells, each a short name that begins with a letter; at least two and a third are known.
    """
    line = line.removeprefix("\ufeff").rstrip("\r")
    if len(line) > MAX_HEADER:
        return None
    delimiter = max(",;\t|", key=line.count)
    if line.count(delimiter) < 1:
        return None
    names = [line[start:end] for start, end in cells(line, 0, len(line), delimiter)]
    if not all(_NAME.fullmatch(name) for name in names):
        return None
    columns = _columns(names)
    known = sum(column.entity is not None for column in columns)
    return Table(delimiter, columns) if known >= 2 and known * 3 >= len(columns) else None


@lru_cache(maxsize=64)
def known_table(layout: Layout) -> Table:
    """Return the table of a text that is known to be one, whatever its column names."""
    columns = (
        Column(_by_last_words(name, column.entity), column.label)
        for name, column in zip(layout.columns, _columns(layout.columns), strict=True)
    )
    return Table(layout.delimiter, tuple(columns))


def column_of(name: str, certain: bool = False) -> Column:
    """Return the meaning of a column's or field's name; `certain` if other fields are a person's, too."""
    return Column(field_type(name) if certain or not is_ambiguous(name) else None, label_of(name))


def _by_last_words(name: str, known: str | None) -> str | None:
    """Return a column's type: the known one, else the type of a strict shape that the last words of its name imply.

    `Customer SSN`, `homePhone2` and `guarantor_dob` are such names; `host name` is not a person, so no other type is
    used.
    """
    if known is not None:
        return known
    if field_type(name) in _STRICT - {"PHONE_NUMBER"}:
        return field_type(name)  # ambiguous as a name, but not with values of that shape under it
    return next((entity for entity, _ in _of_last_words(name) if entity in _STRICT), None)


@lru_cache(maxsize=4096)
def key_type(name: str) -> str | None:
    """Return the type that a key's name implies, or the last words of it: `customer.ssn`, `PATIENT_FIRST_NAME`.

    Last words imply a strict shape, or are at least two that are joined to the others, which prose does not do.
    """
    known = field_type(name)
    if known is not None:
        return known
    joined = " " not in name
    return next((each for each, count in _of_last_words(name) if each in _STRICT or (joined and count > 1)), None)


def _of_last_words(name: str) -> Iterator[tuple[str, int]]:
    """Yield the types that the last words of a name imply, and their numbers of words; the most words first."""
    words = _WORD_OF_NAME.findall(name)
    for start in range(min(len(words), _MAX_WORDS)):
        tail = "".join(words[start:])
        entity = None if is_ambiguous(tail) else field_type(tail)
        if entity is not None:
            yield entity, len(words) - start


def _columns(names: Iterable[str]) -> tuple[Column, ...]:
    names = tuple(names)
    certain = {field_type(name) for name in names if not is_ambiguous(name)} & PERSONAL
    return tuple(column_of(name, bool(certain)) for name in names)


def cells(text: str, start: int, end: int, delimiter: str) -> list[tuple[int, int]]:
    """Return the spans of a line's values, without quotes and outer spaces (RFC 4180, any of four delimiters)."""
    line = text[start:end]
    if '"' in line:
        return _quoted_cells(text, start, end, delimiter)
    found = []
    for piece in line.split(delimiter):
        left = start + len(piece) - len(piece.lstrip(" "))
        found.append((left, max(left, start + len(piece.rstrip(" \r")))))
        start += len(piece) + 1
    return found


def _quoted_cells(text: str, start: int, end: int, delimiter: str) -> list[tuple[int, int]]:
    found = []
    pattern = cell_pattern(delimiter)
    at = start
    while True:
        match = pattern.match(text, at, end)
        low, high = match.span() if match else (at, at)
        at = high
        found.append(_stripped(text, low, high))
        if at >= end or text[at] != delimiter:
            return found
        at += 1


def rows(text: str, table: Table, *, skip_first: bool) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Yield start, end and cells of each line of `text` that has as many cells as the table has columns."""
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        if (at or not skip_first) and text.count(table.delimiter, at, end) >= len(table.columns) - 1:
            found = cells(text, at, end, table.delimiter)
            if len(found) == len(table.columns):
                yield at, end, found
        at = end + 1


def marked_rows(
    text: str, layout: Layout, marks: Sequence[Mark]
) -> Iterator[tuple[int, int, list[tuple[int, int]], Sequence[Column]]]:
    """Yield start, end, cells and their columns' types of each row of a table, as its reader marked them.

    A row read cell by cell is yielded cell by cell; a header yields no cells.
    """
    table = known_table(layout)
    number = {name: index for index, name in reversed(list(enumerate(layout.columns)))}
    ends = [mark.start for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=True):
        place = mark.location
        if place is None or (place.row is None and place.part != "header"):
            continue
        if place.row is None:
            yield mark.start, end, [], ()
        elif place.is_row:
            spans = cells(text, mark.start, end - text.endswith("\n", mark.start, end), layout.delimiter)
            columns = table.columns
            yield mark.start, end, spans, columns if len(columns) == len(spans) else _fitted(columns, len(spans))
        else:
            index = number.get(place.column or "")
            last = end - text.endswith((layout.delimiter, "\n"), mark.start, end)
            spans = cells(text, mark.start, last, layout.delimiter)
            known = UNKNOWN if index is None else table.columns[index]
            yield mark.start, end, spans, [known] * len(spans)


def _fitted(columns: Sequence[Column], count: int) -> Sequence[Column]:
    return [*columns[:count], *[UNKNOWN] * (count - len(columns))]


def _stripped(text: str, low: int, high: int) -> tuple[int, int]:
    """Return the span of a cell's value, without quotes and outer spaces."""
    while low < high and text[low] in ' "':
        low += 1
    while low < high and text[high - 1] in ' "\r\n':
        high -= 1
    return low, high
