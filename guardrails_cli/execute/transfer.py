"""Which way documents reach the workers of a broker: by reference where all of them can read them, else by content.

Settled once at the start of a run, from what the workers say of themselves. What a single worker then cannot read, or
what is too long for one worker, comes back and goes by content.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from guardrails_cli.cluster import build, by_reference
from guardrails_cli.cluster.by_reference import Reference
from guardrails_cli.cluster.workers import Worker
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source

SCAN_QUEUE = "default"
MAX_BYTES = 1024 * 1024
"""Of a file that goes by reference: a larger one is better spread over workers in chunks."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """How the documents of a run reach the workers."""

    roots: tuple[tuple[str, ...], ...] = ()
    """Of each worker; empty where all goes by content."""
    only: bool = False
    """Whether no content may be sent."""
    why: str = field(default="", compare=False)
    """Why it is so, for a person."""

    @property
    def name(self) -> str:
        """`reference` or `content`."""
        return "reference" if self.roots else "content"

    def refer(self, source: Source, run: str) -> Reference | Unscanned | None:
        """Return how the workers can read the source; see `Executor.refer`."""
        reference = None
        if self.roots and source.location is not None and (self.only or source.size_bytes <= MAX_BYTES):
            reference = by_reference.refer(source, run, self.only)
        if reference is not None and all(by_reference.is_below(reference.location, roots) for roots in self.roots):
            return reference
        if not self.only:
            return None
        reason = "the workers cannot read it, and --transfer reference sends no content"
        return Unscanned(source.path, source.size_bytes, Status.FAILED, reason)


def require_alike(workers: Sequence[Worker], needs: build.Build) -> list[Worker]:
    """Return the workers that take scans, if each is what the run needs.

    Raises:
        ConfigError: if one is not; it names the worker, what differs and what to do.

    """
    serving = [worker for worker in workers if SCAN_QUEUE in worker.queues]
    for worker in serving:
        for difference in build.differences(needs, worker.build):
            raise ConfigError(f"worker {worker.name} is not like this client: {difference}")
    return serving


def negotiate(wanted: str, workers: Sequence[Worker]) -> Transfer:
    """Return how documents reach the workers.

    Args:
        wanted: one of `config.TRANSFERS`.
        workers: those that take scans.

    Raises:
        ConfigError: if it shall be by reference and cannot be.

    """
    if wanted == "content":
        return Transfer(why="as --transfer says")
    hindrance = _hindrance(workers)
    if hindrance is None:
        shared = sorted(set(workers[0].roots).intersection(*(worker.roots for worker in workers)))
        below = f"below {', '.join(shared)}" if shared else "below their roots"
        return Transfer(tuple(worker.roots for worker in workers), wanted == "reference", f"the workers read {below}")
    if wanted == "reference":
        raise ConfigError(f"--transfer reference is not possible: {hindrance}")
    return Transfer(why=hindrance)


def _hindrance(workers: Sequence[Worker]) -> str | None:
    """Return why nothing can go by reference; None if something can."""
    if not workers:
        return "no worker has registered yet"
    readers = {"readers": build.build()["readers"]}
    for worker in workers:
        if not worker.roots:
            return f"worker {worker.name} was started without --root"
        for difference in build.differences(readers, worker.build):
            return f"worker {worker.name}: {difference}"
    return None
