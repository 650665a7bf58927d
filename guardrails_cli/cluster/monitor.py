"""The state of Celery's tasks and workers on a broker, in the terms of the specification's endpoints."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from guardrails_cli.cluster.broker_url import reason
from guardrails_cli.cluster.celery_app import QUEUES, backend_client, configure, public_url
from guardrails_cli.cluster.keys import TASK_SECONDS, cancelled_key, submitted_key
from guardrails_cli.cluster.retry import FAULTS
from guardrails_cli.core.display import mask
from guardrails_cli.core.errors import BrokerError
from guardrails_cli.core.json import JsonObject

ANSWER_SECONDS = 1.0
"""Seconds that the workers have to answer. The full time is needed: nobody knows how many there are."""
OVER = ("SUCCESS", "FAILURE", "CANCELLED")
_STATES = {"RECEIVED": "PENDING", "REVOKED": "CANCELLED", "IGNORED": "CANCELLED", "REJECTED": "FAILURE"}
"""Celery's states that the specification lacks."""
_PRIORITIES = ("", "\x06\x163", "\x06\x166", "\x06\x169")
"""Suffixes of a queue's name for priorities in Celery's Redis transport."""
_POLL_SECONDS = 0.2

T = TypeVar("T")


class Monitor:
    """Queries a broker and its workers.

    Args:
        url: the broker's URL.

    Raises:
        ConfigError: if the URL is not usable.
        BrokerError: if the broker cannot be reached, here and later.

    """

    def __init__(self, url: str) -> None:
        self._app = configure(url)
        self._shown = public_url(url)
        self._ask(self._client.ping)

    @property
    def _client(self) -> Any:
        return backend_client(self._app)

    def pending(self) -> JsonObject:
        """Return the number of waiting tasks, by queue, and of workers. Takes `ANSWER_SECONDS`."""
        return self._queues() | {
            "workers_active": len(self._ask(lambda: self._app.control.ping(timeout=ANSWER_SECONDS)) or ())
        }

    def workers(self) -> JsonObject:
        """Return the workers with their queues, processes and finished tasks. Takes `ANSWER_SECONDS`."""
        stats = self._inspect("stats")
        queues = self._inspect("active_queues", list(stats)) if stats else {}
        return {
            "workers": sorted(stats),
            "total_workers": len(stats),
            "stats": {
                name: {
                    "pool": {
                        "max-concurrency": told["pool"].get("max-concurrency"),
                        "processes": told["pool"].get("processes", []),
                    },
                    "queues": sorted(queue["name"] for queue in queues.get(name, ())),
                    "total": told["total"],
                    "uptime": told["uptime"],
                }
                for name, told in sorted(stats.items())
            },
        }

    def stats(self) -> JsonObject:
        """Return waiting, running and finished tasks, and the broker's memory. Takes `ANSWER_SECONDS`."""
        workers = self.workers()
        active = self._inspect("active", workers["workers"]) if workers["workers"] else {}
        done: dict[str, int] = {}
        for told in workers["stats"].values():
            for name, count in told["total"].items():
                done[name] = done.get(name, 0) + count
        memory = self._ask(lambda: self._client.info("memory"))
        return self._queues() | {
            "workers_active": workers["total_workers"],
            "processes": sum(told["pool"]["max-concurrency"] or 0 for told in workers["stats"].values()),
            "running": sum(len(tasks) for tasks in active.values()),
            "received": dict(sorted(done.items())),
            "broker": {"used_memory": memory["used_memory"], "maxmemory": memory.get("maxmemory", 0)},
        }

    def status(self, task_id: str) -> JsonObject:
        """Return the status of a task. Its result holds raw values: see `masked`.

        The broker does not keep ids, so an unknown one is PENDING too; `message` says so.
        """
        meta = self._ask(lambda: self._app.backend.get_task_meta(task_id))
        submitted = self._ask(lambda: self._client.get(submitted_key(task_id)))
        state = _STATES.get(meta["status"], meta["status"])
        held = meta.get("result")
        where = held if state == "STARTED" and isinstance(held, Mapping) else {}
        message = None
        if isinstance(held, BaseException):
            message = str(held) or type(held).__name__
        elif state == "PENDING" and submitted is None:
            message = "nothing is known of it: it waits, it has expired, or there never was one"
        return {
            "task_id": task_id,
            "status": state,
            "submitted_at": submitted.decode() if submitted else None,
            "finished_at": _time(meta.get("date_done")) if state in OVER else None,
            "worker": where.get("hostname"),
            "result": held if state == "SUCCESS" else None,
            "error": type(held).__name__ if state == "FAILURE" and isinstance(held, BaseException) else None,
            "message": message,
        }

    def wait(self, task_id: str, seconds: float) -> JsonObject:
        """Return a task's status once it is over, or after `seconds`."""
        deadline = time.monotonic() + seconds
        while (told := self.status(task_id))["status"] not in OVER and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return told

    def cancel(self, task_id: str) -> JsonObject:
        """Cancel a waiting or running task; return its status if it is already over, otherwise that it is cancelled.

        Celery only informs running workers, so the cancellation is also stored for workers that start later.
        """
        told = self.status(task_id)
        if told["status"] in OVER:
            return {"status": told["status"], "task_id": task_id, "message": "Task has ended already"}
        self._ask(lambda: self._client.set(cancelled_key(task_id), 1, ex=TASK_SECONDS))
        self._ask(lambda: self._app.control.revoke(task_id, terminate=True))
        self._ask(lambda: self._app.backend.mark_as_revoked(task_id, "cancelled", store_result=True))
        return {"status": "cancelled", "task_id": task_id, "message": "Task cancelled successfully"}

    def _queues(self) -> JsonObject:
        pipe = self._client.pipeline(transaction=False)
        for queue in QUEUES:
            for priority in _PRIORITIES:
                pipe.llen(queue + priority)
        pipe.hlen("unacked")
        *lengths, unacknowledged = self._ask(pipe.execute)
        steps = len(_PRIORITIES)
        waiting = {queue: sum(lengths[n * steps : (n + 1) * steps]) for n, queue in enumerate(QUEUES)}
        return {"pending_count": sum(waiting.values()), "queues": waiting, "unacknowledged": unacknowledged}

    def _inspect(self, what: str, names: list[str] | None = None) -> dict[str, Any]:
        """Ask the workers; if their names are known, only until all have answered."""
        inspector = self._app.control.inspect(names, timeout=ANSWER_SECONDS, limit=len(names) if names else None)
        return self._ask(getattr(inspector, what)) or {}

    def _ask(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except FAULTS as error:
            raise BrokerError(f"cannot reach the broker {self._shown}: {reason(error)}") from None


def masked(value: Any) -> Any:
    """Return a task's result with the values of its entities masked, wherever they are in it."""
    if isinstance(value, Mapping):
        raw = value.get("value")
        inner = {name: masked(one) for name, one in value.items()}
        return inner | {"value": mask(raw, str(value.get("type")))} if isinstance(raw, str) else inner
    return [masked(one) for one in value] if isinstance(value, list) else value


def _time(date: object) -> str | None:
    if isinstance(date, datetime):
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).isoformat(timespec="milliseconds")
    return date if isinstance(date, str) else None
