"""The JSON forms of chunks and of what a scan finds in them, for messages and for the reading process."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from guardrails_cli.core.finding import ChunkResult, Detection, Directive, Finding, Severity, Signal
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.text import Chunk, Layout, Location, Mark

_PLACES = tuple(field.name for field in fields(Location))


def encode_chunk(chunk: Chunk) -> list[Any]:
    """Return the form of `chunk` for a message."""
    layout = chunk.layout
    return [
        chunk.text, chunk.start, chunk.core_start, chunk.core_end, chunk.line, chunk.column, chunk.header,
        [layout.delimiter, list(layout.columns), layout.lettered] if layout else None,
        [[mark.start, encode_location(mark.location), mark.line, mark.column] for mark in chunk.marks],
    ]  # fmt: skip


def decode_chunk(data: list[Any]) -> Chunk:
    """Return the chunk that `encode_chunk` encoded."""
    text, start, core_start, core_end, line, column, header, layout, marks = data
    return Chunk(
        text,
        start,
        core_start,
        core_end,
        line,
        column,
        header,
        layout=Layout(layout[0], tuple(layout[1]), layout[2]) if layout else None,
        marks=tuple(Mark(start, decode_location(place), line, column) for start, place, line, column in marks),
    )


def encode_location(location: Location | None) -> JsonObject | None:
    """Return what is set in `location`."""
    if location is None:
        return None
    return {name: value for name in _PLACES if (value := getattr(location, name)) is not None}


def decode_location(data: Mapping[str, Any] | None) -> Location | None:
    """Return the location that `encode_location` encoded."""
    return None if data is None else Location(**data)


def encode_chunk_result(result: ChunkResult) -> JsonObject:
    """Return the form of `result` for a message."""
    return {
        "findings": [
            [
                f.entity_type, int(f.severity), f.score, f.start, f.end, f.line, f.column,
                f.preview, f.recognizer, f.fingerprint, list(f.rule_ids), f.value,
                [[a.entity_type, a.start, a.end, a.score, a.recognizer] for a in f.alternatives],
                encode_location(f.location), f.context, f.masked, f.token, list(f.allowed),
            ]
            for f in result.findings
        ],
        "signals": [[s.technique, s.start, s.end, s.weight] for s in result.signals],
        "seconds": round(result.seconds, 6),
        "directives": [
            [d.start, d.line, d.kind, list(d.entity_types), d.reason, d.until and d.until.isoformat(), d.fault]
            for d in result.directives
        ],
    }  # fmt: skip


def decode_chunk_result(data: Mapping[str, Any]) -> ChunkResult:
    """Return the result that `encode_chunk_result` encoded."""
    return ChunkResult(
        findings=tuple(_finding(*row) for row in data["findings"]),
        signals=tuple(Signal(*row) for row in data["signals"]),
        seconds=data["seconds"],
        directives=tuple(_directive(*row) for row in data["directives"]),
    )


def _directive(
    start: int, line: int, kind: str, types: list[str], reason: str, until: str | None, fault: str | None
) -> Directive:
    return Directive(start, line, kind, tuple(types), reason, _date(until), fault)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _finding(entity_type: str, severity: int, *fields: Any) -> Finding:
    score, start, end, line, column, preview, recognizer, fingerprint, rule_ids, value, others, place = fields[:12]
    context, masked, token, allowed = fields[12:]
    return Finding(
        entity_type, Severity(severity), score, start, end, line, column, preview, recognizer, fingerprint,
        tuple(rule_ids), tuple(Detection(*row) for row in others), value, decode_location(place),
        _pair(context), masked, token, tuple(allowed),
    )  # fmt: skip


def _pair(values: list[str] | None) -> tuple[str, str] | None:
    return None if values is None else (values[0], values[1])
