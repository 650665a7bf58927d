"""Which findings lie near each other, told while they pass by: only what may still meet a partner is held."""

from collections import deque
from dataclasses import dataclass, field

from guardrails_cli.core.finding import Finding
from guardrails_cli.core.text import Location
from guardrails_cli.policy.packs import Near, Scope

Row = tuple[str, int]


def row_of(location: Location | None) -> Row | None:
    """Return the record that a place lies in: table and row; None where it lies in none."""
    if location is None or location.row is None:
        return None
    return location.table or "", location.row


@dataclass(slots=True)
class Held:
    """A finding of which it is not settled yet what it counts towards."""

    finding: Finding
    claims: list[int]
    row: Row | None
    waits: int = 0
    """In how many places it waits for a partner."""
    given_up: bool = False


@dataclass(slots=True)
class _Seen:
    """How far what came before reaches, for one half of a rule."""

    end: int = -1
    """The furthest end of what lies in no row."""
    end_in_row: int = -1
    row: Row | None = None
    """The last row that held one."""

    def add(self, held: Held) -> None:
        if held.row is None:
            self.end = max(self.end, held.finding.end)
        else:
            self.row = held.row
            self.end_in_row = max(self.end_in_row, held.finding.end)

    def reaches(self, held: Held, reach: int | None) -> bool:
        """Return whether one of them is near what comes now."""
        if held.row is not None and held.row == self.row:
            return True
        end = self.end if held.row is not None else max(self.end, self.end_in_row)
        return reach is not None and end >= 0 and held.finding.start - end <= reach


@dataclass(slots=True)
class Window:
    """One rule's view of the findings that pass by, in the order of their starts; rows do not come back.

    Two findings of which each lies in a row are near if it is the same row. Otherwise they are near if at most the
    rule's number of characters is between them; a rule that asks for the row knows no such number.
    """

    claim: int
    """What a finding that takes part gets."""
    near: Near
    _counting: deque[Held] = field(default_factory=deque)
    """Findings that would count if a partner came."""
    _partners: deque[Held] = field(default_factory=deque)
    _seen_counting: _Seen = field(default_factory=_Seen)
    _seen_partners: _Seen = field(default_factory=_Seen)

    @property
    def _reach(self) -> int | None:
        return None if isinstance(self.near.within, Scope) else self.near.within

    def forget(self, start: int, row: Row | None) -> None:
        """Let those go that nothing from `start` on, or in the last row, can be near to."""
        for waiting in (self._counting, self._partners):
            while waiting and not self._may_meet(waiting[0], start, row):
                waiting.popleft().waits -= 1

    def _may_meet(self, held: Held, start: int, row: Row | None) -> bool:
        if held.given_up:
            return False
        if held.row is not None and held.row == row:
            return True
        return self._reach is not None and start - held.finding.end <= self._reach

    def add(self, held: Held, counts: bool, partner: bool) -> list[Finding]:
        """Take the next finding, and return those that count by now: it, and earlier ones that waited for it.

        Args:
            held: the finding; it gets the claim, and so do those that waited for it.
            counts: whether the rule counts it if it has a partner.
            partner: whether it is a partner of others.

        """
        counted = []
        if partner:
            self._counting, met = self._meet(self._counting, held)
            counted = [each.finding for each in met]
        if counts:
            self._partners, _ = self._meet(self._partners, held)
            if self._seen_partners.reaches(held, self._reach):
                self._claim(held)
                counted.append(held.finding)
            else:
                self._wait(self._counting, held)
        if partner:
            if self._seen_counting.reaches(held, self._reach):
                self._claim(held)
            else:
                self._wait(self._partners, held)
            self._seen_partners.add(held)
        if counts:
            self._seen_counting.add(held)
        return counted

    def _meet(self, waiting: deque[Held], held: Held) -> tuple[deque[Held], list[Held]]:
        """Return those who wait on, and those whose wait this finding ended."""
        still: deque[Held] = deque()
        met = []
        for each in waiting:
            if self._are_near(each, held):
                each.waits -= 1
                self._claim(each)
                met.append(each)
            else:
                still.append(each)
        return still, met

    def _are_near(self, earlier: Held, later: Held) -> bool:
        if earlier.given_up:
            return False
        if earlier.row is not None and later.row is not None:
            return earlier.row == later.row
        return self._reach is not None and later.finding.start - earlier.finding.end <= self._reach

    def _claim(self, held: Held) -> None:
        if self.claim not in held.claims:
            held.claims.append(self.claim)

    @staticmethod
    def _wait(waiting: deque[Held], held: Held) -> None:
        waiting.append(held)
        held.waits += 1
