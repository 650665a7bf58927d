"""The formats that can be read, and which one a file is: by its content first, then by its name."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from typing import cast

from guardrails_cli.sources import structured
from guardrails_cli.sources.base import Reader


@dataclass(frozen=True, slots=True)
class Format:
    """A file format and the module that reads it."""

    module: str
    """Below `guardrails_cli.sources`; imported when the first such file comes."""
    isolated: bool = True
    """Whether it is read in a process of its own: for parsers that a hostile file could crash, hang or bloat."""

    def reader(self) -> Reader:
        """Return the module that reads it."""
        return cast(Reader, import_module(f"guardrails_cli.sources.{self.module}"))


FORMATS: dict[str, Format] = {
    "html": Format("html", isolated=False),
    "json": Format("json", isolated=False),
    "json lines": Format("json_lines", isolated=False),
    "jupyter notebook": Format("notebook", isolated=False),
    "markdown": Format("markdown", isolated=False),
    "text": Format("plain", isolated=False),
    "xml": Format("xml", isolated=False),
    "yaml": Format("yaml"),
}
"""By the name that reports use."""

MAGIC: tuple[tuple[bytes, str], ...] = ()
"""How files begin, and the format that it shows."""

SUFFIXES: dict[str, str] = {
    **dict.fromkeys([".html", ".htm", ".xhtml", ".shtml"], "html"),
    **dict.fromkeys([".json", ".geojson", ".json5", ".jsonc", ".jsonld", ".har", ".webmanifest"], "json"),
    **dict.fromkeys([".jsonl", ".ndjson", ".ldjson"], "json lines"),
    **dict.fromkeys([".md", ".markdown", ".mdown"], "markdown"),
    **dict.fromkeys(
        [".xml", ".svg", ".rss", ".atom", ".xsd", ".xsl", ".xslt", ".kml", ".gpx", ".plist", ".wsdl"], "xml"
    ),
    **dict.fromkeys([".yaml", ".yml"], "yaml"),
}
"""By suffix, the format of a file whose content is text."""


def format_of(head: bytes, name: str) -> str:
    """Return the format of a file, a key of `FORMATS`.

    Args:
        head: its first `HEAD_BYTES` bytes.
        name: its path.

    """
    for begin, found in MAGIC:
        if head.startswith(begin):
            return found
    suffix = PurePosixPath(name).suffix.lower()
    return structured.told_by(head, suffix) or SUFFIXES.get(suffix, "text")
