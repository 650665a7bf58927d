"""Options about running a scan and reporting it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from guardrails_cli.options.choices import Format, Level, LogFormat, Transfer
from guardrails_cli.options.declare import Opt
from guardrails_cli.options.model import ENV_BROKER, MAX_LISTED


@dataclass(frozen=True, slots=True)
class OutputFlags:
    """Options of reports and display."""

    format_: Annotated[
        list[Format] | None,
        Opt(
            program=False,
            help="Report format; without --output it goes to stdout.",
            panel="Output",
            flags=("--format", "-f"),
            case_sensitive=False,
        ),
    ] = None
    output: Annotated[
        list[Path] | None,
        Opt(
            program=False,
            help="Write a report to this file; the suffix tells the format. Repeatable.",
            panel="Output",
            flags=("--output", "-o"),
        ),
    ] = None
    fail_on: Annotated[
        Level | None,
        Opt(
            program=False,
            help="Exit with 1 if a finding is of this severity or worse.",
            panel="Output",
            case_sensitive=False,
        ),
    ] = None
    max_findings: Annotated[
        int | None,
        Opt(
            program=False,
            help="Exit with 1 only if more findings than this are at or above --fail-on, or of any severity "
            "without it.",
            panel="Output",
            minimum=0,
            show_default=False,
        ),
    ] = None
    allow_empty: Annotated[
        bool,
        Opt(
            program=False,
            help="Exit with 0, not 3, if there is nothing to scan.",
            panel="Output",
            flags=("--allow-empty",),
        ),
    ] = False
    show_values: Annotated[
        bool,
        Opt(
            help="Put the raw values into the reports. They are then as sensitive as the files.",
            panel="Output",
            flags=("--show-values",),
        ),
    ] = False
    context_chars: Annotated[
        int,
        Opt(
            help="Put so many characters around each finding into JSON and HTML reports, other findings in them "
            "masked; what no recognizer knows is readable then.",
            panel="Output",
            flags=("--context",),
            minimum=0,
            maximum=1000,
        ),
    ] = 0
    quiet: Annotated[
        bool,
        Opt(program=False, help="No progress and no summary; errors only.", panel="Output", flags=("--quiet", "-q")),
    ] = False
    verbose: Annotated[
        bool,
        Opt(
            program=False,
            help="Tell how the scan is done, and where its time went.",
            panel="Output",
            flags=("--verbose", "-v"),
        ),
    ] = False
    max_listed: Annotated[
        int, Opt(help="Findings of one document to list; further ones are counted only.", panel="Output", minimum=0)
    ] = MAX_LISTED


@dataclass(frozen=True, slots=True)
class ExecutionFlags:
    """Options of the executor."""

    jobs: Annotated[
        int | None,
        Opt(
            help="Local worker processes. Default: one per core.",
            panel="Execution",
            flags=("--jobs", "-j"),
            minimum=1,
            show_default=False,
        ),
    ] = None
    broker: Annotated[
        str | None,
        Opt(help="Use the workers at this Redis: redis://, rediss:// or unix://.", panel="Execution", env=ENV_BROKER),
    ] = None
    transfer: Annotated[
        Transfer,
        Opt(
            help="How documents reach workers elsewhere: by reference, if they can read them (see `guardrails "
            "worker --root`), or by content; auto does the first where it can.",
            panel="Execution",
            flags=("--transfer",),
            case_sensitive=False,
        ),
    ] = Transfer.auto
    inline: Annotated[
        bool, Opt(help="Scan in this process, without workers.", panel="Execution", flags=("--inline",))
    ] = False


@dataclass(frozen=True, slots=True)
class JournalFlags:
    """Options of the journal."""

    resume: Annotated[
        bool,
        Opt(
            help="Go on with the last scan of these paths and options that did not come to its end.",
            panel="Execution",
            flags=("--resume",),
        ),
    ] = False
    incremental: Annotated[
        bool,
        Opt(
            help="Scan only what has changed since an earlier scan with these options; the report has everything.",
            panel="Execution",
            flags=("--incremental",),
        ),
    ] = False
    state: Annotated[
        Path | None,
        Opt(
            help="Keep the journal of finished documents here. Default: in the user's state directory.",
            panel="Execution",
            metavar="FILE",
            show_default=False,
        ),
    ] = None
    no_journal: Annotated[
        bool,
        Opt(
            program=False,
            help="Keep no journal: the scan cannot be resumed.",
            panel="Execution",
            flags=("--no-journal",),
        ),
    ] = False


@dataclass(frozen=True, slots=True)
class TellingFlags:
    """Options of notifications."""

    notify: Annotated[
        list[str] | None,
        Opt(
            program=False,
            help="Call this webhook when the scan is over. Repeatable; see docs/monitoring.md.",
            panel="Output",
            metavar="URL",
            show_default=False,
        ),
    ] = None
    notify_private: Annotated[
        bool,
        Opt(
            program=False,
            help="Let webhooks have private addresses, and http.",
            panel="Output",
            flags=("--notify-private",),
        ),
    ] = False
    metrics: Annotated[
        Path | None,
        Opt(
            program=False,
            help="Write numbers of the scan here, for Prometheus' textfile collector.",
            panel="Output",
            metavar="FILE",
            show_default=False,
        ),
    ] = None
    log_format: Annotated[
        LogFormat,
        Opt(
            program=False,
            help="What goes to stderr: lines for people, or one JSON object a line.",
            panel="Output",
            case_sensitive=False,
        ),
    ] = LogFormat.text
