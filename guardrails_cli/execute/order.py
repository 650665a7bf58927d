"""From chunk results to records in the order in which the documents went in, whoever scans them and however fast.

Reports are then the same from any executor. Each source has a turn: its records come out when all before it have.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import TypeVar

import msgspec

from guardrails_cli.cluster.batch import Suspicion, Unit, UnitResult
from guardrails_cli.cluster.by_reference import Reference
from guardrails_cli.core.reasons import Reason
from guardrails_cli.core.record import DocumentResult, Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.document import scan_chunk
from guardrails_cli.document.assemble import UNKNOWN, Assembly, Found, Place, TallyOf
from guardrails_cli.inputs.reading.events import Closed, Event, Opened, Piece
from guardrails_cli.results.journal import Journal
from guardrails_cli.system.stopwatch import Phases

T = TypeVar("T")


class Turn(msgspec.Struct, eq=False):
    """A source's turn in the report."""

    assembly: Assembly
    source: Source | None = None
    """None where the journal keeps nothing of it."""
    records: list[DocumentResult] = msgspec.field(default_factory=list)
    """The records that have come out, for the journal."""
    complete: bool = False
    """Whether it has no further documents."""
    is_out: bool = False
    """Whether a worker was asked to read it, or it waits to be read here after that."""
    number: int = -1
    """The number of the document that is open, in its units."""
    suspicion: Suspicion | None = None
    """What happened to the worker that was asked to read it."""


class _Referred(msgspec.Struct, frozen=True):
    turn: Turn
    reference: Reference
    begun: float = msgspec.field(default_factory=time.monotonic)


