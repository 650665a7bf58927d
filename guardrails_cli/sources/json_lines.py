"""JSON Lines: a JSON document on each line, which is a record with a number."""

from collections.abc import Iterator

from guardrails_cli.model import Location, Segment
from guardrails_cli.sources.base import Blob, Reading
from guardrails_cli.sources.json_scanner import Scanner
from guardrails_cli.sources.plain import decode


def read(blob: Blob, reading: Reading) -> Iterator[Segment]:
    """Yield the records; one that is damaged has no path inside."""
    for part in Scanner(decode(blob, reading), lines=True).parts():
        location = Location(part=part.kind or None, row=part.document, path=part.path)
        yield Segment(part.text, location, part.line, part.column)
