"""Hostile spreadsheets, databases and Parquet files: each gives its outcome, and none an exception or a wait."""

import io
import random
import sqlite3
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrails_cli.formats.reader import Blob
from guardrails_cli.inputs.reading.documents import documents
from guardrails_cli.inputs.reading.events import Closed, Event, Refused
from guardrails_cli.options.model import Limits
from tests.formats.support import FORMATS_DATA, findings_of, records_of

NAMES = ("people.xlsx", "people.ods", "people.xls", "people.db", "people.parquet")
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TYPES = (
    '<Types><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)


def workbook(path: Path, sheet: str, **parts: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in parts.items():
            archive.writestr(f"xl/{name}.xml", content)
    return path


def events(data: bytes, name: str, limits: Limits = Limits()) -> list[Event]:  # noqa: B008
    return list(documents(Blob(name, io.BytesIO(data), len(data), seekable=True), limits))


def outcome(data: bytes, name: str) -> str | None:
    last = events(data, name)[-1]
    if isinstance(last, Refused):
        return last.record.reason
    assert isinstance(last, Closed)
    return last.document.failure


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_anywhere_is_a_failure_and_no_more(name: str) -> None:
    data = (FORMATS_DATA / name).read_bytes()
    for part in (0.1, 0.3, 0.5, 0.7, 0.9, 0.999):
        reason = outcome(data[: int(len(data) * part)], name)
        assert reason is not None and reason.startswith("damaged"), (name, part)


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_suffix_loses_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / "renamed.txt"
    path.write_bytes((FORMATS_DATA / name).read_bytes())
    if name.endswith((".xlsx", ".ods", ".db", ".parquet")):  # an OLE file tells what it is at its end only
        assert [one[1:] for one in findings_of(path)] == [one[1:] for one in findings_of(FORMATS_DATA / name)]


@settings(max_examples=60, deadline=4000, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(NAMES), st.randoms(use_true_random=False))
def test_mutated_files_give_an_outcome(name: str, random_: random.Random) -> None:
    data = bytearray((FORMATS_DATA / name).read_bytes())
    for _ in range(random_.choice([1, 5, 50])):
        start = random_.randrange(len(data))
        data[start : start + random_.choice([1, 4, 64])] = random_.randbytes(random_.choice([0, 1, 4, 64]))
    begun = time.process_time()
    assert isinstance(events(bytes(data), name)[-1], Closed | Refused)
    assert time.process_time() - begun < 4


def test_a_sheet_of_one_far_cell_is_no_bomb(tmp_path: Path) -> None:
    sheet = f'{HEAD}<row r="1048576"><c r="XFD1048576" t="str"><v>219-09-9999</v></c></row></sheetData></worksheet>'
    assert findings_of(workbook(tmp_path / "a.xlsx", sheet)) == [("a.xlsx", "US_SSN", "sheet1!XFD1048576")]


@pytest.mark.parametrize(
    "row",
    [
        '<row><c t="str"><v>219-09-9999</v></c></row>',  # no references at all
        '<row r="99999999999"><c r="ZZZZ1" t="str"><v>219-09-9999</v></c></row>',
        '<row r="x"><c r="" t="nonsense"><v>219-09-9999</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>99</v></c><c r="B1" t="inlineStr"><is><t>219-</t><t>09-9999</t></is></c></row>',
        '<row r="1"><c r="A1" s="77" t="n"><v>219-09-9999</v></c></row>',
        '<x:row xmlns:x="y"><x:c t="str"><x:v><![CDATA[219-09-9999]]></x:v></x:c></x:row>',
        '<row><c t="str"><v>219&#45;09-9999</v></c></row>',
    ],
)
def test_odd_cells_are_read(tmp_path: Path, row: str) -> None:
    path = workbook(tmp_path / "a.xlsx", f"{HEAD}{row}</sheetData></worksheet>")
    assert [one[1] for one in findings_of(path)] == ["US_SSN"]


def test_entities_do_not_grow_and_nothing_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("219-09-9999")
    kinds = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 12))
    sheet = (
        f'<!DOCTYPE x [<!ENTITY e0 "lol">{kinds}<!ENTITY f SYSTEM "file://{tmp_path}/secret">]>'
        f'{HEAD}<row><c t="str"><v>&e11;&f;</v></c></row></sheetData></worksheet>'
    )
    begun = time.process_time()
    assert "US_SSN" not in [one[1] for one in findings_of(workbook(tmp_path / "a.xlsx", sheet))]
    assert time.process_time() - begun < 5


