"""Workers on a Redis broker: batches out as Celery tasks, results back on one stream per run.

A window of batches is in flight, so memory stays flat however many documents there are. A batch that fails as a whole
(a killed worker process, a time limit) is handed out again unit by unit, so that only the culprit's document fails.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from guardrails_cli.batch import (
    RUN_SECONDS,
    TASK_NAME,
    Unit,
    UnitResult,
    decode_answers,
    encode_batch,
    run_key,
    stream_key,
)
from guardrails_cli.celery_app import HARD_LIMIT, SOFT_LIMIT, backend_client, client, public_url
from guardrails_cli.config import DetectOptions
from guardrails_cli.errors import BrokerError
from guardrails_cli.executors.base import Feed

BLOCK_MS = 200
CHECK_SECONDS = 1.0
"""How often the state of overdue batches is looked up."""
OVERDUE_SECONDS = 2.0
LEASE_SECONDS = HARD_LIMIT + 300
"""A batch without a sign of life for so long is handed out again: its worker's machine is gone."""
MAX_ATTEMPTS = 3
"""How often a unit is handed out before its document is given up."""
OUTAGE_SECONDS = 20.0
"""How long the broker may be away before the run is given up."""
NO_WORKER_SECONDS = 30.0

_FAULTS = (redis.RedisError, OperationalError, OSError)


@dataclass(slots=True)
class _Batch:
    units: list[Unit]
    attempt: int
    sent: float


