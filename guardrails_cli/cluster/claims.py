"""Which worker has begun which batch: how a client tells a lost batch from one that waits for its turn.

A worker writes its name beside a batch before it scans it, and a key that lives for seconds says that the worker does.
A claim without that key is a lost batch. A message is run once: who hands it out again gives it a new name, so what the
broker delivers a second time is dropped, whether it killed its worker or was only slow.
"""

import os
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from guardrails_cli.cluster.batch import RUN_SECONDS, run_key

BEAT_SECONDS = 2.0
ALIVE_SECONDS = 12
"""How long a worker counts as alive after its last beat: long for a busy machine, short for whoever waits."""
_WORKERS = "guardrails:worker:"


def claims_key(run: str) -> str:
    """Return the key of the hash from the run's batches to who has begun them."""
    return f"guardrails:run:{run}:claims"


def worker_key(worker: str) -> str:
    """Return the key that exists as long as the worker lives."""
    return _WORKERS + worker


@cache
def worker_id() -> str:
    """Return the name of this worker, the same in its children if it was asked for before they were forked."""
    return uuid.uuid4().hex


def claim(client: Any, message: Mapping[str, Any], token: str) -> bool:
    """Note that this worker begins a batch; return False if nobody wants that: the run is over, or it was begun before.

    Args:
        client: a Redis client.
        message: the batch.
        token: a constant for repetitions of a call whose answer was lost.

    """
    claims, mine = claims_key(message["run"]), f"{worker_id()} {token}"
    pipe = client.pipeline(transaction=False)
    pipe.exists(run_key(message["run"]))
    pipe.hsetnx(claims, message["batch"], mine)
    pipe.hget(claims, message["batch"])
    pipe.expire(claims, RUN_SECONDS)
    wanted, _, owner, _ = pipe.execute()
    if not wanted:
        client.delete(claims)
    return bool(wanted) and owner == mine.encode()


def owners(client: Any, run: str, batches: Sequence[str]) -> dict[str, bool]:
    """Return, for each batch that was begun, whether its worker is alive."""
    if not batches:
        return {}
    values = client.hmget(claims_key(run), batches)
    begun = {name: value.decode().partition(" ")[0] for name, value in zip(batches, values, strict=True) if value}
    workers = sorted(set(begun.values()))
    pipe = client.pipeline(transaction=False)
    for worker in workers:
        pipe.exists(worker_key(worker))
    alive = dict(zip(workers, pipe.execute() if workers else (), strict=True))
    return {name: bool(alive[worker]) for name, worker in begun.items()}


def begin_task(client: Any, task: str) -> int:
    """Take note that this worker begins a task that no client looks after; return how many have begun it, this one too.

    Returns 0 if it must not run: the worker that began it is alive, so this is a copy of its message. The broker copies
    messages that are unacknowledged for longer than its visibility timeout, waiting retries included.

    Args:
        client: a Redis client.
        task: identifies the task and the retry.

    """
    key = f"guardrails:task:{task}"
    if client.set(key, f"{worker_id()} 1", nx=True, ex=RUN_SECONDS):
        return 1
    owner, _, number = (client.get(key) or b"").decode().partition(" ")
    if client.exists(worker_key(owner)):
        return 0
    begun = int(number or 0) + 1
    client.set(key, f"{worker_id()} {begun}", ex=RUN_SECONDS * 24)
    return begun


def any_alive(client: Any) -> bool:
    """Return whether any worker is alive. Looks at all keys: for a server of our own."""
    return next(iter(client.scan_iter(f"{_WORKERS}*", count=1000)), None) is not None


def forget_workers(client: Any) -> None:
    """Take all workers for dead, on a server of our own."""
    if keys := list(client.scan_iter(f"{_WORKERS}*", count=1000)):
        client.delete(*keys)


def keep_beating(connect: Callable[[], Any]) -> Callable[[], None]:
    """Tell from a thread that this worker lives; return a function that ends that, and tells that it does not.

    Args:
        connect: makes a client of Redis; the thread has one of its own.

    """
    stopped = threading.Event()
    name = worker_key(worker_id())

    def beat() -> None:
        client = connect()
        while not stopped.is_set():
            with suppress(Exception):  # the broker is away or full: it is told as soon as that is over
                client.set(name, os.getpid(), ex=ALIVE_SECONDS)
            stopped.wait(BEAT_SECONDS)
        with suppress(Exception):
            client.delete(name)

    thread = threading.Thread(target=beat, name="beat", daemon=True)
    thread.start()

    def stop() -> None:
        stopped.set()
        thread.join(BEAT_SECONDS)

    return stop
