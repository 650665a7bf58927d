"""Progress of a scan: silent, or occasional lines in a log. The bars of a terminal are in `cli`."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from guardrails_cli.core.display import counted, human_bytes, printable
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.results.summary import Summary
from guardrails_cli.results.summary_form import report_counts
from guardrails_cli.system import log

STOPPING = "finishing what is in flight; once more to stop now"
SLOW_SECONDS = 3.0
"""Seconds of work on a document after which it is named."""
Oldest = Callable[[], tuple[str, float] | None]
"""Returns path and age in seconds of the document in progress for the longest time."""
LINE_SECONDS = 10.0
"""Seconds between lines in a log."""


class Quiet:
    """Silent, except for the messages that `verbose` asks for."""

    def __init__(self, stream: IO[str], verbose: bool = False) -> None:
        self._stream = stream
        self._verbose = verbose
        self._oldest: Oldest = lambda: None
        self._seen = Summary()
        """The run's own, once it has begun."""

    def counts(self, summary: Summary) -> None:
        """Take the run's summary, to show it as it grows."""
        self._seen = summary

    def chosen(self, executor: str, why: Reason) -> None:
        """Report the executor, if asked to be verbose or if it is not what the user would expect."""
        if self._verbose or why.code is ReasonCode.NO_SERVER:
            print(f"guardrails: scanning with {executor} ({why})", file=self._stream, flush=True)

    def note(self, text: str) -> None:
        """Take a note about the run."""

    def record(self, record: DocumentResult) -> None:
        """Take a record."""

    def tick(self, partly: int = 0) -> None:
        """Take the time, and the number of characters scanned in unfinished documents."""

    def follow(self, oldest: Oldest) -> None:
        """Take a function that returns the document in progress for the longest time."""
        self._oldest = oldest

    def slow(self) -> str:
        """Return the document in progress for more than a few seconds; empty if there is none."""
        path, seconds = self._oldest() or ("", 0.0)
        return f"{printable(path)} for {seconds:.0f} s" if seconds >= SLOW_SECONDS else ""

    def ended(self, run: JsonObject, summary: JsonObject, error: str | None) -> None:
        """Take the report's run and summary, and why the scan ended early if it did."""

    def stopping(self) -> None:
        """Confirm the request to stop. Called from a signal handler."""
        with suppress(OSError):
            os.write(2, f"\nguardrails: {STOPPING}\n".encode())

    def __enter__(self) -> "Quiet":
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass


class Lines(Quiet):
    """Writes a line every ten seconds, for logs: short scans stay silent."""

    def __init__(self, stream: IO[str], verbose: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream, verbose)
        self._clock = clock
        self._begun = self._said = clock()

    def note(self, text: str) -> None:
        """Write the note as a line."""
        print(f"guardrails: {text}", file=self._stream, flush=True)

    def record(self, record: DocumentResult) -> None:
        """Name a document that failed, if asked to be verbose."""
        if self._verbose and record.status is Status.FAILED:
            print(
                f"guardrails: failed: {printable(record.path)}: {record.reason}",
                file=self._stream,
                flush=True,
            )

    def tick(self, partly: int = 0) -> None:
        """Write a line if it is time."""
        del partly
        now = self._clock()
        if now - self._said >= LINE_SECONDS:
            self._said = now
            slow = self.slow()
            print(
                f"guardrails: {counts_line(self._seen)} after {now - self._begun:.0f} s"
                + (f"; at {slow}" if slow else ""),
                file=self._stream,
                flush=True,
            )


class Entries(Lines):
    """Writes log entries for machines; only failures if `quiet`.

    Names of documents are content: the number in the report replaces them.
    """

    def __init__(self, stream: IO[str], quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream, clock=clock)
        self._quiet = quiet

    def chosen(self, executor: str, why: Reason) -> None:
        """Report the executor."""
        self._say(f"scanning with {executor}", "executor_chosen", why=why, code=why.code)

    def note(self, text: str) -> None:
        """Write the note as an entry."""
        self._say(text, "note")

    def record(self, record: DocumentResult) -> None:
        """Report a failed document by its number in the report, from 1."""
        if record.status is Status.FAILED:
            log.say(
                "a document failed",
                "document_failed",
                "warning",
                document=self._seen.documents,
                code=record.reason_code,
            )

    def tick(self, partly: int = 0) -> None:
        """Write an entry if it is time."""
        del partly
        now = self._clock()
        if now - self._said >= LINE_SECONDS:
            self._said = now
            self._say(
                counts_line(self._seen), "progress", seconds=round(now - self._begun, 1), **report_counts(self._seen)
            )

    def stopping(self) -> None:
        """Confirm the request to stop. Called from a signal handler."""
        with suppress(OSError):
            os.write(2, (log.entry("stopping", "warning", message=STOPPING) + "\n").encode())

    def _say(self, text: str, event: str, **fields: object) -> None:
        if not self._quiet:
            log.say(text, event, "info", **fields)


def counts_line(seen: Summary) -> str:
    """Return documents, bytes, findings by severity and failures so far in one line."""
    by_severity = ", ".join(
        f"{seen.severities[severity]:,} {severity.name.lower()}"
        for severity in reversed(Severity)
        if seen.severities[severity]
    )
    documents, findings = counted(seen.documents, "document"), counted(seen.findings, "finding")
    text = f"{documents}, {human_bytes(seen.bytes)}, {findings}"
    text += f" ({by_severity})" if by_severity else ""
    return text + (f", {seen.statuses[Status.FAILED]:,} failed" if seen.statuses[Status.FAILED] else "")
