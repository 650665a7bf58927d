"""Batches in flight: the next one to hand out, retries, and those given up.

This is pure bookkeeping, without a broker. A parcel is a batch in flight under one name per time that it was handed
out; the first answer under any of them counts. A unit that may have killed a whole worker is a suspect: suspects go out
one parcel at a time with nothing else in flight, so that what dies then dies of the suspect, and no neighbour is
blamed.
"""

import math
import time
import uuid
from collections import deque
from collections.abc import Iterator

import msgspec

from guardrails_cli.cluster.batch import Suspicion, Unit, UnitResult
from guardrails_cli.cluster.by_reference import Reference
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.execute.executor import Feed
from guardrails_cli.execute.in_flight_limit import Window

MAX_ATTEMPTS = 3
"""Number of times that a unit alone with its worker may kill it before its document is given up."""


class Parcel(msgspec.Struct, eq=False):
    """Units that travel together."""

    units: list[Unit]
    attempt: int = 1
    alone: bool = False
    """Whether nothing else may be in flight beside it."""
    sent: dict[str, float] = msgspec.field(default_factory=dict)
    """Times at which it was handed out, by name, on the monotonic clock."""


class InFlight:
    """The parcels of one run.

    Args:
        window: says how many may be in flight before new ones are taken from the feed.

    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._out: dict[str, Parcel] = {}
        self._again: deque[Parcel] = deque()
        self._suspects: deque[Parcel] = deque()
        self._reached = 0.0

    def __bool__(self) -> bool:
        return bool(self._out)

    def __getitem__(self, name: str) -> Parcel:
        return self._out[name]

    def __contains__(self, name: str) -> bool:
        return name in self._out

    def next(self, feed: Feed) -> Parcel | None:
        """Return the next parcel to hand out, or None if none may be."""
        if any(parcel.alone for parcel in self._out.values()):
            return None
        if self._again:
            return self._again.popleft()
        if self._suspects:
            return None if self._out else self._suspects.popleft()
        if len(self._out) < self._window.size and (units := feed.take()):
            return self._without_suspects(units) or self.next(feed)
        return None

    def _without_suspects(self, units: list[Unit]) -> Parcel | None:
        """Return the units that nothing is held against; the others go out one by one."""
        for unit in units:
            if (held := unit.suspicion) is not None:
                parcel = Parcel([unit], held.deaths + 1, held.alone)
                (self._suspects if held.alone else self._again).append(parcel)
        trusted = [unit for unit in units if unit.suspicion is None]
        return Parcel(trusted) if trusted else None

    def hand_out(self, parcel: Parcel) -> str:
        """Record that the parcel is handed out now; return its new name."""
        name = uuid.uuid4().hex
        parcel.sent[name] = time.monotonic()
        self._out[name] = parcel
        return name

    def names(self, before: float = math.inf) -> list[str]:
        """Return the names in flight that were handed out before that time."""
        return [name for name, parcel in self._out.items() if parcel.sent[name] < before]

    def reached(self, name: str) -> None:
        """Record that a worker has this one: all that were handed out earlier should have one as well."""
        self._reached = max(self._reached, self._out[name].sent[name])

    def is_passed(self, name: str) -> bool:
        """Return whether a worker has one that was handed out later."""
        return self._out[name].sent[name] < self._reached

    def answered(self, name: str) -> bool:
        """Record an answer; return whether it counts: the first one of a parcel does."""
        if name not in self._out:
            return False
        self.reached(name)
        self._remove(self._out[name])
        return True

    def lost_all(self) -> None:
        """Hand out all again without blame: the broker's content is gone."""
        for parcel in dict.fromkeys(self._out.values()):
            self._remove(parcel)
            self._requeue(parcel)

    def lost(self, name: str) -> None:
        """Hand a parcel out again without blame: it never reached a worker."""
        if parcel := self._drop(name):
            self._requeue(parcel)

    def killed_its_worker(self, name: str) -> Iterator[UnitResult]:
        """Hand it out again as a suspect: its whole worker died or hangs, perhaps because of another parcel."""
        if (parcel := self._drop(name)) is None:
            return
        if parcel.alone:
            yield from self._blame(parcel, "its worker died while scanning it")
        else:
            parcel.alone = True
            self._suspects.append(parcel)

    def killed_its_process(self, name: str) -> Iterator[UnitResult]:
        """Hand it out again unit by unit: the process that died worked on nothing else."""
        if parcel := self._drop(name):
            yield from self._blame(parcel, "its worker process died while scanning it")

    def failed(self, name: str, reason: Reason, every: bool) -> Iterator[UnitResult]:
        """Give a unit up; of several find the culprit first, unless the reason holds for `every` unit."""
        if (parcel := self._drop(name)) is None:
            return
        if len(parcel.units) > 1 and not every:
            self._split(parcel)
        else:
            yield from _give_up(parcel, reason)

    def _blame(self, parcel: Parcel, how: str) -> Iterator[UnitResult]:
        if len(parcel.units) > 1:
            self._split(parcel)
        elif parcel.attempt >= MAX_ATTEMPTS or _comes_back(parcel.units[0]):
            reason = Reason(ReasonCode.WORKER_DIED, f"{how}, {parcel.attempt} times")
            yield from _give_up(parcel, reason, Suspicion(parcel.attempt, parcel.alone))
        else:
            parcel.attempt += 1
            self._requeue(parcel)

    def _requeue(self, parcel: Parcel) -> None:
        if parcel.alone:
            self._suspects.appendleft(parcel)
        else:
            self._again.append(parcel)

    def _split(self, parcel: Parcel) -> None:
        # By itself, a unit has all its attempts left: it shared the last one with others.
        queue = self._suspects if parcel.alone else self._again
        queue.extend(Parcel([unit], alone=parcel.alone) for unit in parcel.units)

    def _drop(self, name: str) -> Parcel | None:
        """Drop one name; return its parcel if it has no other."""
        parcel = self._out.pop(name, None)
        if parcel is None:
            return None
        del parcel.sent[name]
        return None if parcel.sent else parcel

    def _remove(self, parcel: Parcel) -> None:
        for name in parcel.sent:
            del self._out[name]
        parcel.sent.clear()


def _comes_back(unit: Unit) -> bool:
    """Return whether the client reads the unit's source when it is given up: its chunks have the attempts left."""
    return isinstance(unit.content, Reference) and not unit.content.whole


def _give_up(parcel: Parcel, reason: Reason, suspicion: Suspicion | None = None) -> Iterator[UnitResult]:
    for unit in parcel.units:
        yield UnitResult(unit.document, unit.index, None, reason, suspicion=suspicion)
