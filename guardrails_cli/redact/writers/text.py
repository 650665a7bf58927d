"""Copies of text formats: every byte that is not replaced stays as it is."""

import codecs
import html
import io
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import IO

import msgspec
from msgspec.structs import replace

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.formats.encoding import declared
from guardrails_cli.formats.reader import Blob, Reading, RefusedError
from guardrails_cli.formats.text.plain import characters, with_line_feeds
from guardrails_cli.redact.operators import Span, merged
from guardrails_cli.redact.sealing import BARE, QUOTED, codec_of, form_in, unseal
from guardrails_cli.redact.writers import yaml_scalars
from guardrails_cli.redact.writers.writer import Choice, Rewritten, Scanned
from guardrails_cli.redact.writers.yaml_scalars import Scalars, escaped

_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CODECS = ("utf-32-le", "utf-32-be", "utf-8", "utf-16-le", "utf-16-be")
_MARKUP = frozenset({"xml", "html"})
_JSON = frozenset({"json", "json lines", "jupyter notebook"})
_REFERENCE = r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);?"
_BACKSLASH = r"\\u[0-9a-fA-F]{4}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?|\\x[0-9a-fA-F]{2}|\\U[0-9a-fA-F]{8}|\\[^\r\n]"
_ESCAPES = dict.fromkeys(_MARKUP, re.compile(_REFERENCE)) | dict.fromkeys([*_JSON, "yaml"], re.compile(_BACKSLASH))
_ANY_ESCAPE = re.compile(f"{_BACKSLASH}|{_REFERENCE}")
"""Forms in a file of one character of its text view."""
_IN_PLACE = frozenset({"mask", "partial", "replace"})
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


class _Place(msgspec.Struct, frozen=True):
    """A piece of the file that holds (part of) a finding's value."""

    start: int
    end: int
    value: str
    """Value of this piece, as a person reads it."""
    entity_type: str
    whole: str
    """Whole value, which markup may split into pieces."""
    at: int = 0
    """Offset of the piece in `whole`."""


def rewrite(source: IO[bytes], target: IO[bytes], scanned: Scanned, choice: Choice) -> Rewritten:
    """Write a copy with the findings replaced; see `Rewriter.rewrite`."""
    text, bom, codec = load(source, scanned.format)
    places = list(_places(text, scanned))
    writer = _Writer(text, scanned.format, choice, codec)
    pieces, position = [], 0
    for start, end, held in writer.units(places):
        pieces += [text[position:start], writer.replaced(start, end, held)]
        position = end
    result = "".join([*pieces, text[position:]])
    _check(text, result, scanned.format)
    target.write(bom + _encoded(result, codec))
    return Rewritten(sum(not place.at for place in places), frozenset(writer.written - {""}))


