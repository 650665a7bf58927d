"""The formats that can be read, and which one a file is: by its content first, then by its name."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from typing import cast

from guardrails_cli.sources import containers, delimited
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
    "csv": Format("delimited", isolated=False),
    "docx": Format("docx"),
    "epub": Format("epub"),
    "image": Format("image"),
    "odf": Format("opendocument"),
    "odg": Format("opendocument"),
    "odp": Format("opendocument"),
    "odt": Format("opendocument"),
    "ole": Format("ole"),
    "pdf": Format("pdf"),
    "pptx": Format("pptx"),
    "ods": Format("opendocument"),
    "parquet": Format("parquet"),
    "rtf": Format("rtf"),
    "sqlite": Format("sqlite"),
    "text": Format("plain", isolated=False),
    "xls": Format("xls"),
    "xlsx": Format("xlsx"),
}
"""By the name that reports use."""

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"SQLite format 3\0", "sqlite"),
    (b"PAR1", "parquet"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
)
"""How files begin, and the format that it shows."""

SUFFIXES: dict[str, str] = {}
"""By suffix, the format of a file whose content is text."""


def format_of(head: bytes, name: str) -> str:
    """Return the format of a file, a key of `FORMATS`.

    Args:
        head: its first `HEAD_BYTES` bytes.
        name: its path.

    """
    suffix = PurePosixPath(name).suffix.lower()
    for tell in (containers.zip_format, containers.ole_format, containers.pdf_format, containers.image_format):
        told = tell(head, suffix)
        if told in FORMATS:
            return told
    for begin, found in MAGIC:
        if head.startswith(begin):
            return found
    if suffix in delimited.SUFFIXES and delimited.looks_like_table(head):
        return "csv"
    return SUFFIXES.get(suffix, "text")
