"""Workers on a Redis broker: batches out as Celery tasks, results back on one stream per run.

A window of batches is in flight, so memory stays flat however many documents there are. Nothing that the broker or a
worker loses is lost: the client keeps what is in flight and hands it out again. docs/faults.md tells when.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

import redis
from celery import Celery

from guardrails_cli.batch import (
    RUN_SECONDS,
    TASK_NAME,
    UnitResult,
    decode_answers,
    encode_batch,
    run_key,
    stream_key,
)
from guardrails_cli.celery_app import SOFT_LIMIT, backend_client, configure, public_url
from guardrails_cli.claims import any_alive, claims_key, forget_workers, owners
from guardrails_cli.config import DetectOptions
from guardrails_cli.errors import BrokerError
from guardrails_cli.executors.base import Feed
from guardrails_cli.executors.in_flight import InFlight, Parcel
from guardrails_cli.patience import FAULTS, patiently, reason

R = TypeVar("R")

BLOCK_MS = 200
PAGE = 64
"""Answers that are read at once."""
CHECK_SECONDS = 0.5
"""How often it is looked up what became of what is overdue."""
OVERDUE_SECONDS = 1.0
PASSED_SECONDS = 10.0
"""What no worker has begun so long after what was handed out later, was lost on its way."""
LEASE_SECONDS = 90.0
"""After so long a batch is handed out a second time, in case the process that has it hangs. It holds 0.2 s of work."""
NO_WORKER_SECONDS = 30.0
"""How long a run waits for a first worker."""
DESERTED_SECONDS = 120.0
"""How long it waits for workers that it has had before: a rolling restart."""
MAX_RESTARTS = 100
"""Of local workers and servers in one run."""
MAX_IDLE_RESTARTS = 3
"""Of those in a row, in which nothing was scanned."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What died of a run's own processes."""

    reason: str
    server: bool
    """Whether it was the server, and with it all that lay in it."""


class Crew(Protocol):
    """The processes that a run started for itself, if it did."""

    def lost(self) -> Loss | None:
        """Return what died since the last call of `renew`."""

    def renew(self, loss: Loss) -> None:
        """End what is left of the lost, and start it anew. Raises BrokerError if it does not start."""


