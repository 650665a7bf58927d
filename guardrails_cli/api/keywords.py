"""Static types of keywords. Written by `python -m guardrails_cli.options.keywords`; do not edit."""

import os
from collections.abc import Iterable
from typing import TypedDict

StrPath = str | os.PathLike[str]
Names = str | Iterable[str]
Files = StrPath | Iterable[StrPath]


class ScanKeywords(TypedDict, total=False):
    """The options of `scan`."""

    show_values: bool
    """Put the raw values into the reports. They are then as sensitive as the files."""
    context: int
    """Put so many characters around each finding into JSON and HTML reports, other findings in them masked; what no
    recognizer knows is readable then."""
    max_listed: int
    """Findings of one document to list; further ones are counted only."""
    include: Names
    """Only files that match this glob (gitignore syntax). Repeatable."""
    exclude: Names
    """Leave out files and folders that match this glob. Repeatable."""
    hidden: bool
    """Scan hidden files and folders too."""
    vcs: bool
    """Scan the folders of version control (.git and the like) too."""
    no_ignore: bool
    """Do not respect .gitignore, .ignore and .guardrailsignore."""
    force_exclude: bool
    """Leave out what --exclude or .guardrailsignore names even if it is given as PATH, as pre-commit does."""
    staged: bool
    """Scan the lines that are staged for the next commit."""
    diff: str | None
    """Scan the lines that the commits since REF add: REF...HEAD, as a pull request shows it."""
    git_history: bool
    """Scan every version of every file in all commits, each once."""
    git_range: str | None
    """The same for the commits of RANGE, such as v1.0..HEAD."""
    max_size: int | str | None
    """Skip larger files, such as 500K, 10MB, 2G. [default: no limit]"""
    max_depth: int
    """Documents inside each other, such as an archive in a mail, to go into."""
    max_members: int
    """Documents inside one file to read."""
    max_expanded: int | str | None
    """What all documents inside one file may have together, unpacked."""
    max_ratio: int
    """How many times its packed size a document inside a file may have."""
    password: Names
    """To try on encrypted PDF and zip files. Repeatable; the variable keeps it out of the process list."""
    profile: str | None
    """fast: patterns only, no names, made for pre-commit and CI; balanced: patterns and names; thorough: the
    recognizers of all countries too, doubtful findings, nothing left out to save time; presidio: the results of
    Presidio alone, to compare. [default: balanced]"""
    entities: Names | None
    """Comma-separated entity types to look for; see `guardrails entities`. Default: all."""
    exclude_entities: Names | None
    """Comma-separated entity types to leave out."""
    min_score: float | None
    """Leave out findings the recognizer is less sure of. [default: 0.4; 0.1 with --profile thorough]"""
    country: Names | None
    """Comma-separated codes of the countries whose identifiers to look for without a label, such as us,de. [default:
    those that Presidio enables for the language]"""
    language: str
    """Language of the texts, a two-letter code; needs a --model for it, or --profile fast."""
    model: str
    """Installed spaCy model, a package or a folder."""
    no_ner: bool
    """The same as --profile fast."""
    recognizers: Files
    """Your own recognizers, a YAML file. Repeatable."""
    frameworks: Names | None
    """Comma-separated frameworks to check; all means all that `guardrails policies list` has. [default:
    HIPAA,GDPR,PCI_DSS,SECRETS]"""
    policy: Files
    """Your own policy pack, a YAML file. Repeatable."""
    risk: StrPath | None
    """Your own numbers for the risk, a YAML file; see docs/risk.md."""
    baseline: StrPath | None
    """Only what is not in this baseline counts; see `guardrails baseline`."""
    allow: Files
    """Your allow list, a YAML file. Repeatable."""
    show_suppressed: bool
    """List in the reports what is suppressed, apart from what counts."""
    no_suppress: bool
    """Everything counts, whatever comments, allow lists and the baseline say."""
    jobs: int | None
    """Local worker processes. Default: one per core."""
    broker: str | None
    """Use the workers at this Redis: redis://, rediss:// or unix://."""
    transfer: str
    """How documents reach workers elsewhere: by reference, if they can read them (see `guardrails worker --root`), or
    by content; auto does the first where it can."""
    inline: bool
    """Scan in this process, without workers."""
    resume: bool
    """Go on with the last scan of these paths and options that did not come to its end."""
    incremental: bool
    """Scan only what has changed since an earlier scan with these options; the report has everything."""
    state: StrPath | None
    """Keep the journal of finished documents here. Default: in the user's state directory."""


class TextKeywords(TypedDict, total=False):
    """The options of `scan_text`."""

    show_values: bool
    """Put the raw values into the reports. They are then as sensitive as the files."""
    profile: str | None
    """fast: patterns only, no names, made for pre-commit and CI; balanced: patterns and names; thorough: the
    recognizers of all countries too, doubtful findings, nothing left out to save time; presidio: the results of
    Presidio alone, to compare. [default: balanced]"""
    entities: Names | None
    """Comma-separated entity types to look for; see `guardrails entities`. Default: all."""
    exclude_entities: Names | None
    """Comma-separated entity types to leave out."""
    min_score: float | None
    """Leave out findings the recognizer is less sure of. [default: 0.4; 0.1 with --profile thorough]"""
    country: Names | None
    """Comma-separated codes of the countries whose identifiers to look for without a label, such as us,de. [default:
    those that Presidio enables for the language]"""
    language: str
    """Language of the texts, a two-letter code; needs a --model for it, or --profile fast."""
    model: str
    """Installed spaCy model, a package or a folder."""
    no_ner: bool
    """The same as --profile fast."""
    recognizers: Files
    """Your own recognizers, a YAML file. Repeatable."""
    frameworks: Names | None
    """Comma-separated frameworks to check; all means all that `guardrails policies list` has. [default:
    HIPAA,GDPR,PCI_DSS,SECRETS]"""
    policy: Files
    """Your own policy pack, a YAML file. Repeatable."""
