"""PowerPoint presentations (ECMA-376): slide by slide with its notes, comments, charts and diagrams, then the rest."""

import re
from collections.abc import Iterator
from itertools import count

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.office.ooxml import PropertyHandler, TextHandler, links, relations
from guardrails_cli.formats.prose import Prose
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.zip_package import Parts, key, open_parts

_NO_TEXT = re.compile(
    r"\[content_types\]\.xml|.*\.rels|ppt/(presprops|viewprops|tablestyles|revisioninfo)\.xml|ppt/theme/.*|_xmlsignatures/.*"
    r"|.*/(colors|style|layout|quickstyle|drawing|themeoverride)\d+\.xml|.*/itemprops\d+\.xml|.*/printersettings\d*\.bin"
    r"|ppt/fonts/.*|docprops/thumbnail\.[a-z]+"
)
"""Parts that only describe appearance, or repeat another part (a diagram's drawing)."""
_KINDS = {
    "notesSlide": "notes",
    "comments": "comment",
    "chart": "chart",
    "chartEx": "chart",
    "diagramData": "diagram",
    "chartUserShapes": "chart",
}
"""Kinds of a slide's other parts, by relationship."""
_OTHERS = (
    ("ppt/slidemasters/", "slide master"),
    ("ppt/slidelayouts/", "slide layout"),
    ("ppt/handoutmasters/", "handout master"),
    ("ppt/notesmasters/", "notes master"),
    ("ppt/slides/", "slide that is not shown"),
    ("ppt/notesslides/", "notes"),
    ("ppt/comments/", "comment"),
    ("ppt/charts/", "chart"),
    ("ppt/diagrams/", "diagram"),
    ("ppt/", "presentation"),
)
"""Kinds of parts that belong to no slide, by folder."""


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the slides in order, each with its own parts; then the other parts, then the embedded documents."""
    parts = open_parts(blob, reading)
    texts = _Texts(parts)
    for number, slide in enumerate(_slides(parts), start=1):
        yield from texts.slide(slide, number)
    entries = [entry for entry in parts.entries if not _NO_TEXT.fullmatch(key(entry)) and key(entry) not in texts.done]
    for entry in entries:
        name = key(entry)
        if not name.endswith(".xml"):
            continue
        part = next((part for folder, part in _OTHERS if name.startswith(folder)), None)
        if part is None:
            kind = "metadata" if name.startswith("docprops/") else "custom XML"
            yield from parts.segments(entry, PropertyHandler(Location(part=kind), attributes=kind == "custom XML"))
        else:
            yield from texts.of(name, Location(part=part))
            yield from links(relations(parts, name), Location(part="link"))
    yield from parts.members([entry for entry in entries if not key(entry).endswith(".xml")])


def _slides(parts: Parts) -> list[str]:
    """Return the keys of the slides' parts in the order of display, or by number if that is unknown."""
    found = relations(parts, "ppt/presentation.xml")
    # Both `id` and `r:id` exist: the second is the relationship's, and hides the first when namespaces are dropped.
    shown = [attributes.get("id", "") for _, attributes in parts.elements("ppt/presentation.xml", "sldId")]
    ordered = [found[one].target for one in shown if one in found and found[one].kind == "slide"]
    return list(dict.fromkeys(ordered)) or sorted(
        (key(entry) for entry in parts.entries if re.fullmatch(r"ppt/slides/slide\d+\.xml", key(entry))),
        key=lambda name: int("".join(re.findall(r"\d", name)[:9])),
    )


class _SlideHandler(TextHandler):
    """A slide's text, and whether the slide is shown."""

    def __init__(self, prose: Prose) -> None:
        super().__init__(prose)
        self._slide = prose

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sld" and attributes.get("show") in ("0", "false"):
            self._slide.begin_part(Location(slide=self._slide.base.slide, part="hidden slide"))
        super().start(name, attributes)


class _Texts:
    """Reads parts with text, each once."""

    def __init__(self, parts: Parts) -> None:
        self.done: set[str] = set()
        self._parts = parts
        self._tables = count(1)

    def of(self, name: str, place: Location) -> Iterator[Segment]:
        """Yield the text of a part."""
        self.done.add(name)
        for entry in self._parts.named(name):
            handler = _SlideHandler(Prose(place, numbers=self._tables))
            yield from self._parts.segments(entry, handler)
            yield from handler.finish()

    def slide(self, name: str, number: int) -> Iterator[Segment]:
        """Yield the text of a slide and of its parts."""
        yield from self.of(name, Location(slide=number))
        found = relations(self._parts, name)
        waiting = list(found.values())
        for relation in waiting:
            part = _KINDS.get(relation.kind)
            if part is None or relation.external or relation.target in self.done:
                continue
            yield from self.of(relation.target, Location(slide=number, part=part))
            below = relations(self._parts, relation.target)
            yield from links(below, Location(slide=number, part="link"))
            waiting += below.values()
        yield from links(found, Location(slide=number, part="link"))
