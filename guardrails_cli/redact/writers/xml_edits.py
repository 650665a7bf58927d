"""Edit XML in its serialized form: bytes that are not replaced stay as they are."""

import codecs
import html
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import msgspec

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.formats.reader import RefusedError
from guardrails_cli.redact.sealing import BARE
from guardrails_cli.redact.value_search import Hit
from guardrails_cli.redact.writers.writer import Choice

TOKEN = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[|<(?P<close>/?)(?P<name>[^\s<>/\"'=]+)"
    r"(?P<rest>[^<>\"']*(?:\"[^\"]*\"[^<>\"']*|'[^']*'[^<>\"']*)*)>",
    re.DOTALL,
)
ATTRIBUTE = re.compile(r"([^\s=\"'/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_UNIT = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|\w+);|\r\n?|.", re.DOTALL)
_URI_UNIT = re.compile(r"%[0-7][0-9a-fA-F]|&(?:#\d+|#x[0-9a-fA-F]+|\w+);|.", re.DOTALL)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")


class Piece(msgspec.Struct, frozen=True):
    """A part of a text: a range of the file, or the text that a program shows for an element."""

    start: int
    end: int
    shown: str | None = None
    """Text shown for an element without text, such as a tab."""
    tag_end: int = -1
    """End of the start tag of the text's element."""


class Edits(msgspec.Struct):
    """Replacements in one part, applied together at the end."""

    text: str
    choice: Choice
    count: int = 0
    written: set[str] = msgspec.field(default_factory=set)
    _made: dict[int, tuple[int, str]] = msgspec.field(default_factory=dict)
    _order: list[tuple[int, int]] = msgspec.field(default_factory=list)

    def put(self, start: int, end: int, new: str) -> None:
        """Replace a range."""
        self._made[start] = (end, new)
        self._order.insert(bisect_left(self._order, (start, end)), (start, end))

    def is_free(self, start: int, end: int) -> bool:
        """Return whether no part of a range is replaced yet."""
        at = bisect_left(self._order, (end, -1))
        return at == 0 or self._order[at - 1][1] <= start

    def replacement(self, hit: Hit, original: str, form: str = BARE) -> str:
        """Return the replacement of a value, and record it."""
        new = self.choice.replacement(hit.value, hit.entity_type, original, form)
        self.written.add(new)
        self.count += 1
        return new

    def replace(self, pieces: list[Piece], hits: Sequence[Hit], *, uri: bool = False, formula: bool = False) -> bool:
        """Replace values in a text: the first piece of a value gets the replacement, the other pieces lose theirs."""
        units = [unit for piece in pieces for unit in _units(self.text, piece, uri=uri)]
        done = False
        for hit in hits:
            ranges = _joined([(unit[1], unit[2]) for unit in units[hit.start : hit.end] if unit[2] > unit[1]])
            ranges = [one for one in ranges if self.is_free(*one)]
            if not ranges:
                continue
            done = True
            new = self.replacement(hit, "".join(self.text[start:end] for start, end in ranges))
            if uri:
                new = quote(new, safe=":@-._~")
            elif formula:
                new = new.replace('"', '""')
                before = "".join(unit[0] for unit in units[: hit.start])
                new = html.escape(new, quote=False) if before.count('"') % 2 else f'"{html.escape(new, quote=False)}"'
            else:
                new = html.escape(new)
            for index, (start, end) in enumerate(ranges):
                self.put(start, end, "" if index else new)
        return done

    def keep_spaces(self, pieces: list[Piece]) -> None:
        """Mark the leading and trailing spaces of changed texts as significant (XML 1.0, 2.10)."""
        for piece in pieces:
            if piece.tag_end < 0 or piece.end <= piece.start:
                continue
            after = self.between(piece.start, piece.end)
            tag = self.text[self.text.rindex("<", 0, piece.tag_end) : piece.tag_end]
            if after != self.text[piece.start : piece.end] and after != after.strip() and "xml:space" not in tag:
                at = piece.tag_end - 1
                if self.is_free(at, at) and at not in self._made:
                    self.put(at, at, ' xml:space="preserve"')

    def result(self) -> str:
        """Return the text with all replacements made."""
        return self.between(0, len(self.text))

    def between(self, start: int, end: int) -> str:
        """Return a range with its replacements made."""
        out, position = [], start
        for low, high in self._order[bisect_left(self._order, (start, -1)) : bisect_left(self._order, (end, -1))]:
            out += [self.text[position:low], self._made[low][1]]
            position = high
        return "".join([*out, self.text[position:end]])


def shown(text: str, pieces: list[Piece], *, uri: bool = False) -> str:
    """Return the joined text of the pieces."""
    return "".join(_shown(text, piece, uri=uri) for piece in pieces)


def _shown(text: str, piece: Piece, *, uri: bool) -> str:
    raw = text[piece.start : piece.end] if piece.shown is None else piece.shown
    if not uri and (piece.shown is not None or ("&" not in raw and "\r" not in raw)):
        return raw
    return "".join(unit[0] for unit in _units(text, piece, uri=uri))


def _units(text: str, piece: Piece, *, uri: bool) -> Iterator[tuple[str, int, int]]:
    """Yield each character of a piece with its range in the file."""
    if piece.shown is not None:
        yield from ((char, piece.start, piece.start) for char in piece.shown)
        return
    for match in (_URI_UNIT if uri else _UNIT).finditer(text, piece.start, piece.end):
        raw = match[0]
        char = raw
        if len(raw) > 1:
            char = chr(int(raw[1:], 16)) if raw[0] == "%" else "\n" if raw[0] == "\r" else html.unescape(raw)[:1]
        yield char, match.start(), match.end()


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, end in ranges:
        if out and out[-1][1] == start:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def decoded(data: bytes) -> tuple[str, bytes, str]:
    """Return an XML part's text, its byte-order mark and its codec.

    Raises:
        RefusedError: if it is not well-formed, has a document type or CDATA, or cannot be written again without loss.

    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise RefusedError(Reason(ReasonCode.NOT_REWRITABLE, "one of its parts is no well-formed XML")) from None
    bom, codec = next(((bom, codec) for bom, codec in _BOMS if data.startswith(bom)), (b"", ""))
    if not codec:
        told = _ENCODING.match(data)
        codec = told[1].decode("ascii").lower() if told else "utf-8"
    if codec not in ("utf-8", "us-ascii", "ascii", "utf-16-le", "utf-16-be"):
        raise RefusedError(
            Reason(ReasonCode.NOT_REWRITABLE, f"one of its parts is in the encoding {codec}: Office writes UTF-8")
        )
    text = data[len(bom) :].decode(codec)
    if "<!DOCTYPE" in text or "<![CDATA[" in text:
        raise RefusedError(
            Reason(
                ReasonCode.NOT_REWRITABLE, "one of its parts has a document type or CDATA, which Office never writes"
            )
        )
    return text, bom, "utf-8" if "ascii" in codec else codec
