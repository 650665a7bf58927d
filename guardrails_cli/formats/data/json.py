"""JSON and JSON Lines: the file's own text with the escapes in strings decoded, each value with its path."""

from collections.abc import Iterator

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.data.json_scanner import Scanner
from guardrails_cli.formats.data.json_syntax import Part
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.text.plain import decode


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield a JSON document, or several consecutive ones."""
    return segments(Scanner(decode(blob, reading)).parts())


def segments(parts: Iterator[Part]) -> Iterator[Segment]:
    """Yield the segments of a scanned JSON text; from the second document on, paths have the document's number."""
    place: tuple[str | None, int, str] = (None, 1, "")
    location: Location | None = None
    for text, path, line, column, document, kind in parts:
        if place != (path, document, kind):
            place = (path, document, kind)
            names = [f"document {document}"] * (document > 1) + [kind] * bool(kind)
            location = None if path is None else Location(part=", ".join(names) or None, path=path)
        yield Segment(text, location, line, column)
