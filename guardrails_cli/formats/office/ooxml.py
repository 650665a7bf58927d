"""Shared parts of Office Open XML documents (ECMA-376): text, relationships and properties.

Local names of elements are enough: Word's `w:p` and the `a:p` of drawings and slides mean the same.
"""

import posixpath
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import msgspec

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.prose import DELETED, FIELD, HIDDEN, INSERTED, Prose
from guardrails_cli.formats.zip_package import Parts

ALT_TEXT = "alternative text"
MAX_PEOPLE = 10_000
_OFF = ("0", "false", "off", "none")
_TEXT = {"t": None, "v": None, "text": None, "delText": DELETED, "instrText": FIELD, "delInstrText": FIELD}
"""Elements that hold text, with its part name if a reader does not see it."""
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_ATTRIBUTES: dict[str, tuple[tuple[str, str], ...]] = {
    "docPr": (("descr", ALT_TEXT), ("title", ALT_TEXT)),
    "cNvPr": (("descr", ALT_TEXT), ("title", ALT_TEXT)),
    "shape": (("alt", ALT_TEXT),),
    "rect": (("alt", ALT_TEXT),),
    "tblCaption": (("val", ALT_TEXT),),
    "tblDescription": (("val", ALT_TEXT),),
    "textpath": (("string", "text art"),),
    "fldSimple": (("instr", FIELD),),
    "hlinkClick": (("tooltip", "link"),),
    "hyperlink": (("tooltip", "link"),),
    "listEntry": (("val", "form field"),),
    "listItem": (("displayText", "form field"), ("value", "form field")),
    "default": (("val", "form field"),),
    "statusText": (("val", "form field"),),
    "helpText": (("val", "form field"),),
    "alias": (("val", "form field"),),
    "docVar": (("name", "variable"), ("val", "variable")),
    "connectString": (("val", "mail merge"),),
    "query": (("val", "mail merge"),),
}
"""Elements with attributes that hold text, and its part name."""
_ENDS_LINE = frozenset({"strCache", "numCache", "strLit", "numLit", "lvl", "cm", "text"})


