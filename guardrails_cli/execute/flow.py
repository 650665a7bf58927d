"""From sources to records: reads documents, cuts them into units, groups these, and puts results together again.

Records come out in the order in which the documents went in, whoever scans them and however fast: reports are then
the same from any executor. What waits for its turn is bounded, so memory stays flat.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from guardrails_cli.cluster.batch import Unit, UnitResult
from guardrails_cli.cluster.by_reference import UNKNOWN, Reference, records
from guardrails_cli.core.errors import BrokerError
from guardrails_cli.core.finding import ChunkResult
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import DocumentResult, Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.core.text import Chunk, Document
from guardrails_cli.document import scan_chunk
from guardrails_cli.document.added_lines import LINED, AddedText
from guardrails_cli.document.document_record import Tally
from guardrails_cli.execute.executor import Executor
from guardrails_cli.inputs.reading.events import Closed, Event, Opened, Piece, Refused
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.results.journal import Journal
from guardrails_cli.system.stop import StopFlag
from guardrails_cli.system.stopwatch import Phases

BATCH_SECONDS = 0.2
"""Work per message: large against the cost of a message (about 2 ms), small against the patience of a user."""
MAX_UNITS = 64
MAX_BATCH_CHARS = 200_000
MAX_AHEAD = 4096
"""How many documents and sources may wait for one that went in before them."""
MAX_CHUNKS_AHEAD = 1024
"""How many chunks of one document may wait for one that comes before them."""
READ_AT_ONCE = 256
"""How many sources without work (binary, unreadable) one call may pass over before others get their turn."""
UNIT_CHARS = 300
"""What a unit costs beyond its text, in characters' worth of work."""
INTERRUPTED = Reason(ReasonCode.INTERRUPTED, "interrupted before it was scanned")


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
    error: Reason | None = None
    scanned: int = 0
    """Characters of the chunks that came back."""
    sizes: dict[int, int] = field(default_factory=dict)
    """Characters of each chunk that is out."""
    added: AddedText | None = None
    """What counts; None if all of it does."""
    begun: float = field(default_factory=time.monotonic)

    def take(self, index: int, result: ChunkResult | None) -> None:
        """Take a chunk's result, None if there is none, and give the tally those whose turn it is."""
        self.waiting[index] = result
        while self.told in self.waiting:
            following = self.waiting.pop(self.told)
            if following is not None:
                self.tally.add(self.added.only(following) if self.added else following)
            self.told += 1


@dataclass(slots=True)
class _Slot:
    """A source's turn in the report: its documents come out when all before it have."""

    source: Source | None = None
    """None where there is nothing to keep of it."""
    documents: deque[int] = field(default_factory=deque)
    """The numbers of those that have not come out yet."""
    told: list[DocumentResult] = field(default_factory=list)
    """The records of those that have, for the journal."""
    complete: bool = False
    """Whether there are no more documents of it."""
    out: bool = False
    """Whether a worker was asked to read it, or it waits to be read here after that."""


