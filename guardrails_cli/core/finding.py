"""Detections, findings, and why some of them do not count."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from guardrails_cli.core.text import Location


class Severity(IntEnum):
    """How bad a finding or violation is, in rising order."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True, slots=True)
class Detection:
    """A recognizer's bare answer: half-open character offsets into the text that it was given."""

    entity_type: str
    start: int
    end: int
    score: float
    """The recognizer's confidence, 0 to 1."""
    recognizer: str
    alternatives: "tuple[Detection, ...]" = ()
    """What else it may be: detections of other types that overlap with it and lost, best first."""
    evidence: tuple[str, ...] = ()
    """Why it is one, in words without the value, such as `label "SSN"` or `check luhn`."""


class SuppressedBy(StrEnum):
    """What says that a finding is known and shall not count."""

    INLINE = "inline"
    """A comment beside it."""
    ALLOW = "allow"
    """An entry of an allow list."""
    BASELINE = "baseline"
    """The baseline has it."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding does not count."""

    by: SuppressedBy
    reason: str
    origin: str
    """Where that is said: `line 7`, `allow.yaml:3`, the baseline's path."""


@dataclass(frozen=True, slots=True)
class Directive:
    """A comment in a document that suppresses findings, or that was meant to."""

    start: int
    """Of its first character in the document's text."""
    line: int
    """The line that it stands on."""
    kind: str
    """`ignore`, `ignore-next-line` or `ignore-file`."""
    entity_types: tuple[str, ...] = ()
    """`*` stands for all."""
    reason: str = ""
    until: date | None = None
    """The last day on which it works."""
    fault: str | None = None
    """What is wrong with it; it then suppresses nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A detection as the report shows it: located, masked, identified, judged."""

    entity_type: str
    severity: Severity
    score: float
    start: int
    """First character in the document's text."""
    end: int
    """One past the last character."""
    line: int
    column: int
    preview: str
    """The masked value: its shape, not its content."""
    recognizer: str
    fingerprint: str
    """Keyed hash of type and value (HMAC-SHA-256, 32 hexadecimal digits): equal values have equal fingerprints."""
    rule_ids: tuple[str, ...] = ()
    alternatives: tuple[Detection, ...] = ()
    """What else it may be, best first; offsets are the document's."""
    value: str | None = None
    """The raw value; None unless the user asked for values."""
    location: Location | None = None
    """In the terms of the format; None in plain text."""
    context: tuple[str, str] | None = None
    """What stands before and after it in its line, other findings masked; None unless the user asked for it."""
    masked: bool = False
    """Whether the value shows no more than its first eight and last four characters already in the document."""
    token: str = ""
    """Its hash under a baseline's salt, which the baseline holds stretched. Never reported."""
    allowed: tuple[int, ...] = ()
    """The numbers of the allow list's entries whose values or pattern its raw value meets. Never reported."""
    evidence: tuple[str, ...] = ()
    """Why it is one, in words without the value."""
    suppression: Suppression | None = None
    """Why it does not count; None if it does."""

    @property
    def id(self) -> str:
        """Name it within its document, the same in every scan: twelve digits of the fingerprint, and its place."""
        return f"{self.fingerprint[:12]}-{self.start}"

    @property
    def place(self) -> str:
        """Where it is, for a person: in the terms of the format, else by line and column."""
        return self.location.label if self.location else f"line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class Signal:
    """One piece of evidence of a prompt injection, at half-open character offsets of the text given."""

    technique: str
    start: int
    end: int
    weight: float
    """How much it alone would raise the injection score, 0 to 1."""


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What a worker found in one chunk; offsets are the document's."""

    findings: tuple[Finding, ...]
    signals: tuple[Signal, ...]
    seconds: float
    directives: tuple[Directive, ...] = ()
    """The comments in the chunk that suppress findings; near its edges also those of its neighbours."""
