"""Choose the executor: workers elsewhere, workers on this machine, or this process for a small scan."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.execute.executor import Executor
from guardrails_cli.options.model import ScanOptions
from guardrails_cli.system.processes import cpu_count

SMALL_BYTES = 64 * 1024
SMALL_DOCUMENTS = 64
"""Number of documents up to which a scan in this process ends before local workers would have started."""
_NOTHING = Reason(ReasonCode.NOTHING_TO_SCAN, "nothing to scan")


@dataclass(frozen=True, slots=True)
class Choice:
    """The documents of a scan and their executor."""

    sources: Iterable[Source | Unscanned] = ()
    executor: Executor | None = None
    """Executor; None if there is nothing to scan."""
    why: Reason = _NOTHING
    """Reason for the choice, for a person."""


def choose_executor(options: ScanOptions, documents: Iterable[Source | Unscanned]) -> Choice:
    """Choose by the options, or if they leave it open, by the number and size of the documents.

    Args:
        options: the scan's options.
        documents: the scan's documents; the first few are listed to see whether there are many.

    """
    sources = iter(documents)
    if options.broker:
        from guardrails_cli.execute.remote import BrokerExecutor

        executor = BrokerExecutor(options.broker, options.detect, limits=options.limits, transfer=options.transfer)
        return Choice(sources, executor, Reason(ReasonCode.AS_ASKED, "as --broker says"))
    from guardrails_cli.execute.inline import SerialExecutor

    if options.inline:
        return Choice(sources, SerialExecutor(options.detect), Reason(ReasonCode.AS_ASKED, "as --inline says"))
    if options.jobs is None:
        first, size = _peek(sources)
        sources = chain(first, sources)
        if not first:
            return Choice(sources)
        if len(first) < SMALL_DOCUMENTS and size < SMALL_BYTES:
            why = f"{len(first)} documents, {size} bytes: workers would take longer to start"
            return Choice(sources, SerialExecutor(options.detect), Reason(ReasonCode.SMALL_SCAN, why))
    from guardrails_cli.execute.local import EmbeddedExecutor, find_server

    binary = find_server()
    if binary is None:
        why = "NO SERVER FOUND: one process instead of several; see `guardrails doctor`"
        return Choice(sources, SerialExecutor(options.detect), Reason(ReasonCode.NO_SERVER, why))
    workers = EmbeddedExecutor(options.detect, options.jobs or cpu_count(), binary, options.limits)
    return Choice(sources, workers, Reason(ReasonCode.LOCAL_WORKERS, f"embedded server {binary.name}"))


def _peek(sources: Iterator[Source | Unscanned]) -> tuple[list[Source | Unscanned], int]:
    """Take sources until there are too many for a small scan; return them and their size in bytes."""
    first: list[Source | Unscanned] = []
    size = 0
    for source in sources:
        first.append(source)
        size += source.size_bytes
        if len(first) >= SMALL_DOCUMENTS or size >= SMALL_BYTES:
            break
    return first, size
