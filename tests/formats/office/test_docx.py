"""Word documents, built by hand for what LibreOffice does not write."""

from pathlib import Path

from guardrails_cli.core.text import Segment
from guardrails_cli.formats.office import docx as reader
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.options.model import Limits
from tests.formats.files import W, docx, p, r, table, write, zipped
from tests.formats.support import findings_of, records_of

RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="x/hyperlink" Target="mailto:linked%2Eperson@example.com" TargetMode="External"/>'
    "</Relationships>"
)


def text_of(tmp_path: Path, data: bytes) -> list[tuple[str, str]]:
    """Return (place, text) of all segments."""
    path = write(tmp_path, "a.docx", data)
    with path.open("rb") as file:
        items = list(reader.read(Blob("a.docx", file, seekable=True), Reading(Limits())))
    return [
        (item.location.label if item.location else "", item.text.strip("\n"))
        for item in items
        if isinstance(item, Segment)
    ]


def test_runs_inside_a_word_are_joined(tmp_path: Path) -> None:
    body = p(r("jane.ro"), "<w:proofErr/>", r("e@exa"), r("mple.com"))
    assert text_of(tmp_path, docx(body)) == [("paragraph 1", "jane.roe@example.com")]


def test_empty_paragraphs_count(tmp_path: Path) -> None:
    assert text_of(tmp_path, docx(p() + p() + p(r("here")))) == [("paragraph 3", "here")]


def test_a_number_of_which_the_end_was_replaced_is_told_as_it_was_and_as_it_is(tmp_path: Path) -> None:
    body = p(
        r("The SSN 219-09-"),
        '<w:del w:author="Pat Sample">' + r("9999", element="delText") + "</w:del>",
        '<w:ins w:author="Pat Sample">' + r("8888") + "</w:ins>",
        r(" is known"),
    )
    assert text_of(tmp_path, docx(body)) == [
        ("paragraph 1", "The SSN 219-09-8888 is known"),
        ("paragraph 1, deleted text", "The SSN 219-09-9999"),
        ("author", "author: Pat Sample"),
    ]


def test_moved_text_is_told_where_it_is_and_where_it_was(tmp_path: Path) -> None:
    body = p("<w:moveFrom>" + r("a@example.com") + "</w:moveFrom>") + p(
        "<w:moveTo>" + r("a@example.com") + "</w:moveTo>"
    )
    assert text_of(tmp_path, docx(body)) == [
        ("paragraph 1, deleted text", "a@example.com"),
        ("paragraph 2", "a@example.com"),
    ]


def test_text_is_hidden_by_itself_or_by_its_style(tmp_path: Path) -> None:
    styles = (
        f'<w:styles {W}><w:style w:styleId="Base"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="Derived"><w:basedOn w:val="Base"/></w:style>'
        '<w:style w:styleId="Shown"><w:rPr><w:vanish w:val="0"/></w:rPr></w:style></w:styles>'
    )
    body = p(r("by itself", "<w:vanish/>"), r("not", '<w:vanish w:val="false"/>'))
    body += p(r("by style", '<w:rStyle w:val="Derived"/>'), r("shown", '<w:rStyle w:val="Shown"/>'))
    body += p('<w:pPr><w:pStyle w:val="Base"/></w:pPr>', r("the paragraph"))
    assert text_of(tmp_path, docx(body, ("word/styles.xml", styles))) == [
        ("paragraph 1", "not"),
        ("paragraph 1, hidden text", "by itself"),
        ("paragraph 2", "shown"),
        ("paragraph 2, hidden text", "by style"),
        ("paragraph 3, hidden text", "the paragraph"),
    ]


def test_field_codes_links_and_variables_are_text(tmp_path: Path) -> None:
    body = p(r(' HYPERLINK "mailto:', element="instrText"), r('a@example.com"', element="instrText"), r("mail"))
    body += p('<w:fldSimple w:instr=" DOCPROPERTY Client ">' + r("Acme") + "</w:fldSimple>")
    settings = f'<w:settings {W}><w:docVar w:name="Client" w:val="var@example.com"/></w:settings>'
    parts = (("word/settings.xml", settings), ("word/_rels/document.xml.rels", RELATIONS))
    assert text_of(tmp_path, docx(body, *parts)) == [
        ("paragraph 1", "mail"),
        ("paragraph 1, field code", 'HYPERLINK "mailto:a@example.com"'),
        ("paragraph 2", "Acme"),
        ("paragraph 2, field code", "DOCPROPERTY Client"),
        ("settings, variable", "Client"),
        ("settings, variable", "var@example.com"),
        ("link", "mailto:linked.person@example.com"),
    ]


def test_of_two_alternatives_only_what_differs_is_told_twice(tmp_path: Path) -> None:
    body = p(
        "<mc:AlternateContent><mc:Choice>" + p(r("same")) + p(r("choice")) + "</mc:Choice>"
        "<mc:Fallback>" + p(r("same")) + p(r("fallback")) + "</mc:Fallback></mc:AlternateContent>"
    )
    assert [text for _, text in text_of(tmp_path, docx(body))] == ["same", "choice", "fallback"]


def test_tabs_breaks_and_hyphens_are_characters(tmp_path: Path) -> None:
    body = p("<w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t>"
             "<w:noBreakHyphen/><w:t>d</w:t><w:softHyphen/><w:t>e</w:t></w:r>")  # fmt: skip
    assert text_of(tmp_path, docx(body)) == [("paragraph 1", "a\tb\nc-de")]


