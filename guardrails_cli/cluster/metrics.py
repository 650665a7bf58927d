"""Numbers for Prometheus: of a worker, while it lives, and of a scan, once it is over.

The extra `metrics` brings the client library; without it there are no metrics, and nothing here imports it unasked.
No label holds a value, a path or a name of a document: labels are names of tasks, queues, severities, states.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import ChunkResult, Severity
from guardrails_cli.core.record import Status
from guardrails_cli.core.version import __version__
from guardrails_cli.results.summary import Summary

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

ENV_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes of a worker put their numbers; the library reads it when it is imported."""
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0)
"""Seconds: from a small chunk's to the hard limit of a task."""
TASK_STATES = ("success", "failure", "retry")
_PRIORITIES = ("", "\x06\x163", "\x06\x166", "\x06\x169")
"""What Celery's Redis transport appends to a queue's name for its steps of priority (kombu.transport.redis)."""

Lengths = Callable[[], Mapping[str, int]]
"""Returns how many messages each queue holds; raises OSError if the broker does not answer."""


class WorkerMetrics:
    """What the processes of one worker count. Made before they fork; each then counts in files of its own."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Gauge, Histogram

        self._chunks = Counter("guardrails_chunks", "Chunks of documents scanned, by outcome.", ["outcome"])
        self._documents = Counter(
            "guardrails_documents", "Documents begun: each is counted where its first chunk is scanned."
        )
        self._characters = Counter("guardrails_characters", "Characters of text scanned.")
        self._bytes = Counter("guardrails_bytes", "Bytes of text scanned, in UTF-8.")
        self._findings = Counter("guardrails_findings", "Findings, by severity.", ["severity"])
        self._tasks = Counter("guardrails_tasks", "Tasks that ended, by name and state.", ["task", "state"])
        self._seconds = Histogram("guardrails_task_seconds", "Durations of tasks.", ["task"], buckets=BUCKETS)
        self._in_flight = Gauge(
            "guardrails_tasks_in_flight", "Tasks that run now.", ["task"], multiprocess_mode="livesum"
        )
        for severity in Severity:  # so that a rate is known from the first scrape on
            self._findings.labels(severity.name)
        for outcome in ("scanned", "failed"):
            self._chunks.labels(outcome)

    def chunk(self, text: str, first: bool, result: ChunkResult | None) -> None:
        """Count a chunk.

        Args:
            text: of the chunk.
            first: whether it begins its document.
            result: None if it failed.

        """
        self._chunks.labels("scanned" if result else "failed").inc()
        self._documents.inc(first)
        self._characters.inc(len(text))
        self._bytes.inc(len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")))
        for finding in result.findings if result else ():
            self._findings.labels(finding.severity.name).inc()

    def task_begins(self, task: str) -> None:
        """Count a task that begins."""
        self._in_flight.labels(task).inc()

    def task_ends(self, task: str, seconds: float) -> None:
        """Count a task that ended in whatever way."""
        self._in_flight.labels(task).dec()
        self._seconds.labels(task).observe(seconds)

    def task_state(self, task: str, state: str) -> None:
        """Count how a task ended: one of `TASK_STATES`."""
        self._tasks.labels(task, state).inc()


_worker: WorkerMetrics | None = None


def worker_metrics() -> WorkerMetrics | None:
    """Return where this process counts; None if it does not."""
    return _worker


@dataclass(frozen=True, slots=True)
class Server:
    """The metrics of a worker at an HTTP port."""

    port: int
    close: Callable[[], None]
    """For a child: gives up the port, which it inherited."""


@contextmanager
def served(host: str, port: int, lengths: Lengths) -> Iterator[Server]:
    """Count in this process and the children that it will fork, and answer Prometheus meanwhile.

    Args:
        host: the address to listen at.
        port: 0 takes a free one.
        lengths: of the queues, asked for at each scrape.

    Raises:
        ConfigError: if the library is not installed, or nothing can listen there.

    """
    global _worker  # noqa: PLW0603 - a process has one set of counters
    folder = tempfile.mkdtemp(prefix="guardrails-metrics-")
    os.environ[ENV_FOLDER] = folder
    owner = os.getpid()
    try:
        _require()
        from prometheus_client import CollectorRegistry, start_http_server
        from prometheus_client.multiprocess import MultiProcessCollector

        _worker = WorkerMetrics()
        registry = CollectorRegistry()
        registry.register(_Living(Path(folder)))
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        registry.register(_Queues(lengths))
        try:
            server, _ = start_http_server(port, host, registry)
        except OSError as error:
            raise ConfigError(f"cannot listen at {host}:{port} for metrics: {error.strerror or error}") from None
        yield Server(server.server_port, server.socket.close)
    finally:
        _worker = None
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)


class _Living:
    """Forgets what processes that are gone had in flight; what they counted stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Any]:
        """Yield nothing."""
        from prometheus_client.multiprocess import mark_process_dead

        for path in self._folder.glob("gauge_live*_*.db"):
            process = path.stem.rpartition("_")[2]
            if process.isdigit() and not Path(f"/proc/{process}").exists() and Path("/proc/self").exists():
                with suppress(OSError):
                    mark_process_dead(int(process), str(self._folder))  # type: ignore[no-untyped-call]
        yield from ()


