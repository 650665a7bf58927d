"""Turn a recognizer's raw detection into a finding that is safe to report: located, masked, fingerprinted."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from guardrails_cli.core.display import fingerprint, is_masked, mask
from guardrails_cli.core.entity_types import PROMPT_INJECTION, entity_type
from guardrails_cli.core.finding import Detection, Finding, Severity, Signal
from guardrails_cli.core.table_cells import cell_at, letters
from guardrails_cli.core.text import Chunk, Location, Mark
from guardrails_cli.formats.data import json_path, xml_path

_LINE_BREAK = re.compile("\n")
_UNSEEN = re.compile(r"(?:^|, )(?:hidden|comment|metadata|attribute|custom XML)")
"""Parts of documents, as readers name them, that are not on the page."""


def values_of(detections: Iterable[Detection], chunk: Chunk) -> frozenset[str]:
    """Return the values that were found in a chunk; no name of a place may be one of them."""
    return frozenset(chunk.text[found.start : found.end] for found in detections)


def describe(
    detections: Iterable[Detection],
    chunk: Chunk,
    key: bytes,
    show_values: bool = False,
    values: frozenset[str] | None = None,
) -> list[Finding]:
    """Return the findings for the detections in a chunk, with offsets, lines and columns of the whole document.

    Args:
        detections: detections with offsets into the chunk's text.
        chunk: the text and its place in the document.
        key: key of the fingerprints.
        show_values: whether a finding may carry its raw value.
        values: the values of all detections in the chunk; None means those of `detections`.

    """
    detections = list(detections)
    places = Places(chunk, values_of(detections, chunk) if values is None else values)
    severities: dict[str, Severity] = {}
    findings = []
    for found in detections:
        if found.entity_type not in severities:
            severities[found.entity_type] = entity_type(found.entity_type).severity
        value = chunk.text[found.start : found.end]
        line, column, location = places.at(found.start)
        findings.append(
            Finding(
                entity_type=found.entity_type,
                severity=severities[found.entity_type],
                score=found.score,
                start=chunk.start + found.start,
                end=chunk.start + found.end,
                line=line,
                column=column,
                preview=mask(value, found.entity_type),
                recognizer=found.recognizer,
                fingerprint=fingerprint(value, found.entity_type, key),
                alternatives=tuple(
                    replace(other, start=chunk.start + other.start, end=chunk.start + other.end)
                    if chunk.start
                    else other
                    for other in found.alternatives
                ),
                value=value if show_values else None,
                location=location,
                masked=is_masked(value),
                evidence=found.evidence,
            )
        )
    return findings


def masked_text(
    text: str, start: int, end: int, findings: Iterable[Finding] | Iterable[Detection], offset: int = 0
) -> str:
    """Return text[start:end] with the findings that touch it masked.

    Args:
        text: a chunk's text.
        start: start of the part.
        end: end of the part.
        findings: findings in order.
        offset: offset of the text in the document.

    """
    pieces = []
    for other in findings:
        low, high = max(other.start - offset, start), min(other.end - offset, end)
        if low < high:
            pieces += [text[start:low], "*" * (high - low)]
            start = high
    return "".join([*pieces, text[start:end]])


def in_context(
    finding: Finding, chunk: Chunk, detections: Sequence[Detection], width: int, show_values: bool
) -> Finding:
    """Return the finding with the text on either side of it in its line, at most `width` characters each.

    The `detections` of the chunk are masked in it, unless values are shown.
    """
    text, start, end = chunk.text, finding.start - chunk.start, finding.end - chunk.start
    low = max(text.rfind("\n", 0, start) + 1, start - width, 0)
    stop = text.find("\n", end)
    high = min(len(text) if stop < 0 else stop, end + width)
    others = () if show_values else detections
    before, after = (masked_text(text, *part, others) for part in ((low, start), (end, high)))
    return replace(finding, context=(before, after))


class Places:
    """The places of a chunk's characters: line and column, and the location in the format's terms."""

    def __init__(self, chunk: Chunk, values: frozenset[str] = frozenset()) -> None:
        self._chunk = chunk
        self._values = values
        self._breaks = [match.start() for match in _LINE_BREAK.finditer(chunk.text)]
        self._starts = [mark.start for mark in chunk.marks]
        self._run: json_path.Run | None = None
        """Last run of JSON values that a place was in, its start, and the last place in it."""
        self._run_start = self._last = 0

    def at(self, offset: int) -> tuple[int, int, Location | None]:
        """Return line, column and location of the character at `offset` of the chunk's text."""
        chunk = self._chunk
        begun, line, column, location = 0, chunk.line, chunk.column, None
        index = bisect_right(self._starts, offset) - 1
        if index >= 0:
            mark = chunk.marks[index]
            location = self._in_run(self._in_row(mark, offset), mark.start, offset)
            if mark.line:
                begun, line, column = mark.start, mark.line, mark.column
        first, last = bisect_left(self._breaks, begun), bisect_left(self._breaks, offset)
        if first < last:
            return line + last - first, offset - self._breaks[last - 1], location
        return line, column + offset - begun, location

    def _in_row(self, mark: Mark, offset: int) -> Location | None:
        """Return the mark's location; if that is a row, the cell of it that holds the character."""
        location, layout = mark.location, self._chunk.layout
        if location is None or layout is None or not location.is_row:
            return location
        index, _ = cell_at(self._chunk.text, mark.start, offset, layout.delimiter)
        name = layout.columns[index] if index < len(layout.columns) else ""
        cell = f"{letters(index)}{location.row}" if layout.lettered else None
        return replace(location, column=name or (None if cell else str(index + 1)), cell=cell)

    def _in_run(self, location: Location | None, start: int, offset: int) -> Location | None:
        """Return the location; if that is a run of JSON values or XML elements, the one that holds the character."""
        if location is None or location.path is None:
            return location
        if location.path.startswith(xml_path.BEGINS):
            path = xml_path.complete(location.path, self._chunk.text, start, offset)
        else:
            if self._run is None or self._run_start != start or offset < self._last:
                self._run, self._run_start = json_path.Run(location.path, self._chunk.text, start), start
            path, self._last = self._run.at(offset), offset
        path = json_path.without(path, self._values)
        return location if path == location.path else replace(location, path=path)


def injection_detections(signals: Iterable[Signal]) -> list[Detection]:
    """Return prompt-injection passages as detections, so that they are located and reported like any other.

    Args:
        signals: signals with each passage's main technique first: it names the recognizer.

    """
    passages: dict[tuple[int, int], Signal] = {}
    for signal in signals:
        passages.setdefault((signal.start, signal.end), signal)
    return [
        Detection(PROMPT_INJECTION, signal.start, signal.end, signal.weight, f"InjectionRules.{signal.technique}")
        for signal in passages.values()
    ]


def hidden_spans(chunk: Chunk) -> list[tuple[int, int]]:
    """Return the half-open spans of the chunk's text that a person who opens the document does not see."""
    ends = [*(mark.start for mark in chunk.marks[1:]), len(chunk.text)]
    return [
        (mark.start, end)
        for mark, end in zip(chunk.marks, ends, strict=False)
        if mark.location is not None and mark.location.part and _UNSEEN.search(mark.location.part)
    ]
