"""`guardrails scan`: the main command."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from guardrails_cli.config import (
    DEFAULT_MIN_SCORE,
    DEFAULT_MODEL,
    ENV_BROKER,
    ENV_MODEL,
    DetectOptions,
    EngineOptions,
    ScanOptions,
    WalkOptions,
    fingerprint_key,
    parse_size,
)
from guardrails_cli.errors import BrokerError, ConfigError, ExitCode, StopNow

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

_OUTPUT, _FILES, _DETECTION, _POLICIES, _EXECUTION = "Output", "Which files", "Detection", "Policies", "Execution"


class Format(StrEnum):
    """A report format."""

    json = "json"
    jsonl = "jsonl"
    csv = "csv"


class Level(StrEnum):
    """A severity, as `--fail-on` takes it."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"


def scan(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH…", help="Files and folders to scan; - is standard input.", show_default=False)
    ],
    format_: Annotated[
        list[Format] | None,
        typer.Option("--format", "-f", help="Report format; without --output it goes to stdout.", rich_help_panel=_OUTPUT),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", "-o", help="Write a report to this file; the suffix tells the format. Repeatable.", rich_help_panel=_OUTPUT),
    ] = None,
    fail_on: Annotated[
        Level | None, typer.Option(help="Exit with 1 if a finding is of this severity or worse.", rich_help_panel=_OUTPUT, case_sensitive=False)
    ] = None,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Put the raw values into the reports. They are then as sensitive as the files.", rich_help_panel=_OUTPUT)
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary; errors only.", rich_help_panel=_OUTPUT)] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell how the scan is done.", rich_help_panel=_OUTPUT)] = False,
    include: Annotated[list[str] | None, typer.Option(help="Only files that match this glob (gitignore syntax). Repeatable.", rich_help_panel=_FILES)] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Leave out files and folders that match this glob. Repeatable.", rich_help_panel=_FILES)] = None,
    hidden: Annotated[bool, typer.Option("--hidden", help="Scan hidden files and folders too.", rich_help_panel=_FILES)] = False,
    vcs: Annotated[bool, typer.Option("--vcs", help="Scan the folders of version control (.git and the like) too.", rich_help_panel=_FILES)] = False,
    no_ignore: Annotated[bool, typer.Option("--no-ignore", help="Do not respect .gitignore, .ignore and .guardrailsignore.", rich_help_panel=_FILES)] = False,
    max_size: Annotated[str, typer.Option(help="Skip larger files, such as 500K, 10MB, 2G.", rich_help_panel=_FILES)] = "100MB",
    entities: Annotated[str | None, typer.Option(help="Comma-separated entity types to look for; see `guardrails entities`. Default: all.", rich_help_panel=_DETECTION)] = None,
    min_score: Annotated[float, typer.Option(min=0.0, max=1.0, help="Leave out findings the recognizer is less sure of.", rich_help_panel=_DETECTION)] = DEFAULT_MIN_SCORE,
    language: Annotated[str, typer.Option(help="Language of the texts, a two-letter code; needs a model for it.", rich_help_panel=_DETECTION)] = "en",
    model: Annotated[str, typer.Option(envvar=ENV_MODEL, help="Installed spaCy model, a package or a folder.", rich_help_panel=_DETECTION)] = DEFAULT_MODEL,
    no_ner: Annotated[bool, typer.Option("--no-ner", help="Patterns only: fast, but finds no names, places and groups.", rich_help_panel=_DETECTION)] = False,
    frameworks: Annotated[str | None, typer.Option(help="Comma-separated frameworks to check, such as HIPAA,GDPR,PCI_DSS. Default: all.", rich_help_panel=_POLICIES)] = None,
    policy: Annotated[list[Path] | None, typer.Option(help="Your own policy pack, a YAML file. Repeatable.", rich_help_panel=_POLICIES)] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Local worker processes. Default: one per core.", rich_help_panel=_EXECUTION, show_default=False)] = None,
    broker: Annotated[str | None, typer.Option(envvar=ENV_BROKER, help="Use the workers at this Redis: redis://, rediss:// or unix://.", rich_help_panel=_EXECUTION)] = None,
    inline: Annotated[bool, typer.Option("--inline", help="Scan in this process, without workers.", rich_help_panel=_EXECUTION)] = False,
) -> None:
    """Scan files and folders for sensitive data."""
    from guardrails_cli.scan import Scan

    if inline and (jobs or broker):
        broker = None if jobs is None else broker
        if jobs:
            raise ConfigError("--inline and --jobs exclude each other")
    key, warning = fingerprint_key()
    engine = EngineOptions(language, None if no_ner else model)
    options = ScanOptions(
        paths=tuple(paths),
        walk=WalkOptions(tuple(include or ()), tuple(exclude or ()), hidden, vcs, not no_ignore, parse_size(max_size)),
        detect=DetectOptions(engine, _entity_types(entities, engine), min_score, show_values, key),
        frameworks=_names(frameworks),
        policies=tuple(policy or ()),
        broker=broker,
        inline=inline,
        jobs=jobs,
    )
    if not any(path == "-" or os.path.lexists(path) for path in paths):
        raise ConfigError(f"no such file or folder: {', '.join(paths)}")
    if warning and not quiet:
        typer.echo(f"guardrails: {warning}", err=True)
    with ExitStack() as stack:
        reports = _open_reports(stack, format_ or [], output or [])
        own_files = [file for out, _ in reports for file in out.files]
        code = _run(Scan(options, own_files), reports, fail_on, quiet, verbose)
    raise typer.Exit(code)


