"""`guardrails scan`: the main command."""

import os
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guardrails_cli.cli.stopping import stoppable, uninterrupted
from guardrails_cli.cli.streams import complain, forget, terminal
from guardrails_cli.config import (
    DEFAULT_MIN_SCORE,
    DEFAULT_MODEL,
    ENV_BROKER,
    ENV_MODEL,
    ENV_PROFILE,
    THOROUGH_MIN_SCORE,
    CustomRecognizer,
    DetectOptions,
    EngineOptions,
    ScanOptions,
    WalkOptions,
    fingerprint_key,
    parse_size,
)
from guardrails_cli.errors import BrokerError, ConfigError, ExitCode
from guardrails_cli.text import printable

if TYPE_CHECKING:
    from guardrails_cli.executors.flow import StopFlag
    from guardrails_cli.model import DocumentResult
    from guardrails_cli.progress import Quiet
    from guardrails_cli.reports.base import Output, Report
    from guardrails_cli.scan import Outcome, Scan

EPILOG = """
**Exit codes:** 0 finished, nothing at or above `--fail-on`; 1 findings at or above `--fail-on`;
2 usage or configuration error; 3 nothing to scan; 4 incomplete, some documents failed (wins over 1);
130 interrupted by Ctrl-C or SIGTERM, the partial report is written.

**Examples:** `guardrails scan docs` · `guardrails scan . --format json | jq .summary` ·
`guardrails scan src --fail-on high -o report.json -o report.csv`
"""

_OUTPUT, _FILES, _DETECTION, _POLICIES, _EXECUTION = (
    "Output",
    "Which files",
    "Detection",
    "Policies",
    "Execution",
)


class Format(StrEnum):
    """A report format."""

    json = "json"
    jsonl = "jsonl"
    csv = "csv"


class Profile(StrEnum):
    """How much to look for, as `--profile` takes it."""

    fast = "fast"
    balanced = "balanced"
    thorough = "thorough"


