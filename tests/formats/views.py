"""A reader's view of a text, with the places of its words of the form `vN`."""

import io
import re
from types import ModuleType
from typing import cast

from guardrails_cli.core.finding import Detection
from guardrails_cli.core.text import Segment
from guardrails_cli.detect.chunks import cut
from guardrails_cli.document.describe_findings import describe
from guardrails_cli.formats.reader import Blob, Reader, Reading


def segments(reader: ModuleType, text: str | bytes) -> list[Segment]:
    """Return what a reader yields for a text that has no documents inside."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    items = list(cast(Reader, reader).read(Blob("name", io.BytesIO(data)), Reading()))
    assert all(isinstance(item, Segment) for item in items)
    return cast(list[Segment], items)


def view(reader: ModuleType, text: str | bytes) -> str:
    """Return the text view."""
    return "".join(segment.text for segment in segments(reader, text))


def places(reader: ModuleType, text: str | bytes) -> dict[str, tuple[str, int, int]]:
    """Return by word of the form `vN`: the label of its location, its line and its column, as a finding has them."""
    found = {}
    for chunk in cut(segments(reader, text)):
        words = [Detection("X", *word.span(), 1.0, "test") for word in re.finditer(r"\bv\d+\b", chunk.text)]
        for finding in describe(words, chunk, b"key", show_values=True):
            label = finding.location.label if finding.location else ""
            found[finding.value or ""] = (label, finding.line, finding.column)
    return found
