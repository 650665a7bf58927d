"""One scan from options to outcome: the function behind `guardrails scan`, free of terminal and files."""

import hashlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Protocol

from guardrails_cli.cluster.messages import WIRE_VERSION, encode_options
from guardrails_cli.core.display import display_path, printable
from guardrails_cli.core.errors import ConfigError, StopNow
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult, Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.core.version import __version__
from guardrails_cli.detect.ner.model_files import find_model
from guardrails_cli.document.document_record import Tally
from guardrails_cli.execute.collect import Collector
from guardrails_cli.execute.executor import Executor
from guardrails_cli.inputs.listing import Listing
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.options.model import EngineOptions, ScanOptions
from guardrails_cli.policy.coverage import unchecked
from guardrails_cli.policy.load import select_packs
from guardrails_cli.policy.packs import Pack
from guardrails_cli.policy.rulebook import Rulebook
from guardrails_cli.results.journal import Journal, default_path, fingerprint
from guardrails_cli.results.json_form import report_options
from guardrails_cli.results.summary import Summary
from guardrails_cli.risk.score import load_model
from guardrails_cli.suppress.allow import AllowList, load_allow_lists
from guardrails_cli.suppress.baseline import Matcher, dump
from guardrails_cli.suppress.baseline import load as load_baseline
from guardrails_cli.suppress.relative_paths import Root
from guardrails_cli.suppress.suppressor import Suppressor
from guardrails_cli.system.processes import cpu_count
from guardrails_cli.system.stop import StopFlag
from guardrails_cli.system.stopwatch import Phases

SMALL_BYTES = 64 * 1024
SMALL_DOCUMENTS = 64
"""Up to here a scan in this process is done before local workers would have started."""
_FIRST_SPEED = {True: 20_000.0, False: 200_000.0}
"""Characters per second to begin with, with and without the language model; the feed follows what it sees."""


class Listener(Protocol):
    """Is told how a scan goes on."""

    def chosen(self, executor: str, why: str) -> None:
        """Tell who does the work, and why it was chosen."""

    def note(self, text: str) -> None:
        """Tell the user something about the run."""

    def record(self, record: DocumentResult) -> None:
        """Take each record, in the report's order."""

    def tick(self, partly: int) -> None:
        """Take the time, several times a second, and how many characters of unfinished documents are scanned."""

    def follow(self, oldest: Callable[[], tuple[str, float] | None]) -> None:
        """Take what tells, at any time and in any thread, the document worked on longest and since how many seconds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scan ended."""

    summary: Summary
    run: JsonObject
    """The report's `run` object."""
    interrupted: bool
    error: str | None
    """Why it ended early, if it did and nobody asked for it."""
    phases: Phases = field(default_factory=Phases)
    """Where the time went."""