class Level(StrEnum):
    """A severity, as `--fail-on` takes it."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"


def scan(
    context: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Files and folders to scan; - is standard input.", show_default=False),
    ],
    format_: Annotated[
        list[Format] | None,
        typer.Option(
            "--format",
            "-f",
            help="Report format; without --output it goes to stdout.",
            rich_help_panel=_OUTPUT,
            case_sensitive=False,
        ),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            help="Write a report to this file; the suffix tells the format. Repeatable.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    fail_on: Annotated[
        Level | None,
        typer.Option(
            help="Exit with 1 if a finding is of this severity or worse.",
            rich_help_panel=_OUTPUT,
            case_sensitive=False,
        ),
    ] = None,
    show_values: Annotated[
        bool,
        typer.Option(
            "--show-values",
            help="Put the raw values into the reports. They are then as sensitive as the files.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="No progress and no summary; errors only.", rich_help_panel=_OUTPUT),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell how the scan is done.", rich_help_panel=_OUTPUT)
    ] = False,
    include: Annotated[
        list[str] | None,
        typer.Option(help="Only files that match this glob (gitignore syntax). Repeatable.", rich_help_panel=_FILES),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(help="Leave out files and folders that match this glob. Repeatable.", rich_help_panel=_FILES),
    ] = None,
    hidden: Annotated[
        bool, typer.Option("--hidden", help="Scan hidden files and folders too.", rich_help_panel=_FILES)
    ] = False,
    vcs: Annotated[
        bool,
        typer.Option(
            "--vcs",
            help="Scan the folders of version control (.git and the like) too.",
            rich_help_panel=_FILES,
        ),
    ] = False,
    no_ignore: Annotated[
        bool,
        typer.Option(
            "--no-ignore",
            help="Do not respect .gitignore, .ignore and .guardrailsignore.",
            rich_help_panel=_FILES,
        ),
    ] = False,
    max_size: Annotated[
        str, typer.Option(help="Skip larger files, such as 500K, 10MB, 2G.", rich_help_panel=_FILES)
    ] = "100MB",
    profile: Annotated[
        Profile | None,
        typer.Option(
            envvar=ENV_PROFILE,
            case_sensitive=False,
            help="fast: patterns only, no names, made for pre-commit and CI; balanced: patterns and names; "
            "thorough: the recognizers of all countries too, doubtful findings, nothing left out to save time. "
            "[default: balanced]",
            rich_help_panel=_DETECTION,
            show_default=False,
        ),
    ] = None,
    entities: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated entity types to look for; see `guardrails entities`. Default: all.",
            rich_help_panel=_DETECTION,
        ),
    ] = None,
    exclude_entities: Annotated[
        str | None,
        typer.Option(help="Comma-separated entity types to leave out.", rich_help_panel=_DETECTION),
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help=f"Leave out findings the recognizer is less sure of. [default: {DEFAULT_MIN_SCORE}; "
            f"{THOROUGH_MIN_SCORE} with --profile thorough]",
            rich_help_panel=_DETECTION,
            show_default=False,
        ),
    ] = None,
    country: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated codes of the countries whose identifiers to look for, such as us,uk,de. "
            "[default: those that Presidio enables for the language]",
            rich_help_panel=_DETECTION,
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        str,
        typer.Option(
            help="Language of the texts, a two-letter code; needs a --model for it, or --profile fast.",
            rich_help_panel=_DETECTION,
        ),
    ] = "en",
    model: Annotated[
        str,
        typer.Option(
            envvar=ENV_MODEL, help="Installed spaCy model, a package or a folder.", rich_help_panel=_DETECTION
        ),
    ] = DEFAULT_MODEL,
    no_ner: Annotated[
        bool,
        typer.Option(
            "--no-ner",
            help="The same as --profile fast.",
            rich_help_panel=_DETECTION,
        ),
    ] = False,
    recognizers: Annotated[
        list[Path] | None,
        typer.Option(help="Your own recognizers, a YAML file. Repeatable.", rich_help_panel=_DETECTION),
    ] = None,
    frameworks: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated frameworks to check, such as HIPAA,GDPR,PCI_DSS. Default: all.",
            rich_help_panel=_POLICIES,
        ),
    ] = None,
    policy: Annotated[
        list[Path] | None,
        typer.Option(help="Your own policy pack, a YAML file. Repeatable.", rich_help_panel=_POLICIES),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            help="Local worker processes. Default: one per core.",
            rich_help_panel=_EXECUTION,
            show_default=False,
        ),
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option(
            envvar=ENV_BROKER,
            help="Use the workers at this Redis: redis://, rediss:// or unix://.",
            rich_help_panel=_EXECUTION,
        ),
    ] = None,
    inline: Annotated[
        bool,
        typer.Option("--inline", help="Scan in this process, without workers.", rich_help_panel=_EXECUTION),
    ] = False,
) -> None:
    """Scan files and folders for sensitive data."""
    from guardrails_cli.executors.flow import StopFlag
    from guardrails_cli.scan import Scan

    broker = _one_way(context, broker, inline, jobs)
    key, warning = fingerprint_key()
    if no_ner and profile not in (None, Profile.fast):
        raise ConfigError(f"--no-ner and --profile {profile} exclude each other")
    engine = _engine(Profile.fast if no_ner else profile or Profile.balanced, language, model, country)
    engine = replace(engine, recognizers=_own_recognizers(recognizers or []))
    if min_score is None:
        min_score = THOROUGH_MIN_SCORE if engine.profile == "thorough" else DEFAULT_MIN_SCORE
    excluded = _entity_types(exclude_entities, engine, must_be_found=False)
    options = ScanOptions(
        paths=tuple(paths),
        walk=WalkOptions(tuple(include or ()), tuple(exclude or ()), hidden, vcs, not no_ignore, parse_size(max_size)),
        detect=DetectOptions(engine, _entity_types(entities, engine), min_score, show_values, key, excluded),
        frameworks=_names(frameworks),
        policies=tuple(policy or ()),
        broker=broker,
        inline=inline,
        jobs=jobs,
    )
    if not any(path == "-" or os.path.lexists(path) for path in paths):
        raise ConfigError(f"no such file or folder: {', '.join(printable(path) or repr(path) for path in paths)}")
    if warning and not quiet:
        complain(warning)
    begun = time.monotonic()
    stop = StopFlag()
    with stoppable(stop.request), ExitStack() as stack:
        reports = _open_reports(stack, format_ or [], output or [])
        job = Scan(options, [file for out, _ in reports for file in out.files])
        outcome = _run(job, reports, _display(job, quiet, verbose), stop)
    code = ExitCode.INCOMPLETE if outcome is None else _exit_code(outcome, fail_on)
    if outcome is not None and not _tell(outcome, reports, time.monotonic() - begun, quiet):
        code = ExitCode.INCOMPLETE
    raise typer.Exit(code)


def _one_way(context: typer.Context, broker: str | None, inline: bool, jobs: int | None) -> str | None:
    """Return the broker to use. Of the ways to scan only one can be asked for; a flag outweighs the environment."""
    source = context.get_parameter_source("broker")
    flags = {"--inline": inline, "--jobs": jobs, "--broker": source is not None and source.name == "COMMANDLINE"}
    given = [name for name, value in flags.items() if value]
    if len(given) > 1:
        raise ConfigError(f"{' and '.join(given)} exclude each other")
    return None if inline or jobs else broker or None


def _run(job: "Scan", reports: "list[tuple[Output, Report]]", display: "Quiet", stop: "StopFlag") -> "Outcome | None":
    """Scan, and complete the reports; return None if one could not be written, after telling why."""
    from guardrails_cli import wire

    def add(record: "DocumentResult") -> None:
        for _, report in reports:
            report.add(record)

    try:
        with display:
            stop.heard = display.stopping
            outcome = job.run(display, add, stop)
        with uninterrupted():
            summary = wire.report_summary(outcome.summary)
            for out, report in reports:
                report.finish(outcome.run, summary)
                out.commit()
    except BrokerError as error:
        raise ConfigError(str(error)) from None
    except BrokenPipeError:
        return None  # whoever read stdout has gone, as `head` does, and knows it
    except OSError as error:
        complain(f"cannot write the report: {error.strerror or error}")
        return None
    return outcome


def _exit_code(outcome: "Outcome", fail_on: Level | None) -> ExitCode:
    from guardrails_cli.model import Severity, Status

    summary = outcome.summary
    if outcome.interrupted:
        return ExitCode.INTERRUPTED
    if outcome.error or summary.statuses[Status.FAILED]:
        return ExitCode.INCOMPLETE
    if not summary.scanned:
        return ExitCode.NOTHING_TO_SCAN
    if fail_on and summary.reaches(Severity[fail_on.upper()]):
        return ExitCode.FINDINGS
    return ExitCode.OK


def _tell(outcome: "Outcome", reports: "list[tuple[Output, Report]]", seconds: float, quiet: bool) -> bool:
    """Print the summary: on stdout, or on stderr where a report has taken stdout. Return False if it was lost."""
    if quiet:
        if outcome.error:
            complain(outcome.error)
        return True
    from guardrails_cli.reports.terminal import print_summary

    stream = sys.stderr if any(out.path is None for out, _ in reports) else sys.stdout
    try:
        print_summary(terminal(stream), outcome.summary, seconds, _notes(outcome, reports))
        stream.flush()
    except BrokenPipeError:
        forget(stream)
    except OSError as error:
        forget(stream)
        complain(f"cannot write the summary: {error.strerror or error}")
        return bool(reports)
    return True


def _notes(outcome: "Outcome", reports: "list[tuple[Output, Report]]") -> list[str]:
    notes = [f"Report: {printable(str(out.path))}" for out, _ in reports if out.path is not None]
    if outcome.error:
        notes.append(f"INCOMPLETE: {outcome.error}")
    if outcome.interrupted:
        notes.append("INTERRUPTED: the report is partial")
    if not outcome.summary.scanned and not outcome.interrupted:
        notes.append("Nothing was scanned")
    return notes


def _display(job: "Scan", quiet: bool, verbose: bool) -> "Quiet":
    """Return the progress display that fits: bars on a terminal, lines in a log, silence if asked."""
    from guardrails_cli.progress import Bars, Lines, Quiet
    from guardrails_cli.sources.walk import STDIN, Walk

    if quiet:
        return Quiet(sys.stderr)
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return Lines(sys.stderr, verbose)
    census = Walk([path for path in job.options.paths if path != STDIN], job.options.walk)
    return Bars(terminal(sys.stderr), census, verbose)


def _open_reports(stack: ExitStack, formats: list[Format], outputs: list[Path]) -> "list[tuple[Output, Report]]":
    """Return the reports to write. Formats and outputs are paired in order; a format left over goes to stdout."""
    from guardrails_cli.reports.base import Output
    from guardrails_cli.reports.registry import REPORTS

    targets: list[tuple[str, Path | None]] = []
    for index, path in enumerate(outputs):
        name = formats[index].value if index < len(formats) else path.suffix.lstrip(".").lower()
        if name not in REPORTS:
            raise ConfigError(f"cannot tell the format of {path}; add --format {'|'.join(REPORTS)}")
        targets.append((name, path))
    targets += [(name.value, None) for name in formats[len(outputs) :]]
    if sum(path is None for _, path in targets) > 1:
        raise ConfigError("only one report can go to stdout; name files with --output")
    if len({path for _, path in targets}) < len(targets):
        raise ConfigError("two reports would go to the same file")
    reports = []
    for name, target in targets:
        out = stack.enter_context(Output(target))
        reports.append((out, REPORTS[name](out.stream)))
    return reports


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(sorted({name.strip() for name in text.split(",") if name.strip()}))


def _engine(profile: Profile, language: str, model: str, country: str | None) -> EngineOptions:
    """Return the engine asked for; the country codes must be ones that have recognizers."""
    if not (language.isascii() and language.isalpha() and language.islower() and len(language) == 2):
        raise ConfigError(f"not a language: {language!r}; write a two-letter code such as en")
    countries = _names(country.lower() if country is not None else None)
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


def _entity_types(text: str | None, engine: EngineOptions, must_be_found: bool = True) -> tuple[str, ...]:
    """Return the entity types named, which must be ones that there are, and unless excluded can be found."""
    names = _names(text)
    if not names:
        return ()
    from guardrails_cli.detect.registry import load_rules
    from guardrails_cli.entities import ENTITY_TYPES
    from guardrails_cli.yaml_faults import nearest

    unknown = [name for name in names if name not in ENTITY_TYPES]
    if unknown:  # a country's recognizers have types of their own
        known = {name for rule in load_rules(engine) for name in rule.entities}.union(ENTITY_TYPES)
        unknown = [name for name in unknown if name not in known]
        if unknown:
            hints = ", ".join(f"{name!r}{nearest(name, known)}" for name in unknown)
            raise ConfigError(f"unknown entity type {hints}; `guardrails entities` lists them")
    needs_model = [name for name in names if name == "NRP"]
    if must_be_found and needs_model and engine.model is None:
        raise ConfigError(f"{', '.join(needs_model)} cannot be found with --profile fast or --no-ner")
    return names
