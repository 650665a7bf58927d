"""Copies of Office documents: no value in any part, whatever it is split over; the structure stays."""

import io
import re
import zipfile
from itertools import pairwise
from xml.sax.saxutils import escape

import docx
import openpyxl
import pptx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails_cli.core.finding import Finding, Severity
from guardrails_cli.formats.office import docx as docx_reader
from guardrails_cli.formats.office import xlsx as xlsx_reader
from guardrails_cli.formats.reader import Blob, Reading, RefusedError
from guardrails_cli.redact.operators import OPERATORS
from guardrails_cli.redact.writers.office import restore, rewrite
from guardrails_cli.redact.writers.writer import Choice, Rewritten, Scanned

SSN, OTHER, MAIL = "219-09-9999", "078-05-1120", "jane.doe@example.com"
KEY = b"a key for tests"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRATEGIES = sorted(OPERATORS)


def scanned(*values: str, kind: str = "US_SSN") -> Scanned:
    text, findings = "", []
    for value in values:
        findings.append(finding(len(text), value, "EMAIL_ADDRESS" if "@" in value else kind))
        text += value + "\n"
    return Scanned("docx", text, (), tuple(findings))


def finding(start: int, value: str, kind: str) -> Finding:
    return Finding(kind, Severity.HIGH, 1.0, start, start + len(value), 1, 1, "", "Test", "0" * 32, value=value)


def copied(data: bytes, *values: str, strategy: str = "token") -> tuple[bytes, Rewritten]:
    out = io.BytesIO()
    done = rewrite(io.BytesIO(data), out, scanned(*values), Choice(strategy, {}, KEY))
    return out.getvalue(), done


