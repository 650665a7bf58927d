"""From a recognizer's bare detection to a finding that is safe to report: located, masked, fingerprinted."""

import hashlib
import hmac
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from guardrails_cli.entities import PROMPT_INJECTION, entity_type
from guardrails_cli.model import Chunk, Detection, Finding, Severity, Signal
from guardrails_cli.text import mask

_LINE_BREAK = re.compile("\n")


def describe(detections: Iterable[Detection], chunk: Chunk, key: bytes, show_values: bool = False) -> list[Finding]:
    """Return the findings for the detections in a chunk, with offsets, lines and columns of the whole document.

    Args:
        detections: with offsets into the chunk's text.
        chunk: the text and its place in the document.
        key: of the fingerprints.
        show_values: whether a finding may carry its raw value.

    """
    breaks = [match.start() for match in _LINE_BREAK.finditer(chunk.text)]
    severities: dict[str, Severity] = {}
    findings = []
    for found in detections:
        if found.entity_type not in severities:
            severities[found.entity_type] = entity_type(found.entity_type).severity
        value = chunk.text[found.start : found.end]
        above = bisect_right(breaks, found.start - 1)
        column = found.start - breaks[above - 1] if above else chunk.column + found.start
        findings.append(
            Finding(
                entity_type=found.entity_type,
                severity=severities[found.entity_type],
                score=found.score,
                start=chunk.start + found.start,
                end=chunk.start + found.end,
                line=chunk.line + above,
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
            )
        )
    return findings


def fingerprint(value: str, entity: str, key: bytes) -> str:
    """Return 32 hexadecimal digits that are equal for equal values, whatever their letter case and white space."""
    normal = " ".join(value.split()).casefold()
    message = f"{entity}\0{normal}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, message, hashlib.sha256).hex()[:32]


def injection_detections(signals: Iterable[Signal]) -> list[Detection]:
    """Return the signals of a prompt injection as detections, so that they are located and reported like any other."""
    return [
        Detection(PROMPT_INJECTION, signal.start, signal.end, signal.weight, f"InjectionRules.{signal.technique}")
        for signal in signals
    ]