class _Writer:
    """Writes the replacements."""

    def __init__(self, text: str, format_: str, choice: Choice, codec: str) -> None:
        self._text = text
        self._format = format_
        self._choice = choice
        self._codec = "" if codec.startswith("utf") else codec
        self._scalars = Scalars(text) if format_ == "yaml" else None
        self.written: set[str] = set()

    def units(self, places: Sequence[_Place]) -> Iterator[tuple[int, int, list[_Place]]]:
        """Yield start, end and places of each range to replace as a whole; mostly it is a single place."""
        held: list[_Place] = []
        unit = (0, 0)
        for place in places:
            scalar = self._scalars.at(place.start) if self._scalars else None
            if held and place.start < unit[1]:
                held.append(place)
                continue
            if held:
                yield *unit, held
            wide = scalar is not None and place.end <= scalar.end and scalar.breaks_by(place.start)
            held, unit = [place], (scalar.start, scalar.end) if wide and scalar else (place.start, place.end)
        if held:
            yield *unit, held

    def replaced(self, start: int, end: int, places: Sequence[_Place]) -> str:
        """Return the replacement of text[start:end], which holds these places."""
        scalar = self._scalars.at(start) if self._scalars else None
        if scalar is not None and scalar.breaks_by(start):
            return self._plain_scalar(start, end, places)
        place = places[0]
        quote = scalar.style if scalar is not None else ""
        bare_number = self._format in _JSON and _is_number(self._text, start, end)
        if self._seals(place):
            replacement = self._sealed(start, end, place, QUOTED if bare_number else BARE)
        else:
            replacement = self._share(place)
            if not bare_number:
                replacement = escaped(_escaped(replacement, self._format), quote)
        return replacement if not bare_number or _NUMBER.fullmatch(replacement) else f'"{replacement}"'

    def _plain_scalar(self, start: int, end: int, places: Sequence[_Place]) -> str:
        """Return a plain scalar with quotes."""
        if all(map(self._seals, places)):
            return f'"{self._sealed(start, end, places[0], QUOTED)}"'
        pieces, position = [], start
        for place in places:
            sealing = self._seals(place)
            own = self._sealed(place.start, place.end, place, BARE) if sealing else self._share(place)
            pieces += [self._text[position : place.start], own]
            position = place.end
        whole = "".join([*pieces, self._text[position:end]])
        return f'"{escaped(whole, chr(34))}"' if whole else '""'

    def _seals(self, place: _Place) -> bool:
        return self._choice.strategy_for(place.entity_type) == "encrypt"

    def _sealed(self, start: int, end: int, place: _Place, form: str) -> str:
        form = form_in(form, self._codec) if self._codec else form
        token = self._choice.replacement(place.value, place.entity_type, self._text[start:end], form)
        self.written.add(token)
        return token

    def _share(self, place: _Place) -> str:
        """Return a piece's share of the replacement of a whole value.

        It is as long as the piece where strategies keep characters in place; otherwise the first piece gets all of it.
        """
        whole = self._choice.replacement(place.whole, place.entity_type)
        if self._choice.strategy_for(place.entity_type) in _IN_PLACE and len(whole) == len(place.whole):
            share = whole[place.at : place.at + len(place.value)]
        else:
            share = "" if place.at else whole
        self.written |= {whole, share}
        return share


def restore(source: IO[bytes], target: IO[bytes], key: bytes) -> tuple[int, int]:
    """Write a copy with sealed values opened; return how many were opened and how many failed."""
    data = source.read()
    known = codec_of(data.decode("latin-1"), key)
    text, bom, codec = load(io.BytesIO(data)) if known is None else (data.decode(known), b"", known)
    restored, opened, failed = unseal(text, key)
    target.write(bom + _encoded(restored, codec))
    return opened, failed


def load(source: IO[bytes], format_: str = "text") -> tuple[str, bytes, str]:
    """Return a file's text, its byte-order mark and its codec, with which the text gives the same bytes again.

    Raises:
        RefusedError: if it cannot be written again without loss.

    """
    data = source.read()
    bom, codec = next(
        ((bom, codec) for bom, codec in zip(_BOMS, _CODECS, strict=True) if data.startswith(bom)), (b"", "")
    )
    reading = Reading()
    blob = Blob("", io.BytesIO(data))
    text = "".join(characters(blob, reading, declared(blob.head) if format_ in _MARKUP else None))
    codec = codec or reading.encoding or "utf-8"
    if bom + _encoded(text, codec) != data:
        raise RefusedError(
            Reason(ReasonCode.NOT_REWRITABLE, "it has bytes that are no text in its encoding: a copy would change them")
        )
    return text, bom, codec


def _encoded(text: str, codec: str) -> bytes:
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        raise RefusedError(
            Reason(
                ReasonCode.NOT_REWRITABLE,
                f"its encoding {codec} cannot express what would be written; try --strategy token",
            )
        ) from None


def _places(text: str, scanned: Scanned) -> Iterator[_Place]:
    """Yield the pieces of the file to replace, in order, without overlaps."""
    spans = merged(Span(found.start, found.end, found.entity_type) for found in scanned.findings)
    if not any(mark.line for mark in scanned.marks):  # the text view is the file's own text
        for span in spans:
            value = scanned.text[span.start : span.end]
            yield _Place(span.start, span.end, value, span.entity_type, value)
        return
    mapping = _Mapping(text, scanned)
    last: _Place | None = None
    # The view may have another order than the file: an element's attributes follow its text.
    for place in sorted({each for span in spans for each in _in_file(mapping, scanned.text, span)}, key=_start):
        if last is not None:
            if place.start < last.end:
                raise RefusedError(Reason(ReasonCode.NOT_REWRITABLE, "its text view cannot be mapped back to the file"))
            yield last
        last = place
    if last is not None:
        yield last


