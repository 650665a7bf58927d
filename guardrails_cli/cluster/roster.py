"""Who works at a broker: each worker says what it is, in one hash, and says it again while it lives."""

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from guardrails_cli.core.json import JsonObject, dumps

KEY = "guardrails:workers"
REFRESH_SECONDS = 10.0
STALE_SECONDS = 35.0
"""A worker that has not said anything for so long is gone. By the broker's clock: machines' clocks differ."""
FORGET_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker says of itself."""

    name: str
    build: Mapping[str, str]
    """See `compat.build`; with `model` and `key`."""
    queues: tuple[str, ...]
    roots: tuple[str, ...] = ()
    """Folders that it may read documents from."""


def register(client: Any, worker: Worker) -> None:
    """Say that the worker is there, now."""
    record = {"build": dict(worker.build), "queues": worker.queues, "roots": worker.roots, "seen": _now(client)}
    pipe = client.pipeline(transaction=False)
    pipe.hset(KEY, worker.name, dumps(record))
    pipe.expire(KEY, FORGET_SECONDS)
    pipe.execute()


def leave(client: Any, name: str) -> None:
    """Say that the worker is gone."""
    client.hdel(KEY, name)


def present(client: Any) -> list[Worker]:
    """Return the workers that are there, sorted by name; what cannot be read is none."""
    pipe = client.pipeline(transaction=False)
    pipe.hgetall(KEY)
    pipe.time()
    rows, (seconds, _) = pipe.execute()
    found = []
    for name, data in sorted(rows.items()):
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            record = json.loads(data)
            if seconds - record["seen"] <= STALE_SECONDS:
                found.append(_worker(name.decode("utf-8", "replace"), record))
            elif seconds - record["seen"] > FORGET_SECONDS:
                client.hdel(KEY, name)
    return found


def _worker(name: str, record: JsonObject) -> Worker:
    build = {str(key): str(value) for key, value in record["build"].items()}
    return Worker(name, build, tuple(map(str, record["queues"])), tuple(map(str, record["roots"])))


def stay(client: Any, worker: Worker) -> Callable[[], None]:
    """Register the worker and keep it registered from a thread; return what ends that."""
    ended = threading.Event()

    def refresh() -> None:
        while not ended.wait(REFRESH_SECONDS):
            with suppress(Exception):  # the broker is away: the worker waits for it too
                register(client, worker)

    def end() -> None:
        ended.set()
        with suppress(Exception):
            leave(client, worker.name)

    register(client, worker)
    threading.Thread(target=refresh, name="roster", daemon=True).start()
    return end


def _now(client: Any) -> int:
    return int(client.time()[0])