class _LostError(Exception):
    """Unwinds to the loop: something of the crew's died."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.reason)
        self.loss = loss


class BrokerExecutor:
    """Hands batches to Celery workers over a Redis broker.

    Args:
        url: of the broker, as `guardrails_cli.celery_app.broker_url` takes it.
        options: what the workers need to know.
        window: how many batches may be in flight.
        crew: server and workers that this run started and keeps alive; None means others do.

    """

    def __init__(self, url: str, options: DetectOptions, window: int = 64, crew: Crew | None = None) -> None:
        self.name = f"workers at {public_url(url)}"
        self._app: Celery[Any] = configure(url)
        self._options = options
        self._crew = crew
        self._run = uuid.uuid4().hex
        self._in_flight = InFlight(window)
        self._last: bytes | str = "0-0"  # of the stream's entries, the last one read
        self._server: str | None = None
        self._read_at = self._checked_at = self._heard_at = time.monotonic()
        self._answered = False
        self._passed: dict[str, float] = {}
        self._restarts = self._idle_restarts = 0
        self._active = self._beating = False  # since the last restart

    def __enter__(self) -> Self:
        try:
            self._announce()
        except FAULTS as error:
            raise BrokerError(f"cannot reach the broker: {reason(error)}") from None
        return self

    def __exit__(self, *exc_info: object) -> None:
        with suppress(*FAULTS):  # workers drop the messages of a run whose key is gone
            self._client.delete(run_key(self._run), stream_key(self._run), claims_key(self._run))
        self._app.close()

    @property
    def _client(self) -> Any:
        return backend_client(self._app)

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
                    yield from self._receive()
                elif feed.exhausted:
                    return
                else:
                    self._heard_at = time.monotonic()
                if time.monotonic() - self._checked_at >= CHECK_SECONDS:
                    yield from self._check()
            except _LostError as lost:
                loss = lost.loss
            yield None

    def _send(self, parcel: Parcel) -> None:
        name = self._in_flight.hand_out(parcel)
        message = encode_batch(self._run, name, self._options, parcel.units)
        self._patiently(
            lambda: self._app.send_task(
                TASK_NAME,
                (message,),
                task_id=name,
                ignore_result=True,
                argsrepr="-",
                kwargsrepr="-",
                retry=False,
            )
        )

    def _receive(self, block: int | None = BLOCK_MS) -> Iterator[UnitResult]:
        begun = time.monotonic()
        stream = stream_key(self._run)
        entries = list(
            _flat(self._patiently(lambda: self._client.xread({stream: self._last}, count=PAGE, block=block)))
        )
        if len(entries) < PAGE:
            self._read_at = begun  # all that was in the stream by then is known now
        for number, fields in entries:
            self._heard_at = begun
            self._answered = self._active = True
            self._last = number
            if self._in_flight.answered(fields[b"batch"].decode()):
                yield from decode_answers(fields[b"results"])
        if entries:
            self._patiently(lambda: self._client.xtrim(stream, minid=self._last, approximate=False))

    def _patiently(self, call: Callable[[], R]) -> R:
        return patiently(call, self._look_after_crew)

    def _look_after_crew(self) -> None:
        if self._crew and (loss := self._crew.lost()):
            raise _LostError(loss)

    def _check(self) -> Iterator[UnitResult]:
        """Look after everything that may have been lost, and hand it out again."""
        self._checked_at = time.monotonic()
        self._look_after_crew()
        if self._patiently(self._has_lost_its_memory):
            self._start_over()
            return
        # Times are compared with the last one at which every answer was known, however slow the reader of ours is.
        overdue = self._in_flight.names(older_than=self._read_at - OVERDUE_SECONDS)
        begun = self._patiently(lambda: owners(self._client, self._run, overdue))
        for name in begun:
            self._in_flight.reached(name)
        if any(begun.values()):
            self._heard_at, self._active = self._checked_at, True
        for name, error in self._patiently(lambda: self._failures(overdue)):
            yield from self._failed(name, error)
        self._passed = {name: self._passed.get(name, self._read_at) for name in overdue if name in self._in_flight}
        for name in list(self._passed):
            yield from self._look_after(name, begun.get(name))
        if self._crew:
            self._see_it_beat()
        else:
            self._require_workers(self._read_at - self._heard_at)

    def _look_after(self, name: str, owner_lives: bool | None) -> Iterator[UnitResult]:
        """Hand a batch out again if it is lost; `owner_lives` is None where no worker has begun it."""
        if owner_lives is None:
            if not self._in_flight.is_passed(name):
                self._passed[name] = self._read_at
            elif self._read_at - self._passed[name] > PASSED_SECONDS:
                self._in_flight.lost(name)
        elif not owner_lives:
            yield from self._in_flight.killed_its_worker(name)
        elif self._read_at - self._passed[name] > LEASE_SECONDS and len(self._in_flight[name].sent) == 1:
            self._send(self._in_flight[name])

    def _failures(self, names: list[str]) -> list[tuple[str, object]]:
        """Return the batches whose tasks failed as a whole, with their exceptions."""
        backend: Any = self._app.backend
        stored = self._client.mget([backend.get_key_for_task(name) for name in names]) if names else ()
        metas = {
            name: backend.meta_from_decoded(backend.decode_result(data))
            for name, data in zip(names, stored, strict=True)
            if data
        }
        return [(name, meta["result"]) for name, meta in metas.items() if meta["status"] == "FAILURE"]

    def _failed(self, name: str, error: object) -> Iterator[UnitResult]:
        self._answered = self._active = True
        self._heard_at = time.monotonic()
        kind = type(error).__name__
        if kind == "WorkerLostError":
            yield from self._in_flight.killed_its_process(name)
        elif kind in ("SoftTimeLimitExceeded", "TimeLimitExceeded"):
            yield from self._in_flight.failed(name, f"took longer than the limit of {SOFT_LIMIT} s", every=False)
        elif kind == "BrokerError":
            self._in_flight.lost(name)  # its worker could not tell its answer
        else:
            yield from self._in_flight.failed(name, str(error), every=kind == "ConfigError")

    def _announce(self) -> None:
        client = self._client
        client.set(run_key(self._run), 1, ex=RUN_SECONDS)
        self._server = self._incarnation()

    def _incarnation(self) -> str | None:
        """Return what changes when the server is started anew, None if this user may not know."""
        with suppress(redis.ResponseError):
            return str(self._client.info("server").get("run_id"))
        return None

    def _has_lost_its_memory(self) -> bool:
        """Return whether the server was restarted, emptied, or let the run expire."""
        return not self._client.expire(run_key(self._run), RUN_SECONDS) or self._incarnation() != self._server

    def _start_over(self) -> None:
        """Hand out all again, as another run: workers drop what may still lie in the broker of this one."""
        self._in_flight.lost_all()
        self._passed.clear()
        forgotten, self._run, self._last = self._run, uuid.uuid4().hex, "0-0"
        self._patiently(lambda: self._client.delete(run_key(forgotten), stream_key(forgotten), claims_key(forgotten)))
        self._patiently(self._announce)

    def _recover(self, crew: Crew, loss: Loss) -> Iterator[UnitResult]:
        """Start anew what died of the crew, and hand out again what it had."""
        begun: list[str] = []
        if not loss.server:
            yield from self._receive(block=None)  # who has answered is no suspect
            names = self._in_flight.names(older_than=time.monotonic() + 1)
            begun = list(self._patiently(lambda: owners(self._client, self._run, names)))
        self._restarts += 1
        self._idle_restarts = 0 if self._active or begun else self._idle_restarts + 1
        if self._idle_restarts > MAX_IDLE_RESTARTS or self._restarts > MAX_RESTARTS:
            raise BrokerError(f"{loss.reason}; it was started {self._restarts} times")
        crew.renew(loss)
        self._active = self._beating = False
        self._patiently(lambda: forget_workers(self._client))
        for name in begun:
            yield from self._in_flight.killed_its_worker(name)
        self._start_over()

    def _see_it_beat(self) -> None:
        """Notice a local worker that is there and hangs."""
        if self._patiently(lambda: any_alive(self._client)):
            self._beating = True
        elif self._beating:
            raise _LostError(Loss("the local worker hung", server=False))

    def _require_workers(self, quiet: float) -> None:
        """Give up where no worker is left, or was ever there. Whoever waits for a busy one is told so by its answer."""
        if quiet < (NO_WORKER_SECONDS if self._answered else OVERDUE_SECONDS):
            return
        if self._patiently(lambda: self._app.control.ping(timeout=1.0, limit=1)):
            self._answered, self._heard_at = True, time.monotonic()
        elif quiet > (DESERTED_SECONDS if self._answered else NO_WORKER_SECONDS):
            raise BrokerError(
                f"no worker answers; start one: guardrails worker --broker {self.name.rpartition(' ')[2]}"
            )


def _flat(rows: Any) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    """Yield the entries of one stream, whether the client wraps them in one more list (RESP 3) or not."""
    for _stream, entries in rows.items() if isinstance(rows, dict) else rows or ():
        for entry in entries:
            if isinstance(entry, list) and entry and isinstance(entry[0], tuple | list):
                yield from entry
            else:
                yield entry
