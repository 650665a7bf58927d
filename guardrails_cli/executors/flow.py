"""From sources to records: reads documents, cuts them into units, groups these, and puts results together again.

Records come out in the order in which the documents went in, whoever scans them and however fast: reports are then
the same from any executor. What waits for its turn is bounded, so memory stays flat.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from guardrails_cli import pipeline
from guardrails_cli.batch import Unit, UnitResult
from guardrails_cli.detect.chunks import split
from guardrails_cli.errors import BrokerError, StopNow
from guardrails_cli.executors.base import Executor
from guardrails_cli.model import ChunkResult, Document, DocumentResult, Pack, Source, Status, Unscanned
from guardrails_cli.sources.read import read_source

BATCH_SECONDS = 0.2
"""Work per message: large against the cost of a message (about 2 ms), small against the patience of a user."""
MAX_UNITS = 64
MAX_BATCH_CHARS = 200_000
MAX_AHEAD = 4096
"""How many documents may wait for one that went in before them."""
READ_AT_ONCE = 256
"""How many sources without work (binary, unreadable) one call may pass over before others get their turn."""
UNIT_CHARS = 300
"""What a unit costs beyond its text, in characters' worth of work."""
INTERRUPTED = "interrupted before it was scanned"


class StopFlag:
    """Whether the user asked to stop. Once: what is in flight is finished, nothing new is begun. Twice: now."""

    def __init__(self) -> None:
        self.requested = False
        self.heard: Callable[[], None] = lambda: None
        """Called at the first request."""
        self._now = False
        self._interruptible = False

    def request(self) -> None:
        """Ask to stop. Called from a signal handler: the second time it raises StopNow, where that is safe."""
        if not self.requested:
            self.requested = True
            self.heard()
            return
        self._now = True
        if self._interruptible:
            self._interruptible = False
            raise StopNow

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Mark what StopNow may end at any point: waiting, not what starts or removes a thing or keeps the counts."""
        self._interruptible = True
        try:
            if self._now:
                raise StopNow
            yield
        finally:
            self._interruptible = False


@dataclass(slots=True)
class _Pending:
    """A document on its way: its head, what came back, and how much is still out."""

    head: Document
    results: dict[int, ChunkResult] = field(default_factory=dict)
    expected: int | None = None
    """How many chunks it has; None until the last one is cut."""
    error: str | None = None
    answered: int = 0
    scanned: int = 0
    """Characters of the chunks that came back."""
    sizes: dict[int, int] = field(default_factory=dict)
    """Characters of each chunk that is out."""


class Flow:
    """One run's documents. It is the executor's feed, and yields the records; see `records`."""

    def __init__(
        self,
        sources: Iterable[Source | Unscanned],
        packs: Sequence[Pack],
        max_bytes: int,
        stop: StopFlag,
        chars_per_second: float,
    ) -> None:
        self.error: str | None = None
        """Why the run ended before its end; None if it did not."""
        self._sources = iter(sources)
        self._packs = packs
        self._max_bytes = max_bytes
        self._stop = stop
        self._speed = chars_per_second
        self._units: Iterator[Unit] = iter(())
        self._held: Unit | None = None
        self._ended = False
        self._number = 0
        self._next = 0
        self._pending: dict[int, _Pending] = {}
        self._done: dict[int, DocumentResult] = {}

    def records(self, executor: Executor) -> Iterator[DocumentResult | None]:
        """Yield the record of each document in order, and None from time to time while waiting.

        If the executor fails or the user stops the run, the documents begun and not finished come out as FAILED or
        SKIPPED, and `error` or the stop flag tells why.
        """
        try:
            for result in self._interruptibly(executor.run(self)):
                if result is not None:
                    self._accept(result)
                yield from self._ready()
                yield None
        except BrokerError as error:
            self.error = str(error)
        yield from self.abandon()

    def _interruptibly(self, results: Iterator[UnitResult | None]) -> Iterator[UnitResult | None]:
        while True:
            with self._stop.interruptible():
                try:
                    result = next(results)
                except StopIteration:
                    return
            yield result

    def abandon(self) -> Iterator[DocumentResult]:
        """Yield a record for each document begun and not finished. After this the flow is empty."""
        self._ended = True
        for number, pending in list(self._pending.items()):
            status, reason = (Status.FAILED, self.error) if self.error else (Status.SKIPPED, INTERRUPTED)
            head = pending.head
            self._done[number] = pipeline.unscanned(
                Unscanned(head.path, head.size_bytes, status, reason or INTERRUPTED, head.sha256)
            )
        self._pending.clear()
        yield from self._ready()

    @property
    def partly_scanned(self) -> int:
        """How many characters have been scanned of the documents that are not finished."""
        return sum(pending.scanned for pending in self._pending.values())

    @property
    def exhausted(self) -> bool:
        """Whether `take` will never return another batch."""
        return self._ended or self._stop.requested

    def take(self) -> list[Unit] | None:
        """Return the next batch, grouped so that it holds about `BATCH_SECONDS` of work."""
        if self.exhausted or self._number - self._next > MAX_AHEAD:
            return None
        budget = min(self._speed * BATCH_SECONDS, MAX_BATCH_CHARS)
        batch: list[Unit] = []
        size = 0.0
        for _ in range(READ_AT_ONCE):
            unit = self._held or next(self._units, None)
            self._held = None
            if unit is None:
                if not self._open_next():
                    break
                continue
            cost = len(unit.chunk.text) + UNIT_CHARS
            if batch and size + cost > budget:
                self._held = unit
                break
            batch.append(unit)
            size += cost
            if len(batch) >= MAX_UNITS:
                break
        return batch or None

    def _open_next(self) -> bool:
        """Read the next source; return whether there was one."""
        source = next(self._sources, None)
        if source is None:
            self._ended = True
            return False
        document = source if isinstance(source, Unscanned) else read_source(source, self._max_bytes)
        number = self._number
        if isinstance(document, Unscanned):
            self._done[number] = pipeline.unscanned(document)
        else:
            self._pending[number] = _Pending(replace(document, text=""))
            self._units = self._cut(number, document.text)
        self._number = number + 1  # last: whatever StopNow interrupts here, each number has its document
        return True

    def _cut(self, number: int, text: str) -> Iterator[Unit]:
        chunks = split(text)
        chunk, index = next(chunks), 0
        while True:
            following = next(chunks, None)
            self._pending[number].sizes[index] = len(chunk.text)
            if following is None:  # the count is known before the last chunk is on its way
                self._pending[number].expected = index + 1
            yield Unit(number, index, chunk)
            if following is None:
                return
            chunk, index = following, index + 1

    def _accept(self, unit: UnitResult) -> None:
        pending = self._pending.get(unit.document)
        if pending is None:
            return
        pending.answered += 1
        chars = pending.sizes.pop(unit.index)
        pending.scanned += chars
        if unit.result is not None:
            pending.results[unit.index] = unit.result
            self._learn(chars, unit.result.seconds)
        else:
            pending.error = pending.error or unit.error or "unknown error"
        if pending.expected == pending.answered:
            self._done[unit.document] = self._record(pending)
            del self._pending[unit.document]

    def _record(self, pending: _Pending) -> DocumentResult:
        if pending.error is not None:
            head = pending.head
            return pipeline.unscanned(Unscanned(head.path, head.size_bytes, Status.FAILED, pending.error, head.sha256))
        return pipeline.assess(pending.head, [pending.results[index] for index in sorted(pending.results)], self._packs)

    def _learn(self, chars: int, seconds: float) -> None:
        """Follow the speed that is seen, so that batches fit this machine, engine and text."""
        weight = min(seconds / 2.0, 0.5)
        self._speed += weight * ((chars + UNIT_CHARS) / max(seconds, 1e-5) - self._speed)

    def _ready(self) -> Iterator[DocumentResult]:
        while (record := self._done.pop(self._next, None)) is not None:
            self._next += 1
            yield record
