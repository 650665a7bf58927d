"""Detections, findings, and their suppression."""

from datetime import date
from enum import IntEnum, StrEnum

import msgspec

from guardrails_cli.core.text import Location


class Severity(IntEnum):
    """Severity of a finding or violation, in ascending order."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Detection(msgspec.Struct, frozen=True):
    """A recognizer's raw result: half-open character offsets into the text that it was given."""

    entity_type: str
    start: int
    end: int
    score: float
    """Confidence of the recognizer, 0 to 1."""
    recognizer: str
    alternatives: "tuple[Detection, ...]" = ()
    """Overlapping detections of other types that lost to it, best first."""
    evidence: tuple[str, ...] = ()
    """Reasons in words without the value, such as `label "SSN"` or `check luhn`."""


class SuppressedBy(StrEnum):
    """The means by which a finding is suppressed."""

    INLINE = "inline"
    """A comment beside the finding."""
    ALLOW = "allow"
    """An entry of an allow list."""
    BASELINE = "baseline"
    """An entry of the baseline."""


class Suppression(msgspec.Struct, frozen=True):
    """The reason why a finding is suppressed."""

    by: SuppressedBy
    reason: str
    origin: str
    """Place of the suppression: `line 7`, `allow.yaml:3`, the baseline's path."""


class Directive(msgspec.Struct, frozen=True):
    """A comment in a document that suppresses findings, or was meant to."""

    start: int
    """Offset of its first character in the document's text."""
    line: int
    """Line that it is on."""
    kind: str
    """`ignore`, `ignore-next-line` or `ignore-file`."""
    entity_types: tuple[str, ...] = ()
    """Entity types; `*` is all of them."""
    reason: str = ""
    until: date | None = None
    """Last day on which it works."""
    fault: str | None = None
    """Fault of the comment, which then suppresses nothing; None if it has none."""


class Finding(msgspec.Struct, frozen=True):
    """A detection as reported: with its place, masked value, fingerprint and severity."""

    entity_type: str
    severity: Severity
    score: float
    start: int
    """Offset of the first character in the document's text."""
    end: int
    """Offset of the end, exclusive."""
    line: int
    column: int
    preview: str
    """Masked value: its shape, not its content."""
    recognizer: str
    fingerprint: str
    """Keyed hash of type and value (HMAC-SHA-256, 32 hexadecimal digits): equal values have equal fingerprints."""
    rule_ids: tuple[str, ...] = ()
    alternatives: tuple[Detection, ...] = ()
    """Alternative detections, best first; offsets are the document's."""
    value: str | None = None
    """Raw value; None unless the user asked for values."""
    location: Location | None = None
    """Place in the format's terms; None in plain text."""
    context: tuple[str, str] | None = None
    """Text before and after it in its line, with other findings masked; None unless the user asked for it."""
    masked: bool = False
    """Whether the document itself shows at most the first eight and last four characters of the value."""
    token: str = ""
    """Hash under a baseline's salt; the baseline holds a stretched form of it. Never reported."""
    allowed: tuple[int, ...] = ()
    """Numbers of the allow-list entries whose values or pattern match its raw value. Never reported."""
    evidence: tuple[str, ...] = ()
    """Reasons for the detection, in words without the value."""
    suppression: Suppression | None = None
    """Reason why it does not count; None if it counts."""

    @property
    def id(self) -> str:
        """Id within its document, the same in every scan: twelve digits of the fingerprint, and its place."""
        return f"{self.fingerprint[:12]}-{self.start}"

    @property
    def place(self) -> str:
        """Place for a person: in the format's terms, otherwise by line and column."""
        return self.location.label if self.location else f"line {self.line}, column {self.column}"


class Signal(msgspec.Struct, frozen=True):
    """One piece of evidence of a prompt injection, at half-open character offsets of the text given."""

    technique: str
    start: int
    end: int
    weight: float
    """Injection score that it would give alone, 0 to 1."""


class ChunkResult(msgspec.Struct, frozen=True):
    """A worker's results for one chunk; offsets are the document's."""

    findings: tuple[Finding, ...]
    signals: tuple[Signal, ...]
    seconds: float
    directives: tuple[Directive, ...] = ()
    """Suppression comments in the chunk; near its edges also those of its neighbours."""
