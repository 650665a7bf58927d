"""The processes that a run starts for itself: a server, workers."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Loss:
    """What died of a run's own processes."""

    reason: str
    server: bool
    """Whether it was the server, and with it all that lay in it."""
    killed: bool = True
    """Whether it was ended from outside; what ends by itself will do so again."""


class Crew(Protocol):
    """Server and workers that are kept alive for the time of a run."""

    def lost(self) -> Loss | None:
        """Return what is dead."""

    def renew(self, loss: Loss) -> None:
        """End what is left of the lost, and start it anew. Raises BrokerError if it does not start."""


class LostError(Exception):
    """Some of the crew died: unwinds to where that is mended."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.reason)
        self.loss = loss
