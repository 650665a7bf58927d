from pathlib import Path

import pytest

from guardrails_cli.formats.data.csv import looks_like_table
from guardrails_cli.formats.registry import format_of
from guardrails_cli.formats.table_text import header_index
from tests.formats.support import FORMATS_DATA, findings_of, records_of, scanned


def found(path: Path, text: str, encoding: str = "utf-8") -> list[tuple[str, str]]:
    path.write_text(text, encoding=encoding, newline="")
    return [(entity, place) for _, entity, place in findings_of(path)]


def test_findings_lie_in_rows_and_columns_as_a_spreadsheet_shows_them() -> None:
    [record] = scanned(FORMATS_DATA / "people.csv")
    assert record.format == "csv"
    assert [
        (one.entity_type, one.location and one.location.label, one.line, one.column) for one in record.findings
    ] == [
        ("PERSON", "row 3, column patient_name", 3, 3),
        ("US_SSN", "row 3, column ssn", 3, 14),
        ("PHONE_NUMBER", "row 3, column remark", 3, 30),
        ("EMAIL_ADDRESS", "row 3, column remark", 4, 10),
        ("PERSON", "row 4, column patient_name", 5, 3),
        ("US_SSN", "row 4, column ssn", 5, 14),
        ("PERSON", "row 5, column patient_name", 6, 3),
    ]


def test_columns_are_summed_up_over_all_rows() -> None:
    [record] = scanned(FORMATS_DATA / "people.csv")
    sums = {(one.column, one.entity_type): (one.rows, one.of_rows) for one in record.columns}
    assert sums["patient_name", "PERSON"] == (3, 4)  # the title is a row, too
    assert sums["ssn", "US_SSN"] == (2, 4)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_delimiter_is_told(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [["id", "ssn", "amount"], ["1", "219099999", "1.5"], ["2", "078051120", "2.5"]]
    text = end.join(delimiter.join(row) for row in rows) + end
    assert found(tmp_path / "a.csv", text) == [("US_SSN", "row 2, column ssn"), ("US_SSN", "row 3, column ssn")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    text = "nummer;ssn;größe\n1;219099999;17\n"
    assert found(tmp_path / "a.csv", text, encoding) == [("US_SSN", "row 2, column ssn")]


def test_what_excel_says_of_the_delimiter_is_believed(tmp_path: Path) -> None:
    assert found(tmp_path / "a.csv", "sep=|\nid|ssn\n1|219099999\n") == [("US_SSN", "row 2, column ssn")]


def test_without_a_header_columns_have_numbers(tmp_path: Path) -> None:
    text = "1,219-09-9999,x\n2,219-09-9999,y\n"
    assert found(tmp_path / "a.csv", text) == [("US_SSN", "row 1, column 2"), ("US_SSN", "row 2, column 2")]


def test_a_single_column_is_a_table_if_its_name_is_known(tmp_path: Path) -> None:
    assert found(tmp_path / "a.csv", "ssn\n219099999\n078051120\n") == [
        ("US_SSN", "row 2, column ssn"),
        ("US_SSN", "row 3, column ssn"),
    ]


@pytest.mark.parametrize(
    ("name", "value", "entity"),
    [
        ("ssn", "219099999", "US_SSN"),
        ("ssn", "78051120", "US_SSN"),  # a spreadsheet has dropped the zero
        ("Customer SSN", "219099999", "US_SSN"),
        ("guarantor_dob", "1980-01-02", "DATE_OF_BIRTH"),
        ("homePhone2", "2125550123", "PHONE_NUMBER"),
        ("dob", "1980-01-02", "DATE_OF_BIRTH"),
        ("patient_name", "anna", "PERSON"),
        ("card", "4111111111111111", "CREDIT_CARD"),
        ("card", "4111111111111112", "CREDIT_CARD"),  # mistyped, yet of a card
        ("account number", "123456789012", "US_BANK_NUMBER"),
        ("driver_license", "A1234567", "US_DRIVER_LICENSE"),
    ],
)
def test_a_columns_name_is_context_for_every_value_under_it(tmp_path: Path, name: str, value: str, entity: str) -> None:
    """Row 3,000 is far from the header; the other columns say nothing."""
    rows = "".join(f"{number},{'-' * 20},{value if number == 3000 else ''}\n" for number in range(2, 4000))
    assert found(tmp_path / "a.csv", f"number,what,{name}\n{rows}") == [(entity, f"row 3000, column {name}")]


def test_nothing_found_crosses_a_cells_border(tmp_path: Path) -> None:
    text = "1;https://example.com/a;219-09-9999\n2;https://example.com/b;219-09-9999\n"
    assert found(tmp_path / "a.csv", text) == [
        ("URL", "row 1, column 2"),
        ("US_SSN", "row 1, column 3"),
        ("URL", "row 2, column 2"),
        ("US_SSN", "row 2, column 3"),
    ]


def test_the_words_of_the_next_cell_are_no_context(tmp_path: Path) -> None:
    assert found(tmp_path / "a.csv", "id,what,number\n1,bank account,123456789012\n2,bank account,123456789012\n") == []


def test_ragged_rows_are_read(tmp_path: Path) -> None:
    text = "id,ssn,note\n1\n2,219099999\n\n3,078051120,x,y,mail anna@example.com\n"
    assert found(tmp_path / "a.csv", text) == [
        ("US_SSN", "row 3, column ssn"),
        ("US_SSN", "row 5, column ssn"),
        ("EMAIL_ADDRESS", "row 5, column 5"),
    ]


def test_a_quote_that_never_closes_hides_nothing(tmp_path: Path) -> None:
    text = 'id,name,ssn\n1,"Anna,219-09-9999\n2,Ben,078-05-1120\n'
    assert {entity for entity, _ in found(tmp_path / "a.csv", text)} >= {"US_SSN"}
    assert ("US_SSN", "row 3, column ssn") in found(tmp_path / "a.csv", text)


def test_rows_with_line_breaks_keep_their_place_over_chunks(tmp_path: Path) -> None:
    rows = "".join(f'{number},"two\nlines, {"x" * 60}",219099999\n' for number in range(2, 3002))
    places = [place for _, place in found(tmp_path / "a.csv", f"id,note,ssn\n{rows}")]
    assert places == [f"row {number}, column ssn" for number in range(2, 3002)]


def test_long_rows_come_cell_by_cell(tmp_path: Path) -> None:
    names = ",".join(f"col_{number}" for number in range(400))
    row = ",".join("219-09-9999" if number == 397 else "x" * 10 for number in range(400))
    assert found(tmp_path / "a.csv", f"{names}\n{row}\n{row}\n") == [
        ("US_SSN", "row 2, column col_397"),
        ("US_SSN", "row 3, column col_397"),
    ]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("a,b\n1,2\n", "a.csv", "csv"),
        ("a\tb\n1\t2\n", "A.TSV", "csv"),
        ("a\tb\n1\t2\n", "export.xls", "csv"),
        ("a,b\n1,2\n", "a.txt", "text"),
        ("Dear all, this is a letter.\nIt has no columns.\nAt all, really, none.\n", "a.csv", "text"),
        ("", "a.csv", "text"),
        ("\x89PNG\r\n\x1a\n\0", "a.csv", "image"),
    ],
)
def test_a_csv_is_told_by_suffix_and_content(text: str, name: str, expected: str) -> None:
    assert format_of(text.encode("latin-1"), name) == expected


