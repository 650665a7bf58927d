"""Metadata as images and PDFs carry it: XMP (ISO 16684-1), an XML text in the middle of other bytes."""

import html
import re
from collections.abc import Iterator

_ELEMENT = re.compile(r"<([\w:-]{1,80})(?:\s[^<>]{0,20000})?>([^<>]{1,20000})</")
_ATTRIBUTE = re.compile(
    r"""\s((?!xmlns|rdf:|xml:)[\w-]{1,40}:[\w-]{1,60})=(?:"([^"<>]{1,20000})"|'([^'<>]{1,20000})')"""
)
_PROGRAM = frozenset(
    ("CreateDate", "ModifyDate", "MetadataDate", "CreatorTool", "Producer", "format", "when", "softwareAgent")
)
"""Properties that programs set by themselves, and that say nothing of anybody."""
_NO_NEWS = re.compile(r"uuid:|xmp\.|adobe:|[\d.]+$")
"""How values begin that only programs care for."""


def xmp_lines(packet: bytes) -> Iterator[str]:
    """Yield names and values of a packet, one line each; bytes that are no such text give none."""
    text = packet.decode("utf-8", "replace")
    if "<rdf:RDF" not in text:
        return
    pairs = [(match[1], match[2]) for match in _ELEMENT.finditer(text)]
    pairs += [(match[1], match[2] or match[3]) for match in _ATTRIBUTE.finditer(text)]
    for name, value in pairs:
        word = name.rpartition(":")[2]
        shown = " ".join(html.unescape(value).split())
        if shown and word not in _PROGRAM and not _NO_NEWS.match(shown):
            yield shown if word == "li" else f"{word}: {shown}"
