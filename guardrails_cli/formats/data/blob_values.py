"""Binary values in the cells of databases: text, documents of their own, or words inside other data."""

import re

from guardrails_cli.formats.registry import format_of

_TEXT = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f]*")
_RUN = re.compile(rb"[\x20-\x7e]{6,}")
"""Words in a value that is not text as a whole, such as a serialized object."""
_LEAST_BYTES = 16
"""Minimum size of a document in bytes."""


def text_of(value: bytes) -> str:
    """Return the readable text in a binary value."""
    for encoding in ("utf-8", "utf-16-le") if value[1:2] == b"\0" else ("utf-8",):
        try:
            text = value.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _TEXT.fullmatch(text):
            return text
    return " ".join(run.decode("ascii") for run in _RUN.findall(value))


def is_document(value: bytes) -> bool:
    """Return whether a binary value is a file of a supported format."""
    return len(value) > _LEAST_BYTES and format_of(value[:8192], "") != "text"