class TextHandler:
    """Processes a part with text: a body, a header, comments, a slide, a chart.

    Args:
        prose: receives the text.
        hidden: the styles whose text is hidden.

    """

    def __init__(self, prose: Prose, hidden: frozenset[str] = frozenset()) -> None:
        self.people: dict[str, None] = {}
        """Names of people who changed or commented something."""
        self._prose = prose
        self._hidden_styles = hidden
        self._taking: tuple[str | None] | None = None
        """Part name of the text inside an element that holds text; otherwise None."""
        self._runs: list[bool] = []
        """Whether each open run is hidden."""
        self._paragraphs: list[bool] = []
        self._deleted = 0
        self._inserted = 0
        self._generated = False
        """Whether it is inside a field that the program fills with date or slide number."""
        self._spans: list[int] = []
        self._alternatives = _Alternatives()
        self._starts: dict[str, Callable[[dict[str, str]], None]] = {
            "p": self._begin_paragraph,
            "r": self._begin_run,
            "rStyle": self._style,
            "pStyle": self._paragraph_style,
            "vanish": self._vanish,
            "tbl": lambda _: prose.begin_table(),
            "tr": lambda _: prose.begin_row(),
            "tc": self._begin_cell,
            "gridSpan": self._grid_span,
            "del": lambda attributes: self._change(attributes, deleted=1),
            "moveFrom": lambda attributes: self._change(attributes, deleted=1),
            "ins": lambda attributes: self._change(attributes, inserted=1),
            "moveTo": lambda attributes: self._change(attributes, inserted=1),
            "fld": self._begin_field,
            "comment": self._person,
            "author": self._person,
            "cmAuthor": self._person,
            "person": self._person,
            "presenceInfo": self._person,
        }
        self._ends: dict[str, Callable[[], None]] = {
            "p": self._end_paragraph,
            "fld": lambda: setattr(self, "_generated", False),
            "r": self._end_run,
            "tbl": prose.end_table,
            "tr": prose.end_row,
            "tc": lambda: prose.end_cell(self._spans.pop() if self._spans else 1),
            "del": lambda: self._change_ends(deleted=1),
            "moveFrom": lambda: self._change_ends(deleted=1),
            "ins": lambda: self._change_ends(inserted=1),
            "moveTo": lambda: self._change_ends(inserted=1),
        }

    @property
    def out(self) -> list[Segment]:
        """Segments that are ready."""
        return self._prose.out

    @out.setter
    def out(self, value: list[Segment]) -> None:
        self._prose.out = value

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Process the start of an element."""
        if name in ("AlternateContent", "Choice", "Fallback"):
            self._alternatives.start(name)
        begin = self._starts.get(name)
        if begin is not None:
            begin(attributes)
        elif name in _TEXT:
            self._taking = (_TEXT[name],)
        elif name in _BREAKS and (self._runs or name == "br"):
            self._run(_BREAKS[name])
        if name in _ATTRIBUTES:
            for attribute, part in _ATTRIBUTES[name]:
                self._prose.aside(attributes.get(attribute, ""), part)

    def end(self, name: str) -> None:
        """Process the end of an element."""
        if name in _TEXT:
            self._taking = None
            if name == "v":
                self._prose.run("\t")
        if name in self._ends:
            self._ends[name]()
        elif name in _ENDS_LINE:
            self._prose.end_paragraph()
        elif name in ("AlternateContent", "Choice", "Fallback"):
            self._alternatives.end(name)

    def data(self, text: str) -> None:
        """Process a piece of an element's text."""
        if self._taking is not None:
            self._run(text, self._taking[0])

    def finish(self) -> Iterator[Segment]:
        """Yield the remaining text at the part's end, and the people named in it."""
        self._prose.finish()
        for name in self.people:
            self._prose.remark("author: " + name, "author")
        self.people = {}
        yield from self.out
        self.out = []

    def _run(self, text: str, part: str | None = None) -> None:
        if part is None and self._deleted:
            part = DELETED
        elif part is None and (any(self._runs[-1:]) or any(self._paragraphs[-1:])):
            part = HIDDEN
        elif part is None and self._inserted:
            part = INSERTED
        if not self._generated and self._alternatives.is_new(text):
            self._prose.run(text, part)

    def _begin_paragraph(self, _: dict[str, str]) -> None:
        self._paragraphs.append(False)
        self._prose.begin_paragraph()

    def _end_paragraph(self) -> None:
        if self._paragraphs:
            self._paragraphs.pop()
        self._prose.end_paragraph()

    def _begin_field(self, attributes: dict[str, str]) -> None:
        self._generated = attributes.get("type", "").startswith(("datetime", "slidenum"))

    def _begin_run(self, _: dict[str, str]) -> None:
        self._runs.append(False)

    def _end_run(self) -> None:
        if self._runs:
            self._runs.pop()

    def _style(self, attributes: dict[str, str]) -> None:
        if self._runs and attributes.get("val") in self._hidden_styles:
            self._runs[-1] = True

    def _paragraph_style(self, attributes: dict[str, str]) -> None:
        if self._paragraphs and attributes.get("val") in self._hidden_styles:
            self._paragraphs[-1] = True

    def _vanish(self, attributes: dict[str, str]) -> None:
        if self._runs:
            self._runs[-1] = is_on(attributes)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._prose.begin_cell()
        self._spans.append(_number(attributes.get("gridSpan")))

    def _grid_span(self, attributes: dict[str, str]) -> None:
        if self._spans:
            self._spans[-1] = _number(attributes.get("val"))

    def _change(self, attributes: dict[str, str], deleted: int = 0, inserted: int = 0) -> None:
        self._deleted += deleted
        self._inserted += inserted
        self._person(attributes)

    def _change_ends(self, deleted: int = 0, inserted: int = 0) -> None:
        self._deleted = max(0, self._deleted - deleted)
        self._inserted = max(0, self._inserted - inserted)

    def _person(self, attributes: dict[str, str]) -> None:
        for attribute in ("author", "name", "userId"):
            name = " ".join(attributes.get(attribute, "").split())
            if name and len(self.people) < MAX_PEOPLE:
                self.people[name] = None


class _Alternatives:
    """Drops texts of a fallback that its alternative contains: a program shows one of the two (ECMA-376 part 3)."""

    def __init__(self) -> None:
        self._seen: list[set[int]] = []
        """Hashes of the texts in each open alternative."""
        self._fallbacks = 0

    def start(self, name: str) -> None:
        if name == "AlternateContent":
            self._seen.append(set())
        elif name == "Fallback":
            self._fallbacks += 1

    def end(self, name: str) -> None:
        if name == "AlternateContent" and self._seen:
            self._seen.pop()
        elif name == "Fallback" and self._fallbacks:
            self._fallbacks -= 1

    def is_new(self, text: str) -> bool:
        if not self._seen:
            return True
        if self._fallbacks:
            return not any(hash(text) in seen for seen in self._seen)
        self._seen[-1].add(hash(text))
        return True


