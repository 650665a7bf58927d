"""A request to stop: first gracefully, then at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from guardrails_cli.core.errors import StopNow


class StopFlag:
    """Whether the user asked to stop: once to finish what is in flight and begin nothing new, twice to stop at once."""

    def __init__(self) -> None:
        self.requested = False
        self.heard: Callable[[], None] = lambda: None
        """Called at the first request."""
        self._now = False
        self._interruptible = False

    def request(self) -> None:
        """Ask to stop. Called from a signal handler: the second call raises StopNow, where that is safe."""
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
        """Mark code that StopNow may interrupt anywhere: waiting, but not starting, removing or counting things."""
        self._interruptible = True
        try:
            if self._now:
                raise StopNow
            yield
        finally:
            self._interruptible = False
