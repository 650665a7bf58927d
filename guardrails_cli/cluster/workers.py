"""The registry of the workers at a broker: one key per worker, its record, which the worker renews while it lives.

The key expires by the broker's clock, so the clocks of machines may differ. Records give a client the builds and
readable roots of the workers, and keys show whether the worker of a batch still lives.
"""

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import msgspec

from guardrails_cli.cluster.keys import RUN_SECONDS, WORKERS, worker_key
from guardrails_cli.core import codec
from guardrails_cli.core.errors import FormError

BEAT_SECONDS = 2.0
ALIVE_SECONDS = 12
"""Seconds that a worker counts as alive after its last beat: long for a busy machine, short for a waiting client."""


@cache
def worker_id() -> str:
    """Return the id of this worker, which its children share if it was called before they were forked.

    It is random: name and process number recur when a container is restarted.
    """
    return uuid.uuid4().hex


class Worker(msgspec.Struct, frozen=True):
    """The record of a worker, as it registers itself."""

    name: str
    build: Mapping[str, str]
    """Its own `cluster.build.build`, with `model …` and `key`."""
    queues: tuple[str, ...]
    roots: tuple[str, ...] = ()
    """Folders from which it may read documents."""
    id: str = msgspec.field(default_factory=worker_id)


def register(client: Any, worker: Worker) -> None:
    """Write or renew the worker's record."""
    pipe = client.pipeline(transaction=False)
    pipe.set(worker_key(worker.id), codec.to_bytes(codec.encode(worker)), ex=ALIVE_SECONDS)
    pipe.sadd(WORKERS, worker.id)
    pipe.expire(WORKERS, RUN_SECONDS)
    pipe.execute()


def leave(client: Any, worker: str) -> None:
    """Remove the worker with this id."""
    pipe = client.pipeline(transaction=False)
    pipe.delete(worker_key(worker))
    pipe.srem(WORKERS, worker)
    pipe.execute()


def stay(connect: Callable[[], Any], worker: Worker) -> Callable[[], None]:
    """Keep the worker registered from a thread; return a function that ends that and removes the worker.

    Args:
        connect: makes a Redis client of the thread's own.
        worker: its record.

    """
    stopped = threading.Event()

    def beat() -> None:
        client = connect()
        while not stopped.is_set():
            with suppress(Exception):  # the broker is unreachable or full: the next beat after that counts
                register(client, worker)
            stopped.wait(BEAT_SECONDS)
        with suppress(Exception):
            leave(client, worker.id)

    thread = threading.Thread(target=beat, name="beat", daemon=True)
    thread.start()

    def stop() -> None:
        stopped.set()
        thread.join(BEAT_SECONDS)

    return stop


def present(client: Any) -> list[Worker]:
    """Return the live workers sorted by name; unreadable records are ignored."""
    ids = _ids(client)
    records = client.mget([worker_key(one) for one in ids]) if ids else []
    if gone := [one for one, record in zip(ids, records, strict=True) if record is None]:
        client.srem(WORKERS, *gone)
    found = []
    for record in records:
        if record is not None:
            with suppress(FormError):
                found.append(codec.decode(codec.from_bytes(record), Worker))
    return sorted(found, key=lambda worker: worker.name)


def alive(client: Any, ids: Iterable[str]) -> frozenset[str]:
    """Return the live workers among those with these ids."""
    asked = sorted(set(ids))
    pipe = client.pipeline(transaction=False)
    for one in asked:
        pipe.exists(worker_key(one))
    answers = pipe.execute() if asked else ()
    return frozenset(one for one, answer in zip(asked, answers, strict=True) if answer)


def any_alive(client: Any) -> bool:
    """Return whether any worker lives."""
    return bool(alive(client, _ids(client)))


def forget_workers(client: Any) -> None:
    """Remove all workers, on a server of our own."""
    client.delete(WORKERS, *(worker_key(one) for one in _ids(client)))


def _ids(client: Any) -> list[str]:
    return sorted(one.decode("utf-8", "replace") for one in client.smembers(WORKERS))
