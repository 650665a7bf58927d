"""Limit the batches in flight of a run to as few as keep all worker processes busy.

The queue is first come, first served, so the batches of one run in it delay every later run. Each answer names the
process that gave it, so a run learns how many processes there are without asking: it begins with a small window, which
reveals that many processes, and the window follows.
"""

import time
from collections.abc import Callable

FIRST = 3
"""Batches in flight at first, as for one process."""
MOST = 1024
"""Maximum number of batches, which bounds the memory of client and broker."""
FORGET_SECONDS = 60.0
"""Seconds after which a silent process no longer counts: longer than nearly all batches take."""


class Window:
    """Follows the worker processes of a run: twice as many batches as processes, plus one.

    Each process works on one batch while another waits, so that no process waits for the client.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answered: dict[bytes, float] = {}

    def answered(self, process: bytes) -> None:
        """Record a process that has answered."""
        self._answered[process] = self._clock()

    @property
    def size(self) -> int:
        """Number of batches that may be in flight now."""
        limit = self._clock() - FORGET_SECONDS
        for process in [process for process, last in self._answered.items() if last < limit]:
            del self._answered[process]
        return min(max(2 * len(self._answered) + 1, FIRST), MOST)


class Fixed(Window):
    """A window of constant size, since the workers are the run's own."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    @property
    def size(self) -> int:
        """Size as given."""
        return self._size
