"""Bodies of mails as text: character sets, line numbers, and HTML that says more than its plain-text alternative."""

import codecs
import re
from collections.abc import Iterator
from io import BytesIO

from msgspec.structs import replace

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.encoding import decode_utf8, guess
from guardrails_cli.formats.mail.headers import python_codec
from guardrails_cli.formats.mail.transfer_encoding import Placed
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.registry import FORMATS

_SAMPLE_BYTES = 64 * 1024
PLAIN_CHARS = 64 * 1024
"""Characters of a plain text that are kept to compare its HTML alternative with."""
_MAX_COMPARED = 256 * 1024 * 1024
"""Characters up to which HTML is compared; HTML of very many pieces is then read without comparing."""
PGP = "-----BEGIN PGP MESSAGE-----"
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_QUOTE = re.compile(r">{0,99} ?")
PlacedText = tuple[str, int]


def decoded(pieces: Iterator[Placed], charset: str | None) -> Iterator[PlacedText]:
    """Yield the text of a body in its declared character set if possible, otherwise in the detected one."""
    held: list[Placed] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece[0])
        if size >= _SAMPLE_BYTES:
            break
    decoder = codecs.getincrementaldecoder(_encoding(b"".join(data for data, _ in held), charset))("replace")
    line = 1
    for data, line in held:
        if text := decoder.decode(data):
            yield text, line
    for data, line in pieces:
        if text := decoder.decode(data):
            yield text, line
    if text := decoder.decode(b"", final=True):
        yield text, line


def _encoding(sample: bytes, charset: str | None) -> str:
    codec = python_codec(charset)
    if codec is not None:
        try:
            codecs.getincrementaldecoder(codec)("strict").decode(sample)
        except (UnicodeError, ValueError):
            codec = None
    return codec or ("utf-8" if decode_utf8(sample) is not None else guess(sample))


def text_segments(texts: Iterator[PlacedText], place: str, *, has_lines: bool) -> Iterator[Segment]:
    """Yield a body's text.

    Args:
        texts: its pieces.
        place: the part of the mail that it is.
        has_lines: whether its line breaks are the file's; in base64 they are not.

    """
    location = Location(part=place)
    last, column = 0, 1
    for text, line in texts:
        if has_lines:
            column = column if line == last else 1
            yield Segment(text, location, line, column)
            last, column = (0, 1) if "\n" in text else (line, column + len(text))
        else:
            for piece in text.splitlines(keepends=True):
                yield Segment(piece, location, line, 1)


def flowed_segments(texts: Iterator[PlacedText], place: str, *, has_lines: bool, delsp: bool) -> Iterator[Segment]:
    """Yield a body's text with its flowed lines joined, without their quote marks (RFC 3676, 4).

    Args:
        texts: its pieces, lines or whole lines together.
        place: the part of the mail that it is.
        has_lines: whether its line breaks are the file's; in base64 they are not.
        delsp: whether the space that joins two lines is no part of the text.

    """
    location = Location(part=place)
    depth: int | None = None  # of the quotation in the line before, if that is joined with the next one
    for text, first in texts:
        for number, piece in enumerate(_LINES.findall(text), first):
            line = number if has_lines else first
            marks = _QUOTE.match(piece)
            quoted = marks[0].count(">") if marks else 0
            body, column = piece, 1
            if depth == quoted and marks:
                body, column = piece[marks.end() :], 1 + marks.end()
            elif depth is not None:
                yield Segment("\n", location, line, 1)
            kept = body.rstrip("\r\n")
            depth = quoted if kept.endswith(" ") and kept.strip("> ") != "--" and kept != body else None
            if depth is not None:
                body = kept.removesuffix(" ") if delsp else kept
            if body:
                yield Segment(body, location, line, column)


def html_segments(
    texts: list[PlacedText], place: str, seen: str, reading: Reading, *, has_lines: bool
) -> Iterator[Segment | Blob]:
    """Yield the HTML body's segments, except text that its plain-text alternative repeats word for word.

    Args:
        texts: the body's pieces.
        place: the part of the mail that it is.
        seen: the plain text, with white space collapsed to single spaces.
        reading: the mail's reading.
        has_lines: whether the line breaks are the file's.

    """
    lines = _lines(texts, has_lines=has_lines)
    source = "".join(text for text, _ in texts).encode("utf-8", "replace")
    blob = Blob(place, BytesIO(codecs.BOM_UTF8 + source), len(source))  # the mark outranks the HTML's encoding
    budget = _MAX_COMPARED
    for item in FORMATS["html"].reader().read(blob, Reading(reading.limits, budget=reading.budget)):
        if isinstance(item, Blob):
            yield item
            continue
        budget -= len(seen)
        if seen and budget > 0 and " ".join(item.text.split()) in seen:
            continue
        location = item.location or Location()
        part = f"{place}, {location.part}" if location.part else place
        line = lines[min(item.line, len(lines)) - 1] if item.line else 0
        yield replace(item, location=replace(location, part=part), line=line)


def _lines(texts: list[PlacedText], *, has_lines: bool) -> list[int]:
    """Return the file's line for each line of the text."""
    lines = [texts[0][1] if texts else 1]
    for text, line in texts:
        count = text.count("\n")
        lines.extend(range(line + 1, line + 1 + count) if has_lines else [line] * count)
    return lines
