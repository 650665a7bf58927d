"""OpenDocument texts, presentations and drawings (ISO/IEC 26300): content, headers, notes, changes, metadata."""

import re
from collections.abc import Callable, Iterator
from itertools import count
from urllib.parse import unquote

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.office import ods
from guardrails_cli.formats.office.ooxml import ALT_TEXT, MAX_PEOPLE, PropertyHandler
from guardrails_cli.formats.prose import DELETED, HIDDEN, INSERTED, Prose
from guardrails_cli.formats.reader import Blob, Reading, RefusedError
from guardrails_cli.formats.registry import format_of
from guardrails_cli.formats.zip_package import Parts, key, open_parts

_NO_TEXT = re.compile(
    r"mimetype|meta-inf/.*|settings\.xml|manifest\.rdf|layout-cache|thumbnails/.*|configurations2/.*|fonts/.*"
    r"|.*/(settings|styles)\.xml|objectreplacements/.*|pictures/tablepreview.*"
)
"""Parts that only describe appearance, or repeat another part."""
MAX_SPACES = 1000
MAX_DELETED = 1024 * 1024
"""Characters of deleted text that are held until their place comes."""
_PARTS = {
    "header": "header",
    "header-left": "header",
    "header-first": "header",
    "footer": "footer",
    "footer-left": "footer",
    "footer-first": "footer",
    "annotation": "comment",
    "notes": "notes",
    "text-box": "text box",
    "master-page": "master page",
}
"""Elements that hold paragraphs, with their part name outside of the body."""
_ASIDES = {"title": ALT_TEXT, "desc": ALT_TEXT}
_ATTRIBUTES = {
    "a": (("href", "link"),),
    "hidden-text": (("string-value", HIDDEN),),
    "hidden-paragraph": (("string-value", HIDDEN),),
    "user-field-decl": (("string-value", "variable"),),
    "variable-set": (("formula", "field code"),),
    "text": (("value", "form field"), ("current-value", "form field")),
    "textarea": (("value", "form field"), ("current-value", "form field")),
    "formatted-text": (("value", "form field"), ("current-value", "form field")),
    "option": (("label", "form field"), ("value", "form field")),
    "item": (("label", "form field"),),
    "fixed-text": (("label", "form field"),),
    "button": (("label", "form field"),),
    "checkbox": (("label", "form field"),),
    "radio": (("label", "form field"),),
    "object": (("href", "link"),),
}
"""Elements with attributes that hold text, and its part name."""


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the content, then headers, footers and metadata, then the embedded documents.

    Raises:
        RefusedError: if it is encrypted.

    """
    parts = open_parts(blob, reading)
    if b"encryption-data" in parts.read("META-INF/manifest.xml") or parts.named("encrypted-package"):
        raise RefusedError(Reason(ReasonCode.ENCRYPTED, "encrypted"))
    entries = [entry for entry in parts.entries if not _NO_TEXT.fullmatch(key(entry))]
    numbers = count(1)
    kind = format_of(blob.head, blob.path)
    for entry in sorted((one for one in entries if key(one).endswith(".xml")), key=lambda one: _order(key(one))):
        if kind == "ods" and key(entry) == "content.xml":
            yield from ods.content(parts, entry)
        else:
            yield from _part(parts, key(entry), numbers, numbered=kind == "odt")
    yield from parts.members([entry for entry in entries if not key(entry).endswith(".xml")])


def _order(name: str) -> int:
    return {"content.xml": 0, "styles.xml": 1, "meta.xml": 3}.get(name, 2)


def _part(parts: Parts, name: str, numbers: Iterator[int], *, numbered: bool) -> Iterator[Segment]:
    for entry in parts.named(name):
        if name.rpartition("/")[2] == "meta.xml":
            yield from parts.segments(entry, PropertyHandler(Location(part="metadata")))
            continue
        if name.startswith("basic/"):
            yield from parts.segments(entry, PropertyHandler(Location(part="macro")))
            continue
        base = Location() if name in ("content.xml", "styles.xml") else Location(part="embedded object")
        prose = Prose(base, numbered=numbered and name == "content.xml", numbers=numbers)
        handler = _TextHandler(prose)
        yield from parts.segments(entry, handler)
        yield from handler.finish()


class _TextHandler:
    """Processes a content or styles part."""

    def __init__(self, prose: Prose) -> None:
        self._prose = prose
        self._depth = 0
        """Number of open paragraphs."""
        self._aside: str | None = None
        self._held: list[str] = []
        self._places: list[Location] = []
        """Locations to return to at the end of each element of `_PARTS`."""
        self._hidden: set[str] = set()
        """Automatic styles whose text, or slide, is hidden."""
        self._style = ""
        self._spans: list[bool] = []
        self._cells: list[int] = []
        self._people: dict[str, None] = {}
        self._slide = 0
        self._sections: list[bool] = []
        self._change = ""
        self._inserted = False
        self._deletion: list[str] | None = None
        """Texts of the open deletion, which precedes the text and is yielded at its place; otherwise None."""
        self._deleted: dict[str, str] = {}
        self._deleted_size = 0
        self._starts: dict[str, Callable[[dict[str, str]], None]] = {
            "p": self._begin_paragraph,
            "h": self._begin_paragraph,
            "span": lambda attributes: self._spans.append(self._is_hidden(attributes)),
            "s": lambda attributes: self._run(" " * _number(attributes.get("c"), MAX_SPACES)),
            "tab": lambda _: self._run("\t"),
            "line-break": lambda _: self._run("\n"),
            "table": lambda _: prose.begin_table(),
            "table-row": lambda _: prose.begin_row(),
            "table-cell": self._begin_cell,
            "covered-table-cell": self._begin_cell,
            "note": self._begin_note,
            "page": self._begin_page,
            "style": lambda attributes: setattr(self, "_style", attributes.get("name", "")),
            "text-properties": self._look,
            "drawing-page-properties": self._look,
            "changed-region": lambda attributes: setattr(self, "_change", attributes.get("id", "")),
            "change": lambda attributes: prose.run(self._deleted.pop(attributes.get("change-id", ""), ""), DELETED),
            "change-start": lambda _: setattr(self, "_inserted", True),
            "change-end": lambda _: setattr(self, "_inserted", False),
            "section": lambda attributes: self._sections.append(attributes.get("display") == "none"),
        }
        self._ends: dict[str, Callable[[], None]] = {
            "p": self._end_paragraph,
            "h": self._end_paragraph,
            "span": lambda: _pop(self._spans),
            "table": prose.end_table,
            "table-row": prose.end_row,
            "table-cell": lambda: prose.end_cell(self._cells.pop() if self._cells else 1),
            "covered-table-cell": lambda: prose.end_cell(self._cells.pop() if self._cells else 1),
            "note": self._leave,
            "section": lambda: _pop(self._sections),
        }

    @property
    def out(self) -> list[Segment]:
        return self._prose.out

    @out.setter
    def out(self, value: list[Segment]) -> None:
        self._prose.out = value

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "deletion":
            self._deletion = []
        if name in _ASIDES or name in ("creator", "note-citation", "date", "creator-initials"):
            self._aside, self._held = name, []
        elif self._deletion is not None:
            self._depth += name in ("p", "h")
        else:
            self._start(name, attributes)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _PARTS:
            self._enter(_PARTS[name])
        if name in self._starts:
            self._starts[name](attributes)
        if name in _ATTRIBUTES:
            for attribute, part in _ATTRIBUTES[name]:
                value = attributes.get(attribute, "")
                if part != "link":
                    self._prose.aside(value, part)
                elif ":" in value:  # otherwise it points to another part
                    self._prose.aside(unquote(value, errors="replace"), part)

    def end(self, name: str) -> None:
        if self._aside == name:
            text = "".join(self._held)
            self._aside = None
            if name in _ASIDES:
                self._prose.aside(text, _ASIDES[name])
            elif name == "creator" and len(self._people) < MAX_PEOPLE and text.strip():
                self._people[text] = None
        if self._deletion is not None:
            if name in ("p", "h"):
                self._depth = max(0, self._depth - 1)
                self._deletion.append(" ")
            elif name == "deletion":
                self._keep("".join(self._deletion).strip())
                self._deletion = None
            return
        if name in self._ends:
            self._ends[name]()
        if name in _PARTS:
            self._leave()

    def data(self, text: str) -> None:
        if self._aside is not None:
            self._held.append(text)
        elif self._deletion is not None and self._depth:
            self._deletion.append(text)
        elif self._depth:
            self._run(text)

    def finish(self) -> Iterator[Segment]:
        """Yield the remaining text at the end of the part, and the people named in it."""
        self._prose.finish()
        for text in self._deleted.values():
            self._prose.remark(text, DELETED)
        for name in self._people:
            self._prose.remark("author: " + name, "author")
        yield from self.out
        self.out = []

    def _keep(self, text: str) -> None:
        self._deleted_size += len(text)
        if self._deleted_size > MAX_DELETED:
            self._prose.remark(text, DELETED)
        else:
            self._deleted[self._change] = (self._deleted.get(self._change, "") + " " + text).strip()

    def _run(self, text: str) -> None:
        hidden = any(self._spans[-1:]) or any(self._sections[-1:])
        self._prose.run(text, HIDDEN if hidden else INSERTED if self._inserted else None)

    def _is_hidden(self, attributes: dict[str, str]) -> bool:
        return attributes.get("style-name") in self._hidden or any(self._spans[-1:])

    def _look(self, attributes: dict[str, str]) -> None:
        if attributes.get("display") == "none" or attributes.get("visibility") == "hidden":
            self._hidden.add(self._style)

    def _begin_paragraph(self, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._spans.append(attributes.get("style-name") in self._hidden)
        self._prose.begin_paragraph()

    def _end_paragraph(self) -> None:
        self._depth = max(0, self._depth - 1)
        _pop(self._spans)
        self._prose.end_paragraph()

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._prose.begin_cell()
        self._cells.append(_number(attributes.get("number-columns-repeated"), 1000))

    def _begin_note(self, attributes: dict[str, str]) -> None:
        self._enter(attributes.get("note-class", "footnote"))

    def _begin_page(self, attributes: dict[str, str]) -> None:
        self._slide += 1
        part = "hidden slide" if attributes.get("style-name") in self._hidden else None
        self._prose.begin_part(Location(slide=self._slide, part=part))

    def _enter(self, part: str) -> None:
        base = self._prose.base
        self._places.append(base)
        if part != "text box" or base == Location():
            self._prose.base = Location(slide=base.slide, part=part)

    def _leave(self) -> None:
        if self._places:
            self._prose.base = self._places.pop()


def _pop(flags: list[bool]) -> None:
    if flags:
        flags.pop()


def _number(text: str | None, most: int) -> int:
    return min(int(text), most) if text and text.isdecimal() and len(text) < 10 else 1
