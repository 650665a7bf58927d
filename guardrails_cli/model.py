"""The values that flow from files to report. Frozen, without behaviour beyond what derives from their own fields."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Severity(IntEnum):
    """How bad a finding or violation is, in rising order."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Status(StrEnum):
    """What became of a document. Every document that went in ends in exactly one of these."""

    FINDINGS = "findings"
    CLEAN = "clean"
    SKIPPED = "skipped"
    FAILED = "failed"


class Action(StrEnum):
    """What a rule asks for when it is violated."""

    FLAG = "FLAG"
    REDACT = "REDACT"
    BLOCK = "BLOCK"


@dataclass(frozen=True, slots=True)
class Source:
    """A place a document can be read from, as the walk found it."""

    path: str
    """As the report shows it: valid Unicode, with undecodable bytes as backslash escapes."""
    location: str | None
    """The file system's own name for it (undecodable bytes as in `os.fsdecode`); None is standard input."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text, decoded."""

    path: str
    size_bytes: int
    sha256: str
    """Of the raw bytes, hexadecimal."""
    encoding: str
    text: str


@dataclass(frozen=True, slots=True)
class Unscanned:
    """A document that could not be scanned. A value, not an exception: it belongs in the report."""

    path: str
    size_bytes: int
    status: Status
    """SKIPPED where that was the plan (binary, too large), FAILED where it was not (unreadable)."""
    reason: str
    """One line for a person, without any content of the document."""
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a document's text, with enough around it that what begins in its core is found as in the whole."""

    text: str
    start: int = 0
    """Where `text` begins in the document's text, in characters."""
    core_start: int = 0
    """Findings that begin in [core_start, core_end) of the document belong to this chunk; others to a neighbour."""
    core_end: int = -1
    """Exclusive; -1 stands for the end of the document."""
    line: int = 1
    """The line of the first character of `text`, counted from 1."""
    column: int = 1
    """The column of the first character of `text`, counted from 1."""
    header: str | None = None
    """The document's first line where it heads a table that `text` is a later part of; empty where there is no table.
    None: `text` begins the document."""


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


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy pack."""

    rule_id: str
    framework: str
    name: str
    citation: str
    entity_types: frozenset[str]
    min_score: float
    min_count: int
    severity: Severity
    action: Action
    message: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A policy pack: one framework's rules, from one YAML file."""

    framework: str
    title: str
    version: str
    source: str
    rules: tuple[Rule, ...]
    origin: str
    """`builtin` or the file's path."""
    sha256: str
    """Of the YAML file's bytes."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a document breaks."""

    rule_id: str
    framework: str
    rule_name: str
    severity: Severity
    action: Action
    message: str
    citation: str
    count: int
    """How many findings count towards it."""


@dataclass(frozen=True, slots=True)
class Compliance:
    """The rules' verdict on one document."""

    frameworks_checked: tuple[str, ...]
    violations: tuple[Violation, ...]

    @property
    def compliant(self) -> bool:
        """Whether no rule is violated."""
        return not self.violations


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document that may be a prompt injection, at half-open character offsets."""

    start: int
    end: int
    score: float
    """0 to 1."""
    techniques: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Injection:
    """The prompt-injection score of a document."""

    score: float
    """0 to 1; 0.5 and above is meant as a warning."""
    techniques: tuple[str, ...]
    passages: tuple[Passage, ...] = ()
    """The worst passages, worst first."""


@dataclass(frozen=True, slots=True)
class TopRisk:
    """One component's share of the risk, with what makes it up."""

    component: str
    value: float
    level: Severity
    details: str


@dataclass(frozen=True, slots=True)
class Risk:
    """How bad a document is, all in all; every score is 0 to 100 but `injection_score`, which is 0 to 1."""

    overall_score: float
    overall_level: Severity
    pii_score: float
    injection_score: float
    compliance_score: float
    critical_count: int
    total_entities: int
    top_risks: tuple[TopRisk, ...]
    recommendations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """One document's record in the report."""

    path: str
    size_bytes: int
    sha256: str | None
    status: Status
    reason: str | None = None
    encoding: str | None = None
    seconds: float = 0.0
    """Worker time spent on it."""
    risk: Risk | None = None
    compliance: Compliance | None = None
    injection: Injection | None = None
    findings: tuple[Finding, ...] = field(default=())

    @property
    def severity(self) -> Severity | None:
        """The worst severity among its findings; None where there are none."""
        return max((finding.severity for finding in self.findings), default=None)
