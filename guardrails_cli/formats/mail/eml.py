"""Mails (RFC 5322, MIME): headers and bodies are the mail's text, attachments are documents inside it.

The mail is streamed line by line, without recursion: `email` would hold it in memory several times, and takes time
quadratic in the nesting of parts.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import chain

import msgspec

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.mail.body import (
    PGP,
    PLAIN_CHARS,
    PlacedText,
    decoded,
    flowed_segments,
    html_segments,
    text_segments,
)
from guardrails_cli.formats.mail.headers import Field, Kind, fields, kind_of
from guardrails_cli.formats.mail.lines import Lines
from guardrails_cli.formats.mail.transfer_encoding import DECODERS, HAS_LINES, Pieces, Placed, by_line
from guardrails_cli.formats.members import ENCRYPTED, Names, TextFirst, refused
from guardrails_cli.formats.reader import Blob, Budget, Reading
from guardrails_cli.formats.registry import FORMATS

_MAX_HTML = 8 * 1024 * 1024
"""Maximum number of characters of an HTML body that is read as the mail's text; a larger one is a member."""
_MAX_FIELDS = 1000
"""Number of a header's fields that may describe the part; all fields are read as text."""
_READABLE = {
    "message/delivery-status",
    "message/disposition-notification",
    "message/external-body",
    "message/partial",
    "application/pgp-encrypted",
}
"""Types that are text but not named so."""
_SMIME = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_CONTENT = b"content-"
"""Beginning of a part's header."""
_Items = Iterator[Segment | Blob]


def read(blob: Blob, reading: Reading) -> _Items:
    """Yield headers and bodies, then the attachments; see `TextFirst` for text that comes late.

    Raises:
        RefusedError: if the limits are exceeded.

    """
    names = Names(blob.path)
    return TextFirst(names).ordered(_Walk(blob, reading, names).items())


class _Open(msgspec.Struct):
    """A multipart whose end was not reached."""

    type: str
    boundaries: list[bytes]
    plain: str = ""
    """Text of its plain alternative, kept to compare HTML with."""


