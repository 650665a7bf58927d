"""The options that commands share; `chosen` says what they become."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from guardrails_cli.cli import completion
from guardrails_cli.options.model import DEFAULT_MIN_SCORE, ENV_BROKER, ENV_MODEL, ENV_PROFILE, THOROUGH_MIN_SCORE
from guardrails_cli.scanning.options import (
    check_paths,
    detect_options,
    git_options,
    given_paths,
    known_types,
    names,
    own_recognizers,
)

__all__ = [
    "check_paths",
    "detect_options",
    "git_options",
    "given_paths",
    "known_types",
    "names",
    "own_recognizers",
]  # besides the options
OUTPUT, FILES, DETECTION, POLICIES, EXECUTION = "Output", "Which files", "Detection", "Policies", "Execution"
GIT = "Git"
SUPPRESSION = "Suppression"
"""The panels of `--help`."""
COMMA_SEPARATED = "NAME,…"
"""Marks an option that takes several names in one text; a configuration file lists them."""


class Format(StrEnum):
    """A report format."""

    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    sarif = "sarif"
    junit = "junit"
    codequality = "codequality"
    gitlab = "gitlab"
    github = "github"
    lines = "lines"
    markdown = "markdown"
    html = "html"


class LogFormat(StrEnum):
    """What the log on stderr is made for."""

    text = "text"
    json = "json"


class Profile(StrEnum):
    """How much to look for, as `--profile` takes it."""

    fast = "fast"
    balanced = "balanced"
    thorough = "thorough"


class Transfer(StrEnum):
    """How documents reach workers elsewhere, as `--transfer` takes it."""

    auto = "auto"
    reference = "reference"
    content = "content"


class Level(StrEnum):
    """A severity, as `--fail-on` takes it."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"


Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="Files and folders to scan; - is standard input.", show_default=False),
]
PathsOrHere = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Files and folders to scan; - is standard input. A Git option takes them from the repository; "
        "default: all of the one here.",
        show_default=False,
    ),
]
Formats = Annotated[
    list[Format] | None,
    typer.Option(
        "--format",
        "-f",
        help="Report format; without --output it goes to stdout.",
        case_sensitive=False,
        rich_help_panel=OUTPUT,
    ),
]
Outputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        help="Write a report to this file; the suffix tells the format. Repeatable.",
        rich_help_panel=OUTPUT,
    ),
]
FailOn = Annotated[
    Level | None,
    typer.Option(
        help="Exit with 1 if a finding is of this severity or worse.",
        rich_help_panel=OUTPUT,
        case_sensitive=False,
    ),
]
MaxFindings = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Exit with 1 only if more findings than this are at or above --fail-on, or of any severity without it.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
ShowValues = Annotated[
    bool,
    typer.Option(
        "--show-values",
        help="Put the raw values into the reports. They are then as sensitive as the files.",
        rich_help_panel=OUTPUT,
    ),
]
Context = Annotated[
    int,
    typer.Option(
        "--context",
        min=0,
        max=1000,
        help="Put so many characters around each finding into JSON and HTML reports, other findings in them masked; "
        "what no recognizer knows is readable then.",
        rich_help_panel=OUTPUT,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress and no summary; errors only.", rich_help_panel=OUTPUT),
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Tell how the scan is done, and where its time went.", rich_help_panel=OUTPUT),
]
Includes = Annotated[
    list[str] | None,
    typer.Option(help="Only files that match this glob (gitignore syntax). Repeatable.", rich_help_panel=FILES),
]
Excludes = Annotated[
    list[str] | None,
    typer.Option(help="Leave out files and folders that match this glob. Repeatable.", rich_help_panel=FILES),
]
Hidden = Annotated[bool, typer.Option("--hidden", help="Scan hidden files and folders too.", rich_help_panel=FILES)]
Vcs = Annotated[
    bool,
    typer.Option(
        "--vcs",
        help="Scan the folders of version control (.git and the like) too.",
        rich_help_panel=FILES,
    ),
]
ForceExclude = Annotated[
    bool,
    typer.Option(
        "--force-exclude",
        help="Leave out what --exclude or .guardrailsignore names even if it is given as PATH, as pre-commit does.",
        rich_help_panel=FILES,
    ),
]
AllowEmpty = Annotated[
    bool,
    typer.Option("--allow-empty", help="Exit with 0, not 3, if there is nothing to scan.", rich_help_panel=OUTPUT),
]
Staged = Annotated[
    bool,
    typer.Option("--staged", help="Scan the lines that are staged for the next commit.", rich_help_panel=GIT),
]
Diff = Annotated[
    str | None,
    typer.Option(
        "--diff",
        metavar="REF",
        help="Scan the lines that the commits since REF add: REF...HEAD, as a pull request shows it.",
        rich_help_panel=GIT,
    ),
]
GitHistory = Annotated[
    bool,
    typer.Option(
        "--git-history", help="Scan every version of every file in all commits, each once.", rich_help_panel=GIT
    ),
]
GitRange = Annotated[
    str | None,
    typer.Option(
        "--git-range",
        metavar="RANGE",
        help="The same for the commits of RANGE, such as v1.0..HEAD.",
        rich_help_panel=GIT,
    ),
]
NoIgnore = Annotated[
    bool,
    typer.Option(
        "--no-ignore",
        help="Do not respect .gitignore, .ignore and .guardrailsignore.",
        rich_help_panel=FILES,
    ),
]
MaxSize = Annotated[
    str | None,
    typer.Option(
        help="Skip larger files, such as 500K, 10MB, 2G. [default: no limit]",
        rich_help_panel=FILES,
        show_default=False,
    ),
]
ProfileName = Annotated[
    Profile | None,
    typer.Option(
        envvar=ENV_PROFILE,
        case_sensitive=False,
        help="fast: patterns only, no names, made for pre-commit and CI; balanced: patterns and names; "
        "thorough: the recognizers of all countries too, doubtful findings, nothing left out to save time. "
        "[default: balanced]",
        rich_help_panel=DETECTION,
        show_default=False,
    ),
]
Entities = Annotated[
    str | None,
    typer.Option(
        metavar=COMMA_SEPARATED,
        help="Comma-separated entity types to look for; see `guardrails entities`. Default: all.",
        rich_help_panel=DETECTION,
        autocompletion=completion.entity_types,
    ),
]
ExcludeEntities = Annotated[
    str | None,
    typer.Option(
        metavar=COMMA_SEPARATED,
        help="Comma-separated entity types to leave out.",
        rich_help_panel=DETECTION,
        autocompletion=completion.entity_types,
    ),
]
MinScore = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        help=f"Leave out findings the recognizer is less sure of. [default: {DEFAULT_MIN_SCORE}; "
        f"{THOROUGH_MIN_SCORE} with --profile thorough]",
        rich_help_panel=DETECTION,
        show_default=False,
    ),
]
Countries = Annotated[
    str | None,
    typer.Option(
        metavar=COMMA_SEPARATED,
        help="Comma-separated codes of the countries whose identifiers to look for, such as us,uk,de. "
        "[default: those that Presidio enables for the language]",
        rich_help_panel=DETECTION,
        autocompletion=completion.countries,
        show_default=False,
    ),
]
Language = Annotated[
    str,
    typer.Option(
        help="Language of the texts, a two-letter code; needs a --model for it, or --profile fast.",
        rich_help_panel=DETECTION,
    ),
]
ModelName = Annotated[
    str,
    typer.Option(envvar=ENV_MODEL, help="Installed spaCy model, a package or a folder.", rich_help_panel=DETECTION),
]
NoNer = Annotated[
    bool,
    typer.Option(
        "--no-ner",
        help="The same as --profile fast.",
        rich_help_panel=DETECTION,
    ),
]
RecognizerFiles = Annotated[
    list[Path] | None,
    typer.Option(help="Your own recognizers, a YAML file. Repeatable.", rich_help_panel=DETECTION),
]
Frameworks = Annotated[
    str | None,
    typer.Option(
        metavar=COMMA_SEPARATED,
        help="Comma-separated frameworks to check; all means all that `guardrails policies list` has. "
        "[default: HIPAA,GDPR,PCI_DSS,SECRETS]",
        rich_help_panel=POLICIES,
        autocompletion=completion.frameworks,
    ),
]
NoBlock = Annotated[
    bool,
    typer.Option(
        "--no-block",
        help="Do not exit with 1 because of rules whose action is BLOCK.",
        rich_help_panel=POLICIES,
    ),
]
PolicyFiles = Annotated[
    list[Path] | None,
    typer.Option(help="Your own policy pack, a YAML file. Repeatable.", rich_help_panel=POLICIES),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with the last scan of these paths and options that did not come to its end.",
        rich_help_panel=EXECUTION,
    ),
]
Incremental = Annotated[
    bool,
    typer.Option(
        "--incremental",
        help="Scan only what has changed since an earlier scan with these options; the report has everything.",
        rich_help_panel=EXECUTION,
    ),
]
State = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Keep the journal of finished documents here. Default: in the user's state directory.",
        rich_help_panel=EXECUTION,
        show_default=False,
    ),
]
NoJournal = Annotated[
    bool,
    typer.Option("--no-journal", help="Keep no journal: the scan cannot be resumed.", rich_help_panel=EXECUTION),
]
RiskFile = Annotated[
    Path | None,
    typer.Option(help="Your own numbers for the risk, a YAML file; see docs/risk.md.", rich_help_panel=POLICIES),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="Local worker processes. Default: one per core.",
        rich_help_panel=EXECUTION,
        show_default=False,
    ),
]
Broker = Annotated[
    str | None,
    typer.Option(
        envvar=ENV_BROKER,
        help="Use the workers at this Redis: redis://, rediss:// or unix://.",
        rich_help_panel=EXECUTION,
    ),
]
TransferName = Annotated[
    Transfer,
    typer.Option(
        "--transfer",
        case_sensitive=False,
        help="How documents reach workers elsewhere: by reference, if they can read them (see `guardrails worker "
        "--root`), or by content; auto does the first where it can.",
        rich_help_panel=EXECUTION,
    ),
]
Inline = Annotated[
    bool,
    typer.Option("--inline", help="Scan in this process, without workers.", rich_help_panel=EXECUTION),
]
MaxDepth = Annotated[
    int,
    typer.Option(
        min=0, help="Documents inside each other, such as an archive in a mail, to go into.", rich_help_panel=FILES
    ),
]
MaxMembers = Annotated[int, typer.Option(min=1, help="Documents inside one file to read.", rich_help_panel=FILES)]
MaxExpanded = Annotated[
    str, typer.Option(help="What all documents inside one file may have together, unpacked.", rich_help_panel=FILES)
]
MaxRatio = Annotated[
    int,
    typer.Option(
        min=1, help="How many times its packed size a document inside a file may have.", rich_help_panel=FILES
    ),
]
Passwords = Annotated[
    list[str] | None,
    typer.Option(
        "--password",
        envvar="GUARDRAILS_PASSWORD",
        help="To try on encrypted PDF and zip files. Repeatable; the variable keeps it out of the process list.",
        rich_help_panel=FILES,
        show_default=False,
        show_envvar=True,
    ),
]
BaselineFile = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Only what is not in this baseline counts; see `guardrails baseline`.",
        rich_help_panel=SUPPRESSION,
        show_default=False,
    ),
]
AllowFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--allow", metavar="FILE", help="Your allow list, a YAML file. Repeatable.", rich_help_panel=SUPPRESSION
    ),
]
ShowSuppressed = Annotated[
    bool,
    typer.Option(
        "--show-suppressed",
        help="List in the reports what is suppressed, apart from what counts.",
        rich_help_panel=SUPPRESSION,
    ),
]
NoSuppress = Annotated[
    bool,
    typer.Option(
        "--no-suppress",
        help="Everything counts, whatever comments, allow lists and the baseline say.",
        rich_help_panel=SUPPRESSION,
    ),
]
MaxListed = Annotated[
    int,
    typer.Option(
        min=0,
        help="Findings of one document to list; further ones are counted only.",
        rich_help_panel=OUTPUT,
    ),
]
Notify = Annotated[
    list[str] | None,
    typer.Option(
        metavar="URL",
        help="Call this webhook when the scan is over. Repeatable; see docs/monitoring.md.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
NotifyPrivate = Annotated[
    bool,
    typer.Option("--notify-private", help="Let webhooks have private addresses, and http.", rich_help_panel=OUTPUT),
]
MetricsFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write numbers of the scan here, for Prometheus' textfile collector.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
LogFormats = Annotated[
    LogFormat,
    typer.Option(
        help="What goes to stderr: lines for people, or one JSON object a line.",
        case_sensitive=False,
        rich_help_panel=OUTPUT,
    ),
]
