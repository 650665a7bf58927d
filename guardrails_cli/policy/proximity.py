"""Find out in one pass which findings are near each other, holding only those that may still meet a partner."""

from collections import deque

import msgspec

from guardrails_cli.core.finding import Finding
from guardrails_cli.core.text import Location

Row = tuple[str, int]


def row_of(location: Location | None) -> Row | None:
    """Return the table and row of a location; None if it is not in a table."""
    if location is None or location.row is None:
        return None
    return location.table or "", location.row


class Held(msgspec.Struct):
    """A finding whose effect is not settled yet."""

    finding: Finding
    claims: list[int]
    row: Row | None
    waits: int = 0
    """Number of windows in which it waits for a partner."""
    given_up: bool = False


class _Seen(msgspec.Struct):
    """Reach of the earlier findings, for one half of a rule."""

    end: int = -1
    """Furthest end of a finding outside of rows."""
    end_in_row: int = -1
    row: Row | None = None
    """Last row that held a finding."""

    def add(self, held: Held) -> None:
        if held.row is None:
            self.end = max(self.end, held.finding.end)
        else:
            self.row = held.row
            self.end_in_row = max(self.end_in_row, held.finding.end)

    def reaches(self, held: Held, reach: int | None) -> bool:
        """Return whether an earlier finding is near the new one."""
        if held.row is not None and held.row == self.row:
            return True
        end = self.end if held.row is not None else max(self.end, self.end_in_row)
        return reach is not None and end >= 0 and held.finding.start - end <= reach


class Window(msgspec.Struct):
    """One rule's view of the findings in the order of their starts; a row that is over does not come back.

    Two findings that are both in rows are near if the row is the same. Otherwise they are near if at most the rule's
    number of characters is between them; a rule that asks for the row has no such number.
    """

    claim: int
    """Claim that a participating finding gets."""
    reach: int | None
    """Maximum number of characters between partners; None if they must share a row."""
    _counting: deque[Held] = msgspec.field(default_factory=deque)
    """Findings that would count if a partner came."""
    _partners: deque[Held] = msgspec.field(default_factory=deque)
    _seen_counting: _Seen = msgspec.field(default_factory=_Seen)
    _seen_partners: _Seen = msgspec.field(default_factory=_Seen)

    @property
    def waits(self) -> bool:
        """Whether a finding waits for a partner."""
        return bool(self._counting or self._partners)

    def forget(self, start: int, row: Row | None) -> None:
        """Drop the findings that nothing from `start` on, or in the last row, can be near to."""
        for waiting in (self._counting, self._partners):
            while waiting and not self._may_meet(waiting[0], start, row):
                waiting.popleft().waits -= 1

    def _may_meet(self, held: Held, start: int, row: Row | None) -> bool:
        if held.given_up:
            return False
        if held.row is not None and held.row == row:
            return True
        return self.reach is not None and start - held.finding.end <= self.reach

    def add(self, held: Held, counts: bool, partner: bool) -> list[Finding]:
        """Take the next finding, and return the findings that now count: it, and earlier ones that waited for it.

        Args:
            held: the finding; it gets the claim, and so do findings that waited for it.
            counts: whether the rule counts it if it has a partner.
            partner: whether it is a partner of others.

        """
        counted = []
        if partner:
            self._counting, met = self._meet(self._counting, held)
            counted = [each.finding for each in met]
        if counts:
            self._partners, _ = self._meet(self._partners, held)
            if self._seen_partners.reaches(held, self.reach):
                self._claim(held)
                counted.append(held.finding)
            else:
                self._wait(self._counting, held)
        if partner:
            if self._seen_counting.reaches(held, self.reach):
                self._claim(held)
            else:
                self._wait(self._partners, held)
            self._seen_partners.add(held)
        if counts:
            self._seen_counting.add(held)
        return counted

    def _meet(self, waiting: deque[Held], held: Held) -> tuple[deque[Held], list[Held]]:
        """Return the findings that keep waiting, and those whose wait ended with this finding."""
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
        return self.reach is not None and later.finding.start - earlier.finding.end <= self.reach

    def _claim(self, held: Held) -> None:
        if self.claim not in held.claims:
            held.claims.append(self.claim)

    @staticmethod
    def _wait(waiting: deque[Held], held: Held) -> None:
        waiting.append(held)
        held.waits += 1
