"""Supervision of the processes that a run starts for itself: a server, workers."""

from typing import Protocol

import msgspec


class Loss(msgspec.Struct, frozen=True):
    """The loss of one of a run's own processes."""

    reason: str
    server: bool
    """Whether it was the server, and with it all its data."""
    killed: bool = True
    """Whether it was killed from outside; a process that exits by itself will do so again."""


class Crew(Protocol):
    """Server and workers that are kept alive during a run."""

    def lost(self) -> Loss | None:
        """Return the loss, or None if all are alive."""

    def renew(self, loss: Loss) -> None:
        """End the rest of the lost processes, and start them again. Raises BrokerError if they do not start."""


class LostError(Exception):
    """Some of the crew died; unwinds to the place where that is repaired."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.reason)
        self.loss = loss
