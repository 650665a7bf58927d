"""EPUB (EPUB 3.3): the chapters in reading order, other texts, and the book's metadata."""

import posixpath
import re
from collections.abc import Callable, Iterator
from itertools import count
from urllib.parse import unquote
from zipfile import ZipInfo

from guardrails_cli.core.display import display_path
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.office.ooxml import ALT_TEXT, PropertyHandler
from guardrails_cli.formats.prose import HIDDEN, Prose
from guardrails_cli.formats.reader import Blob, Reading, RefusedError
from guardrails_cli.formats.zip_package import PIECE_BYTES, Handler, Parts, Target, Unpacked, key, open_parts, taken

_NO_TEXT = re.compile(r"mimetype|meta-inf/.*|.*\.(css|ttf|otf|woff2?|ncx|opf|pls|smil)")
"""Parts that only describe appearance, or repeat others."""
_CHAPTER = re.compile(r".*\.(xhtml|html|htm|xht)")
_ENCODING = re.compile(rb"""^[^>]{0,100}encoding=["']([\w.-]{1,40})["']""")
_BLOCK_NAMES = """
address article aside blockquote body br caption dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6
header hr li main nav ol option p pre section summary title ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_UNSEEN = frozenset({"script", "style"})
_ATTRIBUTES = {
    "alt": ALT_TEXT,
    "title": "tooltip",
    "content": "metadata",
    "value": "form field",
    "placeholder": "form field",
}
_NOT_SHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_ADDRESS = re.compile(r"(?:mailto|tel|https?|ftp|sms):", re.IGNORECASE)


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the chapters, then the metadata, then pictures and other documents in the book.

    Raises:
        RefusedError: if it is encrypted.

    """
    parts = open_parts(blob, reading)
    package, chapters = _chapters(parts)
    locked = {name for name in _references(parts) if _CHAPTER.fullmatch(name)}
    if locked & set(chapters):
        raise RefusedError(Reason(ReasonCode.ENCRYPTED, "encrypted"))
    entries = [entry for entry in parts.entries if not _NO_TEXT.fullmatch(key(entry))]
    others = [key(entry) for entry in entries if _CHAPTER.fullmatch(key(entry))]
    numbers = count(1)
    for name in dict.fromkeys([*chapters, *others]):
        for entry in parts.named(name):
            yield from _chapter(parts, entry, numbers)
    for entry in parts.named(package):
        yield from parts.segments(entry, PropertyHandler(Location(part="metadata")))
    yield from parts.members([entry for entry in entries if not _CHAPTER.fullmatch(key(entry))])


def _chapters(parts: Parts) -> tuple[str, list[str]]:
    """Return the keys of the package document and of the chapters in reading order."""
    roots = [attributes.get("full-path", "") for _, attributes in parts.elements("META-INF/container.xml", "rootfile")]
    package = unquote(roots[0]).lower() if roots else ""
    elements = parts.elements(package, "item", "itemref")
    items = {
        attributes.get("id"): posixpath.normpath(
            posixpath.join("/", posixpath.dirname(package), unquote(attributes.get("href", "")))
        ).lstrip("/")
        for name, attributes in elements
        if name == "item"
    }
    order = [items.get(attributes.get("idref")) for name, attributes in elements if name == "itemref"]
    return package, [name.lower() for name in order if name]


def _references(parts: Parts) -> Iterator[str]:
    for _, attributes in parts.elements("META-INF/encryption.xml", "CipherReference"):
        yield unquote(attributes.get("URI", "")).lstrip("/").lower()


def _chapter(parts: Parts, entry: ZipInfo, numbers: Iterator[int]) -> Iterator[Segment]:
    prose = Prose(Location(part=display_path(entry.filename)), numbered=True, numbers=numbers)
    yield from parts.segments(entry, _ChapterHandler(prose), parse=parse_html)
    prose.finish()
    yield from prose.out


class _ChapterHandler:
    """Processes a chapter."""

    def __init__(self, prose: Prose) -> None:
        self._prose = prose
        self._unseen = 0
        self._hidden: list[str] = []
        """Open elements from a hidden one on."""
        self._starts: dict[str, Callable[[], None]] = {
            "table": prose.begin_table,
            "tr": prose.begin_row,
            "td": prose.begin_cell,
            "th": prose.begin_cell,
        }
        self._ends: dict[str, Callable[[], None]] = {
            "table": prose.end_table,
            "tr": prose.end_row,
            "td": prose.end_cell,
            "th": prose.end_cell,
        }

    @property
    def out(self) -> list[Segment]:
        return self._prose.out

    @out.setter
    def out(self, value: list[Segment]) -> None:
        self._prose.out = value

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _UNSEEN:
            self._unseen += 1
        if name in _BLOCKS or name in self._starts:
            self._prose.end_paragraph()
        if name in self._starts:
            self._starts[name]()
        if self._hidden or "hidden" in attributes or _NOT_SHOWN.search(attributes.get("style", "")):
            self._hidden.append(name)
        for attribute, part in _ATTRIBUTES.items():
            self._prose.aside(attributes.get(attribute, ""), part)
        address = attributes.get("href", "")
        if _ADDRESS.match(address):
            self._prose.aside(unquote(address, errors="replace"), "link")

    def end(self, name: str) -> None:
        if name in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if name in self._hidden:
            while self._hidden.pop() != name:
                pass
        if name in _BLOCKS or name in self._ends:
            self._prose.end_paragraph()
        if name in self._ends:
            self._ends[name]()

    def data(self, text: str) -> None:
        if self._unseen:
            return
        text = _SPACE.sub(" ", text)
        if text != " " or self._prose.is_open:
            self._prose.run(text, HIDDEN if self._hidden else None)


def parse_html(stream: Unpacked, handler: Handler) -> Iterator[Segment]:
    """Yield a handler's segments of a chapter in HTML: named characters are known, and it need not be well-formed."""
    from lxml import etree

    data = stream.read(PIECE_BYTES)
    declared = _ENCODING.match(data)
    encoding = declared[1].decode("ascii") if declared else "utf-8"
    try:
        parser = etree.HTMLParser(target=Target(handler), encoding=encoding, huge_tree=True, no_network=True)
    except LookupError:
        parser = etree.HTMLParser(target=Target(handler), encoding="utf-8", huge_tree=True, no_network=True)
    while data:
        parser.feed(data)
        yield from taken(handler)
        data = stream.read(PIECE_BYTES)
    parser.close()
    yield from taken(handler)
