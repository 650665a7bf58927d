"""Choose how documents reach the workers of a broker: by reference if all can read them, otherwise by content.

The choice is made once at the start of a run, from the facts that workers register. A source that a single worker then
cannot read, or that is too long for one worker, comes back and goes by content.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from guardrails_cli.cluster import build, by_reference
from guardrails_cli.cluster.by_reference import Reference
from guardrails_cli.cluster.workers import Worker
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source

SCAN_QUEUE = "default"
MAX_BYTES = 1024 * 1024
"""Maximum size in bytes of a file by reference: a larger one is better spread over workers in chunks."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """The transfer of a run's documents to the workers."""

    roots: tuple[tuple[str, ...], ...] = ()
    """Roots of each worker; empty if all documents go by content."""
    only: bool = False
    """Whether no content may be sent."""
    why: str = field(default="", compare=False)
    """Reason for the choice, for a person."""

    @property
    def name(self) -> str:
        """`reference` or `content`."""
        return "reference" if self.roots else "content"

    def refer(self, source: Source, run: str) -> Reference | Unscanned | None:
        """Return a reference with which the workers can read the source; see `Executor.refer`."""
        reference = None
        if self.roots and (self.only or source.size_bytes <= MAX_BYTES):
            reference = by_reference.refer(source, run, self.only)
        if reference is not None and all(by_reference.is_below(reference.location, roots) for roots in self.roots):
            return reference
        if not self.only:
            return None
        sentence = "the workers cannot read it, and --transfer reference sends no content"
        return Unscanned(source.path, source.size_bytes, Status.FAILED, Reason(ReasonCode.NOT_SHARED, sentence))


def require_alike(workers: Sequence[Worker], needs: build.Build) -> list[Worker]:
    """Return the workers that take scans, if each meets the run's requirements.

    Raises:
        ConfigError: if one does not; it names the worker, the difference and the remedy.

    """
    serving = [worker for worker in workers if SCAN_QUEUE in worker.queues]
    for worker in serving:
        for difference in build.differences(needs, worker.build):
            raise ConfigError(f"worker {worker.name} is not like this client: {difference}")
    return serving


def negotiate(wanted: str, workers: Sequence[Worker]) -> Transfer:
    """Return the transfer of documents to the workers.

    Args:
        wanted: one of `TRANSFERS`.
        workers: workers that take scans.

    Raises:
        ConfigError: if it must be by reference and cannot be.

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
