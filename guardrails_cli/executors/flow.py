"""From sources to records: reads documents, cuts them into units, groups these, and puts results together again.

Records come out in the order in which the documents went in, whoever scans them and however fast: reports are then
the same from any executor. What waits for its turn is bounded, so memory stays flat.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from guardrails_cli import pipeline
from guardrails_cli.batch import Unit, UnitResult
from guardrails_cli.errors import BrokerError, StopNow
from guardrails_cli.executors.base import Executor
from guardrails_cli.journal import Journal
from guardrails_cli.model import Chunk, ChunkResult, Document, DocumentResult, Pack, Source, Status, Unscanned
from guardrails_cli.policy.rulebook import Rulebook
from guardrails_cli.reading.documents import refused
from guardrails_cli.reading.events import Closed, Event, Opened, Piece, Refused
from guardrails_cli.reading.source import SourceReader
from guardrails_cli.risk import RiskModel
from guardrails_cli.tally import Tally
from guardrails_cli.timing import Phases

BATCH_SECONDS = 0.2
"""Work per message: large against the cost of a message (about 2 ms), small against the patience of a user."""
MAX_UNITS = 64
MAX_BATCH_CHARS = 200_000
MAX_AHEAD = 4096
"""How many documents may wait for one that went in before them."""
MAX_CHUNKS_AHEAD = 1024
"""How many chunks of one document may wait for one that comes before them."""
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
    """A document on its way: what came back, and how much is still out."""

    path: str
    tally: Tally
    document: Document | None = None
    """Known once all of it was read."""
    read: int = 0
    """How many chunks it has so far."""
    told: int = 0
    """How many chunks' results, in their order, the tally has."""
    waiting: dict[int, ChunkResult | None] = field(default_factory=dict)
    """Results that came before those of earlier chunks."""
    error: str | None = None
    scanned: int = 0
    """Characters of the chunks that came back."""
    sizes: dict[int, int] = field(default_factory=dict)
    """Characters of each chunk that is out."""
    begun: float = field(default_factory=time.monotonic)

    def take(self, index: int, result: ChunkResult | None) -> None:
        """Take a chunk's result, None if there is none, and give the tally those whose turn it is."""
        self.waiting[index] = result
        while self.told in self.waiting:
            following = self.waiting.pop(self.told)
            if following is not None:
                self.tally.add(following)
            self.told += 1