def test_a_wide_head_without_a_line_break_is_a_table() -> None:
    assert looks_like_table((",".join(str(number) for number in range(5000))).encode()[:8192])


def test_the_text_view_is_the_files_own_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'id;ssn\r\n1;"219-09-9999"\r\n')
    [record] = scanned(path)
    [finding] = record.findings
    assert path.read_bytes()[finding.start : finding.end] == b"219-09-9999"
    assert records_of(path) == {"a.csv": "findings"}


@pytest.mark.parametrize(
    "rows",
    [
        ["Applicant,ADA OYELARAN", "SSN,219-09-9997", "Mobile,(202) 555-0143"],
        ["Employee sheet,", "Name,ADA OYELARAN", "SSN,219-09-9997"],
        ["Name,ADA OYELARAN,Notes", "SSN,219-09-9997,"],
        ["Name,ADA OYELARAN,SSN,219-09-9997", "DOB,12/25/1974,Phone,(202) 555-0143"],
    ],
)
def test_a_value_of_a_form_is_no_name_of_a_column(rows: list[str]) -> None:
    sample = [row.split(",") for row in rows]
    assert header_index(sample) is None


@pytest.mark.parametrize(
    "rows",
    [["type,owner,ssn", "item,Ada,219-09-9997", "product,Eve,219-09-9996"], ["name,email", "Ada,ada@example.org"]],
)
def test_a_header_stays_one_above_values_that_are_names_of_fields(rows: list[str]) -> None:
    assert header_index([row.split(",") for row in rows]) == 0
