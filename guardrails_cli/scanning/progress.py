"""What is told while a scan goes on: nothing, or a line now and then in a log. The bars of a terminal are in `cli`."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from guardrails_cli.core.display import counted, human_bytes, printable
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.results.summary import Summary
from guardrails_cli.results.summary_form import report_counts
from guardrails_cli.system import log

STOPPING = "finishing what is in flight; once more to stop now"
SLOW_SECONDS = 3.0
"""A document that is worked on for longer is named."""
Oldest = Callable[[], tuple[str, float] | None]
"""Returns path and age in seconds of the document that is worked on longest."""
LINE_SECONDS = 10.0
"""How often a log gets a line."""


class Quiet:
    """Says nothing, but what `verbose` asks for."""

    def __init__(self, stream: IO[str], verbose: bool = False) -> None:
        self._stream = stream
        self._verbose = verbose
        self._oldest: Oldest = lambda: None

    def chosen(self, executor: str, why: str) -> None:
        """Tell who does the work, if asked to be verbose or if it is not what the user would expect."""
        if self._verbose or why.isupper() or why.startswith("NO "):
            print(f"guardrails: scanning with {executor} ({why})", file=self._stream, flush=True)

    def note(self, text: str) -> None:
        """Take what is worth knowing about the run."""

    def record(self, record: DocumentResult) -> None:
        """Take a record."""

    def tick(self, partly: int = 0) -> None:
        """Take the time, and how many characters of unfinished documents have been scanned."""

    def follow(self, oldest: Oldest) -> None:
        """Take what tells which document is worked on longest."""
        self._oldest = oldest

    def slow(self) -> str:
        """Return which document has been worked on for more than a few seconds; empty if none has."""
        path, seconds = self._oldest() or ("", 0.0)
        return f"{printable(path)} for {seconds:.0f} s" if seconds >= SLOW_SECONDS else ""

    def ended(self, run: JsonObject, summary: JsonObject, error: str | None) -> None:
        """Take what the report says of the run and in sum, and why the scan ended early if it did."""

    def stopping(self) -> None:
        """Tell that the user's wish to stop was heard. Called from a signal handler."""
        with suppress(OSError):
            os.write(2, f"\nguardrails: {STOPPING}\n".encode())

    def __enter__(self) -> "Quiet":
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass


class Lines(Quiet):
    """A line every ten seconds, for logs: short scans stay silent."""

    def __init__(self, stream: IO[str], verbose: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream, verbose)
        self._clock = clock
        self._begun = self._said = clock()
        self._seen = Summary()

    def note(self, text: str) -> None:
        """Write it as a line."""
        print(f"guardrails: {text}", file=self._stream, flush=True)

    def record(self, record: DocumentResult) -> None:
        """Count the record."""
        self._seen.add(record)
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
    """What is worth knowing as entries of a log for machines; all but failures unless `quiet`.

    Names of documents are content: the number in the report stands for one.
    """

    def __init__(self, stream: IO[str], quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream, clock=clock)
        self._quiet = quiet

    def chosen(self, executor: str, why: str) -> None:
        """Tell who does the work."""
        self._say(f"scanning with {executor}", "executor_chosen", why=why)

    def note(self, text: str) -> None:
        """Write it as an entry."""
        self._say(text, "note")

    def record(self, record: DocumentResult) -> None:
        """Count the record, and tell of a failed one by its number in the report, from 1."""
        self._seen.add(record)
        if record.status is Status.FAILED:
            log.say("a document failed", "document_failed", "warning", document=self._seen.documents)

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
        """Tell that the user's wish to stop was heard. Called from a signal handler."""
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
