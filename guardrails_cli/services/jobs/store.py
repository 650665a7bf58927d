"""The folders of this machine's jobs, `jobs/ID` in the user's state directory, for the user alone.

`job.json` is the job's record. The process that runs it holds a lock on `lock`, which the kernel frees however that
process ends: so a killed job is noticed, even if its process number was reused.
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
"""Jobs that are over are removed when they are older, or when there are so many newer ones."""
DIED = "its process has ended without a word: it was killed, or the machine was restarted"
_ID = re.compile("[0-9a-f]{12}")
_LOCK_SECONDS = 2.0


def root() -> Path:
    """Return the folder of the jobs' folders."""
    return state_folder() / "jobs"


class JobFolder:
    """One job's folder. Raises ConfigError if the id is not valid."""

    def __init__(self, task_id: str) -> None:
        if not _ID.fullmatch(task_id):
            raise ConfigError(f"not a job's id: {task_id!r}; `guardrails list` has them")
        self.path = root() / task_id

    @property
    def report(self) -> Path:
        """Report of the scan, once the job is over."""
        return self.path / "report.jsonl"

    @property
    def summary(self) -> Path:
        """Summary for people."""
        return self.path / "summary.txt"

    @property
    def log(self) -> Path:
        """Log of the scan's messages."""
        return self.path / "log.txt"

    @property
    def journal(self) -> Path:
        """Journal of the scan's finished documents."""
        return self.path / "journal.sqlite3"

    def create(self) -> None:
        """Create the folder. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.mkdir(mode=0o700)

    def lock(self) -> int | None:
        """Return a descriptor that marks the job as running while a process has it open; None if one does already."""
        descriptor = files.open_lock(self.path / "lock")
        deadline = time.monotonic() + _LOCK_SECONDS  # a process that only checks holds it for an instant
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
        """Replace the job's record atomically. Raises OSError."""
        files.put(self.path / "job.json", json.dumps(asdict(job)).encode("ascii"))

    def read(self) -> Job | None:
        """Return the job's record, corrected if its process died; None if there is none."""
        running = self.runs()  # check first: a job that ends meanwhile has written its end
        try:
            job = decode(json.loads((self.path / "job.json").read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return job if running or job.status.over else replace(job, status=State.FAILURE, error=DIED, pid=None)

    def remove(self) -> None:
        """Remove the folder with its content."""
        shutil.rmtree(self.path, ignore_errors=True)

    def remove_journal(self) -> None:
        """Remove the journal: a finished job does not resume."""
        for path in self.path.glob(f"{self.journal.name}*"):
            with contextlib.suppress(OSError):
                path.unlink()

    def remove_parts(self) -> None:
        """Remove the unfinished files of a killed attempt."""
        for path in self.path.glob(".*.part"):
            with contextlib.suppress(OSError):
                path.unlink()


def new_id() -> str:
    """Return an id that no job has."""
    return secrets.token_hex(6)


def find(task_id: str) -> JobFolder | None:
    """Return the folder of a job on this machine; None if there is none or the id is not valid."""
    folder = JobFolder(task_id) if _ID.fullmatch(task_id) else None
    return folder if folder is not None and folder.path.is_dir() else None


def all_jobs() -> Iterator[Job]:
    """Yield this machine's jobs, unordered."""
    with contextlib.suppress(OSError):
        for path in list(root().iterdir()):
            folder = JobFolder(path.name) if _ID.fullmatch(path.name) else None
            job = folder.read() if folder else None
            if job is not None:
                yield job


def prune() -> None:
    """Remove jobs that are over, if they are old or too many."""
    over = sorted((job for job in all_jobs() if job.status.over), key=lambda job: job.submitted_at, reverse=True)
    for number, job in enumerate(over):
        folder = JobFolder(job.task_id)
        with contextlib.suppress(OSError):
            age = time.time() - (folder.path / "job.json").stat().st_mtime
            if number >= KEPT_JOBS or age > KEPT_SECONDS:
                folder.remove()
