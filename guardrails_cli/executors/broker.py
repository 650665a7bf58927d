"""Workers on a Redis broker: batches out as Celery tasks, results back on one stream per run.

A window of batches is in flight, so memory stays flat however many documents there are. A batch that fails as a whole
(a killed worker process, a time limit) is handed out again unit by unit, so that only the culprit's document fails.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from guardrails_cli import brokers, compat, roster
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
from guardrails_cli.celery_app import HARD_LIMIT, SOFT_LIMIT, backend_client, configure, public_url
from guardrails_cli.config import DetectOptions, Limits
from guardrails_cli.envelope import ANSWER, MESSAGE, cluster_key, key_check, seal, unseal
from guardrails_cli.errors import BrokerError, MismatchError
from guardrails_cli.executors.base import Feed
from guardrails_cli.executors.leftovers import withdraw
from guardrails_cli.executors.transfer import Transfer, negotiate, require_alike
from guardrails_cli.executors.window import Fixed, Window
from guardrails_cli.model import Source, Unscanned
from guardrails_cli.references import Reference
from guardrails_cli.wire import JsonObject

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
        url: of the broker, as `guardrails_cli.brokers.broker_url` takes it.
        options: what the workers need to know.
        window: how many batches may be in flight; None means as many as the workers that answer need.
        watch: called about once a second; returns True if workers were lost and started anew, so that what is in
            flight has to be sent again. Raises BrokerError if they cannot be kept alive. Such workers are this
            program's own: they need not prove what they are, and nobody else can read their messages.
        limits: of documents that workers read themselves.
        transfer: how documents reach the workers, one of `config.TRANSFERS`.

    """

    def __init__(
        self,
        url: str,
        options: DetectOptions,
        window: int | None = None,
        watch: Callable[[], bool] | None = None,
        limits: Limits | None = None,
        transfer: str = "content",
    ) -> None:
        self.name = f"workers at {public_url(url)}"
        self._url = public_url(url)
        self._limits = limits
        self._wanted = transfer
        self._transfer = Transfer()
        self._key = None if watch else cluster_key()
        self._needs = compat.needs(options.engine.model)
        self._app: Celery[Any] = configure(url)
        self._options = options
        self._window = Window() if window is None else Fixed(window)
        self._watch = watch
        self._run = uuid.uuid4().hex
        self._in_flight: dict[str, _Batch] = {}
        self._answered = False
        self._last: bytes | str = "0-0"  # of the stream's entries, the last one read

    def __enter__(self) -> Self:
        try:
            self._client.set(run_key(self._run), 1, ex=RUN_SECONDS)
        except _FAULTS as error:
            raise BrokerError(f"cannot reach the broker: {brokers.reason(error)}") from None
        if not self._watch:
            self._greet()
        return self

    def _greet(self) -> None:
        """Settle with the workers that are there how to work together; one that comes later checks each message."""
        workers = require_alike(roster.present(self._client), self._needs | {"key": key_check(self._key)})
        self._transfer = negotiate(self._wanted, workers)
        self.name = f"{self.name}, documents by {self._transfer.name}{', encrypted' if self._key else ''}"

    @property
    def transfer(self) -> JsonObject:
        """How documents reach the workers, for the report."""
        return {"by": self._transfer.name, "encrypted": self._key is not None, "reason": self._transfer.why}

    def refer(self, source: Source) -> Reference | Unscanned | None:
        """Return how the workers can read a source; see `Executor.refer`."""
        return self._transfer.refer(source, self._run)

    def __exit__(self, *exc_info: object) -> None:
        with suppress(*_FAULTS):  # workers drop the messages of a run whose key is gone
            self._client.delete(run_key(self._run), stream_key(self._run))
            if self._in_flight and self._watch is None:
                withdraw(self._client, self._in_flight)
        self._app.close()

    @property
    def _client(self) -> Any:
        return backend_client(self._app)

    def run(self, feed: Feed) -> Iterator[UnitResult | None]:
        """Yield each unit's result once; see `Executor.run`."""
        checked = begun = time.monotonic()
        while True:
            while len(self._in_flight) < self._window.size and (units := feed.take()):
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
        body = encode_batch(self._run, self._options, units, self._limits, self._needs)
        message = seal(body, self._key, self._run, batch, MESSAGE)
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
                    raise BrokerError(f"the broker was lost: {brokers.reason(error)}") from None
                time.sleep(0.5)

    def _accept(self, fields: dict[bytes, bytes]) -> Iterator[UnitResult]:
        self._answered = True
        self._window.answered(fields.get(b"process", b""))
        name = fields[b"batch"].decode()
        batch = self._in_flight.pop(name, None)
        if batch is not None:  # else it was handed out again and is here already: counted once
            try:
                envelope = json.loads(fields[b"results"]) | {"run": self._run, "batch": name}
                yield from decode_answers(unseal(envelope, self._key, ANSWER))
            except MismatchError as error:
                raise BrokerError(str(error)) from None

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
        if kind == "MismatchError":  # more of its like would only be refused as well
            raise BrokerError(str(error))
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
            raise BrokerError(f"no worker answers; start one: guardrails worker --broker {self._url}")


def _flat(entries: Any) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    """Yield a stream's entries, whether the client wraps them in one more list (RESP 3) or not."""
    for entry in entries:
        if isinstance(entry, list) and entry and isinstance(entry[0], tuple | list):
            yield from entry
        else:
            yield entry
