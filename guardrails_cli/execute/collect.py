"""One run of an executor: feeds it the sources and yields the records of their documents, in order."""

from collections.abc import Iterable, Iterator

from guardrails_cli.cluster.batch import UnitResult
from guardrails_cli.core.errors import BrokerError
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import DocumentResult, Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.document.assemble import TallyOf
from guardrails_cli.execute.executor import Executor
from guardrails_cli.execute.feed import SourceFeed
from guardrails_cli.execute.order import Order
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.results.journal import Journal
from guardrails_cli.system.stop import StopFlag
from guardrails_cli.system.stopwatch import Phases

INTERRUPTED = Reason(ReasonCode.INTERRUPTED, "interrupted before it was scanned")


class Collector:
    """One run's documents, from the feed through an executor to their order.

    Args:
        sources: what is to be read, in the order of the report.
        reader: reads it.
        tally: makes the tally of a document, given its path and format.
        stop: set its flag to have nothing new begun.
        chars_per_second: speed of scanning to begin with.
        journal: has what is finished already, and takes what is finished now; None means none is kept.
        phases: records the time of reading and of judging.

    """

    def __init__(
        self,
        sources: Iterable[Source | Unscanned],
        reader: SourceReader,
        tally: TallyOf,
        stop: StopFlag,
        chars_per_second: float,
        journal: Journal | None = None,
        phases: Phases | None = None,
    ) -> None:
        self.error: str | None = None
        """Why the run ended early; None if it did not."""
        phases = phases or Phases()
        self.order = Order(tally, journal, phases)
        self.feed = SourceFeed(sources, reader, self.order, stop, chars_per_second, phases)
        self._stop = stop

    def records(self, executor: Executor) -> Iterator[DocumentResult | None]:
        """Yield the record of each document in order, and None from time to time while waiting.

        If the executor fails or the user stops the run, unfinished documents come out as FAILED or SKIPPED, and `error`
        or the stop flag says why.
        """
        self.feed.refer = executor.refer
        try:
            for result in self._interruptibly(executor.run(self.feed)):
                if result is not None and (speed := self.order.accept(result)) is not None:
                    self.feed.learn(*speed)
                yield from self.order.ready()
                yield None
        except BrokerError as error:
            self.error = str(error)
        yield from self.abandon()

    def abandon(self) -> Iterator[DocumentResult]:
        """Yield a record for each document begun and not finished. After this nothing is left."""
        self.feed.end()
        if self.error:
            yield from self.order.abandon(Status.FAILED, Reason(ReasonCode.BROKER_LOST, self.error))
        else:
            yield from self.order.abandon(Status.SKIPPED, INTERRUPTED)

    def _interruptibly(self, results: Iterator[UnitResult | None]) -> Iterator[UnitResult | None]:
        while True:
            with self._stop.interruptible():
                try:
                    result = next(results)
                except StopIteration:
                    return
            yield result
