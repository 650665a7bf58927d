"""HTML: what a person sees in lines, what nobody sees beside them, tables with columns."""

from pathlib import Path

import pytest

from guardrails_cli.formats.text import html
from tests.formats import views
from tests.formats.support import FORMATS_DATA, findings_of, scanned


def lines(text: str) -> list[str]:
    return views.view(html, text).splitlines()


def places(text: str) -> dict[str, tuple[str, int, int]]:
    return views.places(html, text)


def values(path: Path) -> list[tuple[str, str]]:
    return [(entity, place) for _, entity, place in findings_of(path)]


def test_a_page_made_by_pandoc_has_its_findings_at_their_places() -> None:
    [record] = scanned(FORMATS_DATA / "summary.html")
    found = [(each.entity_type, each.location.label if each.location else "", each.line) for each in record.findings]
    source = (FORMATS_DATA / "summary.html").read_text().splitlines()
    assert [(entity, label) for entity, label, _ in found if label != "style"] == [
        ("PERSON", "attribute content"),
        ("PHONE_NUMBER", ""),
        ("EMAIL_ADDRESS", ""),
        ("CREDIT_CARD", ""),
        ("EMAIL_ADDRESS", "attribute href"),
        ("US_SSN", "comment"),
        ("PERSON", "table 1, row 2, column Name"),
        ("US_SSN", "table 1, row 2, column SSN"),
        ("DATE_OF_BIRTH", "table 1, row 2, column DOB"),
        ("PERSON", "table 1, row 3, column Name"),
        ("US_SSN", "table 1, row 3, column SSN"),
        ("DATE_OF_BIRTH", "table 1, row 3, column DOB"),
        ("EMAIL_ADDRESS", ""),
    ]
    words = ["Jane Doe", "+1 212", "jane.doe", "4111", "jane.doe", "219-09", "Jane", "219-09", "1980", "Omar", "078-05"]
    for word, (_, _, line) in zip(words, [each for each in found if each[1] != "style"], strict=False):
        assert word in source[line - 1]
    assert record.format == "html"
    assert {column.column for column in record.columns} == {"Name", "SSN", "DOB"}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("<p><b>John</b> <b>Smith</b></p>", ["John Smith"]),
        ("4111<span> 1111</span>&nbsp;1111<i> </i>1111", ["4111 1111 1111 1111"]),
        ("219<!-- x -->-09-<b></b>9999<p>y", ["219-09-9999", " x ", "y"]),
        ("219-<span hidden>5</span>09-9999", ["219-09-9999", "5"]),
        ("jane<wbr>@exam&shy;ple.com", ["jane@example.com"]),
        ("<div>a</div><div>b</div>c<br>d", ["a", "b", "c", "d"]),
        ("a\n  b\t c", ["a b c"]),
        ("<pre>a\n  b</pre>", ["a", "  b"]),
        ("<ul><li>a<li>b</ul>", ["a", "b"]),
        ("<title>a &amp; <b></title>", ["a & <b>"]),
        ("a < b & c &lt;d&gt; &eacute &#65;", ["a < b & c <d> é A"]),
        ("<P>A<DIV CLASS=x>B</dIv>", ["A", "B"]),
        ("</p></div>x</table></td>y", ["xy"]),
        ("<dl><dt>SSN<dd>1<dt>DOB:</dt><dd>2</dd></dl>", ["SSN: 1", "DOB: 2"]),
        ("<table><tr><td>a<td>b</table>", ["a\tb"]),
        ("<label>SSN</label> <input value=1>", ["SSN", "SSN: 1"]),
        ("<label for=a>SSN</label><p><input name=q value=2><input id=a value=1>", ["SSN", "q: 2", "SSN: 1"]),
        ("<label>SSN <input value=1></label>", ["SSN", "SSN: 1"]),
        ("<input name=ssn value=1 type=hidden>", ["ssn: 1"]),
        ("<label>SSN</label><textarea>1\n2</textarea>", ["SSN", "SSN: 1", "2"]),
        ("<meta name=author content='J D'>", ["author: J D"]),
        ("<a href='mailto:a%40example.com?x=1'>m</a>", ["mailto:a@example.com?x=1", "m"]),
        ("<a href='/about' class=c id=top>m</a>", ["m"]),
        ("<img alt='A &amp; B' src=x.png title=t>", ["A & B", "t"]),
        ("<img src='data:image/png;base64,AAAA1234567'>", []),
        ("<p data-ssn=1>x", ["ssn: 1", "x"]),
        ("<patient ssn='1'>x</patient>", ["ssn: 1", "x"]),
    ],
)
def test_the_view_is_what_a_person_sees(text: str, seen: list[str]) -> None:
    assert lines(text) == seen