def test_a_bomb_ends_at_the_limit(tmp_path: Path) -> None:
    row = f"<row><c><v>{'1' * 90}</v></c></row>"
    path = workbook(tmp_path / "a.xlsx", f"{HEAD}{row * 100_000}</sheetData></worksheet>")
    assert "see --max-expanded" in records_of(path, expanded_bytes=2_000_000)["a.xlsx"]
    assert "see --max-ratio" in records_of(path, ratio=20)["a.xlsx"]


def test_rows_repeated_a_billion_times_are_no_bomb(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>219-09-9999</text:p></table:table-cell>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            '<x xmlns:table="t" xmlns:text="x"><table:table table:name="A"><table:table-row '
            f'table:number-rows-repeated="1048576">{cell}</table:table-row></table:table></x>',
        )
    begun = time.process_time()
    assert sum(isinstance(event, Closed) for event in events(path.read_bytes(), "a.ods")) == 1
    assert time.process_time() - begun < 15


@pytest.mark.parametrize("depth", [100_000])
def test_deep_nesting_is_no_crash(tmp_path: Path, depth: int) -> None:
    path = workbook(tmp_path / "a.xlsx", HEAD + "<a>" * depth + "</a>" * depth + "</sheetData></worksheet>")
    assert set(records_of(path)) == {"a.xlsx"}


def encrypted_xls() -> bytes:
    data = bytearray((FORMATS_DATA / "people.xls").read_bytes())
    start = data.find(b"\xe1\x00\x02\x00")  # a record of two bytes becomes the one that tells of encryption
    assert start > 0
    data[start : start + 2] = b"\x2f\x00"
    return bytes(data)


def test_an_encrypted_xls_is_skipped() -> None:
    assert outcome(encrypted_xls(), "a.xls") == "encrypted"


def database(make: Callable[[sqlite3.Connection], object]) -> bytes:
    connection = sqlite3.connect(":memory:")
    make(connection)
    connection.commit()
    return connection.serialize()


def test_damaged_pages_cost_their_rows_only() -> None:
    rows = [(number, f"a{number}@example.com", "x" * 100) for number in range(5000)]

    def make(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, mail, pad)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)

    data = bytearray(database(make))
    middle = len(data) // 4096 // 2 * 4096
    data[middle : middle + 4096] = random.Random(1).randbytes(4096)
    last = events(bytes(data), "a.db")[-1]
    assert isinstance(last, Closed)
    assert last.document.failure == "damaged: not all of its rows can be read"
    assert last.document.rows[0][1] > 4900


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
        "CREATE TABLE g(a, b AS (hex(zeroblob(400000000))))",
        'CREATE TABLE "; DROP TABLE t; --"("a""b", "select")',
        "CREATE TABLE w(a PRIMARY KEY, rowid, _rowid_, oid) WITHOUT ROWID",
        "CREATE TABLE r(rowid, _rowid_, oid)",
        "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT load_extension('x'); END",
        "CREATE INDEX i ON t(abs(a))",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
    ],
)
def test_nothing_of_the_files_own_is_run(statement: str) -> None:
    def make(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE t(a)")
        connection.execute("INSERT INTO t VALUES ('mail anna@example.com')")
        connection.execute(statement)

    last = events(database(make), "a.db")[-1]
    assert isinstance(last, Closed)
    assert last.document.failure is None
    assert ("t", 1) in last.document.rows


def test_names_that_are_no_words_are_shown_harmlessly(tmp_path: Path) -> None:
    def make(connection: sqlite3.Connection) -> None:
        connection.execute('CREATE TABLE "a\n\x1b[31m"("s\tsn")')
        connection.execute('INSERT INTO "a\n\x1b[31m" VALUES (?)', ["219-09-9999"])

    path = tmp_path / "a.db"
    path.write_bytes(database(make))
    assert findings_of(path) == [("a.db", "US_SSN", "a \x1b[31m, row 1, column s sn")]


def test_a_value_over_the_limit_is_told_and_the_others_read() -> None:
    def make(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE t(a)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x",), (b"\0" * (65 * 1024 * 1024),), ("y",)])

    last = events(database(make), "a.db")[-1]
    assert isinstance(last, Closed)
    assert last.document.rows == (("t", 2),)
    assert last.document.failure == "damaged: not all of its rows can be read"
