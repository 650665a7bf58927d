"""A worker's telemetry: its log, and metrics if enabled."""

import time
from collections.abc import Callable
from typing import Any

import celery.apps.worker
from celery.signals import (
    setup_logging,
    task_failure,
    task_postrun,
    task_prerun,
    task_retry,
    task_success,
    worker_process_init,
)

from guardrails_cli.cluster.metrics import WorkerMetrics
from guardrails_cli.system import log


@setup_logging.connect
def set_up_log(loglevel: int | None = None, logfile: str | None = None, **_: Any) -> None:
    """Write Celery's own entries in our format. Connecting to this signal disables Celery's own setup."""
    log.install(loglevel or 0, logfile)
    if log.is_json():  # Celery reports its stop outside of its log
        celery.apps.worker.safe_say = _stopping  # type: ignore[attr-defined]  # celery-types does not know it


def _stopping(text: str, *_: Any, **__: Any) -> None:
    log.say(text.strip(), "worker_stops")


def count(metrics: WorkerMetrics, close: Callable[[], None]) -> None:
    """Count tasks from now on in children forked later; failures of killed children are counted in their parent.

    Args:
        metrics: the counters.
        close: called in each child to release what only the parent needs.

    """
    begun: dict[str, float] = {}

    def begins(task_id: str, task: Any, **_: Any) -> None:
        begun[task_id] = time.monotonic()
        metrics.task_begins(task.name)

    def ends(task_id: str, task: Any, **_: Any) -> None:
        if (at := begun.pop(task_id, None)) is not None:
            metrics.task_ends(task.name, time.monotonic() - at)

    def state(name: str) -> Callable[..., None]:
        return lambda sender, **_: metrics.task_state(sender.name, name)

    task_prerun.connect(begins, weak=False)
    task_postrun.connect(ends, weak=False)
    task_success.connect(state("success"), weak=False)
    task_failure.connect(state("failure"), weak=False)
    task_retry.connect(state("retry"), weak=False)
    worker_process_init.connect(lambda **_: close(), weak=False)
