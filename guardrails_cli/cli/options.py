"""The options that commands share, and what they become."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from guardrails_cli.config import (
    DEFAULT_MIN_SCORE,
    ENV_BROKER,
    ENV_MODEL,
    ENV_PROFILE,
    THOROUGH_MIN_SCORE,
    CustomRecognizer,
    DetectOptions,
    EngineOptions,
    GitOptions,
)
from guardrails_cli.errors import ConfigError

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
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell how the scan is done.", rich_help_panel=OUTPUT)]
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
    ),
]
ExcludeEntities = Annotated[
    str | None,
    typer.Option(metavar=COMMA_SEPARATED, help="Comma-separated entity types to leave out.", rich_help_panel=DETECTION),
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


def git_options(staged: bool, diff: str | None, history: bool, revisions: str | None) -> GitOptions | None:
    """Return what of a git repository is to be scanned; None if files are.

    Raises:
        ConfigError: if more than one thing is.

    """
    history = history or revisions is not None
    given = {"--staged": staged, "--diff": diff is not None, "--git-history or --git-range": history}
    names = [name for name, value in given.items() if value]
    if len(names) > 1:
        raise ConfigError(f"{' and '.join(names)} exclude each other")
    return GitOptions(staged, diff, history, revisions) if names else None


def detect_options(
    profile: Profile | None,
    language: str,
    model: str,
    country: str | None,
    recognizers: list[Path] | None,
    entities: str | None,
    exclude_entities: str | None,
    min_score: float | None,
    no_ner: bool,
    show_values: bool,
    key: bytes,
) -> DetectOptions:
    """Return what the options for detection mean.

    Raises:
        ConfigError: if one is wrong or two exclude each other.

    """
    if no_ner and profile not in (None, Profile.fast):
        raise ConfigError(f"--no-ner and --profile {profile} exclude each other")
    engine = _engine(Profile.fast if no_ner else profile or Profile.balanced, language, model, country)
    engine = replace(engine, recognizers=_own_recognizers(recognizers or []))
    if min_score is None:
        min_score = THOROUGH_MIN_SCORE if engine.profile == "thorough" else DEFAULT_MIN_SCORE
    return DetectOptions(
        engine=engine,
        entities=_entity_types(entities, engine),
        min_score=min_score,
        show_values=show_values,
        key=key,
        excluded=_entity_types(exclude_entities, engine, must_be_found=False),
    )


def names(text: str | None) -> tuple[str, ...] | None:
    """Return the names in a comma-separated list, sorted, each once."""
    return None if text is None else tuple(sorted({name.strip() for name in text.split(",") if name.strip()}))


def _engine(profile: Profile, language: str, model: str, country: str | None) -> EngineOptions:
    """Return the engine asked for; the country codes must be ones that have recognizers."""
    if not (language.isascii() and language.isalpha() and language.islower() and len(language) == 2):
        raise ConfigError(f"not a language: {language!r}; write a two-letter code such as en")
    countries = names(country.lower() if country is not None else None)
    if countries:
        from guardrails_cli.detect.registry import country_codes
        from guardrails_cli.yaml_faults import nearest

        known = country_codes()
        unknown = [code for code in countries if code not in known]
        if unknown:
            hints = ", ".join(f"{code!r}{nearest(code, known)}" for code in unknown)
            raise ConfigError(f"no recognizers for country {hints}; there are those of {', '.join(known)}")
    return EngineOptions(language, None if profile == Profile.fast else model, profile.value, countries)


def _own_recognizers(paths: list[Path]) -> tuple[CustomRecognizer, ...]:
    from guardrails_cli.detect.custom import load_recognizers

    found = tuple(recognizer for path in paths for recognizer in load_recognizers(path))
    if len({recognizer.name for recognizer in found}) < len(found):
        raise ConfigError("two files of --recognizers use the same name; each recognizer needs a name of its own")
    return found


def known_types(engine: EngineOptions) -> frozenset[str]:
    """Return the entity types that there are; the recognizers of a country or of the user have types of their own."""
    from guardrails_cli.detect.registry import load_rules
    from guardrails_cli.entities import ENTITY_TYPES

    own = {recognizer.entity_type for recognizer in engine.recognizers}
    return frozenset({name for rule in load_rules(engine) for name in rule.entities} | own | set(ENTITY_TYPES))


def _entity_types(text: str | None, engine: EngineOptions, must_be_found: bool = True) -> tuple[str, ...]:
    """Return the entity types named, which must be ones that there are, and unless excluded can be found."""
    wanted = names(text)
    if not wanted:
        return ()
    from guardrails_cli.entities import ENTITY_TYPES
    from guardrails_cli.yaml_faults import nearest

    unknown = [name for name in wanted if name not in ENTITY_TYPES]
    if unknown:
        known = known_types(engine)
        unknown = [name for name in unknown if name not in known]
        if unknown:
            hints = ", ".join(f"{name!r}{nearest(name, known)}" for name in unknown)
            raise ConfigError(f"unknown entity type {hints}; `guardrails entities` lists them")
    needs_model = [name for name in wanted if name == "NRP"]
    if must_be_found and needs_model and engine.model is None:
        raise ConfigError(f"{', '.join(needs_model)} cannot be found with --profile fast or --no-ner")
    return wanted
