"""One scan from its plan to records and an outcome: the work of `guardrails scan`, without terminal and files."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError, StopNow
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.reasons import Reason
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.core.version import __version__
from guardrails_cli.document.document_record import Tally
from guardrails_cli.execute.collect import Collector
from guardrails_cli.execute.executor import Executor
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.options.model import ScanOptions
from guardrails_cli.policy.coverage import unchecked
from guardrails_cli.policy.rulebook import Rulebook
from guardrails_cli.results.journal import Journal, default_path
from guardrails_cli.results.json_form import report_options
from guardrails_cli.results.summary import Summary
from guardrails_cli.scanning.choose_executor import Choice, choose_executor
from guardrails_cli.scanning.identity import key, scope
from guardrails_cli.scanning.plan import Plan, make_plan
from guardrails_cli.system.stop import StopFlag
from guardrails_cli.system.stopwatch import Phases

_FIRST_SPEED = {True: 20_000.0, False: 200_000.0}
"""Characters per second to begin with, with and without the language model; the feed follows what it sees."""


class Listener(Protocol):
    """Receives the progress of a scan."""

    def counts(self, summary: Summary) -> None:
        """Take the summary of the run before it begins; every record is in it when `record` brings it."""

    def chosen(self, executor: str, why: Reason) -> None:
        """Tell who does the work, and why it was chosen."""

    def note(self, text: str) -> None:
        """Report a note about the run to the user."""

    def record(self, record: DocumentResult) -> None:
        """Take each record, in the report's order."""

    def tick(self, partly: int) -> None:
        """Take the time, several times a second, and the number of characters scanned in unfinished documents."""

    def follow(self, oldest: Callable[[], tuple[str, float] | None]) -> None:
        """Take a function, callable from any thread, for the document in progress longest and its age in seconds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a scan."""

    summary: Summary
    run: JsonObject
    """Run object of the report."""
    interrupted: bool
    error: str | None
    """Why it ended early, unless that was requested."""
    phases: Phases = field(default_factory=Phases)
    """Time by phase."""


class Scan:
    """A scan that is ready to run.

    Args:
        options: the user's options.
        own_files: the files that the scan itself writes.

    Raises:
        ConfigError: if policies, model, patterns or places cannot be used.

    """

    def __init__(self, options: ScanOptions, own_files: Iterable[Path] = ()) -> None:
        self.plan = make_plan(options, own_files)
        self.phases = Phases()

    def run(self, listener: Listener, add: Callable[[DocumentResult], None], stop: StopFlag) -> Outcome:
        """Scan everything; each record goes to `add` and the listener as soon as it is its turn.

        Args:
            listener: receives the progress.
            add: receives the records, in the order of the documents.
            stop: request it once to end the scan after the batches in flight, and again to end it at once. Either way
                every document begun has a record.

        """
        with closing(self.records(listener, stop)) as records:
            while True:
                try:
                    record = next(records)
                except StopIteration as end:
                    outcome: Outcome = end.value
                    return outcome
                with self.phases("report"):
                    add(record)

    def records(self, listener: Listener, stop: StopFlag) -> Generator[DocumentResult, None, Outcome]:
        """Yield the records in the order of the documents, and return how the scan ended; see `run`.

        Closing the generator ends the scan at once and stops everything that it started.
        """
        started = datetime.now(UTC)
        plan = self.plan
        summary = Summary(
            left_out=plan.listing.left_out, packs=plan.packs, unchecked=unchecked(plan.packs, plan.options.detect)
        )
        listener.counts(summary)
        choice = Choice()
        with suppress(StopNow), stop.interruptible(), self.phases("start"):
            choice = choose_executor(plan.options, plan.listing)
        executor = choice.executor
        journal = _open_journal(plan, executor)
        if journal is not None and plan.options.journal.resume:
            listener.note("going on with the last run" if journal.resumed else "nothing to go on with: from the start")
        reader = SourceReader(plan.options.limits)
        collector = self._collector(choice, reader, stop, journal)
        listener.follow(collector.order.oldest)

        def take(records: Iterable[DocumentResult | None]) -> Iterator[DocumentResult]:
            for record in records:
                if record is None:
                    listener.tick(collector.order.partly_scanned)
                else:
                    summary.add(record)
                    self.phases.record(record)
                    listener.record(record)
                    yield record

        with journal or nullcontext():
            if executor is not None and not stop.requested:
                self.phases.name_rest("detection" if executor.name == "inline" else "waiting for workers")
                with suppress(StopNow), reader, self._started(executor):
                    listener.chosen(executor.name, choice.why)
                    yield from take(collector.records(executor))
            yield from take(collector.abandon())
            finished = not stop.requested and collector.error is None
            if journal is not None and finished:
                journal.complete()
        _note_end(listener, plan, journal, finished)
        complete = finished and not summary.statuses[Status.FAILED]
        run = _run_record(plan, started, complete, executor.transfer if executor is not None else None)
        return Outcome(summary, run, stop.requested, collector.error, self.phases)

    def _collector(self, choice: Choice, reader: SourceReader, stop: StopFlag, journal: Journal | None) -> Collector:
        plan = self.plan
        return Collector(
            choice.sources,
            reader,
            partial(Tally, Rulebook(plan.packs), plan.options.max_listed, plan.risk_model, suppressor=plan.suppressor),
            stop,
            _FIRST_SPEED[plan.options.detect.engine.model is not None],
            journal,
            self.phases,
        )

    @contextmanager
    def _started(self, executor: Executor) -> Iterator[None]:
        with self.phases("start"):
            executor.__enter__()
        try:
            yield
        finally:
            executor.__exit__(None, None, None)


def _open_journal(plan: Plan, executor: Executor | None) -> Journal | None:
    """Return the journal of the run; None if none is kept: a small scan has nothing to lose."""
    wanted, detect = plan.options.journal, plan.options.detect
    asked = wanted.resume or wanted.incremental or wanted.path is not None
    if wanted.off or detect.show_values or detect.context:
        if wanted.resume or wanted.incremental:
            raise ConfigError("--resume and --incremental need the journal, which holds no raw values and no context")
        return None
    if not asked and (executor is None or executor.name == "inline"):
        return None
    path = wanted.path or default_path()
    try:
        return Journal(path, key(plan), scope(plan.options), resume=wanted.resume, incremental=wanted.incremental)
    except ConfigError:
        if asked:
            raise
        return None


def _note_end(listener: Listener, plan: Plan, journal: Journal | None, finished: bool) -> None:
    """Report to the user at the end what was lost, and the unused suppressions."""
    if journal is not None and journal.fault:
        listener.note(f"the journal could not be kept ({journal.fault}): this run cannot be resumed")
    again = journal is not None and (plan.options.journal.resume or plan.options.journal.incremental)
    # A scan of some documents proves nothing: suppressions may be needed in the unread ones.
    if finished and not again and plan.options.git is None:
        for unused in plan.suppressor.unused():
            listener.note(printable(unused))


def _run_record(plan: Plan, started: datetime, complete: bool, transfer: JsonObject | None) -> JsonObject:
    """Return the report's `run` object."""
    return {
        "version": __version__,
        "model": plan.language_model,
        "policies": [
            {
                "framework": pack.framework,
                "version": pack.version,
                "origin": pack.origin,
                "rules": len(pack.rules),
                "extends": list(pack.extends),
                "warnings": list(pack.warnings),
                "sha256": pack.sha256,
            }
            for pack in plan.packs
        ],
        "options": report_options(plan.options),
        "started_at": started.isoformat(timespec="milliseconds"),
        "finished_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "transfer": transfer,
        "complete": complete,
    }