class Scan:
    """A scan that is ready to run: options checked, policies loaded.

    Raises:
        ConfigError: if policies, model or patterns cannot be used.

    """

    def __init__(self, options: ScanOptions, own_files: Iterable[Path] = ()) -> None:
        self.options = options
        self.packs: tuple[Pack, ...] = select_packs(options.frameworks, options.policies)
        allow = load_allow_lists(options.allow if options.suppress else (), options.detect.engine.recognizers)
        self.suppressor = _suppressor(options, allow)
        self.options = options = _with_suppression(options, self.suppressor)
        self.risk_model = load_model(options.risk) if options.risk else None
        self.model = _model(options.detect.engine)
        ours = (*own_files, *options.allow, *([options.baseline] if options.baseline else []))
        self.walk = sources_of(options, ours)
        policies = (warning for pack in self.packs for warning in pack.warnings)
        self.warnings = (*policies, *allow.warnings, *self.walk.warnings)
        """What the user should know of policies, allow lists and what is scanned."""
        self.phases = Phases()

    def run(self, listener: Listener, add: Callable[[DocumentResult], None], stop: StopFlag) -> Outcome:
        """Scan everything; each record goes to `add` and the listener as soon as it is its turn.

        Args:
            listener: is told how it goes.
            add: takes the records, in the order of the documents.
            stop: request it once to have the scan end with what is in flight, and again to have it end at once.
                Either way every document begun has a record.

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
        """Yield the record of each document in their order, and return how the scan ended; see `run`.

        Closing the generator ends the scan at once and stops all that it started.
        """
        started = datetime.now(UTC)
        summary = Summary(
            left_out=self.walk.left_out, packs=self.packs, unchecked=unchecked(self.packs, self.options.detect)
        )
        chosen = None
        with suppress(StopNow), stop.interruptible(), self.phases("start"):
            chosen = self._choose()
        sources, executor, why = chosen or (iter(()), None, "")
        journal = self._journal(executor)
        if journal is not None and self.options.journal.resume:
            listener.note("going on with the last run" if journal.resumed else "nothing to go on with: from the start")
        reader = SourceReader(self.options.limits)
        collector = Collector(
            sources,
            reader,
            partial(Tally, Rulebook(self.packs), self.options.max_listed, self.risk_model, suppressor=self.suppressor),
            stop,
            _FIRST_SPEED[self.options.detect.engine.model is not None],
            journal,
            self.phases,
        )
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
                    listener.chosen(executor.name, why)
                    yield from take(collector.records(executor))
            yield from take(collector.abandon())
            finished = not stop.requested and collector.error is None
            if journal is not None and finished:
                journal.complete()
        if journal is not None and journal.fault:
            listener.note(f"the journal could not be kept ({journal.fault}): this run cannot be resumed")
        again = journal is not None and (self.options.journal.resume or self.options.journal.incremental)
        # Of a part of the documents nothing follows: what suppresses may be of use to what is not read.
        if finished and not again and self.options.git is None:
            for unused in self.suppressor.unused():
                listener.note(printable(unused))
        complete = finished and not summary.statuses[Status.FAILED]
        transfer = executor.transfer if executor is not None else None
        record = self._run_record(started, complete, transfer)
        return Outcome(summary, record, stop.requested, collector.error, self.phases)

    @contextmanager
    def _started(self, executor: Executor) -> Iterator[None]:
        with self.phases("start"):
            executor.__enter__()
        try:
            yield
        finally:
            executor.__exit__(None, None, None)

    def _choose(self) -> tuple[Iterator[Source | Unscanned], Executor | None, str]:
        """Return the sources, who is to scan them (None if there are none), and why."""
        options = self.options
        sources = iter(self.walk)
        if options.broker:
            from guardrails_cli.execute.remote import BrokerExecutor

            executor = BrokerExecutor(options.broker, options.detect, limits=options.limits, transfer=options.transfer)
            return sources, executor, "as --broker says"
        from guardrails_cli.execute.inline import SerialExecutor

        if options.inline:
            return sources, SerialExecutor(options.detect), "as --inline says"
        if options.jobs is None:
            first, size = _peek(sources)
            sources = chain(first, sources)
            if not first:
                return sources, None, "nothing to scan"
            if len(first) < SMALL_DOCUMENTS and size < SMALL_BYTES:
                return (
                    sources,
                    SerialExecutor(options.detect),
                    f"{len(first)} documents, {size} bytes: workers would take longer to start",
                )
        from guardrails_cli.execute.local import EmbeddedExecutor, find_server

        binary = find_server()
        if binary is None:
            return (
                sources,
                SerialExecutor(options.detect),
                "NO SERVER FOUND: one process instead of several; see `guardrails doctor`",
            )
        return (
            sources,
            EmbeddedExecutor(options.detect, options.jobs or cpu_count(), binary, options.limits),
            f"embedded server {binary.name}",
        )

    def _journal(self, executor: Executor | None) -> Journal | None:
        """Return the journal of the run; None if none is kept: a small scan has nothing to lose."""
        wanted = self.options.journal
        asked = wanted.resume or wanted.incremental or wanted.path is not None
        if wanted.off or self.options.detect.show_values or self.options.detect.context:
            if wanted.resume or wanted.incremental:
                raise ConfigError(
                    "--resume and --incremental need the journal, which holds no raw values and no context"
                )
            return None
        if not asked and (executor is None or executor.name == "inline"):
            return None
        path = wanted.path or default_path()
        try:
            return Journal(path, self._key(), self._scope(), resume=wanted.resume, incremental=wanted.incremental)
        except ConfigError:
            if asked:
                raise
            return None

    def _key(self) -> str:
        """Return a hash of all that decides what is found, besides the files' content."""
        options = self.options
        detect = encode_options(options.detect)
        detect["key"] = hashlib.sha256(options.detect.key).hexdigest()
        relative = not all(os.path.isabs(path) for path in options.paths)  # noqa: PTH117
        return fingerprint(
            [
                __version__,
                WIRE_VERSION,
                detect,
                self.model,
                [[pack.sha256, *pack.warnings] for pack in self.packs],  # an exception may have ended
                repr(self.risk_model),
                repr(options.limits),
                [
                    hashlib.sha256(word.encode("utf-8", "surrogateescape")).hexdigest()
                    for word in options.limits.passwords
                ],
                options.max_listed,
                [options.suppress, options.show_suppressed, self._suppression()],
                os.getcwd() if relative else None,  # noqa: PTH109
                self._git(),  # of a change only a part is reported
            ]
        )

    def _suppression(self) -> list[str]:
        """Return hashes of what suppresses, besides comments in the documents."""
        baseline = self.suppressor.baseline
        lists = [fingerprint(path.read_bytes().hex()) for path in self.options.allow] if self.options.suppress else []
        known = [dump(baseline.baseline), sorted(map(str, baseline.moved))] if baseline else []
        active = [entry.origin for entry in self.suppressor.allow.entries]  # an entry may have ended
        return [*active, *lists, fingerprint([str(self.options.baseline), *known])]

    def _scope(self) -> str:
        return fingerprint([self.options.paths, asdict(self.options.walk), self._git()])

    def _git(self) -> JsonObject | None:
        return asdict(self.options.git) if self.options.git else None

    def _run_record(self, started: datetime, complete: bool, transfer: JsonObject | None) -> JsonObject:
        options = self.options
        return {
            "version": __version__,
            "model": self.model,
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
                for pack in self.packs
            ],
            "options": report_options(options),
            "started_at": started.isoformat(timespec="milliseconds"),
            "finished_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "transfer": transfer,
            "complete": complete,
        }


