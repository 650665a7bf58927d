import pytest

from guardrails_cli.formats.office.number_format import is_date, shown
from guardrails_cli.formats.office.xlsx_sheet import Strings, column_index
from tests.formats.support import FORMATS_DATA, findings_of, scanned

EXPECTED = [
    ("PERSON", "Patients!B3 (name)"),
    ("US_SSN", "Patients!C3 (ssn)"),
    ("DATE_OF_BIRTH", "Patients!D3 (dob)"),
    ("CREDIT_CARD", "Patients!E3 (card)"),
    ("US_DRIVER_LICENSE", "Patients!F3 (license)"),
    ("PERSON", "Patients!B4 (name)"),
    ("US_SSN", "Patients!C4 (ssn)"),
    ("DATE_OF_BIRTH", "Patients!D4 (dob)"),
    ("CREDIT_CARD", "Patients!E4 (card)"),
    ("US_DRIVER_LICENSE", "Patients!F4 (license)"),
    ("EMAIL_ADDRESS", "Patients!A8 (id)"),
    ("EMAIL_ADDRESS", "Patients!H9"),
    ("US_SSN", "Hidden!B7"),
]
"""Cells of one workbook, in whatever format it was saved."""


@pytest.mark.parametrize("name", ["people.xlsx", "people.ods", "people.xls"])
def test_cells_of_all_sheets_are_found_in_place(name: str) -> None:
    """The title above the header, a hidden row and a hidden sheet are read; numbers have all their digits."""
    found = [(entity, place) for _, entity, place in findings_of(FORMATS_DATA / name)]
    assert [one for one in found if one in EXPECTED] == EXPECTED
    assert scanned(FORMATS_DATA / name)[0].format == name.rpartition(".")[2]


@pytest.mark.parametrize(
    ("name", "places"),
    [
        (
            "people.xlsx",
            {
                ("EMAIL_ADDRESS", "Patients!A7, formula"),
                ("PHONE_NUMBER", "Patients!B3, comment"),
                ("PERSON", "Patients!B3, comment, author"),
                ("EMAIL_ADDRESS", "Patients, link"),
                ("PHONE_NUMBER", "Hidden, header"),
                ("PERSON", "metadata"),
                ("EMAIL_ADDRESS", "metadata"),
            },
        ),
        (
            "people.ods",
            {
                ("EMAIL_ADDRESS", "Patients!A7, formula"),
                ("PHONE_NUMBER", "Patients!B3, comment"),
                ("EMAIL_ADDRESS", "Patients!A8, link"),
                ("PHONE_NUMBER", "header"),
                ("PERSON", "metadata"),
            },
        ),
        (
            "people.xls",
            {
                ("PHONE_NUMBER", "Patients!B3, comment"),
                ("EMAIL_ADDRESS", "Patients!A8, link"),
                ("PHONE_NUMBER", "Hidden, header"),
                ("PERSON", "metadata"),
                ("EMAIL_ADDRESS", "metadata"),
            },
        ),
    ],
)
def test_what_hangs_on_cells_and_sheets_is_found(name: str, places: set[tuple[str, str]]) -> None:
    found = {(entity, place) for _, entity, place in findings_of(FORMATS_DATA / name)}
    assert places <= found


@pytest.mark.parametrize(
    ("raw", "code", "expected"),
    [
        ("4111111111111111", "", "4111111111111111"),
        ("4.111111111111111E15", "", "4111111111111111"),
        ("219099999.0", "", "219099999"),
        ("78051120", r"000\-00\-0000", "078-05-1120"),
        ("78051120", '000"-"00"-"0000', "078-05-1120"),
        ("2125550123", r"[<=9999999]###\-####;\(###\)\ ###\-####", "(212) 555-0123"),
        ("5550123", r"[<=9999999]###\-####;\(###\)\ ###\-####", "555-0123"),
        ("1234", "00000", "01234"),
        ("1234.5", "00000", "1234.5"),
        ("-5", "00000", "-5"),
        ("12", "0.00", "12"),
        ("1234567", "#,##0", "1234567"),
        ("0.30000000000000004", "", "0.3"),
        ("1e400", "", "inf"),
        ("x", "", "x"),
    ],
)
def test_a_number_has_all_its_digits_and_the_places_of_its_mask(raw: str, code: str, expected: str) -> None:
    assert shown(raw, code) == expected


@pytest.mark.parametrize(
    ("raw", "since_1904", "expected"),
    [
        ("29222", False, "1980-01-02"),
        ("29222.5", False, "1980-01-02T12:00:00"),
        ("0.5", False, "12:00:00"),
        ("27760", True, "1980-01-02"),
        ("1", False, "1900-01-01"),
        ("99999999", False, "99999999"),
        ("-1", False, "-1"),
    ],
)
def test_a_date_is_in_iso_form(raw: str, since_1904: bool, expected: str) -> None:
    assert shown(raw, date=True, since_1904=since_1904) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("yyyy-mm-dd", True), ("[$-409]d/m/yy", True), ("0.00", False), ('"day" 0', False), ("General", False)],
)
def test_formats_of_dates_are_told(code: str, expected: bool) -> None:
    assert is_date(code) is expected


@pytest.mark.parametrize(
    ("name", "index"), [("A", 0), ("Z", 25), ("AA", 26), ("XFD", 16383), ("XFE", None), ("", None)]
)
def test_columns_are_counted_as_spreadsheets_do(name: str, index: int | None) -> None:
    assert column_index(name) == index


def test_strings_that_no_cell_shows_are_known() -> None:
    strings = Strings()
    for text in ("shown", "Zoë", "hidden\ud800"):
        strings.add(text)
    assert (strings.get(0), strings.get(7), strings.get(-1)) == ("shown", "", "")
    assert strings.unused() == ["Zoë", "hidden\ud800"]
