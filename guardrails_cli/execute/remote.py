"""Workers on a Redis broker: batches out as Celery tasks, results back on one stream per run.

Only a window of batches is in flight, so memory stays flat however many documents there are. A failure of the broker or
a worker loses nothing: the client keeps the batches in flight and hands them out again. docs/faults.md has the cases.
"""

import time
from collections.abc import Callable, Iterator
from typing import Self, TypeVar

from guardrails_cli.cluster import build
from guardrails_cli.cluster.batch import UnitResult
from guardrails_cli.cluster.broker_url import reason
from guardrails_cli.cluster.by_reference import Reference
from guardrails_cli.cluster.celery_app import SOFT_LIMIT
from guardrails_cli.cluster.envelope import cluster_key, key_check
from guardrails_cli.cluster.retry import FAULTS, patiently
from guardrails_cli.cluster.workers import any_alive, forget_workers, present
from guardrails_cli.core.errors import BrokerError, MismatchError
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.core.urls import public_url
from guardrails_cli.execute.executor import Feed
from guardrails_cli.execute.in_flight import InFlight, Parcel
from guardrails_cli.execute.in_flight_limit import Fixed, Window
from guardrails_cli.execute.mailbox import PAGE, Mailbox
from guardrails_cli.execute.supervision import Crew, Loss, LostError
from guardrails_cli.execute.transfer import Transfer, negotiate, require_alike
from guardrails_cli.options.model import DetectOptions, Limits

R = TypeVar("R")

BLOCK_MS = 200
CHECK_SECONDS = 0.5
"""Seconds between checks of overdue batches."""
OVERDUE_SECONDS = 1.0
PASSED_SECONDS = 10.0
"""A batch is presumed lost when a later batch was started this many seconds ago and it was not."""
LEASE_SECONDS = 90.0
"""Lease in seconds, after which a batch is handed out again in case its process hangs. It holds 0.2 s of work."""
NO_WORKER_SECONDS = 30.0
"""Seconds that a run waits for a first worker."""
DESERTED_SECONDS = 120.0
"""Seconds that it waits for the return of its workers, as in a rolling restart."""
MAX_RESTARTS = 100
"""Maximum number of restarts of local workers and servers in one run."""
MAX_IDLE_RESTARTS = 10
"""Maximum number of consecutive restarts without progress; one if it ended by itself, for example without a model."""
_TOO_LONG = Reason(ReasonCode.TIMED_OUT, f"took longer than the limit of {SOFT_LIMIT} s")


