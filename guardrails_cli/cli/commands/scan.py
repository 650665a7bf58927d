"""`guardrails scan`: the main command. A job runs it too, with a display of its own in the context's `obj`."""

import os
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from guardrails_cli.cli import options as o
from guardrails_cli.cli.exit_code import Allowed
from guardrails_cli.cli.notifications import Ending, Telling
from guardrails_cli.cli.report_outputs import open_reports
from guardrails_cli.cli.signals import stoppable, uninterrupted
from guardrails_cli.cli.std_streams import complain, forget, terminal
from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import BrokerError, ConfigError, ExitCode
from guardrails_cli.options.model import (
    DEFAULT_MODEL,
    MAX_DEPTH,
    MAX_LISTED,
    MAX_MEMBERS,
    MAX_RATIO,
    JournalOptions,
    Limits,
    ScanOptions,
    WalkOptions,
    parse_size,
)
from guardrails_cli.results.summary_form import report_changes, report_summary
from guardrails_cli.system import log
from guardrails_cli.system.keys import fingerprint_key

if TYPE_CHECKING:
    from guardrails_cli.core.record import DocumentResult
    from guardrails_cli.reports.report import Output, Report
    from guardrails_cli.scanning.progress import Quiet
    from guardrails_cli.scanning.run import Outcome, Scan
    from guardrails_cli.services.audits import Watch
    from guardrails_cli.system.stop import StopFlag

AUDIT = "guardrails.audit"
"""Where `guardrails audit run` puts the audit into the context's `meta`."""
EPILOG = """
**Exit codes:** 0 finished, nothing at or above `--fail-on` and nothing blocked; 1 findings at or above
`--fail-on`, or a rule violated whose action is BLOCK (unless `--no-block`); 2 usage or configuration error;
3 nothing to scan; 4 incomplete, some documents failed (wins over 1); 130 interrupted by Ctrl-C or SIGTERM,
the partial report is written.
"""


