"""In this process: chunks are scanned as a worker scans them, without messages and without a server."""

from collections.abc import Iterator
from typing import Self

from guardrails_cli.cluster.batch import UnitResult, try_chunk
from guardrails_cli.core.source import Source
from guardrails_cli.core.text import Chunk
from guardrails_cli.execute.executor import Feed
from guardrails_cli.options.model import DetectOptions


class SerialExecutor:
    """Scans in this process, one unit after the other."""

    name = "inline"
    transfer = None

    def __init__(self, options: DetectOptions) -> None:
        self._options = options

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def refer(self, source: Source) -> None:
        """Return None: the client reads everything."""

    def run(self, feed: Feed) -> Iterator[UnitResult | None]:
        """Yield each unit's result as soon as it is there."""
        while not feed.exhausted:
            for unit in feed.take() or ():
                if isinstance(unit.content, Chunk):  # by reference there is none, see `refer`
                    found = try_chunk(unit.content, self._options)
                    yield UnitResult(unit.document, unit.index, found.result, found.error)
            yield None
