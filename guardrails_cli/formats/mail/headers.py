"""The headers of mails and of their parts: fields, encoded words, parameters."""

import binascii
import codecs
import re
from collections.abc import Iterator
from email.message import Message
from email.utils import collapse_rfc2231_value

import msgspec

from guardrails_cli.formats.mail.lines import Lines

_FIELD = re.compile(rb"([!-9;-~]{1,256})[ \t]*:")
_WORD = re.compile(r"=\?([!->@-~]{1,64})\?([bBqQ])\?([^?\s]{0,8192})\?=")
_GAP = re.compile(r"(?<=\?=)[ \t\r\n]+(?==\?)")
MAX_FIELD = 256 * 1024
"""Bytes of one field; the rest begins a field of its own."""
_MAX_PARAMETERS = 4096
"""Characters of a field that are searched for parameters, which takes quadratic time."""
_NO_TEXT = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
"""Python's codecs that are not character sets of mails; some take quadratic time."""


class Field(msgspec.Struct, frozen=True):
    """One field of a header, as written."""

    name: str
    """Name in lower case."""
    raw: bytes
    """Bytes, including the name and all its lines."""
    line: int

    @property
    def text(self) -> str:
        """Text for a person: encoded words decoded, otherwise character for character."""
        try:
            text = self.raw.decode("utf-8")
        except UnicodeDecodeError:
            text = self.raw.decode("cp1252", "replace")
        return decode_words(text)

    @property
    def value(self) -> str:
        """Value in one line, without the name."""
        return " ".join(self.text.partition(":")[2].split())


class Kind(msgspec.Struct, frozen=True):
    """The kind of a part, according to its header."""

    type: str = "text/plain"
    charset: str | None = None
    boundary: bytes | None = None
    encoding: str = ""
    """Transfer encoding, in lower case."""
    name: str | None = None
    """File name."""
    attached: bool = False
    """Whether it is meant to be saved, not shown."""
    smime: str | None = None
    flowed: bool = False
    """Whether a space at the end of a line joins it with the next one (RFC 3676)."""
    delsp: bool = False
    """Whether that space is no part of the text."""


def fields(lines: Lines) -> Iterator[Field]:
    """Yield the fields of a header, and move past the empty line that ends it.

    A line that does not belong to a header ends it too, and is left to the body.
    """
    while line := lines.peek():
        number = lines.line
        if line in (b"\n", b"\r\n"):
            lines.next()
            return
        match = _FIELD.match(line)
        if match is None and not line.startswith((b" ", b"\t")):
            return
        raw = lines.next()
        while len(raw) < MAX_FIELD and (more := lines.peek()).startswith((b" ", b"\t")) and more.strip():
            raw += lines.next()
        yield Field(match[1].decode("ascii").lower() if match else "header", raw, number)


def decode_words(text: str) -> str:
    """Return a field's text with its encoded words (RFC 2047) decoded; other text stays as it is."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    held, held_charset, end = b"", "", 0
    text = _GAP.sub("", text)
    for match in _WORD.finditer(text):
        charset, kind, coded = match[1].partition("*")[0].lower(), match[2].upper(), match[3]
        if held and (match.start() != end or charset != held_charset):
            pieces.append(_decoded(held, held_charset))
            held = b""
        pieces.append(text[end : match.start()])
        held, held_charset, end = held + _word(kind, coded), charset, match.end()
    if held:
        pieces.append(_decoded(held, held_charset))
    return "".join([*pieces, text[end:]])


def _word(kind: str, coded: str) -> bytes:
    data = coded.encode("ascii", "replace")
    if kind == "Q":
        return binascii.a2b_qp(data, header=True)
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return data


def _decoded(data: bytes, charset: str) -> str:
    return data.decode(python_codec(charset) or "utf-8", "replace")


def python_codec(charset: str | None) -> str | None:
    """Return Python's name of a character set, None if it is unknown or meaningless."""
    if not charset or charset.lower() in ("us-ascii", "ascii", "unknown-8bit", "default"):
        return None
    try:
        name = codecs.lookup(charset).name
        b"x".decode(name, "replace")  # not all codecs are between bytes and text
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if name.replace("-", "_") in _NO_TEXT else name


def kind_of(header: list[Field], default: str) -> Kind:
    """Return the kind of a part.

    Args:
        header: its fields; the first of a name counts.
        default: its type if it has none.

    """
    message = Message()
    for field in header:
        if field.name.startswith("content-") and field.name not in message:
            message[field.name] = field.value[:_MAX_PARAMETERS]
    try:
        kind = message.get_content_type() if "content-type" in message else default
        asked, shown = _parameters(message, "content-type"), _parameters(message, "content-disposition")
        disposition = message.get_content_disposition()
    except (ValueError, TypeError, IndexError, LookupError):  # raised by the library on malicious headers
        kind, asked, shown, disposition = default, {}, {}, None
    name, boundary = shown.get("filename") or asked.get("name"), asked.get("boundary", "").rstrip()
    return Kind(
        type=kind,
        charset=asked.get("charset"),
        boundary=boundary.encode("utf-8", "surrogateescape") or None,
        encoding=str(message.get("content-transfer-encoding", "")).strip().lower(),
        name=decode_words(name) if name else None,
        attached=disposition == "attachment",
        smime=asked.get("smime-type"),
        flowed=asked.get("format", "").lower() == "flowed",
        delsp=asked.get("delsp", "").lower() == "yes",
    )


def _parameters(message: Message, header: str) -> dict[str, str]:
    found = message.get_params(failobj=[], header=header)
    return {name.lower(): collapse_rfc2231_value(value) for name, value in reversed(found)}