def _in_file(mapping: "_Mapping", view: str, span: Span) -> Iterator[_Place]:
    """Yield the pieces of the file that hold a span of the text view, with adjacent ones merged."""
    last: _Place | None = None
    whole = view[span.start : span.end]
    for start, end, view_start, view_end in mapping.pieces(span.start, span.end):
        value = view[view_start:view_end]
        if last is not None and last.end == start:
            last = replace(last, end=end, value=last.value + value)
            continue
        if last is not None:
            yield last
        last = _Place(start, end, value, span.entity_type, whole, view_start - span.start)
    if last is not None:
        yield last


def _start(place: _Place) -> int:
    return place.start


class _Mapping:
    """Map offsets of the text view to offsets of the file's text."""

    def __init__(self, text: str, scanned: Scanned) -> None:
        text = with_line_feeds(text)  # as in the text view; the offsets stay
        self._text = text
        self._view = scanned.text
        self._escape = _ESCAPES.get(scanned.format, _ANY_ESCAPE)
        marks = scanned.marks
        lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._starts = [mark.start for mark in marks]
        self._origins = [
            lines[mark.line - 1] + mark.column - 1 if 0 < mark.line <= len(lines) else None for mark in marks
        ]

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield start and end, in the file and in the view, of each piece of view[start:end]."""
        index = bisect_right(self._starts, start) - 1
        while start < end:
            stop = min(end, self._starts[index + 1] if index + 1 < len(self._starts) else end)
            if index >= 0 and start < stop:
                yield from self._piece(index, start, stop)
            start = max(start, stop)
            index += 1

    def _piece(self, index: int, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
        origin = self._origins[index]
        if origin is not None:
            low = origin + start - self._starts[index]
            for end in (
                stop,
                start + len(self._view[start:stop].rstrip()),
            ):  # a border between blocks is not in the file
                if end > start and self._text[low : low + end - start] == self._view[start:end]:
                    yield low, low + end - start, start, end
                    return
            first = self._walk(origin, self._starts[index], start)
            last = first if first is None else self._walk(first, start, stop)
            if first is not None and last is not None:
                yield first, last, start, stop
                return
        if self._view[start:stop].strip():
            raise RefusedError(Reason(ReasonCode.NOT_REWRITABLE, "its text view cannot be mapped back to the file"))

    def _walk(self, place: int, start: int, stop: int) -> int | None:
        """Return the place of view[stop] in the file, given that of view[start]; None if they do not agree."""
        for char in self._view[start:stop]:
            if self._text.startswith(char, place) and char not in "\\&":
                place += 1
            elif escape := self._escape.match(self._text, place):
                place = escape.end()
            elif self._text.startswith(char, place):
                place += 1
            else:
                return None
        return place


def _is_number(text: str, start: int, end: int) -> bool:
    """Return whether text[start:end] is a number of JSON, not part of a string."""
    if not _NUMBER.fullmatch(text, start, end):
        return False
    before, after = text[max(0, start - 64) : start].rstrip()[-1:], text[end : end + 64].lstrip()[:1]
    return before in (":", "[", ",", "") and after in (",", "]", "}", "")


def _escaped(replacement: str, name: str) -> str:
    if name in _JSON:
        return json.dumps(replacement, ensure_ascii=False)[1:-1]
    return html.escape(replacement) if name in _MARKUP else replacement


def _check(before: str, after: str, name: str) -> None:
    """Check that a well-formed text is still well-formed.

    Raises:
        RefusedError: if it is not.

    """
    check = _CHECKS.get(name)
    if check is not None and check(before) != check(after):
        raise RefusedError(Reason(ReasonCode.NOT_REWRITABLE, "a copy would not be well-formed any more"))


def _json_shape(text: str) -> object:
    """Return the structure of a JSON value without its strings and numbers; None if it is not valid."""
    try:
        return _shape(json.loads(text, object_pairs_hook=lambda pairs: [value for _, value in pairs]))
    except (ValueError, RecursionError):
        return None


def _shape(value: object) -> object:
    return [_shape(one) for one in value] if isinstance(value, list) else 0


def _lines_shape(text: str) -> object:
    return [_json_shape(line) for line in text.split("\n")]


def _csv_shape(text: str) -> object:
    return [line.count('"') % 2 for line in text.split("\n")]


_CHECKS: dict[str, Callable[[str], object]] = {
    "json": _json_shape,
    "jupyter notebook": _json_shape,
    "json lines": _lines_shape,
    "csv": _csv_shape,
    "yaml": yaml_scalars.shape,
}