@dataclass(slots=True)
class _Walk:
    """The walk through a mail, part by part."""

    blob: Blob
    reading: Reading
    names: Names
    lines: Lines = field(init=False)
    budget: Budget = field(init=False)
    open: list[_Open] = field(default_factory=list)
    """Multiparts around the current part, innermost last."""
    depths: dict[bytes, int] = field(default_factory=dict)
    """Index in `open` of a multipart, by its boundary."""
    part: int = 0
    """Number of leaf parts that have begun."""
    has_body: bool = False

    def __post_init__(self) -> None:
        self.lines = Lines(self.blob.file() if self.blob.seekable else self.blob)
        self.budget = self.reading.budget or Budget(self.reading.limits)

    def items(self) -> _Items:
        while self.lines.peek() in (b"\n", b"\r\n"):
            self.lines.next()
        header = yield from self._header(None)
        yield from self._entity(kind_of(header, "text/plain"))
        while line := self.lines.next():
            depth, closing = self._delimiter(line) or (0, True)
            self._close(depth if closing else depth + 1)
            if closing:
                yield from self._text(self._until(), Kind(), "epilogue")
                continue
            header = yield from self._header(f"part {self.part + 1}")
            digest = self.open[-1].type == "multipart/digest"
            yield from self._entity(kind_of(header, "message/rfc822" if digest else "text/plain"))

    def _header(self, place: str | None) -> Generator[Segment, None, list[Field]]:
        header: list[Field] = []
        for one in fields(self.lines):
            if len(header) < _MAX_FIELDS:
                header.append(one)
            text = one.text if one.text.endswith("\n") else f"{one.text}\n"
            yield Segment(text, Location(part=place or one.name), one.line, 1)
        return header

    def _entity(self, kind: Kind) -> _Items:
        """Yield a part; of a multipart only the text before its first part."""
        if not kind.type.startswith("multipart/"):
            yield from self._leaf(kind)
            return
        if kind.boundary not in self.depths:  # otherwise its parts belong to the multipart around it
            self.open.append(_Open(kind.type, []))
            if kind.boundary:
                self._add_boundary(kind.boundary)
        yield from self._text(self.lines.until(b"--", self._is_first_delimiter), Kind(), "preamble")

    def _leaf(self, kind: Kind) -> _Items:
        self.part += 1
        number = self.part
        in_sealed = bool(self.open) and self.open[-1].type == "multipart/encrypted"
        sealed = in_sealed and kind.type not in _READABLE
        if sealed or (kind.type in _SMIME and kind.smime != "signed-data"):
            yield from self._encrypted(kind.name or f"part {number}")
        elif (kind.type.startswith("text/") or kind.type in _READABLE) and not (kind.attached or kind.name):
            place = f"part {number}" if self.has_body else "body"
            self.has_body = True
            if kind.type == "text/html" and "html" in FORMATS:
                yield from self._html(kind, place)
            else:
                yield from self._text(self._until(), kind, place, keep=kind.type == "text/plain")
        else:
            yield from self._attachment(kind, kind.name or f"part {number}")

    def _attachment(self, kind: Kind, name: str) -> _Items:
        self.budget.member()
        pieces = _transferred(self._until(), kind)
        message = "mail" if kind.type == "message/rfc822" else None
        yield Blob(self.names.path(name), Pieces(pieces, self.budget), format=message)
        for _ in pieces:
            pass
        self.budget.expand(0)

    def _encrypted(self, name: str) -> _Items:
        self.budget.member()
        yield refused(self.names.path(name), ENCRYPTED)
        for _ in self._until():
            pass

    def _text(self, pieces: Iterator[Placed], kind: Kind, place: str, *, keep: bool = False) -> _Items:
        """Yield a text body; `keep` keeps it for comparison with an HTML alternative."""
        kept, room = [], PLAIN_CHARS
        sealed = False
        in_lines = kind.encoding in DECODERS or kind.flowed
        texts = decoded(_transferred(by_line(pieces) if in_lines else pieces, kind), kind.charset)
        for segment in _segments(texts, place, kind):
            sealed = sealed or PGP in segment.text
            if keep and room > 0:
                kept.append(segment.text[:room])
                room -= len(segment.text)
            yield segment
        if kept and self.open:
            self.open[-1].plain = " ".join("".join(kept).split())
        if sealed:
            self.budget.member()
            yield refused(self.names.path(f"{place} (PGP)"), ENCRYPTED)

    def _html(self, kind: Kind, place: str) -> _Items:
        texts = decoded(_transferred(by_line(self._until()), kind), kind.charset)
        held: list[PlacedText] = []
        size = 0
        for text in texts:
            held.append(text)
            size += len(text[0])
            if size > _MAX_HTML:
                self.budget.member()
                data = (one.encode("utf-8", "replace") for one, _ in chain(held, texts))
                yield Blob(self.names.path(f"{place}.html"), Pieces(((one, 0) for one in data), self.budget))
                for _ in data:
                    pass
                return
        seen = self._plain_alternative()
        for item in html_segments(held, place, seen, self.reading, has_lines=_has_lines(kind)):
            if isinstance(item, Blob):
                item.path = self.names.path(item.path.rpartition("!")[2])
            yield item

    def _plain_alternative(self) -> str:
        """Return the plain-text alternative of the part, if there is one."""
        around = reversed(self.open[-2:])  # the HTML itself may be in a multipart/related
        return next((one.plain for one in around if one.type == "multipart/alternative"), "")

    def _until(self) -> Iterator[Placed]:
        """Yield the bytes up to the next delimiter line."""
        return self.lines.until(b"--", lambda line, _: self._delimiter(line) is not None)

    def _delimiter(self, line: bytes) -> tuple[int, bool] | None:
        """Return the multipart of a delimiter line as an index in `open`, and whether the line closes it."""
        token = line.rstrip()[2:]
        if token in self.depths:
            return self.depths[token], False
        if token.endswith(b"--") and token[:-2] in self.depths:
            return self.depths[token[:-2]], True
        return None

    def _is_first_delimiter(self, line: bytes, following: bytes) -> bool:
        """Return whether the first part begins, even if the header declares another boundary or none."""
        if self._delimiter(line) is not None:
            return True
        token = line.rstrip()[2:]
        if not token or not self.open or not following.lower().startswith(_CONTENT):
            return False
        self._add_boundary(token)
        return True

    def _add_boundary(self, boundary: bytes) -> None:
        self.depths[boundary] = len(self.open) - 1
        self.open[-1].boundaries.append(boundary)

    def _close(self, depth: int) -> None:
        """Close the multiparts from `depth` on, since a part of an outer one follows."""
        while len(self.open) > depth:
            for boundary in self.open.pop().boundaries:
                del self.depths[boundary]


def _transferred(pieces: Iterator[Placed], kind: Kind) -> Iterator[Placed]:
    decode = DECODERS.get(kind.encoding)
    return decode(pieces) if decode else pieces


def _segments(texts: Iterator[PlacedText], place: str, kind: Kind) -> Iterator[Segment]:
    if kind.flowed:
        return flowed_segments(texts, place, has_lines=_has_lines(kind), delsp=kind.delsp)
    return text_segments(texts, place, has_lines=_has_lines(kind))


def _has_lines(kind: Kind) -> bool:
    return kind.encoding not in DECODERS or kind.encoding in HAS_LINES