@pytest.mark.parametrize(
    "attribute",
    [
        "style='color:red;display: none'",
        "style=visibility:hidden",
        "style='font-size:0'",
        "style='font-size: 0px'",
        "style='opacity:0'",
        "style='color:#FFF; background-color: #fff'",
        "style='position:absolute;left:-9999px'",
        "hidden",
        "aria-hidden=true",
    ],
)
def test_hidden_text_is_told_as_such(attribute: str) -> None:
    found = places(f"<p>v1 <span {attribute}>v2 <b>v3</b></span> v4</p>v5")
    assert set(found) == {"v1", "v2", "v3", "v4", "v5"}
    assert {word for word, (label, _, _) in found.items() if label == "hidden text"} == {"v2", "v3"}


@pytest.mark.parametrize(
    "attribute", ["style='font-size:10px'", "style='opacity:0.5'", "aria-hidden=false", "class=hidden"]
)
def test_visible_text_is_not(attribute: str) -> None:
    assert places(f"<p {attribute}>v1</p>")["v1"][0] == ""


def test_what_is_around_hidden_text_shows_again_however_it_ends() -> None:
    found = places("<div><p hidden>v1<p>v2</div><div><span hidden>v3</div>v4<template>v5</template>v6")
    assert {word for word, (label, _, _) in found.items() if label == "hidden text"} == {"v1", "v3", "v5"}


def test_every_part_has_its_name_line_and_column() -> None:
    text = """<html><head><script>var a = "v1";
// v2</script><style>/* v3 */</style></head>
<body title="v4 &amp; v5"><p>x &amp; v6 <!-- a
v7 --></p>
<img alt=v8>
</body>"""
    assert places(text) == {
        "v1": ("script", 1, 30),
        "v2": ("script", 2, 4),
        "v3": ("style", 2, 25),
        "v4": ("attribute title", 3, 14),
        "v5": ("attribute title", 3, 23),
        "v6": ("", 3, 38),
        "v7": ("comment", 4, 1),
        "v8": ("attribute alt", 5, 10),
    }


def test_a_table_with_a_header_is_one() -> None:
    text = """<p>v0<table><caption>v1</caption>
<thead><tr><th>Name<th>Phone<th>Note</tr></thead>
<tr><td>v2<td><td>v3 <p>v4</tr>
<tr><td rowspan=2>v5</td><td colspan=2>v6</td></tr>
<tr><td>v7</td><td>v8</td></tr></table>v9"""
    assert {word: label for word, (label, _, _) in places(text).items()} == {
        "v0": "",
        "v1": "",
        "v2": "table 1, row 2, column Name",
        "v3": "table 1, row 2, column Note",
        "v4": "table 1, row 2, column Note",
        "v5": "table 1, row 3, column Name",
        "v6": "table 1, row 3, column Phone",
        "v7": "table 1, row 4, column Phone",
        "v8": "table 1, row 4, column Note",
        "v9": "",
    }
    begins = [segment for segment in views.segments(html, text) if segment.begins]
    assert [segment.text for segment in begins] == ["Name\t", "v9\n"]
    assert begins[0].layout is not None
    assert begins[0].layout.columns == ("Name", "Phone", "Note")


@pytest.mark.parametrize(
    "text",
    [
        "<table><tr><td>v1</td></tr></table>",
        "<table><tr><td>a</td><td>v1</td></tr></table>",
        "<table><tr><td>a<table><tr><td>v1</table></table>",
        "<table>v1</table>",
        "<table><tr><td>a</td></tr><tr><td>v1</td></tr></table>",
    ],
)
def test_a_table_for_the_layout_is_text(text: str) -> None:
    assert places(text)["v1"][0] == ""


def test_structure_is_evidence(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    for text in (
        "<table><tr><th>SSN</th><td>219099999</td></tr></table>",
        "<table><tr><td>SSN</td><td>219099999</td></tr></table>",
        "<table><tr><th>SSN</th><th>City</th></tr><tr><td>219099999</td><td>x</td></tr></table>",
        "<table><tr><td>SSN<td>DOB<td>Name</tr><tr><td>219099999<td>x<td>y</tr></table>",
        "<table><tr><th>SSN</th><th>City</th></tr><tr><td><input value=219099999></td><td>x</td></tr></table>",
        "<label>SSN</label><input value=219099999>",
        "<input name=ssn value=219099999>",
        "<dl><dt>SSN</dt><dd>219099999</dd></dl>",
        "<div data-ssn='219099999'></div>",
    ):
        path.write_text(text)
        assert [entity for entity, _ in values(path)] == ["US_SSN"], text


def test_the_encoding_of_the_meta_element_counts() -> None:
    data = "<html><meta charset=windows-1251><p>Привет</p>".encode("windows-1251")
    assert views.view(html, data) == "Привет\n"
