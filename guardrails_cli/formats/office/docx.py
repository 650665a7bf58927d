"""Word documents (ECMA-376): all text in all parts, not only the body's."""

import re
from collections.abc import Iterator
from itertools import count
from zipfile import ZipInfo

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.office.ooxml import PropertyHandler, TextHandler, is_on, links, relations
from guardrails_cli.formats.prose import Prose
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.zip_package import Parts, key, open_parts

_NO_TEXT = re.compile(
    r"\[content_types\]\.xml|.*\.rels|.*/(styles|styleswitheffects|fonttable|websettings|numbering|theme\d*"
    r"|(colors|style|layout|quickstyle|drawing|themeoverride)\d+|itemprops\d+)\.xml|_xmlsignatures/.*"
    r"|.*/fonts/[^/]*\.odttf|docprops/thumbnail\.[a-z]+|.*/printersettings\d*\.bin"
)
"""Parts that only describe appearance, or repeat another part (a diagram's drawing)."""
MAX_BASES = 11
"""Maximum length of a chain of styles that are based on each other, as in Word."""
_PARTS = (
    (re.compile(r".*/document\d*\.xml"), None),
    (re.compile(r".*/header\d*\.xml"), "header"),
    (re.compile(r".*/footer\d*\.xml"), "footer"),
    (re.compile(r".*/footnotes\d*\.xml"), "footnote"),
    (re.compile(r".*/endnotes\d*\.xml"), "endnote"),
    (re.compile(r".*/comments[^/]*\.xml"), "comment"),
    (re.compile(r".*/glossary/.*\.xml"), "building block"),
    (re.compile(r".*/charts/.*\.xml"), "chart"),
    (re.compile(r".*/diagrams/.*\.xml"), "diagram"),
    (re.compile(r".*/(settings|people)\.xml"), "settings"),
)
"""Kinds of parts, in the order of reading."""


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the body, the other parts, then the embedded documents."""
    parts = open_parts(blob, reading)
    entries = [entry for entry in parts.entries if not _NO_TEXT.fullmatch(key(entry))]
    hidden = _hidden_styles(parts)
    numbers = count(1)
    for entry in sorted((one for one in entries if key(one).endswith(".xml")), key=_order):
        yield from _part(parts, entry, hidden, numbers)
    for name in dict.fromkeys(key(entry) for entry in parts.entries if key(entry).endswith(".rels")):
        yield from links(relations(parts, name.replace("_rels/", "").removesuffix(".rels")), Location(part="link"))
    yield from parts.members([entry for entry in entries if not key(entry).endswith(".xml")])


def _kind(entry: ZipInfo) -> tuple[int, str | None]:
    for index, (pattern, part) in enumerate(_PARTS):
        if pattern.fullmatch(key(entry)):
            return index, part
    return len(_PARTS), "metadata" if key(entry).startswith("docprops/") else "custom XML"


def _order(entry: ZipInfo) -> int:
    return _kind(entry)[0]


def _part(parts: Parts, entry: ZipInfo, hidden: frozenset[str], numbers: Iterator[int]) -> Iterator[Segment]:
    index, part = _kind(entry)
    if index == len(_PARTS):
        place = Location(part=part)
        yield from parts.segments(entry, PropertyHandler(place, attributes=part != "metadata"))
        return
    handler = TextHandler(Prose(Location(part=part), numbered=part is None, numbers=numbers), hidden)
    yield from parts.segments(entry, handler)
    yield from handler.finish()


def _hidden_styles(parts: Parts) -> frozenset[str]:
    """Return the styles whose text is hidden, by themselves or by a style that they are based on."""
    hidden: set[str] = set()
    based: dict[str, str] = {}
    style = ""
    for name, attributes in parts.elements("word/styles.xml", "style", "basedOn", "vanish"):
        if name == "style":
            style = attributes.get("styleId", "")
        elif name == "basedOn":
            based[style] = attributes.get("val", "")
        elif is_on(attributes):
            hidden.add(style)
    found = set(hidden)
    for style in based if hidden else ():
        current: str | None = style
        for _ in range(MAX_BASES):
            current = based.get(current or "")
            if current in hidden:
                found.add(style)
    return frozenset(found)
