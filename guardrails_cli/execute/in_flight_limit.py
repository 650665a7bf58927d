"""How many batches of a run may be in flight: as few as keep all worker processes busy.

The queue is first come, first served, so what a run has waiting there is what a run that comes later waits for. Each
answer names the process that gave it. A run thus sees how many processes there are without asking for them: it
begins with a small window, which shows it that many processes, and the window follows.
"""

import time
from collections.abc import Callable

FIRST = 3
"""As for one process."""
MOST = 1024
"""Bounds the memory of client and broker, however many processes there are."""
FORGET_SECONDS = 60.0
"""A process that has not answered for so long is not counted: longer than nearly all batches take."""


class Window:
    """Follows the worker processes of a run: twice as many batches as processes, and one.

    One batch for each is being worked on, another waits, so that no process waits for the client.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answered: dict[bytes, float] = {}

    def answered(self, process: bytes) -> None:
        """Take note of a process that has given an answer."""
        self._answered[process] = self._clock()

    @property
    def size(self) -> int:
        """How many batches may be in flight now."""
        limit = self._clock() - FORGET_SECONDS
        for process in [process for process, last in self._answered.items() if last < limit]:
            del self._answered[process]
        return min(max(2 * len(self._answered) + 1, FIRST), MOST)


class Fixed(Window):
    """A window that is known: the workers are the run's own."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    @property
    def size(self) -> int:
        """The size given."""
        return self._size
