"""Claims: which worker has begun which batch or task. They set a lost batch apart from one that waits for its turn.

A worker writes its id beside a batch before it scans it. A claim whose worker is not in the registry (`workers`) is a
lost batch. A message is run once: whoever hands it out again gives it a new name, so the broker's second delivery is
dropped, whether the first one killed its worker or was only slow.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from guardrails_cli.cluster.keys import RUN_SECONDS, TASK_SECONDS, begun_key, claims_key, run_key
from guardrails_cli.cluster.workers import alive, worker_id


def claim(client: Any, message: Mapping[str, Any], token: str) -> bool:
    """Record that this worker begins a batch; return False if it must not: the run is over, or it was begun before.

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
    living = alive(client, begun.values())
    return {name: worker in living for name, worker in begun.items()}


def begin_task(client: Any, task: str) -> int:
    """Record that this worker begins a task that no client looks after; return how many have begun it, this one too.

    Returns 0 if it must not run: the worker that began it is alive, so this is a copy of its message. The broker copies
    messages that are unacknowledged for longer than its visibility timeout, waiting retries included.

    Args:
        client: a Redis client.
        task: identifies the task and the retry.

    """
    key = begun_key(task)
    if client.set(key, f"{worker_id()} 1", nx=True, ex=RUN_SECONDS):
        return 1
    owner, _, number = (client.get(key) or b"").decode().partition(" ")
    if alive(client, [owner]):
        return 0
    begun = int(number or 0) + 1
    client.set(key, f"{worker_id()} {begun}", ex=TASK_SECONDS)
    return begun
