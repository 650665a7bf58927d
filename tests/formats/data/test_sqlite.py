import sqlite3
from pathlib import Path

from tests.formats.support import FORMATS_DATA, findings_of, records_of


def test_rows_of_all_tables_are_found_by_rowid_and_column() -> None:
    assert [(entity, place) for _, entity, place in findings_of(FORMATS_DATA / "people.db")] == [
        ("EMAIL_ADDRESS", "files, row 2, column content"),
        ("EMAIL_ADDRESS", "files, row 4, column content"),
        ("PERSON", "patients, row 7, column patient_name"),
        ("US_SSN", "patients, row 7, column ssn"),
        ("DATE_OF_BIRTH", "patients, row 7, column dob"),
        ("CREDIT_CARD", "patients, row 7, column card"),
        ("PERSON", "patients, row 9, column patient_name"),
        ("US_SSN", "patients, row 9, column ssn"),
        ("DATE_OF_BIRTH", "patients, row 9, column dob"),
        ("CREDIT_CARD", "patients, row 9, column card"),
        ("PHONE_NUMBER", "remarks, row 1, column note"),
        ("EMAIL_ADDRESS", "schema"),
    ]


def test_what_is_only_in_the_write_ahead_log_is_found_and_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t(ssn)")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.executemany("INSERT INTO t VALUES (?)", [(219099999,)] * 500)
    connection.commit()
    (tmp_path / "a.db-shm").unlink()
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert len(findings_of(path)) == 500
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before
    connection.close()


def test_transactions_that_never_ended_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t(ssn)")
    connection.commit()
    log = tmp_path / "a.db-wal"
    whole = log.read_bytes()
    connection.execute("INSERT INTO t VALUES (219099999)")
    connection.commit()
    log.write_bytes(log.read_bytes()[: len(whole) + 100])  # torn in the middle of a frame
    assert records_of(path) == {"a.db": "clean"}
    connection.close()


def test_documents_in_a_column_are_read_as_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t(content BLOB)")
    connection.execute("INSERT INTO t VALUES (?)", [(FORMATS_DATA / "people.xlsx").read_bytes()])
    connection.commit()
    connection.close()
    assert ("a.db!t/1/content", "US_SSN", "Hidden!B7") in findings_of(path)


def test_text_that_is_no_unicode_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t(note)")
    connection.execute("INSERT INTO t VALUES ('SSN 219-09-9999')")
    connection.execute("INSERT INTO t VALUES (CAST(x'ff' || CAST('SSN 078-05-1120' AS BLOB) AS TEXT))")
    connection.execute("INSERT INTO t VALUES ('write to anna@example.com')")
    connection.commit()
    connection.close()
    assert [place for _, _, place in findings_of(path)] == [f"t, row {row}, column note" for row in (1, 2, 3)]
    assert records_of(path) == {"a.db": "findings"}