def restored(data: bytes) -> bytes:
    out = io.BytesIO()
    assert restore(io.BytesIO(data), out, KEY)[1] == 0
    return out.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_parts(data: bytes, **changed: str) -> bytes:
    """Return a document with parts added; the names have `__` for `/`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts(data).items():
            archive.writestr(name, content)
        for name, text in changed.items():
            archive.writestr(name.replace("__", "/") + ".xml", text)
    return out.getvalue()


def clean(data: bytes, *values: str) -> bool:
    """Return whether no part has a value, tags left out or not."""
    for content in parts(data).values():
        text = content.decode("utf-8", "replace")
        if any(value in text or value in re.sub(r"<[^>]*>", "", text) for value in values):
            return False
    return True


def extracted(data: bytes, name: str) -> str:
    blob = Blob(name, io.BytesIO(data), seekable=True)
    reader = docx_reader if name.endswith("docx") else xlsx_reader
    return "".join(one.text for one in reader.read(blob, Reading()) if not isinstance(one, Blob))


def saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def word() -> bytes:
    document = docx.Document()
    paragraph = document.add_paragraph("SSN ")
    paragraph.add_run("219-").bold = True
    paragraph.add_run("09-99").italic = True
    paragraph.add_run("99 is hers")
    table = document.add_table(2, 2)
    table.cell(1, 1).text = f"{MAIL} & more"
    document.sections[0].header.paragraphs[0].text = f"header {SSN}"
    document.core_properties.subject = f"about {SSN}"
    document.core_properties.author = MAIL
    halves = "<w:r><w:delText>219-0</w:delText></w:r><w:r><w:delText>9-9999</w:delText></w:r>"
    deleted = f'<w:del {W} w:id="9" w:author="{MAIL}">{halves}</w:del>'
    paragraph._p.append(parse_xml(deleted))
    relation = paragraph.part.relate_to(f"mailto:{MAIL.replace('@', '%40')}", RELATIONSHIP_TYPE.HYPERLINK, True)
    link = f'<w:hyperlink {W} xmlns:r="{R}" r:id="{relation}"><w:r><w:t>mail</w:t></w:r></w:hyperlink>'
    paragraph._p.append(parse_xml(link))
    field = f'<w:r {W}><w:instrText>HYPERLINK "mailto:{MAIL}"</w:instrText></w:r>'
    paragraph._p.append(parse_xml(field))
    said = "<w:p><w:r><w:t>078-</w:t></w:r><w:r><w:t>05-1120</w:t></w:r></w:p>"
    comment = f'<w:comments {W}><w:comment w:id="1" w:author="x">{said}</w:comment></w:comments>'
    return with_parts(saved(document), word__comments9=comment, customXml__item9=f"<a b='{SSN}'>{OTHER}</a>")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_word_loses_the_values_in_every_part_and_keeps_its_shape(strategy: str) -> None:
    before = word()
    after, done = copied(before, SSN, OTHER, MAIL, strategy=strategy)
    assert clean(after, SSN, OTHER, MAIL)
    assert done.replacements >= 9
    old, new = docx.Document(io.BytesIO(before)), docx.Document(io.BytesIO(after))
    assert [len(one.runs) for one in new.paragraphs] == [len(one.runs) for one in old.paragraphs]
    assert [run.bold for run in new.paragraphs[0].runs] == [run.bold for run in old.paragraphs[0].runs]
    assert new.paragraphs[0].text.startswith("SSN ")
    assert " is hers" in new.paragraphs[0].text
    assert new.tables[0].cell(1, 1).text.endswith(" & more")
    text = extracted(after, "a.docx")
    assert not any(value in text for value in (SSN, OTHER, MAIL))
    assert "docProps/thumbnail.jpeg" not in parts(after)


def test_what_was_sealed_in_word_is_restored() -> None:
    before = word()
    after = restored(copied(before, SSN, OTHER, MAIL, strategy="encrypt")[0])
    assert extracted(after, "a.docx") == extracted(before, "a.docx")
    same = [name for name, data in parts(after).items() if data == parts(before)[name]]
    assert "docProps/core.xml" in same
    assert "customXml/item9.xml" in same


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["name", "ssn", "again"])
    sheet.append(["Zoe", SSN, SSN])
    sheet.append(["Ann", 219099999, 12])
    sheet["B3"].number_format = "000-00-0000"
    sheet["C3"].number_format = "0.00"
    sheet["A4"] = f'=CONCATENATE("{OTHER}", "!")'
    sheet["A2"].comment = openpyxl.comments.Comment(f"see {OTHER}", MAIL)
    sheet["A3"].hyperlink = f"mailto:{MAIL}"
    book.defined_names["ssn"] = openpyxl.workbook.defined_name.DefinedName("ssn", attr_text=f'"{SSN}"')
    data = saved(book)
    content = parts(data)["xl/worksheets/sheet1.xml"].decode()
    cached = '<c r="A5" s="0"><f>219099000+999</f><v>219099999</v></c>'
    rows = content.replace("</sheetData>", f'<row r="5">{cached}</row></sheetData>')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts(data).items():
            archive.writestr(name, rows if name == "xl/worksheets/sheet1.xml" else part)
    return out.getvalue()


VALUES = (SSN, OTHER, MAIL, "219099999")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_workbook_loses_the_values_in_every_part_and_keeps_its_shape(strategy: str) -> None:
    before = workbook()
    after, _ = copied(before, *VALUES, strategy=strategy)
    assert clean(after, *VALUES)
    old, new = openpyxl.load_workbook(io.BytesIO(before)), openpyxl.load_workbook(io.BytesIO(after))
    assert (new.active.dimensions, new.sheetnames) == (old.active.dimensions, old.sheetnames)
    assert new.active["B3"].number_format == "000-00-0000"
    assert new.active["B2"].value == new.active["C2"].value
    assert new.active["C3"].value == 12
    assert "219099000" not in str(new.active["A5"].value)
    text = extracted(after, "a.xlsx")
    assert not any(value in text for value in VALUES)


def test_what_was_sealed_in_a_workbook_is_restored_numbers_as_numbers() -> None:
    before = workbook()
    after = restored(copied(before, *VALUES, strategy="encrypt")[0])
    old = openpyxl.load_workbook(io.BytesIO(before), data_only=True).active
    new = openpyxl.load_workbook(io.BytesIO(after), data_only=True).active
    assert [[cell.value for cell in row] for row in new] == [[cell.value for cell in row] for row in old]
    assert new["B3"].value == 219099999


S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def packed(**content: str) -> bytes:
    """Return a file of these parts only."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name.replace("__", "/") + ".xml", text)
    return out.getvalue()