def scan(
    context: typer.Context,
    paths: o.PathsOrHere = None,
    format_: o.Formats = None,
    output: o.Outputs = None,
    fail_on: o.FailOn = None,
    max_findings: o.MaxFindings = None,
    allow_empty: o.AllowEmpty = False,
    show_values: o.ShowValues = False,
    context_chars: o.Context = 0,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
    max_listed: o.MaxListed = MAX_LISTED,
    include: o.Includes = None,
    exclude: o.Excludes = None,
    hidden: o.Hidden = False,
    vcs: o.Vcs = False,
    no_ignore: o.NoIgnore = False,
    force_exclude: o.ForceExclude = False,
    staged: o.Staged = False,
    diff: o.Diff = None,
    git_history: o.GitHistory = False,
    git_range: o.GitRange = None,
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
    baseline: o.BaselineFile = None,
    allow: o.AllowFiles = None,
    show_suppressed: o.ShowSuppressed = False,
    no_suppress: o.NoSuppress = False,
    risk: o.RiskFile = None,
    jobs: o.Jobs = None,
    broker: o.Broker = None,
    transfer: o.TransferName = o.Transfer.auto,
    inline: o.Inline = False,
    resume: o.Resume = False,
    incremental: o.Incremental = False,
    state: o.State = None,
    no_journal: o.NoJournal = False,
    notify: o.Notify = None,
    notify_private: o.NotifyPrivate = False,
    metrics: o.MetricsFile = None,
    log_format: o.LogFormats = o.LogFormat.text,
) -> None:
    """Scan files and folders for sensitive data."""
    log.use(log_format.value)
    from guardrails_cli.scanning.run import Scan
    from guardrails_cli.system.stop import StopFlag

    broker = _one_way(broker, inline, jobs)
    git = o.git_options(staged, diff, git_history, git_range)
    paths = o.given_paths(paths or (), git)
    key, warning = fingerprint_key()
    options = ScanOptions(
        paths=tuple(paths),
        walk=WalkOptions(tuple(include or ()), tuple(exclude or ()), hidden, vcs, not no_ignore, force_exclude),
        detect=replace(
            o.detect_options(
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
            context=context_chars,
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
        risk=risk,
        baseline=baseline,
        allow=tuple(allow or ()),
        show_suppressed=show_suppressed,
        suppress=not no_suppress,
        journal=JournalOptions(state, no_journal, resume, incremental),
        broker=broker,
        transfer=_transfer(transfer, broker),
        inline=inline,
        jobs=jobs,
        git=git,
    )
    begun = time.monotonic()
    stop = StopFlag()
    audit = context.meta.get(AUDIT)
    telling = Telling(notify or [], notify_private, metrics, audit.name if audit else "")
    with telling, stoppable(stop.request), ExitStack() as stack:
        o.check_paths(paths)
        if warning and not quiet:
            complain(warning)
        reports = open_reports(stack, format_ or [], output or [], paths)
        job = Scan(options, [*(file for out, _ in reports for file in out.files), *telling.files])
        for told in () if quiet else job.plan.warnings:
            complain(printable(told))
        watch = _watch(context, key)
        display = (context.obj or _display)(job, quiet, verbose)
        outcome = _run(job, reports, display, stop, watch)
        allowed = Allowed(fail_on, max_findings, no_block, allow_empty or git is not None)
        code = ExitCode.INCOMPLETE if outcome is None else allowed.exit_code(outcome)
        if outcome is not None and not _tell(
            outcome, reports, time.monotonic() - begun, quiet, watch, allowed, verbose
        ):
            code = ExitCode.INCOMPLETE
        telling.ended(Ending(outcome, code, [out.path for out, _ in reports], watch.changes if watch else None))
    raise typer.Exit(code)


def _one_way(broker: str | None, inline: bool, jobs: int | None) -> str | None:
    """Return the broker to use. Of the ways to scan only one can be asked for in one place."""
    given = [name for name, value in {"--inline": inline, "--jobs": jobs, "--broker": broker}.items() if value]
    if len(given) > 1:
        raise ConfigError(f"{' and '.join(given)} exclude each other")
    return broker or None


def _transfer(transfer: o.Transfer, broker: str | None) -> str:
    if transfer is o.Transfer.reference and broker is None:
        raise ConfigError("--transfer reference is for workers elsewhere; it needs --broker")
    return transfer.value


def _watch(context: typer.Context, key: bytes) -> "Watch | None":
    """Return what compares with the last run if this is an audit."""
    audit = context.meta.get(AUDIT)
    if audit is None:
        return None
    from guardrails_cli.services.audits import Watch

    return Watch(audit, key)


def _run(
    job: "Scan", reports: "list[tuple[Output, Report]]", display: "Quiet", stop: "StopFlag", watch: "Watch | None"
) -> "Outcome | None":
    """Scan, and complete the reports; return None if one could not be written, after telling why."""

    def add(record: "DocumentResult") -> None:
        for _, report in reports:
            report.add(record)
        if watch is not None:
            watch.add(record)

    try:
        with display:
            stop.heard = display.stopping
            outcome = job.run(display, add, stop)
        with uninterrupted():
            summary = report_summary(outcome.summary)
            if watch is not None:
                watch.close(outcome)
                summary |= report_changes(watch.changes, watch.since, watch.same_options)
            display.ended(outcome.run, summary, outcome.error)
            with outcome.phases("report"):
                for out, report in reports:
                    report.finish(outcome.run, summary)
                    out.commit()
            if watch is not None and (told := watch.keep()):
                complain(told)
    except BrokerError as error:
        raise ConfigError(str(error)) from None
    except BrokenPipeError:
        return None  # whoever read stdout has gone, as `head` does, and knows it
    except OSError as error:
        complain(f"cannot write the report: {error.strerror or error}")
        return None
    return outcome


def _tell(
    outcome: "Outcome",
    reports: "list[tuple[Output, Report]]",
    seconds: float,
    quiet: bool,
    watch: "Watch | None",
    allowed: Allowed,
    verbose: bool = False,
) -> bool:
    """Print the summary: on stdout, or on stderr where a report has taken stdout. Return False if it was lost."""
    if quiet:
        if outcome.error:
            complain(outcome.error)
        return True
    if log.is_json():
        _log(outcome, seconds)
        return True
    from guardrails_cli.reports.terminal import print_summary, print_timings

    stream = sys.stderr if any(out.path is None for out, _ in reports) else sys.stdout
    try:
        notes = [*(watch.notes() if watch else ()), *_notes(outcome, reports, allowed)]
        print_summary(terminal(stream), outcome.summary, seconds, notes)
        if verbose:
            print_timings(terminal(stream), outcome.phases)
        stream.flush()
    except BrokenPipeError:
        forget(stream)
    except OSError as error:
        forget(stream)
        complain(f"cannot write the summary: {error.strerror or error}")
        return bool(reports)
    return True


def _log(outcome: "Outcome", seconds: float) -> None:
    """Write the summary as an entry of a log for machines; if nobody reads it, the reports are what counts."""
    from guardrails_cli.results.summary_form import report_counts
    from guardrails_cli.scanning.progress import counts_line

    with suppress(OSError):
        log.say(
            outcome.error or counts_line(outcome.summary),
            "scan_finished",
            "error" if outcome.error else "info",
            interrupted=outcome.interrupted,
            seconds=round(seconds, 3),
            **report_counts(outcome.summary),
        )


def _notes(outcome: "Outcome", reports: "list[tuple[Output, Report]]", allowed: Allowed) -> list[str]:
    from guardrails_cli.core.record import Action

    notes = [f"Report: {printable(str(out.path))}" for out, _ in reports if out.path is not None]
    if outcome.error:
        notes.append(f"INCOMPLETE: {outcome.error}")
    if outcome.interrupted:
        notes.append("INTERRUPTED: the report is partial")
    if exceeded := allowed.exceeded(outcome.summary):
        notes.append(f"TOO MANY: {exceeded}")
    blocked = outcome.summary.actions[Action.BLOCK]
    if blocked:
        notes.append(
            f"BLOCKED: {blocked:,} {'documents break' if blocked > 1 else 'document breaks'} a rule that blocks"
        )
    if not outcome.summary.scanned and not outcome.interrupted:
        notes.append("Nothing was scanned")
    return notes


def _display(job: "Scan", quiet: bool, verbose: bool) -> "Quiet":
    """Return the progress display that fits: bars on a terminal, lines in a log, silence if asked."""
    from guardrails_cli.scanning.progress import Entries, Lines, Quiet

    if log.is_json():
        return Entries(sys.stderr, quiet)
    if quiet:
        return Quiet(sys.stderr)
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return Lines(sys.stderr, verbose)
    from guardrails_cli.cli.progress_bars import Bars
    from guardrails_cli.scanning.plan import census_of

    return Bars(terminal(sys.stderr), census_of(job.plan.options), verbose)
