"""The values that flow from files to report. Frozen, without behaviour beyond what derives from their own fields."""

from dataclasses import dataclass, field
from datetime import date
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
    """What a rule asks for when it is violated; each asks for what those before it ask for, too.

    FLAG reports. REDACT has `guardrails redact` redact the rule's findings whatever its thresholds. BLOCK also has
    `guardrails scan` fail.
    """

    FLAG = "FLAG"
    REDACT = "REDACT"
    BLOCK = "BLOCK"


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository, as git is told to find it."""

    folder: str
    """Where git is run: the top of the work tree, or the repository itself if it is bare."""
    variables: tuple[tuple[str, str], ...] = ()
    """Of git's environment, as a hook has them."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that brought a document into a repository."""

    id: str
    author: str
    """Their name, fit for one line."""
    date: str
    """When it was written: ISO 8601, UTC."""

    @property
    def prefix(self) -> str:
        """What the paths of its documents begin with, so that `git show` takes them."""
        return f"{self.id[:12]}:"

    @property
    def label(self) -> str:
        """All of it in one line for a person."""
        return f"commit {self.id[:12]}, {self.author}, {self.date[:10]}"


@dataclass(frozen=True, slots=True)
class GitBlob:
    """A file's content as git keeps it."""

    repository: Repository
    oid: str
    added: tuple[tuple[int, int], ...] | None = None
    """The lines that count, first and last of each run, from 1, in order; None means all."""
    commit: Commit | None = None
    """The first one that has it; None if it was not looked for."""


@dataclass(frozen=True, slots=True)
class Source:
    """A place a document can be read from, as the walk found it."""

    path: str
    """As the report shows it: valid Unicode, with undecodable bytes as backslash escapes."""
    location: str | None
    """The file system's own name for it (undecodable bytes as in `os.fsdecode`); None is standard input or a blob."""
    size_bytes: int
    stamp: str | None = field(default=None, compare=False)
    """Changes when the file does: size, times and inode. None where there is no telling."""
    blob: GitBlob | None = None
    """Where it is read from if that is a git repository."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a piece of text lies, in the terms of its format; only what the format has is set."""

    part: str | None = None
    """What the text is where that is not plain content: `header`, `comment`, `notes`, `metadata`, `attribute` …"""
    page: int | None = None
    slide: int | None = None
    table: str | None = None
    """A sheet, a table of a database, or the number of a table in a text."""
    row: int | None = None
    """As the format counts: the sheet's row, the record of a CSV with the header as 1, the rowid of a database."""
    column: str | None = None
    """The column's name in the header, else its number."""
    cell: str | None = None
    """A spreadsheet's coordinates, such as `B7`."""
    paragraph: int | None = None
    path: str | None = None
    """A JSON path such as `$.patients[3].ssn`, or the path of an XML element."""

    @property
    def is_row(self) -> bool:
        """Whether it is a whole row of a table."""
        return self.row is not None and self.column is None and self.cell is None

    @property
    def label(self) -> str:
        """All of it in one line for a person: `Patients!B7 (ssn)`, `page 3`, `slide 2, notes`."""
        if self.cell is not None:
            name = f" ({self.column})" if self.column is not None else ""
            return f"{self.table}!{self.cell}{name}" + (f", {self.part}" if self.part else "")
        named = (
            ("page {}", self.page),
            ("slide {}", self.slide),
            ("{}", self.table),
            ("paragraph {}", self.paragraph),
            ("row {}", self.row),
            ("column {}", self.column),
            ("{}", self.path),
            ("{}", self.part),
        )
        return ", ".join(words.format(value) for words, value in named if value is not None)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a table stand in the text: one after the other, the cells separated by `delimiter`."""

    delimiter: str
    columns: tuple[str, ...] = ()
    """The columns' names, as far as the table has any."""
    lettered: bool = False
    """Whether cells have coordinates such as `B7`."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a document's text that lies in one place. A document's text is its segments, one after the other."""

    text: str
    location: Location | None = None
    """None in plain text, where line and column say all."""
    line: int = 0
    """Of its first character in the file, from 1; 0 where the file has no lines or `text` is the file's own text."""
    column: int = 0
    begins: bool = False
    """Whether it begins a part of its own, such as a sheet: nothing that is found reaches over its border."""
    layout: Layout | None = None
    """Of the part that it begins, if that is a table. Then each row begins with a segment that has its `row`."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is known of a document once all of it was read."""

    path: str
    size_bytes: int
    sha256: str | None
    """Of the raw bytes, hexadecimal; None if not all of them were read."""
    encoding: str | None
    """The Python codec that the bytes were decoded with; None where the format says how."""
    format: str = "text"
    rows: tuple[tuple[str, int], ...] = ()
    """By table, how many rows it has; the empty name where there is only one table."""
    members: int = 0
    """How many documents are inside it."""
    failure: str | None = None
    """Why it could not be read to its end; None if it was."""
    pictures: tuple[int, ...] = ()
    """Pages with pictures that nobody has read."""


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
    format: str | None = None


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
    None: `text` begins the document, or the part of it that it belongs to."""
    layout: Layout | None = None
    """Of the table that `text` is a part of."""
    marks: "tuple[Mark, ...]" = ()
    """Where in `text` each place begins, in order; empty in plain text."""


@dataclass(frozen=True, slots=True)
class Mark:
    """From `start` of a chunk's text on, up to the next mark, the text lies at `location`."""

    start: int
    location: Location | None
    line: int = 0
    """Of the character at `start` in the file; 0 where line and column are those of the document's text."""
    column: int = 0


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
    """How many findings count towards it, or how many different values."""
    remediation: str = ""
    evidence: tuple[str, ...] = ()
    """The ids of the first findings that make it up."""


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
class Unlisted:
    """Findings that are counted and not listed: a table of a million rows has millions of them."""

    entity_type: str
    severity: Severity
    count: int


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """What one column of a table holds of one entity type."""

    table: str
    """Empty where the document is the table."""
    column: str
    entity_type: str
    severity: Severity
    findings: int
    rows: int
    """How many rows have one."""
    of_rows: int
    """How many rows the table has, its header apart."""
    preview: str
    """Masked, of the first one."""


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
    findings: tuple[Finding, ...] = ()
    format: str | None = None
    unlisted: tuple[Unlisted, ...] = ()
    """What was found beyond the number of findings that are listed for one document."""
    columns: tuple[ColumnSummary, ...] = ()
    members: int = 0
    """How many documents are inside it; each has a record of its own."""
    commit: Commit | None = None
    """That brought it into the repository, where its history is scanned."""
    suppressed: tuple[tuple[SuppressedBy, int], ...] = ()
    """How many more findings there are that do not count, by what suppresses them."""
    suppressed_findings: tuple[Finding, ...] = ()
    """The first of them, if the user asked to see them."""
    suppression_faults: tuple[tuple[int, str], ...] = ()
    """By line, what is wrong with comments that suppress: malformed, expired, not used."""
    suppressed_until: date | None = None
    """The first day on which a comment in it works for the last time; None if none ends."""

    @property
    def finding_count(self) -> int:
        """How many findings it has, listed or not."""
        return len(self.findings) + sum(other.count for other in self.unlisted)

    @property
    def severity(self) -> Severity | None:
        """The worst severity among its findings; None where there are none."""
        listed = [finding.severity for finding in self.findings]
        return max(listed + [other.severity for other in self.unlisted], default=None)
