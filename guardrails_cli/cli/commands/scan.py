"""`guardrails scan`: the main command. A job runs it too, with a display of its own in the context's `obj`."""

import os
import sys
import time
from contextlib import ExitStack, suppress
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
from guardrails_cli.options.groups import Choices
from guardrails_cli.options.judging import DetectionFlags, PolicyFlags, SuppressionFlags
from guardrails_cli.options.running import ExecutionFlags, JournalFlags, OutputFlags, TellingFlags
from guardrails_cli.options.sources import FileFlags, GitFlags, LimitFlags
from guardrails_cli.results.summary_form import report_changes, report_summary
from guardrails_cli.scanning.options import check_one_way, scan_options
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


@o.grouped
def scan(
    context: typer.Context,
    output: OutputFlags,
    files: FileFlags,
    git_part: GitFlags,
    limits: LimitFlags,
    detection: DetectionFlags,
    policies: PolicyFlags,
    suppression: SuppressionFlags,
    execution: ExecutionFlags,
    journal: JournalFlags,
    telling_to: TellingFlags,
    paths: o.PathsOrHere = None,
) -> None:
    """Scan files and folders for sensitive data."""
    log.use(telling_to.log_format.value)
    from guardrails_cli.scanning.run import Scan
    from guardrails_cli.system.stop import StopFlag

    check_one_way(execution, "--")
    if execution.transfer is o.Transfer.reference and not execution.broker:
        raise ConfigError("--transfer reference is for workers elsewhere; it needs --broker")
    git = o.git_options(git_part.staged, git_part.diff, git_part.git_history, git_part.git_range)
    paths = o.given_paths(paths or (), git)
    key, warning = fingerprint_key()
    choices = Choices(output, files, git_part, limits, detection, policies, suppression, execution, journal, telling_to)
    options = scan_options(paths, choices, key, git)
    begun = time.monotonic()
    stop = StopFlag()
    audit = context.meta.get(AUDIT)
    telling = Telling(
        telling_to.notify or [], telling_to.notify_private, telling_to.metrics, audit.name if audit else ""
    )
    with telling, stoppable(stop.request), ExitStack() as stack:
        o.check_paths(paths)
        if warning and not output.quiet:
            complain(warning)
        reports = open_reports(stack, output.format_ or [], output.output or [], paths)
        job = Scan(options, [*(file for out, _ in reports for file in out.files), *telling.files])
        for told in () if output.quiet else job.plan.warnings:
            complain(printable(told))
        watch = _watch(context, key)
        display = (context.obj or _display)(job, output.quiet, output.verbose)
        outcome = _run(job, reports, display, stop, watch)
        allowed = Allowed(output.fail_on, output.max_findings, policies.no_block, output.allow_empty or git is not None)
        code = ExitCode.INCOMPLETE if outcome is None else allowed.exit_code(outcome)
        if outcome is not None and not _tell(
            outcome, reports, time.monotonic() - begun, output.quiet, watch, allowed, output.verbose
        ):
            code = ExitCode.INCOMPLETE
        telling.ended(Ending(outcome, code, [out.path for out, _ in reports], watch.changes if watch else None))
    raise typer.Exit(code)


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
