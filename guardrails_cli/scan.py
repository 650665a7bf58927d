"""One scan from options to outcome: the function behind `guardrails scan`, free of terminal and files."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Protocol

from guardrails_cli import __version__, wire
from guardrails_cli.aggregate import Summary
from guardrails_cli.config import EngineOptions, ScanOptions, cpu_count
from guardrails_cli.detect.model_files import find_model
from guardrails_cli.errors import StopNow
from guardrails_cli.executors.base import Executor
from guardrails_cli.executors.flow import Flow, StopFlag
from guardrails_cli.model import DocumentResult, Pack, Source, Status, Unscanned
from guardrails_cli.policy.coverage import unchecked
from guardrails_cli.policy.load import select_packs
from guardrails_cli.reading.source import SourceReader
from guardrails_cli.sources.walk import Walk
from guardrails_cli.wire import JsonObject

SMALL_BYTES = 64 * 1024
SMALL_DOCUMENTS = 64
"""Up to here a scan in this process is done before local workers would have started."""
_FIRST_SPEED = {True: 20_000.0, False: 200_000.0}
"""Characters per second to begin with, with and without the language model; the flow follows what it sees."""


class Listener(Protocol):
    """Is told how a scan goes on."""

    def chosen(self, executor: str, why: str) -> None:
        """Tell who does the work, and why it was chosen."""

    def record(self, record: DocumentResult) -> None:
        """Take each record, in the report's order."""

    def tick(self, partly: int) -> None:
        """Take the time, several times a second, and how many characters of unfinished documents are scanned."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scan ended."""

    summary: Summary
    run: JsonObject
    """The report's `run` object."""
    interrupted: bool
    error: str | None
    """Why it ended early, if it did and nobody asked for it."""


class Scan:
    """A scan that is ready to run: options checked, policies loaded.

    Raises:
        ConfigError: if policies, model or patterns cannot be used.

    """

    def __init__(self, options: ScanOptions, own_files: Iterable[Path] = ()) -> None:
        self.options = options
        self.packs: tuple[Pack, ...] = select_packs(options.frameworks, options.policies)
        self.warnings = tuple(warning for pack in self.packs for warning in pack.warnings)
        """What the user should know of the policies."""
        self.model = _model(options.detect.engine)
        self.walk = Walk(options.paths, options.walk, own_files)

    def run(self, listener: Listener, add: Callable[[DocumentResult], None], stop: StopFlag) -> Outcome:
        """Scan everything; each record goes to `add` and the listener as soon as it is its turn.

        Args:
            listener: is told how it goes.
            add: takes the records, in the order of the documents.
            stop: set its flag to have the scan end with what is in flight. A `StopNow` raised from a signal
                handler ends it at once. Either way every document begun has a record.

        """
        started = datetime.now(UTC)
        summary = Summary(
            left_out=self.walk.left_out, packs=self.packs, unchecked=unchecked(self.packs, self.options.detect)
        )
        sources, executor, why = self._choose()
        reader = SourceReader(self.options.limits)
        flow = Flow(
            sources,
            reader,
            self.packs,
            stop,
            _FIRST_SPEED[self.options.detect.engine.model is not None],
            self.options.max_listed,
        )

        def take(records: Iterable[DocumentResult | None]) -> None:
            for record in records:
                if record is None:
                    listener.tick(flow.partly_scanned)
                else:
                    summary.add(record)
                    listener.record(record)
                    add(record)

        interrupted = False
        try:
            with reader, executor or nullcontext():
                if executor is not None:
                    listener.chosen(executor.name, why)
                    take(flow.records(executor))
        except StopNow:
            interrupted = True
        take(flow.abandon())
        interrupted = interrupted or stop.requested
        complete = not interrupted and flow.error is None and not summary.statuses[Status.FAILED]
        return Outcome(summary, self._run_record(started, complete), interrupted, flow.error)

    def _choose(self) -> tuple[Iterator[Source | Unscanned], Executor | None, str]:
        """Return the sources, who is to scan them (None if there are none), and why."""
        options = self.options
        sources = iter(self.walk)
        if options.broker:
            from guardrails_cli.executors.broker import BrokerExecutor

            return sources, BrokerExecutor(options.broker, options.detect), "as --broker says"
        from guardrails_cli.executors.serial import SerialExecutor

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
        from guardrails_cli.executors.embedded import EmbeddedExecutor, find_server

        binary = find_server()
        if binary is None:
            return (
                sources,
                SerialExecutor(options.detect),
                "NO SERVER FOUND: one process instead of several; see `guardrails doctor`",
            )
        return (
            sources,
            EmbeddedExecutor(options.detect, options.jobs or cpu_count(), binary),
            f"embedded server {binary.name}",
        )

    def _run_record(self, started: datetime, complete: bool) -> JsonObject:
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
            "options": wire.report_options(options),
            "started_at": started.isoformat(timespec="milliseconds"),
            "finished_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "complete": complete,
        }


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
        size += source.size_bytes if isinstance(source, Source) else 0
        if len(first) >= SMALL_DOCUMENTS or size >= SMALL_BYTES:
            break
    return first, size
