"""SQLite databases: every row of every stored table, and the schema as text; views are never run."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import apsw
import msgspec

from guardrails_cli.core.display import display_path
from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats import table_text
from guardrails_cli.formats.data.blob_values import is_document, text_of
from guardrails_cli.formats.data.sqlite_file import opened
from guardrails_cli.formats.office import number_format
from guardrails_cli.formats.reader import MEMORY_BYTES, Blob, Budget, DamagedError, Reading

UNREAD = "damaged: not all of its rows can be read"
_ROWID_NAMES = ("rowid", "_rowid_", "oid")
_MAX_HOLES = 100
"""Unreadable rows of one table after which the rest of it is given up."""


class _Table(msgspec.Struct, frozen=True):
    name: str
    columns: tuple[str, ...]
    """Stored columns; generated ones are computed by an expression of the file's."""
    rowid: str | None
    """Name of the row number; None if rows have none, or every name for it is a column's."""


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the tables, then the schema, then the documents in the tables.

    Raises:
        DamagedError: if it is not a database, or its schema is broken.

    """
    with opened(blob.file()) as (connection, image):
        connection.limit(apsw.SQLITE_LIMIT_LENGTH, MEMORY_BYTES)
        found = _Rows(connection)
        every = _tables(connection)
        for table in every:
            yield from table_text.named(table_text.one_line(table.name), table.columns, found.of(table))
        yield from _schema(connection)
        budget = reading.budget or Budget(reading.limits)
        for table, column in found.documents:
            for number, data in found.blobs(table, column):
                budget.member()
                path = f"{blob.path}!{display_path(f'{table.name}/{number}/{column}')}"
                yield Blob(path, io.BytesIO(data), len(data))
        if found.damaged or image.is_cut:
            raise DamagedError(UNREAD)


def _tables(connection: apsw.Connection) -> list[_Table]:
    try:
        listed = list(connection.execute("PRAGMA main.table_list"))
    except apsw.CorruptError:
        # Use the parts of a broken schema that can be understood.
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)
        connection.config(apsw.SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1)
        listed = list(connection.execute("PRAGMA main.table_list"))
    found = []
    for _, name, kind, _, without_rowid, _ in sorted(listed, key=lambda each: str(each[1])):
        if kind in ("table", "shadow") and name not in ("sqlite_schema", "sqlite_temp_schema"):
            information = list(connection.execute(f"PRAGMA main.table_xinfo({_quoted(str(name))})"))
            taken = {str(column[1]).lower() for column in information}
            names = tuple(str(column[1]) for column in information if column[6] == 0)
            rowid = None if without_rowid else next((each for each in _ROWID_NAMES if each not in taken), None)
            if names:
                found.append(_Table(str(name), names, rowid))
    return found


class _Rows:
    """Reads rows, skipping damaged ones."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.damaged = False
        self.documents: dict[tuple[_Table, str], None] = {}
        """Columns with values that are documents of their own."""
        self._connection = connection

    def of(self, table: _Table) -> Iterator[table_text.Row]:
        """Yield the rows of a table by rowid, or by their order if they have none."""
        raw = self._counted(table) if table.rowid is None else self._by_rowid(table, table.rowid)
        for number, values in raw:
            yield (
                number,
                [value if type(value) is str else self._text(table, i, value) for i, value in enumerate(values)],
            )

    def blobs(self, table: _Table, column: str) -> Iterator[tuple[int, bytes]]:
        """Yield a column's values that are documents, with their row numbers."""
        place = table.columns.index(column)
        for number, values in self._counted(table) if table.rowid is None else self._by_rowid(table, table.rowid):
            value = values[place]
            if isinstance(value, bytes) and is_document(value):
                yield number, value

    def _counted(self, table: _Table) -> Iterator[tuple[int, Sequence[Any]]]:
        rows = self._connection.execute(_select(table))
        try:
            yield from enumerate(rows, start=1)
        except (apsw.Error, UnicodeDecodeError):
            self.damaged = True

    def _by_rowid(self, table: _Table, rowid: str) -> Iterator[tuple[int, Sequence[Any]]]:
        """Yield the rows up to a damaged place, then from the end back to it."""
        last: int | None = None
        for _ in range(_MAX_HOLES):
            try:
                for number, *values in self._connection.execute(_select(table, rowid) + _behind(rowid, last)):
                    if last is not None and number <= last:
                        raise apsw.CorruptError  # pages form a circle
                    last = number
                    yield number, values
                return
            except (UnicodeDecodeError, apsw.TooBigError):
                hole = self._next(table, rowid, last)
            except apsw.Error:
                break
            if hole is None:
                break
            repaired = self._repaired(table, rowid, hole)
            if repaired is None:
                self.damaged = True
            else:
                yield hole, repaired
            last = hole
        self.damaged = True
        yield from self._backwards(table, rowid, last)

    def _backwards(self, table: _Table, rowid: str, last: int | None) -> Iterator[tuple[int, Sequence[Any]]]:
        try:
            for number, *values in self._connection.execute(f"{_select(table, rowid)} ORDER BY {rowid} DESC"):
                if last is not None and number <= last:
                    return
                yield number, values
        except (apsw.Error, UnicodeDecodeError):
            return

    def _next(self, table: _Table, rowid: str, last: int | None) -> int | None:
        query = f"SELECT {rowid} FROM main.{_quoted(table.name)} NOT INDEXED{_behind(rowid, last)} LIMIT 1"  # noqa: S608
        try:
            row = next(self._connection.execute(query), None)
        except apsw.Error:
            return None
        return None if row is None else int(row[0])

    def _repaired(self, table: _Table, rowid: str, number: int) -> Sequence[Any] | None:
        """Return a row with invalid Unicode; None if it is too large."""
        values = [f"CAST({_quoted(name)} AS BLOB)" for name in table.columns]
        query = f"SELECT {', '.join(values)} FROM main.{_quoted(table.name)} NOT INDEXED WHERE {rowid} = {number}"  # noqa: S608
        try:
            return next(self._connection.execute(query), None)
        except apsw.Error:
            return None

    def _text(self, table: _Table, index: int, value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, float):
            return number_format.plain(value)
        if not isinstance(value, bytes):
            return str(value)
        if is_document(value):
            self.documents[table, table.columns[index]] = None
            return ""
        return text_of(value)


def _select(table: _Table, rowid: str | None = None) -> str:
    """Return the query for the stored values; an index that holds them too might differ."""
    names = ([rowid] if rowid else []) + [_quoted(name) for name in table.columns]
    return f"SELECT {', '.join(names)} FROM main.{_quoted(table.name)} NOT INDEXED"  # noqa: S608 - quoted


def _behind(rowid: str, last: int | None) -> str:
    return "" if last is None else f" WHERE {rowid} > {last}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _schema(connection: apsw.Connection) -> Iterator[Segment]:
    """Yield the statements that created the database: they hold comments, defaults and the values of triggers."""
    begins = True
    for (text,) in connection.execute("SELECT sql FROM main.sqlite_schema WHERE sql IS NOT NULL"):
        yield Segment(f"{text}\n", Location(part="schema"), begins=begins)
        begins = False
