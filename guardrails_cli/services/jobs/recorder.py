"""The display of a scan that runs as a job: it shows nothing but keeps the job's record."""

import os
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.results.summary_form import report_counts
from guardrails_cli.scanning.progress import Lines
from guardrails_cli.services.jobs.record import Job, Progress, State, now, public
from guardrails_cli.services.jobs.store import JobFolder

if TYPE_CHECKING:
    from guardrails_cli.services.jobs.broker_board import Board

BEAT_SECONDS = 0.5
"""Seconds between writes of the record during the scan."""
BOARD_SECONDS = 1.0
"""Seconds between reports to the broker, which also check for a request to cancel."""
AWAY_SECONDS = 15.0
"""Seconds without contact to the broker after a failed report."""


class Keeper:
    """Writes a job's record to its folder, and publishes it on the broker if the job has one.

    Args:
        folder: the job's.
        job: its record.
        board: the broker's board; None if the job has no broker.

    """

    def __init__(self, folder: JobFolder, job: Job, board: "Board | None") -> None:
        self.folder = folder
        self.job = job
        self.board = board
        self._told = 0.0
        self._wish: str | None = None

    def update(self, job: Job) -> None:
        """Store a new record. A full disk or an unreachable broker does not end the scan."""
        moved = job.status is not self.job.status
        self.job = job
        with suppress(OSError):
            self.folder.write(job)
        if self.board is not None and (moved or time.monotonic() > self._told):
            self._tell(self.board)

    def _tell(self, board: "Board") -> None:
        from guardrails_cli.services.jobs.broker_board import FAULTS

        try:
            wish = board.publish(public(self.job))
        except FAULTS:
            self._told = time.monotonic() + AWAY_SECONDS
            return
        self._told = time.monotonic() + BOARD_SECONDS
        if wish and wish != self._wish:
            for _ in range(2 if wish == "now" and self._wish is None else 1):
                os.kill(os.getpid(), signal.SIGTERM)  # the signal that `guardrails cancel` sends on this machine
            self._wish = wish


class JobDisplay(Lines):
    """Records a scan's progress as a terminal's bars show it, for remote observers; the log gets its lines too.

    Args:
        keeper: takes the record.
        log: receives lines for people.
        census: yields the same sources as the scan; counted in a thread to get a total.
        verbose: whether to report which executor does the work.

    """

    def __init__(
        self, keeper: Keeper, log: IO[str], census: Iterable[Source | Unscanned], verbose: bool = False
    ) -> None:
        super().__init__(log, verbose)
        self._keeper = keeper
        self._census = census
        self._next = 0.0
        self._totals: tuple[int, int] | tuple[None, None] = (None, None)

    def tick(self, partly: int = 0) -> None:
        """Store the present state if it is time."""
        super().tick(partly)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + BEAT_SECONDS
            self._keeper.update(replace(self._keeper.job, progress=self._progress(partly)))

    def ended(self, run: JsonObject, summary: JsonObject, error: str | None) -> None:
        """Store the result of the scan."""
        result = {
            "exit_code": None,
            "complete": run["complete"],
            "report": str(self._keeper.folder.report),
            "summary": summary,
        }
        self._keeper.update(replace(self._keeper.job, progress=self._progress(0), error=error, result=result))

    def __enter__(self) -> "JobDisplay":
        self._keeper.update(replace(self._keeper.job, status=State.STARTED, started_at=now()))
        threading.Thread(target=self._count, daemon=True).start()
        return self

    def _progress(self, partly: int) -> Progress:
        seen = self._seen
        return Progress(
            documents=seen.documents,
            bytes=seen.bytes + partly,
            failed=seen.statuses[Status.FAILED],
            findings=seen.findings,
            by_severity=report_counts(seen)["by_severity"],
            total_documents=self._totals[0],
            total_bytes=self._totals[1],
        )

    def _count(self) -> None:
        documents = size = 0
        for source in self._census:
            documents += 1
            size += source.size_bytes
        self._totals = (documents, size)