class _Queues:
    """The lengths of the queues, asked for when Prometheus asks."""

    def __init__(self, lengths: Lengths) -> None:
        self._lengths = lengths

    def describe(self) -> list[Any]:
        """Return nothing: the registry must not ask the broker when this is registered."""
        return []

    def collect(self) -> Iterator[Any]:
        """Yield them, and whether the broker answered."""
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

        yield InfoMetricFamily("guardrails_worker", "What this worker is.", {"version": __version__})
        try:
            found = self._lengths()
        except OSError:
            found = None
        yield GaugeMetricFamily("guardrails_broker_up", "Whether the broker answers.", float(found is not None))
        depth = GaugeMetricFamily("guardrails_queue_depth", "Messages waiting in a queue.", labels=["queue"])
        for queue, length in (found or {}).items():
            depth.add_metric([queue], length)
        yield depth


def queue_lengths(client: Any, queues: Sequence[str]) -> dict[str, int]:
    """Return how many messages wait in each queue, of all priorities.

    Args:
        client: of Redis.
        queues: their names.

    Raises:
        OSError: if Redis does not answer, or refuses.

    """
    import redis

    try:
        pipe = client.pipeline(transaction=False)
        for queue in queues:
            for priority in _PRIORITIES:
                pipe.llen(queue + priority)
        counts = pipe.execute()
    except redis.RedisError as error:
        raise OSError(type(error).__name__) from None
    size = len(_PRIORITIES)
    return {queue: sum(counts[number * size : (number + 1) * size]) for number, queue in enumerate(queues)}


@dataclass(frozen=True, slots=True)
class ScanEnd:
    """What is told of a scan that is over."""

    audit: str
    """The audit's name; empty if it is none."""
    exit_code: int
    complete: bool
    finished: float
    """Seconds since 1970."""
    seconds: float
    summary: Summary | None
    """None if it did not come to any."""


def check_file(path: Path) -> None:
    """Raise ConfigError unless a scan's metrics can be written to `path`."""
    _require()
    if not os.access(path.parent, os.W_OK | os.X_OK) or path.is_dir():
        raise ConfigError(f"cannot write the metrics {path}: no such folder, or it may not be written to")


def write_file(path: Path, end: ScanEnd) -> None:
    """Write a scan's metrics for node_exporter's textfile collector, all at once.

    Raises:
        OSError: if that fails; the earlier file stays.

    """
    from prometheus_client import write_to_textfile

    try:
        write_to_textfile(str(path), scan_registry(end))
    finally:
        for left in path.parent.glob(f"{path.name}.{os.getpid()}.*"):
            left.unlink(missing_ok=True)


def scan_registry(end: ScanEnd) -> "CollectorRegistry":
    """Return a scan's metrics. All are gauges, since each scan begins anew."""
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()

    def tell(name: str, help_: str, values: Mapping[str, float], label: str | None = None) -> None:
        labels = ["audit", *([label] if label else [])]
        gauge = Gauge(f"guardrails_scan_{name}", help_, labels, registry=registry)
        for word, value in values.items():
            gauge.labels(end.audit, *([word] if label else [])).set(value)

    tell("exit_code", "Exit code of the last scan.", {"": end.exit_code})
    tell("complete", "Whether the last scan came to its end.", {"": end.complete})
    tell("finished_timestamp_seconds", "When the last scan ended.", {"": end.finished})
    tell("duration_seconds", "How long the last scan took.", {"": end.seconds})
    seen = end.summary
    if seen is not None:
        tell("documents", "Documents, by status.", {each.value: seen.statuses[each] for each in Status}, "status")
        tell("bytes", "Bytes of documents.", {"": seen.bytes})
        tell("findings", "Findings, by severity.", {each.name: seen.severities[each] for each in Severity}, "severity")
        tell("risk_documents", "Documents, by risk.", {each.name: seen.risk_levels[each] for each in Severity}, "level")
        violated = {name: float(framework.documents) for name, framework in sorted(seen.frameworks.items())}
        tell("documents_in_violation", "Documents that violate a rule, by framework.", violated, "framework")
    return registry


def _require() -> None:
    try:
        import prometheus_client  # noqa: F401
    except ImportError:
        raise ConfigError("metrics need the extra: pip install 'guardrails-scan[metrics]'") from None
