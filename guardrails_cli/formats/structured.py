"""Recognize the structured format of a text by its beginning."""

import codecs
import json
import re

_WIDE = (
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"{\0", "utf-16-le"),
    (b"\0{", "utf-16-be"),
    (b"[\0", "utf-16-le"),
    (b"\0[", "utf-16-be"),
)
_HTML = re.compile(r"(?:<\?xml[^>]*>|<!--(?:[^-]|-(?!->))*-->|\s)*<(?:!doctype\s+html|html[\s>])", re.IGNORECASE)
_JSON = re.compile(r'\{\s*(?:"|\}|//|/\*)|\[\s*(?:[{\["\]]|-?\d[\d.eE+-]*\s*[,\]]|//|/\*)')


def told_by(head: bytes, suffix: str) -> str | None:
    """Return the format of a text, a key of `formats.FORMATS`; None if only its suffix can decide.

    Args:
        head: its first bytes.
        suffix: the suffix of its name, in lower case with the dot.

    """
    text = _text(head).lstrip("\ufeff \t\r\n")
    if _HTML.match(text):
        return "html"
    if text.startswith("<?xml"):
        return "xml"
    if suffix == ".ipynb":
        return "jupyter notebook" if text.startswith("{") else "json" if text else None
    if _JSON.match(text):
        return "json lines" if suffix in (".jsonl", ".ndjson", ".ldjson") or _has_records(text) else "json"
    return None


def _text(head: bytes) -> str:
    for begin, encoding in _WIDE:
        if head.startswith(begin):
            return head.decode(encoding, "replace")
    return head.decode("utf-8", "replace")


def _has_records(text: str) -> bool:
    """Return whether each of the first two lines is a JSON document, as far as it is in view."""
    lines = [line for line in text.splitlines() if line.strip()][:2]
    if len(lines) < 2 or lines[1].lstrip()[:1] not in ("{", "["):
        return False
    try:
        return isinstance(json.loads(lines[0]), (dict, list))
    except (ValueError, RecursionError):
        return False
