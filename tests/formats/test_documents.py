"""One file of each format, made by another program, and everything that is found in it with its place.

`letter.*` are one text, written by LibreOffice 7.4 from a flat OpenDocument file; `slides.pptx` is python-pptx's and
`slides.odp` LibreOffice's version of it; `book.epub` is pandoc's; `encrypted.pdf` is qpdf's version of `letter.pdf`,
with AES-256 and the password `secret`.
"""

import pytest

from tests.formats.support import FORMATS_DATA, findings_of, records_of

EXPECTED = {
    "letter.docx": """
EMAIL_ADDRESS  paragraph 2
US_SSN         paragraph 3
US_SSN         paragraph 3, deleted text
EMAIL_ADDRESS  paragraph 6, hidden text
PERSON         table 1, row 2, column Name
US_SSN         table 1, row 2, column SSN
EMAIL_ADDRESS  table 1, row 2, column Email
PERSON         table 1, row 3, column Name
US_SSN         table 1, row 3, column SSN
EMAIL_ADDRESS  table 1, row 3, column Email
PERSON         table 2, row 1, column 2
DATE_OF_BIRTH  table 2, row 2, column 2
EMAIL_ADDRESS  paragraph 9
EMAIL_ADDRESS  paragraph 9, alternative text
PERSON         author
EMAIL_ADDRESS  header
PHONE_NUMBER   footer
CREDIT_CARD    footnote
EMAIL_ADDRESS  endnote
EMAIL_ADDRESS  comment
PERSON         comment, author
PERSON         metadata
EMAIL_ADDRESS  metadata
EMAIL_ADDRESS  metadata
EMAIL_ADDRESS  link
""",
    "letter.odt": """
EMAIL_ADDRESS  paragraph 2
US_SSN         paragraph 3
US_SSN         paragraph 3, deleted text
CREDIT_CARD    paragraph 4, footnote
EMAIL_ADDRESS  paragraph 4, endnote
EMAIL_ADDRESS  paragraph 5, comment
EMAIL_ADDRESS  paragraph 6, hidden text
EMAIL_ADDRESS  paragraph 7, link
PERSON         table 1, row 2, column Name
US_SSN         table 1, row 2, column SSN
EMAIL_ADDRESS  table 1, row 2, column Email
PERSON         table 1, row 3, column Name
US_SSN         table 1, row 3, column SSN
EMAIL_ADDRESS  table 1, row 3, column Email
PERSON         table 2, row 1, column 2
DATE_OF_BIRTH  table 2, row 2, column 2
EMAIL_ADDRESS  paragraph 9, text box
EMAIL_ADDRESS  paragraph 9, alternative text
PERSON         author
PERSON         author
EMAIL_ADDRESS  header
PHONE_NUMBER   footer
PERSON         metadata
PERSON         metadata
EMAIL_ADDRESS  metadata
EMAIL_ADDRESS  metadata
""",
    "letter.rtf": """
EMAIL_ADDRESS  metadata
PERSON         metadata
PERSON         metadata
EMAIL_ADDRESS  metadata
EMAIL_ADDRESS  header
PHONE_NUMBER   footer
EMAIL_ADDRESS  header
PHONE_NUMBER   footer
EMAIL_ADDRESS  paragraph 2
US_SSN         paragraph 3
US_SSN         paragraph 3, deleted text
CREDIT_CARD    paragraph 4, footnote
EMAIL_ADDRESS  paragraph 4, endnote
EMAIL_ADDRESS  paragraph 5, comment
EMAIL_ADDRESS  paragraph 6, hidden text
EMAIL_ADDRESS  paragraph 7, field code
PERSON         table 1, row 2, column Name
US_SSN         table 1, row 2, column SSN
EMAIL_ADDRESS  table 1, row 2, column Email
PERSON         table 1, row 3, column Name
US_SSN         table 1, row 3, column SSN
EMAIL_ADDRESS  table 1, row 3, column Email
PERSON         table 2, row 1, column 2
DATE_OF_BIRTH  table 2, row 2, column 2
EMAIL_ADDRESS  paragraph 8, alternative text
EMAIL_ADDRESS  paragraph 8, text box
""",
    "letter.pdf": """
EMAIL_ADDRESS  page 1
EMAIL_ADDRESS  page 1
EMAIL_ADDRESS  page 1
US_SSN         page 1
EMAIL_ADDRESS  page 1
US_SSN         page 1
EMAIL_ADDRESS  page 1
DATE_OF_BIRTH  page 1
CREDIT_CARD    page 1
PHONE_NUMBER   page 1
EMAIL_ADDRESS  page 1, link
EMAIL_ADDRESS  page 2
PERSON         metadata
EMAIL_ADDRESS  metadata
""",
    "slides.pptx": """
EMAIL_ADDRESS  slide 1
EMAIL_ADDRESS  slide 1, notes
PERSON         slide 2, table 1, row 2, column Name
US_SSN         slide 2, table 1, row 2, column SSN
EMAIL_ADDRESS  slide 2, table 1, row 2, column Email
PERSON         slide 2, table 1, row 3, column Name
US_SSN         slide 2, table 1, row 3, column SSN
EMAIL_ADDRESS  slide 2, table 1, row 3, column Email
EMAIL_ADDRESS  slide 2, alternative text
EMAIL_ADDRESS  slide 2
EMAIL_ADDRESS  slide 3, hidden slide
EMAIL_ADDRESS  slide 3, chart
EMAIL_ADDRESS  slide 3, link
EMAIL_ADDRESS  metadata
PERSON         metadata
EMAIL_ADDRESS  Sheet1!A2 (ppt/embeddings/Microsoft_Excel_Sheet1.xlsx)
""",
    "slides.odp": """
EMAIL_ADDRESS  slide 1
EMAIL_ADDRESS  slide 1, notes
PERSON         slide 2, table 1, row 2, column Name
US_SSN         slide 2, table 1, row 2, column SSN
EMAIL_ADDRESS  slide 2, table 1, row 2, column Email
PERSON         slide 2, table 1, row 3, column Name
US_SSN         slide 2, table 1, row 3, column SSN
EMAIL_ADDRESS  slide 2, table 1, row 3, column Email
EMAIL_ADDRESS  slide 2, alternative text
EMAIL_ADDRESS  slide 2
EMAIL_ADDRESS  slide 3, hidden slide
EMAIL_ADDRESS  slide 3, hidden slide, link
EMAIL_ADDRESS  table 2, row 2, column 1, embedded object
EMAIL_ADDRESS  metadata
PERSON         metadata
PERSON         metadata
""",
    "book.epub": """
EMAIL_ADDRESS  paragraph 3, EPUB/text/ch001.xhtml
US_SSN         paragraph 3, EPUB/text/ch001.xhtml
EMAIL_ADDRESS  paragraph 3, EPUB/text/ch001.xhtml, alternative text
EMAIL_ADDRESS  paragraph 4, EPUB/text/ch001.xhtml
PERSON         table 1, row 2, column Name, EPUB/text/ch002.xhtml
US_SSN         table 1, row 2, column SSN, EPUB/text/ch002.xhtml
EMAIL_ADDRESS  table 1, row 2, column Email, EPUB/text/ch002.xhtml
PERSON         table 1, row 3, column Name, EPUB/text/ch002.xhtml
US_SSN         table 1, row 3, column SSN, EPUB/text/ch002.xhtml
EMAIL_ADDRESS  table 1, row 3, column Email, EPUB/text/ch002.xhtml
EMAIL_ADDRESS  paragraph 3, EPUB/text/ch002.xhtml, link
EMAIL_ADDRESS  paragraph 4, EPUB/text/ch002.xhtml
UUID           metadata
PERSON         metadata
""",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_everything_is_found_at_its_place(name: str) -> None:
    found = [
        f"{entity:14} {place}" + (f" ({path.partition('!')[2]})" if "!" in path else "")
        for path, entity, place in findings_of(FORMATS_DATA / name)
    ]
    assert found == EXPECTED[name].strip().splitlines()


def test_an_encrypted_pdf_is_skipped() -> None:
    assert records_of(FORMATS_DATA / "encrypted.pdf") == {"encrypted.pdf": "encrypted"}


def test_a_wrong_password_does_not_open_it() -> None:
    path = FORMATS_DATA / "encrypted.pdf"
    assert records_of(path, passwords=("wrong", "\ud800")) == {"encrypted.pdf": "encrypted"}


def test_the_right_password_among_others_opens_it() -> None:
    found = findings_of(FORMATS_DATA / "encrypted.pdf", passwords=("wrong", "secret"))
    assert [entry[1:] for entry in found] == [entry[1:] for entry in findings_of(FORMATS_DATA / "letter.pdf")]
