"""Start a job's process: detached, with its secrets over a pipe, holding the lock of its folder."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.services.jobs.record import Job, State, now
from guardrails_cli.services.jobs.store import JobFolder
from guardrails_cli.system.processes import package_environment, spawn

START_SECONDS = 30.0
"""Seconds to wait for a job's start, which reports wrong options; after that it is on its own."""
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Secrets:
    """Secrets that a job needs and nobody stores."""

    broker: str | None = None
    """Broker URL with user name and password."""
    passwords: tuple[str, ...] = ()


def submit(job: Job, secrets: Secrets) -> Job:
    """Start a new job; return its record once it runs or has failed.

    Raises:
        ConfigError: if its folder cannot be created, or an option of the scan cannot be used.

    """
    folder = JobFolder(job.task_id)
    try:
        folder.create()
        folder.write(job)
    except OSError as error:
        raise ConfigError(f"cannot make the job's folder {folder.path}: {error.strerror}") from None
    started = _start(folder, job, secrets)
    if started.started_at is None and started.status is State.FAILURE:
        folder.remove()
        raise ConfigError(started.error or "the job did not start")
    return started


def retry(folder: JobFolder, secrets: Secrets) -> Job:
    """Start a finished job again; return its record once it runs or has failed.

    Raises:
        ConfigError: if it is running, has succeeded, or cannot start.

    """
    before = folder.read()
    if before is None or not before.status.over:
        raise ConfigError(f"job {folder.path.name} is still going on; `guardrails watch {folder.path.name}` follows it")
    if before.status is State.SUCCESS:
        raise ConfigError(f"job {before.task_id} has succeeded; submit a new one to scan again")
    job = replace(
        before, status=State.RETRY, attempt=before.attempt + 1, started_at=None, finished_at=None, error=None,
        result=None, pid=None,
    )  # fmt: skip
    started = _start(folder, job, secrets)
    if started.started_at is None and started.status is State.FAILURE:
        raise ConfigError(started.error or "the job did not start")
    return started


def _start(folder: JobFolder, job: Job, secrets: Secrets) -> Job:
    lock = folder.lock()
    if lock is None:
        raise ConfigError(f"job {job.task_id} is still going on")
    reading, writing = os.pipe()
    try:
        folder.remove_parts()
        folder.write(job)
        with open(os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as log:  # noqa: PTH123
            # -P keeps the working directory off the import path: it may hold a celery.py of the user's.
            process = spawn(
                [sys.executable, "-P", "-m", "guardrails_cli", "coordinate", job.task_id, str(lock), str(reading)],
                log,
                package_environment(),
                pass_fds=(lock, reading),
            )
    except OSError as error:
        os.close(writing)
        raise ConfigError(f"the job's process did not start: {error.strerror}") from None
    finally:
        os.close(lock)
        os.close(reading)
    with open(writing, "w", encoding="ascii") as pipe:  # noqa: PTH123
        json.dump({"broker": secrets.broker, "passwords": secrets.passwords}, pipe)
    return _await(folder, job, process)


def _await(folder: JobFolder, job: Job, process: "subprocess.Popen[bytes]") -> Job:
    deadline = time.monotonic() + START_SECONDS
    while job.status in (State.PENDING, State.RETRY) and time.monotonic() < deadline:
        process.poll()
        time.sleep(_POLL_SECONDS)
        job = folder.read() or job
    return job


def new_job(task_id: str, paths: tuple[str, ...], options: tuple[str, ...]) -> Job:
    """Return the record of a job that is about to start in the working directory."""
    return Job(task_id, State.PENDING, now(), paths, options, os.getcwd(), os.uname().nodename)  # noqa: PTH109
