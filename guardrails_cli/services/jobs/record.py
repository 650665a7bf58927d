"""The record of a job, as its own file and others see it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from guardrails_cli.core.json import JsonObject


class State(StrEnum):
    """The state of a job or task: the states of the specification, and CANCELLED."""

    PENDING = "PENDING"
    STARTED = "STARTED"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    RETRY = "RETRY"
    CANCELLED = "CANCELLED"

    @property
    def over(self) -> bool:
        """Whether the job has ended."""
        return self in (State.SUCCESS, State.FAILURE, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a running scan. Totals are None until they are counted."""

    documents: int = 0
    bytes: int = 0
    """Bytes scanned, including those of unfinished documents."""
    failed: int = 0
    findings: int = 0
    by_severity: Mapping[str, int] = field(default_factory=dict)
    total_documents: int | None = None
    total_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A background scan."""

    task_id: str
    status: State
    submitted_at: str
    paths: tuple[str, ...]
    options: tuple[str, ...]
    """Options of `guardrails scan` as command-line arguments, without secrets."""
    cwd: str
    host: str
    started_at: str | None = None
    finished_at: str | None = None
    attempt: int = 1
    pid: int | None = None
    broker: str | None = None
    """Broker URL as it is shown."""
    broker_url: str | None = None
    """Broker URL as it is used, without user name and password."""
    format: str | None = None
    """Format of the result, unless `result` says otherwise."""
    needs_password: bool = False
    """Whether passwords were given; they are not stored."""
    resumable: bool = True
    """Whether a journal is kept, so that another attempt can resume."""
    progress: Progress = field(default_factory=Progress)
    error: str | None = None
    result: JsonObject | None = None
    """Result once there is a report: `exit_code`, `complete`, `report`, `summary`."""


_PRIVATE = ("options", "cwd", "broker_url", "format", "needs_password", "resumable")

_PLAIN = ("virtual_host", "db", "ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
"""Parameters of a broker URL's query that are not secret."""


def without_credentials(url: str) -> str:
    """Return a broker's URL without user name, password and other possible secrets."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name in _PLAIN]
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return f"{place}?{urlencode(query, safe='/')}" if query else place


def now() -> str:
    """Return the current time as reports write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def public(job: Job) -> JsonObject:
    """Return the public record, for `status --json` and the broker, without the data for the next attempt."""
    from guardrails_cli.inputs.registry import shown

    told = {name: value for name, value in asdict(job).items() if name not in _PRIVATE}
    return told | {"paths": [shown(path) for path in job.paths]}


def decode(data: Mapping[str, Any]) -> Job:
    """Return the job from `asdict` in JSON form. Raises KeyError, TypeError or ValueError if it is not one."""
    return Job(
        **{
            **data,
            "status": State(data["status"]),
            "paths": tuple(data["paths"]),
            "options": tuple(data["options"]),
            "progress": Progress(**data["progress"]),
        }
    )