def test_a_table_with_a_header_has_columns(tmp_path: Path) -> None:
    body = table(("Name", "SSN"), ("Jane Roe", "219-09-9999"), ("John Doe", "219-09-9999"))
    assert findings_of(write(tmp_path, "a.docx", docx(body))) == [
        ("a.docx", "PERSON", "table 1, row 2, column Name"),
        ("a.docx", "US_SSN", "table 1, row 2, column SSN"),
        ("a.docx", "PERSON", "table 1, row 3, column Name"),
        ("a.docx", "US_SSN", "table 1, row 3, column SSN"),
    ]


def test_the_names_of_a_form_are_context_for_the_values_beside_them(tmp_path: Path) -> None:
    body = table(("Patient name", "Mary Major"), ("Date of birth", "03/04/1971"))
    assert findings_of(write(tmp_path, "a.docx", docx(body))) == [
        ("a.docx", "PERSON", "table 1, row 1, column 2"),
        ("a.docx", "DATE_OF_BIRTH", "table 1, row 2, column 2"),
    ]


def test_a_cell_that_spans_columns_does_not_move_the_others(tmp_path: Path) -> None:
    wide = '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + p(r("Jane Roe")) + "</w:tc><w:tc>" + p(
        r("219-09-9999")) + "</w:tc></w:tr></w:tbl>"  # fmt: skip
    body = table(("Name", "Email", "SSN"), ("Jane Roe", "a@example.com", "219-09-9999")).replace("</w:tbl>", wide)
    places = [place for _, entity, place in findings_of(write(tmp_path, "a.docx", docx(body))) if entity == "US_SSN"]
    assert places == ["table 1, row 2, column SSN", "table 1, row 3, column SSN"]


def test_a_table_inside_a_cell_is_a_table_of_its_own_and_nothing_is_lost(tmp_path: Path) -> None:
    inner = table(("Name", "SSN"), ("Jane Roe", "219-09-9999"))
    body = "<w:tbl><w:tr><w:tc>" + p(r("before")) + inner + p(r("after")) + "</w:tc><w:tc>" + p(r("beside"))
    body += "</w:tc></w:tr><w:tr><w:tc>" + p(r("below")) + "</w:tc></w:tr></w:tbl>" + p(r("end"))
    assert text_of(tmp_path, docx(body)) == [
        ("table 1, row 1, column 1", "before"),
        ("table 2, header", "Name\tSSN"),
        ("table 2, row 2", "Jane Roe\t219-09-9999"),
        ("table 1, row 1, column 1", "after\t"),
        ("table 1, row 1, column 2", "beside"),
        ("table 1, row 2, column 1", "below"),
        ("paragraph 1", "end"),
    ]


def test_embedded_documents_and_pictures_are_members(tmp_path: Path) -> None:
    inner = docx(p(r("inner@example.com")))
    data = docx(
        p(r("outer@example.com")), ("word/embeddings/a.docx", inner), ("word/media/a.png", b"\x89PNG\r\n\x1a\n")
    )
    path = write(tmp_path, "a.docm", data)
    assert findings_of(path) == [
        ("a.docm", "EMAIL_ADDRESS", "paragraph 1"),
        ("a.docm!word/embeddings/a.docx", "EMAIL_ADDRESS", "paragraph 1"),
    ]
    assert records_of(path)["a.docm!word/media/a.png"] == "needs OCR"


def test_the_users_own_xml_is_read_with_its_attributes(tmp_path: Path) -> None:
    data = docx(p(), ("customXml/item1.xml", '<c><client mail="a@example.com">b@example.com</client></c>'))
    assert text_of(tmp_path, data) == [("custom XML", "mail: a@example.com"), ("custom XML", "client: b@example.com")]


def test_a_custom_property_is_called_by_its_name(tmp_path: Path) -> None:
    properties = '<Properties><property name="date"><lpwstr>a@example.com</lpwstr></property></Properties>'
    assert text_of(tmp_path, docx(p(), ("docProps/custom.xml", properties))) == [("metadata", "date: a@example.com")]


def test_a_long_paragraph_comes_in_pieces_of_one_place(tmp_path: Path) -> None:
    found = text_of(tmp_path, docx(p(*[r("word " * 1000)] * 40)))
    assert {place for place, _ in found} == {"paragraph 1"}
    assert "".join(text for _, text in found) == "word " * 40_000


def test_names_of_parts_may_be_written_in_any_way(tmp_path: Path) -> None:
    types = '<Types><Override ContentType="a.wordprocessingml.document.main+xml"/></Types>'
    data = zipped(("[Content_Types].xml", types), ("/WORD/Document.XML", f"<w:d {W}>{p(r('a@example.com'))}</w:d>"))
    assert findings_of(write(tmp_path, "a", data)) == [("a", "EMAIL_ADDRESS", "paragraph 1")]


def test_without_a_body_the_other_parts_count(tmp_path: Path) -> None:
    data = zipped(
        ("[Content_Types].xml", "<Types/>"), ("word/header1.xml", f"<w:hdr {W}>{p(r('a@example.com'))}</w:hdr>")
    )
    assert findings_of(write(tmp_path, "a.docx", data)) == [("a.docx", "EMAIL_ADDRESS", "header")]