def _run(job: "Scan", reports: "list[tuple[Output, Report]]", fail_on: Level | None, quiet: bool, verbose: bool) -> ExitCode:
    from guardrails_cli import wire
    from guardrails_cli.executors.flow import StopFlag

    stop = StopFlag()
    to_stdout = any(out.path is None for out, _ in reports)

    def add(record: "DocumentResult") -> None:
        for _, report in reports:
            report.add(record)

    begun = time.monotonic()
    try:
        with _stoppable(stop), _display(job, quiet, verbose) as display:
            outcome = job.run(display, add, stop)
        with _uninterrupted():
            summary = wire.report_summary(outcome.summary)
            for out, report in reports:
                report.finish(outcome.run, summary)
                out.commit()
    except BrokerError as error:
        raise ConfigError(str(error)) from None
    except BrokenPipeError:
        # Whoever read stdout has gone, as `head` does. Python must not try to flush into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.INCOMPLETE
    except OSError as error:
        typer.echo(f"guardrails: cannot write the report: {error.strerror or error}", err=True)
        return ExitCode.INCOMPLETE
    _tell(outcome, reports, time.monotonic() - begun, quiet, to_stdout)
    return _exit_code(outcome, fail_on)


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


def _tell(outcome: "Outcome", reports: "list[tuple[Output, Report]]", seconds: float, quiet: bool, to_stdout: bool) -> None:
    """Print the summary: on stdout, or on stderr where a report has taken stdout."""
    from guardrails_cli.text import printable

    notes = [f"Report: {printable(str(out.path))}" for out, _ in reports if out.path is not None]
    if outcome.error:
        notes.append(f"INCOMPLETE: {outcome.error}")
    if outcome.interrupted:
        notes.append("INTERRUPTED: the report is partial")
    if not outcome.summary.scanned and not outcome.interrupted:
        notes.append("Nothing was scanned")
    if quiet:
        if outcome.error:
            typer.echo(f"guardrails: {outcome.error}", err=True)
        return
    from rich.console import Console

    from guardrails_cli.reports.terminal import print_summary

    stream = sys.stderr if to_stdout else sys.stdout
    with contextlib.suppress(BrokenPipeError):
        print_summary(Console(file=stream, highlight=False, emoji=False, markup=False), outcome.summary, seconds, notes)


def _display(job: "Scan", quiet: bool, verbose: bool) -> "Quiet":
    """Return the progress display that fits: bars on a terminal, lines in a log, silence if asked."""
    from guardrails_cli.progress import Bars, Lines, Quiet
    from guardrails_cli.sources.walk import STDIN, Walk

    if quiet:
        return Quiet(sys.stderr)
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return Lines(sys.stderr, verbose)
    from rich.console import Console

    census = Walk([path for path in job.options.paths if path != STDIN], job.options.walk)
    return Bars(Console(stderr=True, highlight=False, emoji=False, markup=False), census, verbose)


@contextlib.contextmanager
def _stoppable(stop: "StopFlag") -> Iterator[None]:
    """Have the first Ctrl-C, SIGTERM or SIGHUP finish what is in flight, and the second stop at once."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.requested:
            raise StopNow
        stop.requested = True
        with contextlib.suppress(OSError):
            os.write(2, b"\nguardrails: finishing what is in flight; once more to stop now\n")

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers if signal.getsignal(number) is not signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let no signal cut a report in two while it is completed."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
    for name, path in targets:
        out = stack.enter_context(Output(path))
        reports.append((out, REPORTS[name](out.stream)))
    return reports


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(sorted({name.strip() for name in text.split(",") if name.strip()}))


def _entity_types(text: str | None, engine: EngineOptions) -> tuple[str, ...]:
    """Return the entity types named, which must be ones that this engine can find."""
    names = _names(text)
    if not names:
        return ()
    from guardrails_cli.entities import ENTITY_TYPES
    from guardrails_cli.policy.load import nearest

    unknown = [name for name in names if name not in ENTITY_TYPES]
    if unknown:
        hints = ", ".join(f"{name!r}{nearest(name, ENTITY_TYPES)}" for name in unknown)
        raise ConfigError(f"unknown entity type {hints}; `guardrails entities` lists them")
    needs_model = [name for name in names if name in ("LOCATION", "NRP", "PERSON")]
    if needs_model and engine.model is None:
        raise ConfigError(f"{', '.join(needs_model)} cannot be found with --no-ner")
    return names
