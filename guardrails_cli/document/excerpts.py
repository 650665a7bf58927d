"""Findings with the text around them, for `guardrails show`. Every value in them is masked unless asked for."""

import os
from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from guardrails_cli.core.display import INSIDE, display_path
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import ChunkResult, Finding
from guardrails_cli.core.source import Source
from guardrails_cli.core.text import Chunk
from guardrails_cli.document import scan_chunk
from guardrails_cli.document.assemble import Found, assembled
from guardrails_cli.document.describe_findings import masked_text
from guardrails_cli.document.document_record import Tally
from guardrails_cli.inputs.reading.events import Opened
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.options.model import DetectOptions, Limits
from guardrails_cli.policy.rulebook import Rulebook

_NOTHING = ChunkResult((), (), 0.0)
_WIDEST = 500
"""Characters shown of a line on each side of a finding."""


class Excerpt(msgspec.Struct, frozen=True):
    """A finding and the lines around it."""

    path: str
    finding: Finding
    before: str
    value: str
    """Value, masked unless the user asked for values."""
    after: str


def excerpts(path: str, fingerprint: str, options: DetectOptions, limits: Limits, lines: int) -> Iterator[Excerpt]:
    """Yield the findings of a document that have a fingerprint, in order.

    Args:
        path: path in the report, of a file or of a document inside it.
        fingerprint: its first digits suffice; empty means all findings.
        options: what to look for; the fingerprint's key must be that of the report.
        limits: limits on hostile documents.
        lines: number of lines to show above and below.

    Raises:
        ConfigError: if the file does not exist, or the document cannot be read.

    """
    location = _file_of(path)
    source = Source(display_path(location), location, os.stat(location).st_size)  # noqa: PTH116 - may be no UTF-8
    shown = display_path(path)
    found: list[Excerpt] = []

    def look(opened: Opened, chunk: Chunk) -> Found:
        if opened.path == shown or opened.path.startswith(shown + INSIDE):
            found.extend(_in_chunk(opened.path, chunk, options, lines))
        return Found(_NOTHING)

    with SourceReader(limits) as reader:
        for end in assembled(
            reader.read(source), look, lambda path, name: Tally(Rulebook(()), path=path, format_=name)
        ):
            yield from (excerpt for excerpt in found if excerpt.finding.fingerprint.startswith(fingerprint))
            found.clear()
            if end is not None and end.document is None and end.record.path == shown:
                raise ConfigError(f"{shown} cannot be read: {end.record.reason}")


def _in_chunk(path: str, chunk: Chunk, options: DetectOptions, lines: int) -> Iterator[Excerpt]:
    text = chunk.text
    end_of_core = chunk.core_end if chunk.core_end >= 0 else chunk.start + len(text)
    # The margins too, since findings in them are in the text around and must be masked.
    whole = replace(chunk, core_start=chunk.start, core_end=chunk.start + len(text))
    findings = scan_chunk.scan_chunk(whole, options).findings
    for finding in findings:
        if not chunk.core_start <= finding.start < end_of_core:
            continue
        start, end = finding.start - chunk.start, finding.end - chunk.start
        low = _above(text, start, lines)
        high = _below(text, end, lines)
        yield Excerpt(
            path,
            finding,
            _masked(text, low, start, chunk, findings, options),
            text[start:end] if options.show_values else finding.preview,
            _masked(text, end, high, chunk, findings, options),
        )


def _masked(text: str, start: int, end: int, chunk: Chunk, findings: Sequence[Finding], options: DetectOptions) -> str:
    return masked_text(text, start, end, () if options.show_values else findings, chunk.start)


def _above(text: str, start: int, lines: int) -> int:
    low = start
    for _ in range(lines + 1):
        low = text.rfind("\n", 0, low)
        if low < 0:
            break
    return max(low + 1, start - _WIDEST * (lines + 1))


def _below(text: str, end: int, lines: int) -> int:
    high = end - 1
    for _ in range(lines + 1):
        high = text.find("\n", high + 1)
        if high < 0:
            high = len(text)
            break
    return min(high, end + _WIDEST * (lines + 1))


def _file_of(path: str) -> str:
    """Return the file that holds the document `path`."""
    place = path
    while not os.path.lexists(place):
        place, found, _ = place.rpartition(INSIDE)
        if not found:
            raise ConfigError(f"no such file: {path}")
    if os.path.isdir(place):  # noqa: PTH112 - may be no UTF-8
        raise ConfigError(f"{path} is a folder; name a file")
    return place
