"""The time of a scan by phase."""

import heapq
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from guardrails_cli.core.record import DocumentResult

SLOWEST_KEPT = 5


class Phases:
    """A stopwatch that is always in one phase: entering one pauses the phase around it, so the times add up.

    Args:
        rest: name of the phase for time outside of all others.
        clock: returns seconds.

    """

    def __init__(self, rest: str = "other", clock: Callable[[], float] = time.perf_counter) -> None:
        self._rest = rest
        self._clock = clock
        self._seconds: dict[str, float] = {}
        self._stack = [""]
        self._since = clock()
        self._slowest: list[tuple[float, int, str]] = []
        self._records = 0
        self.worked = 0.0
        """Seconds of detection in all workers together."""

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Count the time inside this context to the phase `name`."""
        self._switch()
        self._stack.append(name)
        try:
            yield
        finally:
            self._switch()
            self._stack.pop()

    def name_rest(self, rest: str) -> None:
        """Rename the phase for time outside of all others."""
        self._rest = rest

    def record(self, record: DocumentResult) -> None:
        """Add a record's time."""
        self._records += 1
        self.worked += record.seconds
        entry = (record.seconds, -self._records, record.path)
        (heapq.heappushpop if len(self._slowest) >= SLOWEST_KEPT else heapq.heappush)(self._slowest, entry)

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by phase so far."""
        self._switch()
        return {name or self._rest: spent for name, spent in self._seconds.items()}

    @property
    def slowest(self) -> list[tuple[str, float]]:
        """Path and seconds of the documents with the longest detection, longest first."""
        return [(path, seconds) for seconds, _, path in sorted(self._slowest, reverse=True) if seconds > 0]

    def _switch(self) -> None:
        now = self._clock()
        name = self._stack[-1]
        self._seconds[name] = self._seconds.get(name, 0.0) + now - self._since
        self._since = now
