"""From sources to batches of units: reads documents in chunks, or has workers read them, and groups what is to be done.

The documents that wait for their turn are limited in number, so memory stays flat.
"""

from collections.abc import Callable, Iterable, Iterator

from guardrails_cli.cluster.batch import Unit
from guardrails_cli.cluster.by_reference import Reference
from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.execute.order import Order, Turn
from guardrails_cli.inputs.reading.events import Event
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.system.stop import StopFlag
from guardrails_cli.system.stopwatch import Phases

BATCH_SECONDS = 0.2
"""Work per message: large against the cost of a message (about 2 ms), small against the patience of a user."""
MAX_UNITS = 64
MAX_BATCH_CHARS = 200_000
MAX_AHEAD = 4096
"""Number of documents and sources that may wait for an earlier one."""
MAX_CHUNKS_AHEAD = 1024
"""Number of chunks of one document that may wait for an earlier one."""
READ_AT_ONCE = 256
"""Number of sources without work (binary, unreadable) that one call may pass over before others get their turn."""
UNIT_CHARS = 300
"""The cost of a unit beyond its text, in characters' worth of work."""


class SourceFeed:
    """One run's sources as batches; see `executor.Feed`.

    Args:
        sources: what is to be read, in the order of the report.
        reader: reads it.
        order: keeps the documents that are begun.
        stop: set its flag to have nothing new begun.
        chars_per_second: speed of scanning to begin with.
        phases: take the time of reading.

    """

    def __init__(
        self,
        sources: Iterable[Source | Unscanned],
        reader: SourceReader,
        order: Order,
        stop: StopFlag,
        chars_per_second: float,
        phases: Phases,
    ) -> None:
        self.refer: Callable[[Source], Reference | Unscanned | None] = lambda _: None
        """Returns how workers can read a source themselves; see `Executor.refer`."""
        self._sources = iter(sources)
        self._reader = reader
        self._order = order
        self._stop = stop
        self._speed = chars_per_second
        self._phases = phases
        self._turn: Turn | None = None
        """The turn of the source that is being read."""
        self._events: Iterator[Event | None] = iter(())
        self._held: Unit | None = None
        self._ended = False

    @property
    def exhausted(self) -> bool:
        """Whether `take` will never return another batch."""
        return self._ended or self._stop.requested

    def end(self) -> None:
        """Return no more batches."""
        self._ended = True

    def take(self) -> list[Unit] | None:
        """Return the next batch, with about `BATCH_SECONDS` of work."""
        if self.exhausted or self._order.waiting > MAX_AHEAD or self._is_far_ahead():
            return None
        with self._phases("reading"):
            return self._take()

    def learn(self, chars: int, seconds: float) -> None:
        """Adapt to the observed speed, so that batches fit this machine, engine and text."""
        weight = min(seconds / 2.0, 0.5)
        self._speed += weight * ((chars + UNIT_CHARS) / max(seconds, 1e-5) - self._speed)

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
        place = self._turn.assembly.current if self._turn is not None else None
        document = place.open if place is not None else None
        return document is not None and document.chunks - document.counted > MAX_CHUNKS_AHEAD

    def _units(self) -> Iterator[Unit]:
        """Yield the work there is, until a document has to be waited for or many had nothing to scan."""
        if self._held is not None:
            unit, self._held = self._held, None
            yield unit
        opened = 0
        while opened < READ_AT_ONCE:
            try:
                event = next(self._events)
            except StopIteration:
                opened += 1
                self._close()
                if self._order.returned:
                    self._read(self._order.returned.popleft())
                    continue
                source = next(self._sources, None)
                if source is None:
                    self._ended = not self._order.is_asking
                    return
                if (asked := self._open(source)) is not None:
                    yield asked
                continue
            if event is None:
                return
            if self._turn is not None and (made := self._order.follow(self._turn, event)) is not None:
                yield made

    def _open(self, source: Source | Unscanned) -> Unit | None:
        """Begin with a source; return the unit that has a worker read it, None if it is read here or not at all."""
        if isinstance(source, Unscanned):
            self._order.refuse(source)
            return None
        if self._order.recall(source):
            return None
        reference = self.refer(source)
        if isinstance(reference, Reference):
            return self._order.refer(source, reference)
        if isinstance(reference, Unscanned):
            self._order.refuse(reference)
        else:
            self._read(self._order.begin(source))
        return None

    def _read(self, turn: Turn) -> None:
        """Read a source here."""
        self._turn, turn.is_out = turn, False
        if turn.source is not None:
            self._events = self._reader.read(turn.source)

    def _close(self) -> None:
        """Record that the source that was read has no more documents."""
        if self._turn is not None:
            self._turn.complete = True
            self._turn = None