class BrokerExecutor:
    """Hands batches to Celery workers over a Redis broker.

    Args:
        url: the broker's, as returned by `guardrails_cli.cluster.broker_url.broker_url`.
        options: options for the workers.
        window: number of batches in flight; None follows the workers that answer.
        crew: server and workers that this run started and keeps alive; None means others do. Such workers need not
            prove their build, and nobody else can read their messages.
        limits: limits of documents that workers read themselves.
        transfer: transfer of documents to the workers, one of `TRANSFERS`.

    """

    def __init__(
        self,
        url: str,
        options: DetectOptions,
        window: int | None = None,
        crew: Crew | None = None,
        limits: Limits | None = None,
        transfer: str = "content",
    ) -> None:
        self.name = f"workers at {public_url(url)}"
        self._url = public_url(url)
        self._wanted = transfer
        self._transfer = Transfer()
        self._key = None if crew else cluster_key()
        self._needs = build.needs(options.engine.model)
        self._mail = Mailbox(url, options, limits or Limits(), self._needs, self._key)
        self._crew = crew
        self._window = Window() if window is None else Fixed(window)
        self._in_flight = InFlight(self._window)
        self._read_at = self._checked_at = self._heard_at = time.monotonic()
        self._waits: dict[str, float] = {}
        """Time since which an overdue batch is begun, or passed by others."""
        self._answered = False
        self._restarts = self._idle_restarts = 0
        self._active = self._beating = False  # since the last restart

    def __enter__(self) -> Self:
        try:
            self._mail.announce()
        except FAULTS as error:
            raise BrokerError(f"cannot reach the broker: {reason(error)}") from None
        if self._crew is None:
            self._greet()
        return self

    def _greet(self) -> None:
        """Agree with the present workers on how to work together; a later one checks each message."""
        workers = require_alike(present(self._mail.client), self._needs | {"key": key_check(self._key)})
        self._transfer = negotiate(self._wanted, workers)
        self.name = f"{self.name}, documents by {self._transfer.name}{', encrypted' if self._key else ''}"

    @property
    def transfer(self) -> JsonObject:
        """Transfer of documents to the workers, for the report."""
        return {"by": self._transfer.name, "encrypted": self._key is not None, "reason": self._transfer.why}

    def refer(self, source: Source) -> Reference | Unscanned | None:
        """Return a reference with which workers can read a source; see `Executor.refer`."""
        return self._transfer.refer(source, self._mail.scan)

    def __exit__(self, *exc_info: object) -> None:
        self._mail.close(() if self._crew else self._in_flight.names())

    def run(self, feed: Feed) -> Iterator[UnitResult | None]:
        """Yield each unit's result once; see `Executor.run`."""
        self._read_at = self._checked_at = self._heard_at = time.monotonic()
        loss: Loss | None = None
        while True:
            try:
                if loss is not None and self._crew is not None:
                    yield from self._recover(self._crew, loss)
                    loss = None
                while (parcel := self._in_flight.next(feed)) is not None:
                    self._send(parcel)
                if self._in_flight:
                    yield from self._receive(BLOCK_MS)
                elif feed.exhausted:
                    return
                else:
                    self._heard_at = time.monotonic()
                if time.monotonic() - self._checked_at >= CHECK_SECONDS:
                    yield from self._check()
            except LostError as lost:
                loss = lost.loss
            yield None

    def _send(self, parcel: Parcel) -> None:
        name = self._in_flight.hand_out(parcel)
        self._patiently(lambda: self._mail.send(name, parcel.units))

    def _receive(self, block: int | None) -> Iterator[UnitResult]:
        begun = time.monotonic()
        try:
            answers = self._patiently(lambda: self._mail.receive(block))
        except MismatchError as error:
            raise BrokerError(str(error)) from None
        if len(answers) < PAGE:
            self._read_at = begun  # all answers up to then are known now
        if answers:
            self._heard_at = begun
            self._answered = self._active = True
        for name, process, results in answers:
            self._window.answered(process)
            if self._in_flight.answered(name):
                yield from results

    def _patiently(self, call: Callable[[], R]) -> R:
        return patiently(call, self._look_after_crew)

    def _look_after_crew(self) -> None:
        if self._crew and (loss := self._crew.lost()):
            raise LostError(loss)

    def _check(self) -> Iterator[UnitResult]:
        """Find batches that may be lost, and hand them out again."""
        self._checked_at = time.monotonic()
        self._look_after_crew()
        if self._patiently(self._mail.has_forgotten):
            self._start_over()
            return
        # Times are compared with the last one at which every answer was known, however slow our own reader is.
        overdue = self._in_flight.names(before=self._read_at - OVERDUE_SECONDS)
        begun = self._patiently(lambda: self._mail.owners(overdue))
        for name in begun:
            self._in_flight.reached(name)
        if any(begun.values()):
            self._heard_at, self._active = self._checked_at, True
        for name, error in self._patiently(lambda: self._mail.failures(overdue)):
            yield from self._failed(name, error)
        self._waits = {name: self._waits.get(name, self._read_at) for name in overdue if name in self._in_flight}
        for name in list(self._waits):
            yield from self._look_after(name, begun.get(name))
        if self._crew:
            self._see_it_beat()
        else:
            self._require_workers(self._read_at - self._heard_at)

    def _look_after(self, name: str, owner_lives: bool | None) -> Iterator[UnitResult]:
        """Hand a batch out again if it is lost; `owner_lives` is None if no worker has begun it."""
        waited = self._read_at - self._waits[name]
        if owner_lives is None:
            if not self._in_flight.is_passed(name):
                self._waits[name] = self._read_at
            elif waited > PASSED_SECONDS:
                self._in_flight.lost(name)
        elif not owner_lives:
            yield from self._in_flight.killed_its_worker(name)
        elif waited > LEASE_SECONDS and len(self._in_flight[name].sent) == 1:
            self._send(self._in_flight[name])

    def _failed(self, name: str, error: object) -> Iterator[UnitResult]:
        self._answered = self._active = True
        self._heard_at = time.monotonic()
        kind = type(error).__name__
        if kind == "MismatchError":  # other messages would be refused as well
            raise BrokerError(str(error))
        if kind == "WorkerLostError":
            yield from self._in_flight.killed_its_process(name)
        elif kind in ("SoftTimeLimitExceeded", "TimeLimitExceeded"):
            yield from self._in_flight.failed(name, _TOO_LONG, every=False)
        elif kind == "BrokerError":
            self._in_flight.lost(name)  # its worker could not send the answer
        else:
            unusable = kind == "ConfigError"
            code = ReasonCode.WORKER_UNUSABLE if unusable else ReasonCode.ANALYSIS_FAILED
            yield from self._in_flight.failed(name, Reason(code, str(error)), every=unusable)

    def _start_over(self) -> None:
        self._in_flight.lost_all()
        self._waits.clear()
        self._patiently(self._mail.start_over)

    def _recover(self, crew: Crew, loss: Loss) -> Iterator[UnitResult]:
        """Restart the dead processes, and hand out their batches again."""
        begun: list[str] = []
        if not loss.server:
            yield from self._receive(block=None)  # a batch with an answer is no suspect
            begun = list(self._patiently(lambda: self._mail.owners(self._in_flight.names())))
        self._restarts += 1
        self._idle_restarts = 0 if self._active or begun else self._idle_restarts + 1
        if self._idle_restarts > (MAX_IDLE_RESTARTS if loss.killed else 1) or self._restarts > MAX_RESTARTS:
            raise BrokerError(f"{loss.reason} (started {self._restarts} times)")
        crew.renew(loss)
        self._active = self._beating = False
        self._patiently(lambda: forget_workers(self._mail.client))
        for name in begun:
            yield from self._in_flight.killed_its_worker(name)
        self._start_over()

    def _see_it_beat(self) -> None:
        """Detect a local worker that hangs."""
        if self._patiently(lambda: any_alive(self._mail.client)):
            self._beating = True
        elif self._beating:
            raise LostError(Loss("the local worker hung", server=False))

    def _require_workers(self, quiet: float) -> None:
        """Give up if no worker is left, or ever came; a busy one is worth waiting for."""
        if quiet < (NO_WORKER_SECONDS if self._answered else OVERDUE_SECONDS):
            return
        if self._patiently(self._mail.anybody_there):
            self._answered, self._heard_at = True, time.monotonic()
        elif quiet > (DESERTED_SECONDS if self._answered else NO_WORKER_SECONDS):
            raise BrokerError(f"no worker answers; start one: guardrails worker --broker {self._url}")
