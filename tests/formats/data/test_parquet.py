from pathlib import Path

from guardrails_cli.core.text import Segment
from guardrails_cli.formats.data import parquet
from guardrails_cli.formats.reader import Blob, Reading
from tests.formats.support import FORMATS_DATA, findings_of, records_of


def test_rows_are_found_by_number_and_column() -> None:
    found = [(entity, place) for _, entity, place in findings_of(FORMATS_DATA / "people.parquet")]
    assert found[:7] == [
        ("PERSON", "row 1, column patient_name"),
        ("US_SSN", "row 1, column ssn"),
        ("DATE_OF_BIRTH", "row 1, column dob"),
        ("CREDIT_CARD", "row 1, column card"),
        ("EMAIL_ADDRESS", "row 1, column raw"),
        ("PHONE_NUMBER", "row 1, column nested"),
        ("EMAIL_ADDRESS", "row 1, column map"),
    ]
    assert ("PERSON", "row 3, column patient_name") in found  # of the second row group
    assert found[-1] == ("EMAIL_ADDRESS", "metadata")


def test_every_kind_of_value_is_shown() -> None:
    with (FORMATS_DATA / "people.parquet").open("rb") as file:
        items = parquet.read(Blob("a", file, seekable=True), Reading())
        rows = "".join(item.text for item in items if isinstance(item, Segment)).splitlines()
    assert rows[1].split("\t") == [
        "1",
        "Anna Baker",
        "219099999",
        "1980-01-02",
        "4111111111111111",
        "mail a@example.com",
        '{"p": "(212) 555-0123", "l": [1, 2]}',
        "PT3S",
        "12345678901234567890.10",
        '{"k": "ben@example.com"}',
        "x",
        "1.5",
        "2",
    ]
    assert rows[3].split("\t")[11:] == ["1e+300", "4"]


def test_an_encrypted_file_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PARE" + bytes(100) + b"PARE")
    assert records_of(path) == {"a.parquet": "encrypted"}