class Order:
    """The documents of one run that are begun and have not come out.

    Args:
        tally: makes the tally of a document, given its path and format.
        journal: has what is finished already, and takes what is finished now; None means none is kept.
        phases: take the time of judging.

    """

    def __init__(self, tally: TallyOf, journal: Journal | None, phases: Phases) -> None:
        self.returned: deque[Turn] = deque()
        """The sources that a worker gave back: they are read here."""
        self._tally = tally
        self._journal = journal
        self._phases = phases
        self._turns: deque[Turn] = deque()
        self._referred: dict[int, _Referred] = {}
        """Sources that workers read, by number."""
        self._open: dict[int, tuple[Turn, Place]] = {}
        """By number, the documents whose chunks are scanned."""
        self._number = 0
        self._documents = 0

    @property
    def waiting(self) -> int:
        """How many sources and documents have not come out."""
        return len(self._turns) + self._documents

    @property
    def is_asking(self) -> bool:
        """Whether workers are reading sources, which they may give back."""
        return bool(self._referred)

    @property
    def partly_scanned(self) -> int:
        """Number of characters scanned in unfinished documents."""
        return sum(place.open.scanned for _, place in self._open.values() if place.open)

    def oldest(self) -> tuple[str, float] | None:
        """Return path and age in seconds of the oldest unfinished document. Callable from any thread."""
        with suppress(RuntimeError):  # the other thread has just finished it
            first = [(one.begun, one.reference.path) for one in _first(self._referred.values())]
            for _, place in _first(self._open.values()):
                if (document := place.open) is not None:
                    first.append((document.begun, document.opened.path))
            if first:
                begun, path = min(first)
                return path, time.monotonic() - begun
        return None

    def refuse(self, about: Unscanned) -> None:
        """Give a turn to a source that is not scanned."""
        turn = self._turn(None)
        self._add(turn, scan_chunk.unscanned(about))
        turn.complete = True

    def recall(self, source: Source) -> bool:
        """Give a turn to a source whose records the journal has; return False if it has none."""
        known = self._journal.known(source) if self._journal else None
        if known is None:
            return False
        turn = self._turn(None)
        for record in known:
            self._add(turn, record)
        turn.complete = True
        return True

    def begin(self, source: Source) -> Turn:
        """Give a turn to a source that is to be read."""
        return self._turn(source)

    def refer(self, source: Source, reference: Reference) -> Unit:
        """Give a turn to a source that a worker is to read; return the unit that asks for it."""
        turn = self._turn(source)
        turn.is_out = True
        number = self._take_number()
        self._referred[number] = _Referred(turn, reference)
        return Unit(number, 0, reference)

    def follow(self, turn: Turn, event: Event) -> Unit | None:
        """Take what reading a source here tells; return the unit that scans a chunk."""
        if isinstance(event, Piece):
            place = turn.assembly.current
            if place is None or place.open is None:
                return None
            return Unit(turn.number, place.open.add_chunk(event.chunk), event.chunk, turn.suspicion)
        before = turn.assembly.begun
        if isinstance(event, Closed):
            with self._phases("policies and risk"):
                turn.assembly.follow(event)
            self._settle(turn.number)
        else:
            turn.assembly.follow(event)
        self._documents += turn.assembly.begun - before
        if isinstance(event, Opened) and turn.assembly.current is not None:
            turn.number = self._take_number()
            self._open[turn.number] = turn, turn.assembly.current
        return None

    def accept(self, unit: UnitResult) -> tuple[int, float] | None:
        """Take what became of a unit; return how many characters were scanned in how many seconds, if they were."""
        if (referred := self._referred.pop(unit.document, None)) is not None:
            return self._accept_source(referred, unit)
        if unit.document not in self._open:
            return None
        turn, place = self._open[unit.document]
        with self._phases("policies and risk"):
            chars = turn.assembly.add_result(place, unit.index, Found(unit.result, unit.error))
        self._settle(unit.document)
        return None if unit.result is None else (chars, unit.result.seconds)

    def _accept_source(self, referred: _Referred, unit: UnitResult) -> tuple[int, float] | None:
        """Take what a worker tells of a source that it was asked to read."""
        turn, reference = referred.turn, referred.reference
        if unit.told is not None:
            before = turn.assembly.begun
            with self._phases("policies and risk"):
                for told in unit.told:
                    turn.assembly.tell(told)
            self._documents += turn.assembly.begun - before
            turn.complete, turn.is_out = True, False
            return reference.size_bytes, unit.seconds
        if reference.whole:
            reason = unit.error or UNKNOWN
            about = Unscanned(reference.path, reference.size_bytes, Status.FAILED, reason)
            self._add(turn, scan_chunk.unscanned(about))
            turn.complete, turn.is_out = True, False
        else:
            turn.suspicion = unit.suspicion
            self.returned.append(turn)
        return None

    def ready(self) -> Iterator[DocumentResult]:
        """Yield the records whose turn it is."""
        while self._turns:
            turn = self._turns[0]
            for end in turn.assembly.ready():
                self._documents -= 1
                if self._journal is not None and turn.source is not None:
                    turn.records.append(end.record)
                yield end.record
            if not turn.assembly.is_empty or not turn.complete:
                return
            self._turns.popleft()
            if self._journal is not None and turn.source is not None:
                self._journal.keep(turn.source, turn.records)

    def abandon(self, status: Status, reason: Reason) -> Iterator[DocumentResult]:
        """Yield a record with that status and reason for each document begun and not finished, and the others."""
        for turn in self._turns:
            if turn.is_out and turn.source is not None:
                about = Unscanned(turn.source.path, turn.source.size_bytes, status, reason)
                self._add(turn, scan_chunk.unscanned(about))
            if turn.assembly.give_up(status, reason) or not turn.complete:
                turn.source = None  # not finished: the journal must not have it
            turn.complete, turn.is_out = True, False
        self._open.clear()
        self._referred.clear()
        self.returned.clear()
        yield from self.ready()

    def _turn(self, source: Source | None) -> Turn:
        turn = Turn(Assembly(self._tally, source), source)
        self._turns.append(turn)
        return turn

    def _add(self, turn: Turn, record: DocumentResult) -> None:
        turn.assembly.add_record(record)
        self._documents += 1

    def _take_number(self) -> int:
        self._number += 1
        return self._number - 1

    def _settle(self, number: int) -> None:
        """Forget a document that has ended."""
        if number in self._open and self._open[number][1].open is None:
            del self._open[number]


def _first(values: Iterable[T]) -> list[T]:
    """Return the first of the values, if there is one."""
    return list(islice(values, 1))
