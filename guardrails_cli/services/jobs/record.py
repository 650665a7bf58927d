"""What is known of a job, in its own file and for others."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from guardrails_cli.core.json import JsonObject


class State(StrEnum):
    """How far a job or task is: the states of the specification, and CANCELLED."""

    PENDING = "PENDING"
    STARTED = "STARTED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    RETRY = "RETRY"
    CANCELLED = "CANCELLED"

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self in (State.SUCCESS, State.FAILURE, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running scan is. Of what is counted only the totals are known before the end, or not yet (None)."""

    documents: int = 0
    bytes: int = 0
    """Scanned, those of unfinished documents included."""
    failed: int = 0
    findings: int = 0
    by_severity: Mapping[str, int] = field(default_factory=dict)
    total_documents: int | None = None
    total_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A scan in the background."""

    task_id: str
    status: State
    submitted_at: str
    paths: tuple[str, ...]
    options: tuple[str, ...]
    """Of `guardrails scan`, as it takes them; without secrets."""
    cwd: str
    host: str
    started_at: str | None = None
    finished_at: str | None = None
    attempt: int = 1
    pid: int | None = None
    broker: str | None = None
    """As it is shown."""
    broker_url: str | None = None
    """As it is used, without user name and password."""
    format: str | None = None
    """In which the result is wanted unless `result` says otherwise."""
    needs_password: bool = False
    """Whether passwords were given, which are not kept."""
    resumable: bool = True
    """Whether a journal is kept, so that another attempt goes on where this one stops."""
    progress: Progress = field(default_factory=Progress)
    error: str | None = None
    result: JsonObject | None = None
    """Once there is a report: `exit_code`, `complete`, `report`, `summary`."""


_PRIVATE = ("options", "cwd", "broker_url", "format", "needs_password", "resumable")

_PLAIN = ("virtual_host", "db", "ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
"""What in a broker URL's query says where and how, and is no secret."""


def without_credentials(url: str) -> str:
    """Return a broker's URL without user name, password and whatever else it may hold that nobody should read."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name in _PLAIN]
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return f"{place}?{urlencode(query, safe='/')}" if query else place


def now() -> str:
    """Return the time as reports have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def public(job: Job) -> JsonObject:
    """Return what `status --json` tells and what a broker is told: nothing that only the next attempt needs."""
    from guardrails_cli.inputs.registry import shown

    told = {name: value for name, value in asdict(job).items() if name not in _PRIVATE}
    return told | {"paths": [shown(path) for path in job.paths]}


def decode(data: Mapping[str, Any]) -> Job:
    """Return the job that `asdict` and JSON made of one. Raises KeyError, TypeError or ValueError if it is none."""
    return Job(
        **{
            **data,
            "status": State(data["status"]),
            "paths": tuple(data["paths"]),
            "options": tuple(data["options"]),
            "progress": Progress(**data["progress"]),
        }
    )
