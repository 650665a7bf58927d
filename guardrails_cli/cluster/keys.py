"""The names of all keys that this program has in a broker, and their lifetimes.

In an ACL `~guardrails:*` covers all of them. Celery has keys of its own: `celery-task-meta-*`, `_kombu.*`,
`unacked*`, `*.celery.pidbox*` and the queues.
"""

RUN_SECONDS = 3600
"""Lifetime of a run's keys after the last sign of life of either side."""
TASK_SECONDS = 24 * 3600
"""Lifetime of a task's notes: longer than a task may wait."""

WORKERS = "guardrails:workers:alive"
"""The set of the ids of workers that may be alive; the key of each says whether it is."""
JOBS = "guardrails:jobs"
"""The sorted set of the ids of jobs, by the time at which they are forgotten."""


def worker_key(worker: str) -> str:
    """Return the key of a worker's record, which exists as long as the worker lives."""
    return f"guardrails:worker:{worker}"


def run_key(run: str) -> str:
    """Return the key that exists as long as somebody waits for the run's results."""
    return f"guardrails:run:{run}"


def stream_key(run: str) -> str:
    """Return the key of the stream that a run's results are appended to."""
    return f"guardrails:run:{run}:results"


def claims_key(run: str) -> str:
    """Return the key of the hash from the run's batches to the workers that have begun them."""
    return f"guardrails:run:{run}:claims"


def begun_key(task: str) -> str:
    """Return the key of the worker that has begun a task, and of how many have."""
    return f"guardrails:task:{task}"


def submitted_key(task_id: str) -> str:
    """Return the key of the time at which a task was submitted."""
    return f"guardrails:task:{task_id}:submitted"


def cancelled_key(task_id: str) -> str:
    """Return the key that exists if a task must not be run."""
    return f"guardrails:task:{task_id}:cancelled"


def job_key(task_id: str) -> str:
    """Return the key of a job's record."""
    return f"guardrails:job:{task_id}"


def job_alive_key(task_id: str) -> str:
    """Return the key that exists as long as a job's process lives."""
    return f"guardrails:job:{task_id}:alive"


def job_cancel_key(task_id: str) -> str:
    """Return the key of the request to cancel a job."""
    return f"guardrails:job:{task_id}:cancel"
