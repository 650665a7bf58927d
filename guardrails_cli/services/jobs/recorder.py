"""The display of a scan that runs as a job: it shows nothing, it keeps the job's record."""

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
"""How often the record is written while the scan goes on."""
BOARD_SECONDS = 1.0
"""How often the broker is told, and asked whether the job is to end."""
AWAY_SECONDS = 15.0
"""After a failure to tell it, the broker is left in peace for so long."""


class Keeper:
    """Writes a job's record to its folder, and tells it to the broker if the job has one.

    Args:
        folder: the job's.
        job: its record.
        board: of the broker; None if the job has none.

    """

    def __init__(self, folder: JobFolder, job: Job, board: "Board | None") -> None:
        self.folder = folder
        self.job = job
        self.board = board
        self._told = 0.0
        self._wish: str | None = None

    def update(self, job: Job) -> None:
        """Keep a new record. A full disk or a broker that is away does not end the scan."""
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
                os.kill(os.getpid(), signal.SIGTERM)  # what `guardrails cancel` on this machine sends
            self._wish = wish


class JobDisplay(Lines):
    """Follows a scan as the bars of a terminal do, for those who look from elsewhere; the log gets its lines too.

    Args:
        keeper: takes the record.
        log: takes lines for people.
        census: yields the same sources as the scan; counted in a thread, so that there is a total.
        verbose: whether to tell who does the work.

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
        """Keep the present state if it is time."""
        super().tick(partly)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + BEAT_SECONDS
            self._keeper.update(replace(self._keeper.job, progress=self._progress(partly)))

    def ended(self, run: JsonObject, summary: JsonObject, error: str | None) -> None:
        """Keep what the scan amounts to."""
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