class Flow:
    """One run's documents. It is the executor's feed, and yields the records; see `records`.

    Args:
        sources: what is to be read, in the order of the report.
        reader: reads it.
        packs: the policies.
        stop: set its flag to have nothing new begun.
        chars_per_second: speed of scanning to begin with.
        max_listed: findings that a record lists; the others are counted.
        risk_model: the numbers of the risk; None means the built-in ones.
        journal: what is finished already, and takes what is finished now; None means none is kept.

    """

    def __init__(
        self,
        sources: Iterable[Source | Unscanned],
        reader: SourceReader,
        packs: Sequence[Pack],
        stop: StopFlag,
        chars_per_second: float,
        max_listed: int,
        risk_model: RiskModel | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.error: str | None = None
        """Why the run ended before its end; None if it did not."""
        self.phases = Phases()
        """Take the time of reading and of judging."""
        self._sources = iter(sources)
        self._reader = reader
        self._rulebook = Rulebook(packs)
        self._stop = stop
        self._speed = chars_per_second
        self._max_listed = max_listed
        self._risk_model = risk_model
        self._journal = journal
        self._source: Source | None = None
        """That is being read."""
        self._owners: dict[int, Source | None] = {}
        """Of the documents that have no record yet: the source that each belongs to."""
        self._finished: list[DocumentResult] = []
        """The records so far of the source that the last record belongs to."""
        self._last_owner: Source | None = None
        self._events: Iterator[Event | None] = iter(())
        self._held: Unit | None = None
        self._ended = False
        self._number = 0
        self._open = -1
        """The document whose chunks are being read."""
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
        if self._pending:
            self._journal = None  # their source is not finished
        status, reason = (Status.FAILED, self.error) if self.error else (Status.SKIPPED, INTERRUPTED)
        for number, pending in self._pending.items():
            size = pending.document.size_bytes if pending.document else 0
            self._done[number] = pipeline.unscanned(Unscanned(pending.path, size, status, reason or INTERRUPTED))
        self._pending.clear()
        yield from self._ready()

    @property
    def partly_scanned(self) -> int:
        """How many characters have been scanned of the documents that are not finished."""
        return sum(pending.scanned for pending in self._pending.values())

    def oldest(self) -> tuple[str, float] | None:
        """Return path and age in seconds of the document that was begun first and is not finished. From any thread."""
        with suppress(RuntimeError):  # the other thread has just finished it
            pending = next(iter(self._pending.values()), None)
            return None if pending is None else (pending.path, time.monotonic() - pending.begun)
        return None

    @property
    def exhausted(self) -> bool:
        """Whether `take` will never return another batch."""
        return self._ended or self._stop.requested

    def take(self) -> list[Unit] | None:
        """Return the next batch, grouped so that it holds about `BATCH_SECONDS` of work."""
        if self.exhausted or self._number - self._next > MAX_AHEAD or self._is_far_ahead():
            return None
        with self.phases("reading"):
            return self._take()

    def _take(self) -> list[Unit] | None:
        budget = min(self._speed * BATCH_SECONDS, MAX_BATCH_CHARS)
        batch: list[Unit] = []
        size = 0.0
        for unit in self._units():
            cost = len(unit.chunk.text) + UNIT_CHARS
            if batch and size + cost > budget:
                self._held = unit
                break
            batch.append(unit)
            size += cost
            if len(batch) >= MAX_UNITS:
                break
        return batch or None

    def _is_far_ahead(self) -> bool:
        pending = self._pending.get(self._open)
        return pending is not None and pending.read - pending.told > MAX_CHUNKS_AHEAD

    def _units(self) -> Iterator[Unit]:
        """Yield what is there to be scanned, until a document has to be waited for or many had nothing to scan."""
        if self._held is not None:
            unit, self._held = self._held, None
            yield unit
        opened = 0
        while opened < READ_AT_ONCE:
            try:
                event = next(self._events)
            except StopIteration:
                source = next(self._sources, None)
                if source is None:
                    self._ended = True
                    return
                opened += 1
                self._open_source(source)
                continue
            if event is None:
                return
            if isinstance(event, Piece):
                yield self._unit(event.chunk)
            else:
                self._follow(event)

    def _open_source(self, source: Source | Unscanned) -> None:
        self._source = None
        if isinstance(source, Unscanned):
            self._events = refused(source.path, source.size_bytes, source.reason, source.status)
            return
        known = self._journal.known(source) if self._journal else None
        if known is None:
            self._source = source
            self._events = self._reader.read(source)
            return
        for record in known:
            self._new(record)

    def _new(self, begun: DocumentResult | _Pending) -> int:
        """Give the next number to a document that has its record or is begun; return it."""
        number = self._number
        self._owners[number] = self._source
        if isinstance(begun, _Pending):
            self._pending[number] = begun
        else:
            self._done[number] = begun
        self._number = number + 1  # last: whatever StopNow interrupts here, each number has its document
        return number

    def _unit(self, chunk: Chunk) -> Unit:
        pending = self._pending[self._open]
        index, pending.read = pending.read, pending.read + 1
        pending.sizes[index] = len(chunk.text)
        return Unit(self._open, index, chunk)

    def _follow(self, event: Event) -> None:
        """Keep the books of documents that begin and end."""
        if isinstance(event, Opened):
            tally = Tally(self._rulebook, self._max_listed, self._risk_model, event.path, event.format)
            self._open = self._new(_Pending(event.path, tally))
        elif isinstance(event, Closed):
            self._pending[self._open].document = event.document
            self._finish(self._open)
            self._open = -1
        elif isinstance(event, Refused):
            self._new(pipeline.unscanned(event.record))

    def _accept(self, unit: UnitResult) -> None:
        pending = self._pending.get(unit.document)
        if pending is None:
            return
        chars = pending.sizes.pop(unit.index)
        pending.scanned += chars
        if unit.result is not None:
            self._learn(chars, unit.result.seconds)
        else:
            pending.error = pending.error or unit.error or "unknown error"
        with self.phases("policies and risk"):
            pending.take(unit.index, unit.result)
        self._finish(unit.document)

    def _finish(self, number: int) -> None:
        """Make the document's record if all of it was read and scanned."""
        pending = self._pending[number]
        document = pending.document
        if document is None or pending.told < pending.read:
            return
        if pending.error is not None:
            document = replace(document, failure=pending.error)
        with self.phases("policies and risk"):
            self._done[number] = pending.tally.record(document)
        del self._pending[number]

    def _learn(self, chars: int, seconds: float) -> None:
        """Follow the speed that is seen, so that batches fit this machine, engine and text."""
        weight = min(seconds / 2.0, 0.5)
        self._speed += weight * ((chars + UNIT_CHARS) / max(seconds, 1e-5) - self._speed)

    def _ready(self) -> Iterator[DocumentResult]:
        while (record := self._done.pop(self._next, None)) is not None:
            self._keep(self._owners.pop(self._next), record)
            self._next += 1
            yield record
        if self._ended and not self._pending and not self._stop.requested and self.error is None:
            self._keep(None, None)

    def _keep(self, owner: Source | None, record: DocumentResult | None) -> None:
        """Tell the journal of a source once the record of the next one shows that it has no more documents."""
        if self._journal is None:
            return
        if owner is not self._last_owner or record is None:
            if self._last_owner is not None:
                self._journal.keep(self._last_owner, self._finished)
            self._last_owner, self._finished = owner, []
        if record is not None and owner is not None:
            self._finished.append(record)
