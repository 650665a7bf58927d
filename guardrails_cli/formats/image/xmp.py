"""Metadata in images and PDFs: XMP (ISO 16684-1), an XML text between other bytes."""

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
"""Properties set by programs that say nothing about anybody."""
_NO_NEWS = re.compile(r"uuid:|xmp\.|adobe:|[\d.]+$")
"""Beginnings of values that only programs use."""


def xmp_lines(packet: bytes) -> Iterator[str]:
    """Yield names and values of a packet, one per line; other bytes yield nothing."""
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
