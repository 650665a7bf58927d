"""The supported formats, and the choice of a file's format: by its content first, then by its name."""

from importlib import import_module
from posixpath import splitext
from typing import cast

import msgspec

from guardrails_cli.formats import containers, sniff, structured
from guardrails_cli.formats.data import csv
from guardrails_cli.formats.reader import Reader


class Format(msgspec.Struct, frozen=True):
    """A file format and the module that reads it."""

    module: str
    """Module below `guardrails_cli.formats`; imported when the first such file comes."""
    isolated: bool = True
    """Whether it is read in a process of its own: for parsers that a hostile file could crash, hang or bloat."""

    def reader(self) -> Reader:
        """Return the module that reads it."""
        return cast(Reader, import_module(f"guardrails_cli.formats.{self.module}"))


FORMATS: dict[str, Format] = {
    "7z": Format("archive.seven_zip"),
    "ar": Format("archive.ar"),
    "bzip2": Format("archive.compressed"),
    "csv": Format("data.csv", isolated=False),
    "docx": Format("office.docx"),
    "epub": Format("text.epub"),
    "gzip": Format("archive.compressed"),
    "html": Format("text.html", isolated=False),
    "image": Format("image.reader"),
    "json lines": Format("data.json_lines", isolated=False),
    "json": Format("data.json", isolated=False),
    "jupyter notebook": Format("data.notebook", isolated=False),
    "mail": Format("mail.eml"),
    "markdown": Format("text.markdown", isolated=False),
    "mbox": Format("mail.mbox"),
    "msg": Format("mail.msg"),
    "odf": Format("office.opendocument"),
    "odg": Format("office.opendocument"),
    "odp": Format("office.opendocument"),
    "ods": Format("office.opendocument"),
    "odt": Format("office.opendocument"),
    "ole": Format("office.ole"),
    "parquet": Format("data.parquet"),
    "pdf": Format("pdf.reader"),
    "pptx": Format("office.pptx"),
    "rtf": Format("text.rtf"),
    "sqlite": Format("data.sqlite"),
    "tar": Format("archive.tar"),
    "text": Format("text.plain", isolated=False),
    "xls": Format("office.xls"),
    "xlsx": Format("office.xlsx"),
    "xml": Format("data.xml", isolated=False),
    "xz": Format("archive.compressed"),
    "yaml": Format("data.yaml"),
    "zip": Format("archive.zip"),
    "zstd": Format("archive.compressed"),
}
"""Formats by the name that reports use."""

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
"""First bytes of files, and the format that they show."""
_BEGINS = tuple(begin for begin, _ in MAGIC)

_TELL = (
    containers.zip_format,
    containers.ole_format,
    containers.pdf_format,
    containers.image_format,
    sniff.tar_format,
    sniff.mail_format,
)
"""Functions that recognize formats by a closer look."""

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
"""Format of a file whose content is text, by suffix."""


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
    if head.startswith(_BEGINS):  # one look for most files, which are text
        return next(found for begin, found in MAGIC if head.startswith(begin))
    if suffix in csv.SUFFIXES and csv.looks_like_table(head):
        return "csv"
    return structured.told_by(head, suffix) or SUFFIXES.get(suffix, "text")
