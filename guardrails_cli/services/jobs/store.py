"""The folders of this machine's jobs, `jobs/ID` in the user's state directory, for the user alone.

`job.json` is what is known of the job. Whoever runs it holds a lock on `lock`, which the kernel gives back however
that process ends: so a job whose process was killed is seen, whatever has got its process number since.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.services.jobs.record import Job, State, decode
from guardrails_cli.system import files
from guardrails_cli.system.paths import state_folder

KEPT_SECONDS = 14 * 24 * 3600
KEPT_JOBS = 100
"""Jobs that are over are removed when they are older, or when so many newer ones are there."""
DIED = "its process has ended without a word: it was killed, or the machine was restarted"
_ID = re.compile("[0-9a-f]{12}")
_LOCK_SECONDS = 2.0


def root() -> Path:
    """Return where the jobs' folders are."""
    return state_folder() / "jobs"


class JobFolder:
    """One job's folder. Raises ConfigError if the id is none."""

    def __init__(self, task_id: str) -> None:
        if not _ID.fullmatch(task_id):
            raise ConfigError(f"not a job's id: {task_id!r}; `guardrails list` has them")
        self.path = root() / task_id

    @property
    def report(self) -> Path:
        """Where the scan's report is once the job is over."""
        return self.path / "report.jsonl"

    @property
    def summary(self) -> Path:
        """Where the summary for people is."""
        return self.path / "summary.txt"

    @property
    def log(self) -> Path:
        """Where the scan's messages are."""
        return self.path / "log.txt"

    @property
    def journal(self) -> Path:
        """What the scan has finished."""
        return self.path / "journal.sqlite3"

    def create(self) -> None:
        """Make the folder. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.mkdir(mode=0o700)

    def lock(self) -> int | None:
        """Return a descriptor that marks the job as running as long as a process has it open; None if one runs."""
        descriptor = files.open_lock(self.path / "lock")
        deadline = time.monotonic() + _LOCK_SECONDS  # a process that only looks holds it for an instant
        while not files.lock(descriptor):
            if time.monotonic() > deadline:
                os.close(descriptor)
                return None
            time.sleep(0.02)
        return descriptor

    def runs(self) -> bool:
        """Return whether a process runs the job."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not files.lock(descriptor, shared=True)
        finally:
            os.close(descriptor)

    def write(self, job: Job) -> None:
        """Replace what is known of the job, all at once. Raises OSError."""
        files.put(self.path / "job.json", json.dumps(asdict(job)).encode("ascii"))

    def read(self) -> Job | None:
        """Return what is known of the job, a lost process taken into account; None if it is not there."""
        running = self.runs()  # first: one that ends in between has written its end
        try:
            job = decode(json.loads((self.path / "job.json").read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return job if running or job.status.over else replace(job, status=State.FAILURE, error=DIED, pid=None)

    def remove(self) -> None:
        """Remove the folder and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def remove_journal(self) -> None:
        """Remove the journal: a job that came to its end does not go on."""
        for path in self.path.glob(f"{self.journal.name}*"):
            with contextlib.suppress(OSError):
                path.unlink()

    def remove_parts(self) -> None:
        """Remove what an attempt that was killed has left unfinished."""
        for path in self.path.glob(".*.part"):
            with contextlib.suppress(OSError):
                path.unlink()


def new_id() -> str:
    """Return an id that no job has."""
    return secrets.token_hex(6)


def find(task_id: str) -> JobFolder | None:
    """Return the folder of a job of this machine; None if there is none, whatever the id looks like."""
    folder = JobFolder(task_id) if _ID.fullmatch(task_id) else None
    return folder if folder is not None and folder.path.is_dir() else None


def all_jobs() -> Iterator[Job]:
    """Yield this machine's jobs, in no order."""
    with contextlib.suppress(OSError):
        for path in list(root().iterdir()):
            folder = JobFolder(path.name) if _ID.fullmatch(path.name) else None
            job = folder.read() if folder else None
            if job is not None:
                yield job


def prune() -> None:
    """Remove jobs that are over and old, or over and too many."""
    over = sorted((job for job in all_jobs() if job.status.over), key=lambda job: job.submitted_at, reverse=True)
    for number, job in enumerate(over):
        folder = JobFolder(job.task_id)
        with contextlib.suppress(OSError):
            age = time.time() - (folder.path / "job.json").stat().st_mtime
            if number >= KEPT_JOBS or age > KEPT_SECONDS:
                folder.remove()