def sources_of(options: ScanOptions, own_files: Iterable[Path] = ()) -> Listing:
    """Return what the options say to scan; see `Listing`."""
    return Listing(options.paths, options.walk, own_files, options.git)


def _suppressor(options: ScanOptions, allow: AllowList) -> Suppressor:
    baseline = None
    if options.baseline is not None and options.suppress:
        known = load_baseline(options.baseline, options.detect.key)
        baseline = Matcher(known, Root(options.baseline))
    return Suppressor(
        allow,
        baseline,
        display_path(str(options.baseline)),
        inline=options.suppress,
        most_shown=options.max_listed if options.show_suppressed else 0,
    )


def _with_suppression(options: ScanOptions, suppressor: Suppressor) -> ScanOptions:
    """Return the options with what workers need to know of it."""
    salt = suppressor.baseline.baseline.identity.salt if suppressor.baseline else options.detect.salt
    detect = replace(options.detect, salt=salt, allowed=suppressor.allow.values, directives=options.suppress)
    return replace(options, detect=detect)


def _model(engine: EngineOptions) -> JsonObject | None:
    if engine.model is None:
        return None
    files = find_model(engine.model)
    return {"name": files.name, "version": files.version, "language": files.language}


def _peek(sources: Iterator[Source | Unscanned]) -> tuple[list[Source | Unscanned], int]:
    """Take sources until they are no small scan any more; return them and their size in bytes."""
    first: list[Source | Unscanned] = []
    size = 0
    for source in sources:
        first.append(source)
        size += source.size_bytes
        if len(first) >= SMALL_DOCUMENTS or size >= SMALL_BYTES:
            break
    return first, size
