"""`guardrails scan`: the main command."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer

from guardrails_cli.cli import options as o
from guardrails_cli.config import (
    DEFAULT_MODEL,
    MAX_DEPTH,
    MAX_LISTED,
    MAX_MEMBERS,
    MAX_RATIO,
    Limits,
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
**Exit codes:** 0 finished, nothing at or above `--fail-on` and nothing blocked; 1 findings at or above
`--fail-on`, or a rule violated whose action is BLOCK (unless `--no-block`); 2 usage or configuration error;
3 nothing to scan; 4 incomplete, some documents failed (wins over 1); 130 interrupted by Ctrl-C or SIGTERM,
the partial report is written.

**Examples:** `guardrails scan docs` · `guardrails scan . --format json | jq .summary` ·
`guardrails scan src --fail-on high -o report.json -o report.csv`
"""


def scan(
    paths: o.Paths,
    format_: o.Formats = None,
    output: o.Outputs = None,
    fail_on: o.FailOn = None,
    show_values: o.ShowValues = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
    max_listed: o.MaxListed = MAX_LISTED,
    include: o.Includes = None,
    exclude: o.Excludes = None,
    hidden: o.Hidden = False,
    vcs: o.Vcs = False,
    no_ignore: o.NoIgnore = False,
    max_size: o.MaxSize = None,
    max_depth: o.MaxDepth = MAX_DEPTH,
    max_members: o.MaxMembers = MAX_MEMBERS,
    max_expanded: o.MaxExpanded = "100GB",
    max_ratio: o.MaxRatio = MAX_RATIO,
    password: o.Passwords = None,
    profile: o.ProfileName = None,
    entities: o.Entities = None,
    exclude_entities: o.ExcludeEntities = None,
    min_score: o.MinScore = None,
    country: o.Countries = None,
    language: o.Language = "en",
    model: o.ModelName = DEFAULT_MODEL,
    no_ner: o.NoNer = False,
    recognizers: o.RecognizerFiles = None,
    frameworks: o.Frameworks = None,
    policy: o.PolicyFiles = None,
    no_block: o.NoBlock = False,
    jobs: o.Jobs = None,
    broker: o.Broker = None,
    inline: o.Inline = False,
) -> None:
    """Scan files and folders for sensitive data."""
    from guardrails_cli.scan import Scan
    from guardrails_cli.text import printable

    if inline and (jobs or broker):
        broker = None if jobs is None else broker
        if jobs:
            raise ConfigError("--inline and --jobs exclude each other")
    key, warning = fingerprint_key()
    options = ScanOptions(
        paths=tuple(paths),
        walk=WalkOptions(tuple(include or ()), tuple(exclude or ()), hidden, vcs, not no_ignore),
        detect=o.detect_options(
            profile,
            language,
            model,
            country,
            recognizers,
            entities,
            exclude_entities,
            min_score,
            no_ner,
            show_values,
            key,
        ),
        limits=Limits(
            max_bytes=parse_size(max_size) if max_size else None,
            depth=max_depth,
            members=max_members,
            expanded_bytes=parse_size(max_expanded),
            ratio=max_ratio,
            passwords=tuple(password or ()),
        ),
        max_listed=max_listed,
        frameworks=o.names(frameworks),
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
        job = Scan(options, own_files)
        for warning in () if quiet else job.warnings:
            typer.echo(f"guardrails: {printable(warning)}", err=True)
        code = _run(job, reports, fail_on, quiet, verbose, no_block)
    raise typer.Exit(code)


def _run(
    job: "Scan",
    reports: "list[tuple[Output, Report]]",
    fail_on: o.Level | None,
    quiet: bool,
    verbose: bool,
    no_block: bool,
) -> ExitCode:
    from guardrails_cli import wire
    from guardrails_cli.executors.flow import StopFlag

    stop = StopFlag()
    to_stdout = any(out.path is None for out, _ in reports)

    def add(record: "DocumentResult") -> None:
        for _, report in reports:
            report.add(record)

    begun = time.monotonic()
    try:
        with _display(job, quiet, verbose) as display, _stoppable(stop, display):
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
    return _exit_code(outcome, fail_on, no_block)


def _exit_code(outcome: "Outcome", fail_on: o.Level | None, no_block: bool) -> ExitCode:
    from guardrails_cli.model import Action, Severity, Status

    summary = outcome.summary
    if outcome.interrupted:
        return ExitCode.INTERRUPTED
    if outcome.error or summary.statuses[Status.FAILED]:
        return ExitCode.INCOMPLETE
    if not summary.scanned:
        return ExitCode.NOTHING_TO_SCAN
    if fail_on and summary.reaches(Severity[fail_on.upper()]):
        return ExitCode.FINDINGS
    if summary.actions[Action.BLOCK] and not no_block:
        return ExitCode.FINDINGS
    return ExitCode.OK


def _tell(
    outcome: "Outcome", reports: "list[tuple[Output, Report]]", seconds: float, quiet: bool, to_stdout: bool
) -> None:
    """Print the summary: on stdout, or on stderr where a report has taken stdout."""
    from guardrails_cli.model import Action
    from guardrails_cli.text import printable

    notes = [f"Report: {printable(str(out.path))}" for out, _ in reports if out.path is not None]
    if outcome.error:
        notes.append(f"INCOMPLETE: {outcome.error}")
    if outcome.interrupted:
        notes.append("INTERRUPTED: the report is partial")
    blocked = outcome.summary.actions[Action.BLOCK]
    if blocked:
        notes.append(
            f"BLOCKED: {blocked:,} {'documents break' if blocked > 1 else 'document breaks'} a rule that blocks"
        )
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
def _stoppable(stop: "StopFlag", display: "Quiet") -> Iterator[None]:
    """Have the first Ctrl-C, SIGTERM or SIGHUP finish what is in flight, and the second stop at once."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.requested:
            raise StopNow
        stop.requested = True
        display.stopping()

    # Even if ignored, as in a script's background: who sends it means it.
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # but `nohup` is to be respected
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers}
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


def _open_reports(stack: ExitStack, formats: list[o.Format], outputs: list[Path]) -> "list[tuple[Output, Report]]":
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
