"""The formats that can be read, and which one a file is: by its content first, then by its name."""

from dataclasses import dataclass
from importlib import import_module
from posixpath import splitext
from typing import cast

from guardrails_cli.sources import containers, delimited, signs, structured
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
    "7z": Format("seven_zip"),
    "ar": Format("ar"),
    "bzip2": Format("compressed"),
    "csv": Format("delimited", isolated=False),
    "docx": Format("docx"),
    "epub": Format("epub"),
    "gzip": Format("compressed"),
    "html": Format("html", isolated=False),
    "image": Format("image"),
    "json lines": Format("json_lines", isolated=False),
    "json": Format("json", isolated=False),
    "jupyter notebook": Format("notebook", isolated=False),
    "mail": Format("mail"),
    "markdown": Format("markdown", isolated=False),
    "mbox": Format("mbox"),
    "msg": Format("msg"),
    "odf": Format("opendocument"),
    "odg": Format("opendocument"),
    "odp": Format("opendocument"),
    "ods": Format("opendocument"),
    "odt": Format("opendocument"),
    "ole": Format("ole"),
    "parquet": Format("parquet"),
    "pdf": Format("pdf"),
    "pptx": Format("pptx"),
    "rtf": Format("rtf"),
    "sqlite": Format("sqlite"),
    "tar": Format("tar"),
    "text": Format("plain", isolated=False),
    "xls": Format("xls"),
    "xlsx": Format("xlsx"),
    "xml": Format("xml", isolated=False),
    "xz": Format("compressed"),
    "yaml": Format("yaml"),
    "zip": Format("zip"),
    "zstd": Format("compressed"),
}
"""By the name that reports use."""

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08PK\x03\x04", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"!<arch>\n", "ar"),
    (b"\x1f\x8b\x08", "gzip"),
    *((b"BZh%d1AY&SY" % level, "bzip2") for level in range(1, 10)),
    (b"\xfd7zXZ\x00", "xz"),
    (b"]\x00\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"%PDF-", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"SQLite format 3\0", "sqlite"),
    (b"PAR1", "parquet"),
    (b"PARE", "parquet"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
)
"""How files begin, and the format that it shows."""
_BEGINS = tuple(begin for begin, _ in MAGIC)

_TELL = (
    containers.zip_format,
    containers.ole_format,
    containers.pdf_format,
    containers.image_format,
    signs.tar_format,
    signs.mail_format,
)
"""What knows formats that take a closer look."""

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
    suffix = splitext(name)[1].lower()
    for tell in _TELL:
        told = tell(head, suffix)
        if told in FORMATS:
            return told
    if head.startswith(_BEGINS):  # one look for the most of files, which are text
        return next(found for begin, found in MAGIC if head.startswith(begin))
    if suffix in delimited.SUFFIXES and delimited.looks_like_table(head):
        return "csv"
    return structured.told_by(head, suffix) or SUFFIXES.get(suffix, "text")