class BrokerExecutor:
    """Hands batches to Celery workers over a Redis broker.

    Args:
        url: of the broker, as `guardrails_cli.celery_app.broker_url` takes it.
        options: what the workers need to know.
        window: how many batches may be in flight.
        watch: called about once a second; returns True if workers were lost and started anew, so that what is in
            flight has to be sent again. Raises BrokerError if they cannot be kept alive.

    """

    def __init__(
        self, url: str, options: DetectOptions, window: int = 64, watch: Callable[[], bool] | None = None
    ) -> None:
        self.name = f"workers at {public_url(url)}"
        self._app: Celery[Any] = client(url)
        self._options = options
        self._window = window
        self._watch = watch
        self._run = uuid.uuid4().hex
        self._in_flight: dict[str, _Batch] = {}
        self._answered = False
        self._last: bytes | str = "0-0"  # of the stream's entries, the last one read

    def __enter__(self) -> Self:
        try:
            self._client.set(run_key(self._run), 1, ex=RUN_SECONDS)
        except _FAULTS as error:
            raise BrokerError(f"cannot reach the broker: {_reason(error)}") from None
        return self

    def __exit__(self, *exc_info: object) -> None:
        with suppress(*_FAULTS):  # workers drop the messages of a run whose key is gone
            self._client.delete(run_key(self._run), stream_key(self._run))
        self._app.close()

    @property
    def _client(self) -> Any:
        return backend_client(self._app)

    def run(self, feed: Feed) -> Iterator[UnitResult | None]:
        """Yield each unit's result once; see `Executor.run`."""
        checked = begun = time.monotonic()
        while True:
            while len(self._in_flight) < self._window and (units := feed.take()):
                self._send(units)
            if not self._in_flight:
                yield None
                if feed.exhausted:
                    return
                continue
            rows = self._patiently(self._read)
            for _stream, entries in rows.items() if isinstance(rows, dict) else rows or ():
                for entry in _flat(entries):
                    self._last = entry[0]
                    yield from self._accept(entry[1])
            if rows:
                self._patiently(self._trim)
            yield None
            if time.monotonic() - checked >= CHECK_SECONDS:
                checked = time.monotonic()
                yield from self._check(checked - begun)

    def _read(self) -> Any:
        return self._client.xread({stream_key(self._run): self._last}, count=64, block=BLOCK_MS)

    def _trim(self) -> None:
        self._client.xtrim(stream_key(self._run), minid=self._last, approximate=False)

    def _send(self, units: list[Unit], attempt: int = 1) -> None:
        batch = uuid.uuid4().hex
        message = encode_batch(self._run, batch, self._options, units)
        self._in_flight[batch] = _Batch(units, attempt, time.monotonic())
        self._patiently(
            lambda: self._app.send_task(
                TASK_NAME,
                (message,),
                task_id=batch,
                ignore_result=True,
                argsrepr="-",
                kwargsrepr="-",
                retry=False,
            )
        )

    def _patiently(self, call: Callable[[], Any]) -> Any:
        """Return what `call` returns, trying again while the broker is away, for `OUTAGE_SECONDS` at most."""
        deadline = time.monotonic() + OUTAGE_SECONDS
        while True:
            try:
                return call()
            except _FAULTS as error:
                if self._watch:
                    self._watch()
                if time.monotonic() > deadline:
                    raise BrokerError(f"the broker was lost: {_reason(error)}") from None
                time.sleep(0.5)

    def _accept(self, fields: dict[bytes, bytes]) -> Iterator[UnitResult]:
        self._answered = True
        batch = self._in_flight.pop(fields[b"batch"].decode(), None)
        if batch is not None:  # else it was handed out again and is here already: counted once
            yield from decode_answers(fields[b"results"])

    def _check(self, elapsed: float) -> Iterator[UnitResult]:
        self._patiently(lambda: self._client.expire(run_key(self._run), RUN_SECONDS))
        if self._watch and self._watch():
            for name in list(self._in_flight):
                yield from self._again(name, "its worker died while scanning it", split=False)
            return
        now = time.monotonic()
        for name, batch in list(self._in_flight.items()):
            if now - batch.sent > LEASE_SECONDS:
                yield from self._again(name, "no worker answered in time", split=False)
            elif now - batch.sent > OVERDUE_SECONDS:
                meta = self._patiently(lambda: self._app.backend.get_task_meta(name))  # noqa: B023
                if meta["status"] == "FAILURE":
                    yield from self._failed(name, meta["result"])
        if not self._answered and not self._watch and elapsed > OVERDUE_SECONDS:
            self._require_workers(elapsed)

    def _failed(self, name: str, error: object) -> Iterator[UnitResult]:
        self._answered = True
        kind = type(error).__name__
        if kind == "WorkerLostError":
            yield from self._again(name, "its worker process died while scanning it", split=True)
        elif len(self._in_flight[name].units) > 1 and kind != "ConfigError":
            yield from self._again(name, "", split=True)
        elif kind in ("SoftTimeLimitExceeded", "TimeLimitExceeded"):
            yield from self._give_up(name, f"took longer than the limit of {SOFT_LIMIT} s")
        else:
            yield from self._give_up(name, str(error))

    def _again(self, name: str, reason: str, split: bool) -> Iterator[UnitResult]:
        """Hand a batch out again, or give its units up after `MAX_ATTEMPTS`."""
        batch = self._in_flight[name]
        if batch.attempt >= MAX_ATTEMPTS:
            yield from self._give_up(name, f"{reason}, {batch.attempt} times")
            return
        del self._in_flight[name]
        # Alone, a unit has all its attempts before it: it shared the last one with others.
        attempt = 1 if split and len(batch.units) > 1 else batch.attempt + 1
        for units in [[unit] for unit in batch.units] if split else [batch.units]:
            self._send(units, attempt)

    def _give_up(self, name: str, reason: str) -> Iterator[UnitResult]:
        for unit in self._in_flight.pop(name).units:
            yield UnitResult(unit.document, unit.index, None, reason)

    def _require_workers(self, elapsed: float) -> None:
        if self._app.control.ping(timeout=1.0):
            self._answered = True  # somebody is there, only busy
        elif elapsed > NO_WORKER_SECONDS:
            raise BrokerError(
                f"no worker answers; start one: guardrails worker --broker {self.name.rpartition(' ')[2]}"
            )


def _flat(entries: Any) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    """Yield a stream's entries, whether the client wraps them in one more list (RESP 3) or not."""
    for entry in entries:
        if isinstance(entry, list) and entry and isinstance(entry[0], tuple | list):
            yield from entry
        else:
            yield entry


def _reason(error: BaseException) -> str:
    """Return the first line of a connection error. Redis errors tell the address, never credentials."""
    return (str(error) or type(error).__name__).splitlines()[0]
