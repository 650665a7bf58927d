"""XML: elements and attributes by path, whatever the file is like; nothing is ever resolved."""

from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails_cli.formats.data import xml
from tests.formats import views
from tests.formats.support import FORMATS_DATA, findings_of, scanned


def places(text: str | bytes) -> dict[str, tuple[str, int, int]]:
    return views.places(xml, text)


def test_a_file_made_by_pandoc_has_its_findings_at_their_paths() -> None:
    table = "/article/section/informaltable/tgroup/tbody"
    author = "/article/info/authorgroup/author/personname"
    assert [found[1:] for found in findings_of(FORMATS_DATA / "summary.xml")] == [
        ("PERSON", f"{author}/firstname"),
        ("PERSON", f"{author}/surname"),
        ("PHONE_NUMBER", "/article/section/para"),
        ("EMAIL_ADDRESS", "/article/section/para/email"),
        ("US_SSN", f"{table}/row/entry[2]"),
        ("DATE_TIME", f"{table}/row/entry[3]"),
        ("US_SSN", f"{table}/row[2]/entry[2]"),
        ("DATE_TIME", f"{table}/row[2]/entry[3]"),
        ("EMAIL_ADDRESS", "/article/section/programlisting"),
    ]
    [record] = scanned(FORMATS_DATA / "summary.xml")
    lines = [(11, 22), (12, 20), (20, 12), (21, 14), (49, 15), (52, 15), (60, 15), (63, 15), (70, 15)]
    assert [(found.line, found.column) for found in record.findings] == lines
    assert record.format == "xml"


def test_the_view_is_the_file_itself_with_references_decoded() -> None:
    text = '<a b="&quot;1&quot;">x &#65;&#x42; &amp;&lt; &unknown; y</a>\n'
    assert views.view(xml, text) == '<a b=""1"">x AB &< &unknown; y</a>\n'


def test_elements_attributes_and_the_rest_have_their_paths() -> None:
    text = """<?xml version="1.0"?><?pi v0?>
<!DOCTYPE r [<!ENTITY e "v1">]>
<r>
  <p id="v2" n='&amp; v3'>v4 &gt; v5<!-- v6 --> v7</p>
  <p><q>v8</q><q><![CDATA[<v9>]]></q><s/><h:s x="1">v10</h:s></p>
</r>"""
    assert places(text) == {
        "v0": ("/, processing instruction", 1, 27),
        "v1": ("/, declaration", 2, 26),
        "v2": ("/r/p/@id", 4, 10),
        "v3": ("/r/p/@n", 4, 23),
        "v4": ("/r/p", 4, 27),
        "v5": ("/r/p", 4, 35),
        "v6": ("/r/p, comment", 4, 42),
        "v7": ("/r/p", 4, 49),
        "v8": ("/r/p[2]/q", 5, 9),
        "v9": ("/r/p[2]/q[2]", 5, 28),
        "v10": ("/r/p[2]/h:s", 5, 53),
    }


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("<a><b>x</a>v1", "/"),
        ("<a><b>x</c>v1", "/a/b"),
        ("<a>1 < 2 v1</a>", "/a"),
        ("<a b=1 c='x>y'>v1", "/a"),
        ("<a></b></a><c>v1", "/c"),
        ("v1 <a>", "/"),
        ('<a b="v1', "/"),
        ("<a><!-- v1", "/a, comment"),
        ("<a><![CDATA[ v1", "/a"),
        ("<a>" * 20_000 + "v1", "/a" * 100 + "…"),
    ],
)
def test_what_is_not_well_formed_is_read_as_far_as_it_goes(text: str, path: str) -> None:
    assert views.view(xml, text) == text
    assert places(text)["v1"][0] == path


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1251", "shift_jis", "iso-2022-jp", "utf-16", "utf-8"])
def test_the_declared_encoding_counts(encoding: str) -> None:
    word = {"windows-1251": "Привет", "shift_jis": "患者", "iso-2022-jp": "患者"}.get(encoding, "Zoë")
    data = f'<?xml version="1.0" encoding="{encoding}"?><a>{word} v1</a>'.encode(encoding)
    assert word in views.view(xml, data)


@pytest.mark.parametrize("encoding", ["utf-7", "unicode_escape", "zlib", "rot13", "none", "\\x"])
def test_what_is_no_encoding_of_documents_is_not_used(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><a>+AFw- \\x41 '.encode() + "Zoë</a>".encode("latin-1")
    assert "+AFw- \\x41 Zoë" in views.view(xml, data)


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aa">'
        + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
        + "]><l>&j; 219-09-9999</l>",
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f; 219-09-9999</x>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY % p SYSTEM "x"> %p;]><x>219-09-9999</x>',
    ],
)
def test_entities_are_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text)
    assert views.view(xml, text) == text
    assert ("US_SSN") in [entity for _, entity, _ in findings_of(path)]


_TREE = st.recursive(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "v", "<&", "é", "a\nb", "]]>"])),
    lambda inner: st.tuples(st.sampled_from("abc"), st.lists(inner, max_size=5)),
    max_leaves=30,
)


@given(_TREE, st.sampled_from(["", "\n  "]), st.booleans())
def test_paths_are_those_of_the_xml_library(tree: tuple[str, object], gap: str, attributes: bool) -> None:
    count = 0

    def written(node: tuple[str, object]) -> str:
        nonlocal count
        name, inner = node
        attribute = ""
        if attributes:
            attribute = f" k='v{count}'"
            count += 1
        if isinstance(inner, list):
            return f"<{name}{attribute}>{gap}{gap.join(map(written, inner))}</{name}>"
        if inner == "v":
            inner, count = f"v{count}", count + 1
        return f"<{name}{attribute}>{escape(str(inner))}</{name}>"

    text = written(tree)
    expected: dict[str, str] = {}

    def walk(element: ElementTree.Element, path: str) -> None:
        if attributes:
            expected[element.attrib["k"]] = f"{path}/@k"
        if (element.text or "").startswith("v"):
            expected[element.text or ""] = path
        counts: dict[str, int] = {}
        for child in element:
            counts[child.tag] = number = counts.get(child.tag, 0) + 1
            walk(child, f"{path}/{child.tag}" + (f"[{number}]" if number > 1 else ""))

    root = ElementTree.fromstring(text)
    walk(root, f"/{root.tag}")
    found = places(text)
    assert {word: path for word, (path, _, _) in found.items()} == expected
    for word, (_, line, column) in found.items():
        assert text.split("\n")[line - 1][column - 1 :].startswith(word)