def sheet_with(cells: str, strings: str = "") -> bytes:
    return packed(
        xl__workbook=f'<workbook {S} xmlns:r="{R}"><sheets><sheet name="a" sheetId="1" r:id="x"/></sheets></workbook>',
        xl__sharedStrings=f"<sst {S}>{strings}</sst>",
        xl__worksheets__sheet1=f'<worksheet {S}><sheetData><row r="1">{cells}</row></sheetData></worksheet>',
    )


def test_a_shared_string_is_replaced_once_for_all_cells_and_indexes_are_no_values() -> None:
    strings = f"<si><t>x</t></si><si><r><t>219-</t></r><r><t>09-9999 &amp; y</t></r><rPh><t>{SSN}</t></rPh></si>"
    cells = '<c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>0</v></c>'
    before = sheet_with(cells, strings)
    after, done = copied(before, SSN, "10", "00")
    assert clean(after, SSN)
    assert done.replacements == 2
    assert parts(after)["xl/worksheets/sheet1.xml"] == parts(before)["xl/worksheets/sheet1.xml"]
    assert "[US_SSN] & y\t[US_SSN] & y\tx" in extracted(after, "a.xlsx")
    sealed, _ = copied(sheet_with(cells, f"<si><t>{SSN}</t></si>"), SSN, strategy="encrypt")
    assert parts(restored(sealed)) == parts(sheet_with(cells, f"<si><t>{SSN}</t></si>"))


def test_a_number_without_a_type_is_restored_byte_by_byte() -> None:
    before = sheet_with('<c r="A1"><v>219099999</v></c><c r="B1"><v>7</v></c>')
    sealed, _ = copied(before, "219099999", strategy="encrypt")
    assert clean(sealed, "219099999")
    assert parts(restored(sealed)) == parts(before)


@pytest.mark.parametrize(("value", "number"), [(SSN, "219099999"), (OTHER, "78051120")])
def test_a_number_goes_also_where_it_stands_without_its_separators(value: str, number: str) -> None:
    before = sheet_with(f'<c r="A1"><v>{number}</v></c>')
    chart = f"<c><numCache><pt><v>{number}</v></pt></numCache></c>"
    after, _ = copied(with_parts(before, xl__charts__chart1=chart), value)
    assert clean(after, number)


def test_a_value_bare_in_a_formula_becomes_a_text_in_it() -> None:
    after, _ = copied(sheet_with('<c r="A1"><f>219099999&amp;""</f></c>'), "219099999")
    assert b'<f>"[US_SSN]"&amp;""</f>' in parts(after)["xl/worksheets/sheet1.xml"]


def test_the_result_of_a_shared_formula_is_refused() -> None:
    cells = '<c r="A1"><f t="shared" ref="A1:A2" si="0">B1+1</f><v>219099999</v></c>'
    with pytest.raises(RefusedError, match="shared formula"):
        copied(sheet_with(cells), "219099999")


def test_slides_lose_the_values_and_keep_their_shapes() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    paragraph = slide.placeholders[1].text_frame.paragraphs[0]
    for piece in ("SSN 219-", "09-9", "999 here"):
        paragraph.add_run().text = piece
    slide.notes_slide.notes_text_frame.text = f"notes {SSN}"
    after, done = copied(saved(deck), SSN)
    assert clean(after, SSN)
    assert done.replacements == 2
    texts = [shape.text_frame.text for shape in pptx.Presentation(io.BytesIO(after)).slides[0].shapes]
    assert texts[1] == "SSN [US_SSN] here"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=8), st.sampled_from(["token", "remove", "encrypt"]))