class PropertyHandler:
    """Processes a part with names and values: properties, or the user's own XML.

    Args:
        place: location of the values.
        attributes: whether attributes are values too.

    """

    def __init__(self, place: Location, *, attributes: bool = False) -> None:
        self.out: list[Segment] = []
        self._place = place
        self._attributes = attributes
        self._names: list[str | None] = []
        self._text: list[str] = []
        self._size = 0
        self._told = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Process the start of an element."""
        self._tell()
        self._names.append(self._name(name, attributes))
        if self._attributes:
            for attribute, value in attributes.items():
                if attribute != "schemaLocation":
                    self._line(attribute, value)
        else:
            for attribute in ("value", "content"):
                self._line(self._names[-1], attributes.get(attribute, ""))

    def end(self, _name: str) -> None:
        """Process the end of an element."""
        self._tell()
        if self._names:
            self._names.pop()

    def data(self, text: str) -> None:
        """Process a piece of an element's text."""
        self._text.append(text)
        self._size += len(text)
        if self._size > 64 * 1024:
            self._tell()

    def _name(self, name: str, attributes: dict[str, str]) -> str | None:
        """Return the label of the element's text; None if it says nothing about anybody."""
        if attributes.get("name"):
            return attributes["name"]
        if name in _TYPES and self._names:
            return self._names[-1]
        name = attributes.get("property", name).rpartition(":")[2]
        return None if name in _PROGRAM and not self._attributes else _WORDS.get(name, name)

    def _tell(self) -> None:
        if self._text:
            self._line(self._names[-1] if self._names else "", "".join(self._text))
            self._text, self._size = [], 0

    def _line(self, name: str | None, value: str) -> None:
        value = " ".join(value.split())
        if value and name is not None:
            text = f"{name}: {value}\n" if name else f"{value}\n"
            self.out.append(Segment(text, self._place, begins=not self._told))
            self._told = True


_WORDS = {
    "creator": "author",
    "initial-creator": "author",
    "lastModifiedBy": "last modified by",
    "printed-by": "printed by",
}
"""Labels of properties whose own name is not a word."""
_PROGRAM_FACTS = """
Application AppVersion Characters CharactersWithSpaces DocSecurity HeadingPairs HiddenSlides HyperlinksChanged
Lines LinksUpToDate MMClips Notes Pages Paragraphs PresentationFormat ScaleCrop SharedDoc Slides TotalTime
Words created creation-date date document-statistic editing-cycles editing-duration generator language
lastPrinted modified print-date revision
"""
_PROGRAM = frozenset(_PROGRAM_FACTS.split())
"""Properties set by programs that say nothing about anybody."""
_TYPES = frozenset({"lpwstr", "lpstr", "bstr", "i4", "i8", "r8", "bool", "filetime", "vector", "variant"})
"""Elements of custom properties that name a value's type (ECMA-376 part 1, 22.4)."""


class Relation(msgspec.Struct, frozen=True):
    """A relationship of a part with another one, or with something outside."""

    kind: str
    """Last word of its type: `slide`, `image`, `hyperlink` …"""
    target: str
    """Key of the other part; the address if it is outside."""
    external: bool


def relations(parts: Parts, name: str) -> dict[str, Relation]:
    """Return the relationships of a part by id (ECMA-376 part 2, 6.5); empty if none can be read."""
    folder, _, file = name.rpartition("/")
    found = {}
    path = f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"
    for _, attributes in parts.elements(path, "Relationship"):
        target = attributes.get("Target", "")
        external = attributes.get("TargetMode") == "External"
        if not external:
            target = posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/").lower()
        kind = attributes.get("Type", "").rpartition("/")[2]
        found[attributes.get("Id", "")] = Relation(kind, target, external)
    return found


def links(found: dict[str, Relation], place: Location) -> Iterator[Segment]:
    """Yield the addresses outside the document that a part refers to."""
    begins = True
    for address in dict.fromkeys(relation.target for relation in found.values() if relation.external):
        text = " ".join(unquote(address, errors="replace").split())
        if text:
            yield Segment(text + "\n", place, begins=begins)
            begins = False


def is_on(attributes: dict[str, str]) -> bool:
    """Return whether a property that is present is on (ECMA-376 part 1, 17.17.4)."""
    return attributes.get("val", "true").lower() not in _OFF


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 1
