"""JSON Lines: a JSON document on each line, which is a record with a number."""

from collections.abc import Iterator

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.data.json_scanner import Scanner
from guardrails_cli.formats.reader import Blob, Reading
from guardrails_cli.formats.text.plain import decode


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield the records; a damaged one has no paths inside."""
    for part in Scanner(decode(blob, reading), lines=True).parts():
        location = Location(part=part.kind or None, row=part.document, path=part.path)
        yield Segment(part.text, location, part.line, part.column)