def test_it_does_not_matter_how_a_value_is_split_over_runs(cuts: list[int], strategy: str) -> None:
    text = f"a <b> & {SSN} and {OTHER} z"
    borders = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(borders)]
    runs = "".join(f'<w:r><w:t xml:space="preserve">{escape(piece)}</w:t></w:r>' for piece in pieces)
    before = packed(word__document=f"<w:document {W}><w:body><w:p>{runs}</w:p></w:body></w:document>")
    after, done = copied(before, SSN, OTHER, strategy=strategy)
    assert clean(after, SSN, OTHER)
    assert done.replacements == 2
    assert run_count(after) == len(pieces)
    if strategy == "token":
        assert extracted(after, "a.docx").strip() == "a <b> & [US_SSN] and [US_SSN] z"
    if strategy == "encrypt":
        assert extracted(restored(after), "a.docx").strip() == text


def run_count(data: bytes) -> int:
    return parts(data)["word/document.xml"].count(b"<w:t ")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("_xmlsignatures__sig1", "<a/>", "signed"),
        ("word__x", '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "document type"),
        ("word__x", "<a>", "well-formed"),
        ("word__x", f'<a id="{SSN}"/>', "inner structure"),
        ("word__x", f'<a xmlns:b="urn:{SSN}"/>', "inner structure"),
        ("WORD__document", "<a/>", "one name"),
    ],
)
def test_what_cannot_be_done_safely_is_refused(name: str, content: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        copied(with_parts(saved(docx.Document()), **{name: content}), SSN)


def test_a_name_goes_from_attributes_that_no_reader_takes_for_text() -> None:
    attributes = '<a x="by Jane Marlowe" y="Marlowe&apos;s" z="Marlowesque"/>'
    body = f"<w:document {W}><w:body><w:p><w:r><w:t>Jane </w:t></w:r><w:r><w:t>Marlowe</w:t></w:r></w:p></w:body>"
    before = packed(word__document=body + "</w:document>", word__x=attributes)
    out = io.BytesIO()
    done = rewrite(io.BytesIO(before), out, scanned("Jane Marlowe", "Marlowe", kind="PERSON"), Choice())
    assert parts(out.getvalue())["word/x.xml"] == b'<a x="by [PERSON]" y="[PERSON]&apos;s" z="Marlowesque"/>'
    assert b"<w:t>[PERSON]</w:t></w:r><w:r><w:t></w:t>" in parts(out.getvalue())["word/document.xml"]
    assert done.replacements == 3
    for structure in ('<style styleId="Marlowe"/>', '<bookmarkStart name="Marlowe"/>'):
        with pytest.raises(RefusedError, match="inner structure"):
            rewrite(io.BytesIO(with_parts(before, word__y=structure)), io.BytesIO(), scanned("Marlowe"), Choice())


def test_a_value_in_the_name_of_a_sheet_is_refused() -> None:
    book = openpyxl.Workbook()
    book.active.title = SSN
    with pytest.raises(RefusedError, match="name of a sheet"):
        copied(saved(book), SSN)


def test_a_sealed_copy_of_another_key_is_told() -> None:
    sealed = copied(word(), SSN, strategy="encrypt")[0]
    opened, failed = restore(io.BytesIO(sealed), io.BytesIO(), b"another")
    assert opened == 0
    assert failed > 0


def test_a_document_without_sealed_values_is_restored_as_the_same_bytes() -> None:
    data, out = word(), io.BytesIO()
    assert restore(io.BytesIO(data), out, KEY) == (0, 0)
    assert out.getvalue() == data
