"""Withdraw the batches of a run that ends early from the queue, so that no text lies there unread."""

import json
from collections.abc import Collection
from typing import Any

_QUEUE = "default"


def withdraw(client: Any, batches: Collection[str]) -> int:
    """Remove the messages of these batches that no worker has taken; return their number.

    Args:
        client: a Redis client, whose errors are not caught.
        batches: task ids. The whole queue is read: it holds no more than each run's window.

    """
    mine = [raw for raw in client.lrange(_QUEUE, 0, -1) if _task_of(raw) in batches]
    pipe = client.pipeline(transaction=False)
    for raw in mine:
        pipe.lrem(_QUEUE, 1, raw)
    return sum(pipe.execute()) if mine else 0


def _task_of(raw: bytes) -> str | None:
    try:
        return str(json.loads(raw)["headers"]["id"])
    except (ValueError, KeyError, TypeError):
        return None  # another program's message
