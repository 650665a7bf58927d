"""Prometheus metrics of a worker while it runs, and of a scan at its end.

The extra `metrics` brings the client library; without it there are no metrics, and nothing imports it unasked. No label
holds a value, a path or a name of a document: labels are names of tasks, queues, severities, states.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import ChunkResult, Severity
from guardrails_cli.core.record import Status
from guardrails_cli.core.version import __version__
from guardrails_cli.results.summary import Summary

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

ENV_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Folder where a worker's processes put their numbers; the library reads the variable when it is imported."""
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0)
"""Seconds, from those of a small chunk to the hard limit of a task."""
TASK_STATES = ("success", "failure", "retry")
_PRIORITIES = ("", "\x06\x163", "\x06\x166", "\x06\x169")
"""Suffixes of a queue's name for priorities in Celery's Redis transport (kombu.transport.redis)."""

Lengths = Callable[[], Mapping[str, int]]
"""Returns the number of messages in each queue; raises OSError if the broker does not answer."""


class WorkerMetrics:
    """The counters of one worker's processes. Created before they fork; each then counts in files of its own."""

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
        for severity in Severity:  # so that a rate exists from the first scrape on
            self._findings.labels(severity.name)
        for outcome in ("scanned", "failed"):
            self._chunks.labels(outcome)

    def chunk(self, text: str, first: bool, result: ChunkResult | None) -> None:
        """Count a chunk.

        Args:
            text: the chunk's text.
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
        """Count the start of a task."""
        self._in_flight.labels(task).inc()

    def task_ends(self, task: str, seconds: float) -> None:
        """Count the end of a task, whatever its outcome."""
        self._in_flight.labels(task).dec()
        self._seconds.labels(task).observe(seconds)

    def task_state(self, task: str, state: str) -> None:
        """Count the outcome of a task: one of `TASK_STATES`."""
        self._tasks.labels(task, state).inc()


_worker: WorkerMetrics | None = None


def worker_metrics() -> WorkerMetrics | None:
    """Return the counters of this process; None if it does not count."""
    return _worker


class Server(msgspec.Struct, frozen=True):
    """A worker's metrics on an HTTP port."""

    port: int
    close: Callable[[], None]
    """Closes the inherited port in a child."""


@contextmanager
def served(host: str, port: int, lengths: Lengths) -> Iterator[Server]:
    """Count in this process and its later children, and answer Prometheus in this context.

    Args:
        host: address to listen on.
        port: port number; 0 takes a free one.
        lengths: called for the queues' lengths at each scrape.

    Raises:
        ConfigError: if the library is not installed, or the port cannot be opened.

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
    """Drops the in-flight numbers of dead processes; their counts stay."""

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
    """The lengths of the queues, read at each scrape."""

    def __init__(self, lengths: Lengths) -> None:
        self._lengths = lengths

    def describe(self) -> list[Any]:
        """Return nothing: registering must not query the broker."""
        return []

    def collect(self) -> Iterator[Any]:
        """Yield the lengths, and whether the broker answered."""
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
    """Return the number of waiting messages in each queue, over all priorities.

    Args:
        client: a Redis client.
        queues: names of the queues.

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


class ScanEnd(msgspec.Struct, frozen=True):
    """The data about a finished scan."""

    audit: str
    """Name of the audit; empty if it is none."""
    exit_code: int
    complete: bool
    finished: float
    """End of the scan in seconds since 1970."""
    seconds: float
    summary: Summary | None
    """Summary; None if there is none."""


def check_file(path: Path) -> None:
    """Raise ConfigError unless a scan's metrics can be written to `path`."""
    _require()
    if not os.access(path.parent, os.W_OK | os.X_OK) or path.is_dir():
        raise ConfigError(f"cannot write the metrics {path}: no such folder, or it may not be written to")


def write_file(path: Path, end: ScanEnd) -> None:
    """Write a scan's metrics for node_exporter's textfile collector atomically.

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
    """Return a scan's metrics. All are gauges, since each scan starts at zero."""
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