class Flow:
    """One run's documents. It is the executor's feed, and yields the records; see `records`.

    Args:
        sources: what is to be read, in the order of the report.
        reader: reads it.
        tally: makes the tally of a document, given its path and format.
        stop: set its flag to have nothing new begun.
        chars_per_second: speed of scanning to begin with.
        journal: what is finished already, and takes what is finished now; None means none is kept.
        phases: take the time of reading and of judging.

    """

    def __init__(
        self,
        sources: Iterable[Source | Unscanned],
        reader: SourceReader,
        tally: Callable[[str, str], Tally],
        stop: StopFlag,
        chars_per_second: float,
        journal: Journal | None = None,
        phases: Phases | None = None,
    ) -> None:
        self.error: str | None = None
        """Why the run ended before its end; None if it did not."""
        self._phases = phases or Phases()
        self._sources = iter(sources)
        self._reader = reader
        self._tally = tally
        self._stop = stop
        self._speed = chars_per_second
        self._journal = journal
        self._slots: deque[_Slot] = deque()
        """Of the sources that have not come out wholly, in order."""
        self._slot = _Slot()
        """Of the source that is being read."""
        self._referred: dict[int, tuple[_Slot, Reference]] = {}
        """By number, the sources that workers read."""
        self._returned: deque[_Slot] = deque()
        """Sources that a worker gave back: they are read here."""
        self._refer: Callable[[Source], Reference | Unscanned | None] = lambda _: None
        self._events: Iterator[Event | None] = iter(())
        self._held: Unit | None = None
        self._ended = False
        self._number = 0
        self._open = -1
        """The document whose chunks are being read."""
        self._pending: dict[int, _Pending] = {}
        self._done: dict[int, DocumentResult] = {}

    def records(self, executor: Executor) -> Iterator[DocumentResult | None]:
        """Yield the record of each document in order, and None from time to time while waiting.

        If the executor fails or the user stops the run, the documents begun and not finished come out as FAILED or
        SKIPPED, and `error` or the stop flag tells why.
        """
        self._refer = executor.refer
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
        reason = Reason(ReasonCode.BROKER_LOST, self.error) if self.error else INTERRUPTED
        status = Status.FAILED if self.error else Status.SKIPPED
        known = {number for slot in self._slots for number in slot.documents}
        # What StopNow interrupted may have its document and no turn yet.
        self._slot.documents += sorted(number for number in (*self._pending, *self._done) if number not in known)
        for slot in self._slots:
            if slot.out and slot.source is not None:
                about = slot.source
                self._record(slot, scan_chunk.unscanned(Unscanned(about.path, about.size_bytes, status, reason)))
            if not slot.complete or any(number in self._pending for number in slot.documents):
                slot.source = None  # not finished: the journal must not have it
            slot.complete, slot.out = True, False
        for number, pending in self._pending.items():
            size = pending.document.size_bytes if pending.document else 0
            self._done[number] = scan_chunk.unscanned(Unscanned(pending.path, size, status, reason))
        self._pending.clear()
        self._referred.clear()
        self._returned.clear()
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
        waiting = len(self._pending) + len(self._done) + len(self._slots)
        if self.exhausted or waiting > MAX_AHEAD or self._is_far_ahead():
            return None
        with self._phases("reading"):
            return self._take()

    def _take(self) -> list[Unit] | None:
        budget = min(self._speed * BATCH_SECONDS, MAX_BATCH_CHARS)
        batch: list[Unit] = []
        size = 0.0
        for unit in self._units():
            cost = unit.size + UNIT_CHARS
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
                self._slot.complete = True
                if self._returned:
                    self._read(self._returned.popleft())
                    opened += 1
                    continue
                source = next(self._sources, None)
                if source is None:
                    self._ended = not self._referred
                    return
                opened += 1
                if (asked := self._open_source(source)) is not None:
                    yield asked
                continue
            if event is None:
                return
            if isinstance(event, Piece):
                yield self._unit(event.chunk)
            else:
                self._follow(event)

    def _open_source(self, source: Source | Unscanned) -> Unit | None:
        """Begin with a source; return the unit that has a worker read it, None if it is read here."""
        if isinstance(source, Unscanned):
            self._slots.append(_Slot())
            self._refuse(self._slots[-1], source)
            return None
        known = self._journal.known(source) if self._journal else None
        if known is not None:
            self._slots.append(_Slot())
            for record in known:
                self._record(self._slots[-1], record)
            self._slots[-1].complete = True
            return None
        slot = _Slot(source)
        reference = self._refer(source)
        self._slots.append(slot)
        if isinstance(reference, Unscanned):
            self._refuse(slot, reference)
        elif reference is None:
            self._read(slot)
        else:
            slot.out = True
            number = self._take_number()
            self._referred[number] = (slot, reference)
            return Unit(number, 0, reference)
        return None

    def _read(self, slot: _Slot) -> None:
        """Read a source here."""
        self._slot, slot.out = slot, False
        if slot.source is not None:
            self._events = self._reader.read(slot.source)

    def _take_number(self) -> int:
        self._number += 1
        return self._number - 1

    def _new(self, pending: _Pending) -> int:
        """Give the next number to a document that is begun; return it."""
        number = self._take_number()
        self._pending[number] = pending
        self._slot.documents.append(number)
        return number

    def _record(self, slot: _Slot, record: DocumentResult) -> None:
        """Add a document that has its record."""
        number = self._take_number()
        self._done[number] = record
        slot.documents.append(number)

    def _refuse(self, slot: _Slot, source: Unscanned) -> None:
        self._record(slot, scan_chunk.unscanned(source))
        slot.complete = True

    def _unit(self, chunk: Chunk) -> Unit:
        pending = self._pending[self._open]
        index, pending.read = pending.read, pending.read + 1
        pending.sizes[index] = len(chunk.text)
        if pending.added is not None:
            pending.added.learn(chunk)
        return Unit(self._open, index, chunk)

    def _follow(self, event: Event) -> None:
        """Keep the books of documents that begin and end."""
        if isinstance(event, Opened):
            self._open = self._new(self._begun(event))
        elif isinstance(event, Closed):
            self._pending[self._open].document = event.document
            self._finish(self._open)
            self._open = -1
        elif isinstance(event, Refused):
            self._record(self._slot, scan_chunk.unscanned(event.record))

    def _begun(self, event: Opened) -> _Pending:
        """Return a document that is begun; of a change in a repository only some lines may count."""
        source = self._slot.source
        path = event.path.removeprefix(source.commit.prefix) if source and source.commit else event.path
        lines = source.added if source and event.number == 0 and event.format in LINED else None
        added = None if lines is None else AddedText(lines)
        return _Pending(event.path, self._tally(path, event.format), added=added)

    def _accept(self, unit: UnitResult) -> None:
        if (referred := self._referred.pop(unit.document, None)) is not None:
            self._accept_source(*referred, unit)
            return
        pending = self._pending.get(unit.document)
        if pending is None:
            return
        chars = pending.sizes.pop(unit.index)
        pending.scanned += chars
        if unit.result is not None:
            self._learn(chars, unit.result.seconds)
        else:
            pending.error = pending.error or unit.error or UNKNOWN
        with self._phases("policies and risk"):
            pending.take(unit.index, unit.result)
        self._finish(unit.document)

    def _accept_source(self, slot: _Slot, reference: Reference, unit: UnitResult) -> None:
        """Take what a worker tells of a source that it was to read."""
        if unit.told is not None:
            self._learn(reference.size_bytes, unit.seconds)
            with self._phases("policies and risk"):
                for record in records(unit.told, self._tally):
                    self._record(slot, record)
            slot.complete, slot.out = True, False
        elif reference.whole:
            slot.out = False
            reason = unit.error or UNKNOWN
            self._refuse(slot, Unscanned(reference.path, reference.size_bytes, Status.FAILED, reason))
        else:
            self._returned.append(slot)

    def _finish(self, number: int) -> None:
        """Make the document's record if all of it was read and scanned."""
        pending = self._pending[number]
        document = pending.document
        if document is None or pending.told < pending.read:
            return
        if pending.error is not None:
            document = replace(document, failure=pending.error)
        with self._phases("policies and risk"):
            record = pending.tally.record(document)
        if pending.added is not None:
            faults = tuple(fault for fault in record.suppression_faults if pending.added.has(fault[0]))
            record = replace(record, suppression_faults=faults)
        self._done[number] = record
        del self._pending[number]

    def _learn(self, chars: int, seconds: float) -> None:
        """Follow the speed that is seen, so that batches fit this machine, engine and text."""
        weight = min(seconds / 2.0, 0.5)
        self._speed += weight * ((chars + UNIT_CHARS) / max(seconds, 1e-5) - self._speed)

    def _ready(self) -> Iterator[DocumentResult]:
        while self._slots:
            slot = self._slots[0]
            while slot.documents and slot.documents[0] in self._done:
                record = self._done.pop(slot.documents.popleft())
                if slot.source is not None and slot.source.commit is not None:
                    record = replace(record, commit=slot.source.commit)
                if self._journal is not None and slot.source is not None:
                    slot.told.append(record)
                yield record
            if slot.documents or not slot.complete:
                return
            self._slots.popleft()
            if self._journal is not None and slot.source is not None:
                self._journal.keep(slot.source, slot.told)
