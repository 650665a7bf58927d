"""The contract between the flow of documents and its executor."""

from collections.abc import Iterator
from typing import Protocol, Self

from guardrails_cli.cluster.batch import Unit, UnitResult
from guardrails_cli.cluster.by_reference import Reference
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.source import Source


class Feed(Protocol):
    """The source of an executor's work."""

    @property
    def exhausted(self) -> bool:
        """Whether `take` will never return another batch."""

    def take(self) -> list[Unit] | None:
        """Return the next batch, or None if there is none now (or ever: see `exhausted`)."""


class Executor(Protocol):
    """Scans units. Used as a context manager: leaving it stops and removes everything that it started."""

    name: str
    """Description of how the work is done, for a person."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc_info: object) -> None: ...

    @property
    def transfer(self) -> JsonObject | None:
        """Transfer of documents to workers elsewhere, for the report; None if all work is done here."""

    def refer(self, source: Source) -> Reference | Unscanned | None:
        """Return a reference with which workers can read a source themselves; None if its content must be sent to them.

        The result is Unscanned if its content may not be sent.
        """

    def run(self, feed: Feed) -> Iterator[UnitResult | None]:
        """Yield each unit's result once, in any order, and None at least every half second while waiting.

        Raises:
            BrokerError: if the work cannot go on; results yielded before are good.

        """
