"""The status of jobs that use a broker, kept in Redis for a limited time, visible from any machine."""

import json
import time
from typing import Any

import redis

from guardrails_cli.cluster.broker_url import reason
from guardrails_cli.cluster.celery_app import backend_client, configure
from guardrails_cli.cluster.keys import JOBS, job_alive_key, job_cancel_key, job_key
from guardrails_cli.core.errors import BrokerError
from guardrails_cli.core.json import JsonObject, dumps
from guardrails_cli.services.jobs.record import State

KEPT_SECONDS = 24 * 3600
"""Seconds that a job's status is kept after its last sign of life."""
ALIVE_SECONDS = 120
"""Seconds after which a silent job is considered dead; a running one reports several times in this time."""
LOST = f"its process has given no sign of life for {ALIVE_SECONDS} s"
FAULTS = (redis.RedisError, OSError)


class Board:
    """The jobs on a broker.

    Args:
        url: the broker's URL.

    """

    def __init__(self, url: str) -> None:
        self._app = configure(url)

    @property
    def _client(self) -> Any:
        return backend_client(self._app)

    def publish(self, job: JsonObject) -> str | None:
        """Publish a job's status; return a request to cancel it: `finish`, `now` or None. Raises one of `FAULTS`."""
        task_id = job["task_id"]
        pipe = self._client.pipeline(transaction=False)
        pipe.set(job_key(task_id), dumps(job), ex=KEPT_SECONDS)
        pipe.zadd(JOBS, {task_id: time.time() + KEPT_SECONDS})
        pipe.zremrangebyscore(JOBS, "-inf", time.time())
        pipe.expire(JOBS, KEPT_SECONDS)
        state = State(job["status"])
        if state is not State.STARTED:  # over, or not begun: the request is for an earlier attempt
            pipe.delete(job_cancel_key(task_id))
        if state.over:
            pipe.delete(job_alive_key(task_id))
        else:
            pipe.set(job_alive_key(task_id), 1, ex=ALIVE_SECONDS)
        pipe.get(job_cancel_key(task_id))
        wish = pipe.execute()[-1]
        return wish.decode() if wish else None

    def read(self, task_id: str) -> JsonObject | None:
        """Return the status of a job, or None if there is none.

        Raises:
            BrokerError: if the broker cannot be reached.

        """
        return next(iter(self._read([task_id])), None)

    def all_jobs(self) -> list[JsonObject]:
        """Return the status of all jobs. Raises BrokerError as `read` does."""
        try:
            names = [name.decode("utf-8", "replace") for name in self._client.zrange(JOBS, 0, -1)]
        except FAULTS as error:
            raise _away(error) from None
        return self._read(names)

    def cancel(self, task_id: str, now: bool) -> None:
        """Request that a job end. Raises BrokerError as `read` does."""
        try:
            self._client.set(job_cancel_key(task_id), "now" if now else "finish", ex=ALIVE_SECONDS)
        except FAULTS as error:
            raise _away(error) from None

    def _read(self, names: list[str]) -> list[JsonObject]:
        if not names:
            return []
        try:
            told = self._client.mget([job_key(name) for name in names])
            alive = self._client.mget([job_alive_key(name) for name in names])
        except FAULTS as error:
            raise _away(error) from None
        jobs = []
        for line, lives in zip(told, alive, strict=True):
            if line is None:
                continue
            job = dict(json.loads(line))
            if not State(job["status"]).over and lives is None:
                job |= {"status": State.FAILURE.value, "error": LOST, "pid": None}
            jobs.append(job)
        return jobs


def _away(error: BaseException) -> BrokerError:
    return BrokerError(f"cannot reach the broker: {reason(error)}")
