"""The loop from what reading a source tells, and what the scan of each chunk found, to the records of its documents.

Reading tells events: a document is opened, its chunks follow, it is closed; or it is refused. Where the chunks are
scanned one after the other, `assembled` is the whole loop. Where workers scan them, results come in any order and
later: an `Assembly` then takes events and results as they come. Either way a document's record is made once all of it
was read and scanned, and the records of a source come out in the order in which its documents were opened.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from guardrails_cli.core.finding import ChunkResult
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import DocumentResult, Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.core.text import Chunk, Document
from guardrails_cli.document import scan_chunk
from guardrails_cli.document.added_lines import LINED, AddedText
from guardrails_cli.document.document_record import Tally
from guardrails_cli.inputs.reading.events import Closed, Event, Opened, Piece, Refused

UNKNOWN = Reason(ReasonCode.ANALYSIS_FAILED, "unknown error")
TallyOf: TypeAlias = Callable[[str, str], Tally]
"""Returns the tally of a document that is opened, given its path and format."""


class Found(msgspec.Struct, frozen=True):
    """The outcome of a chunk's scan: a result, or the reason why there is none."""

    result: ChunkResult | None = None
    error: Reason | None = None


Told: TypeAlias = Event | Found
"""What a worker tells of a source that it has read: events, with the outcome of its scan in place of each chunk."""


class Assembled(msgspec.Struct, frozen=True):
    """A document that has its record."""

    number: int
    """The number among the documents of its source."""
    record: DocumentResult
    document: Document | None = None
    """The document as it was read; None if it was not."""
    reason: Reason | None = None
    """The reason why it was not read."""


class OpenDocument(msgspec.Struct):
    """A document on its way: the results that came back, and how many are still out."""

    opened: Opened
    tally: Tally
    added: AddedText | None = None
    """The text that counts; None if all of it does."""
    document: Document | None = None
    """Facts about it, once it was read to its end."""
    chunks: int = 0
    """Number of its chunks so far."""
    counted: int = 0
    """Number of chunk results, in order, that the tally has."""
    scanned: int = 0
    """Characters of the chunks with results."""
    begun: float = msgspec.field(default_factory=time.monotonic)
    _early: dict[int, ChunkResult | None] = msgspec.field(default_factory=dict)
    """Results that arrived before those of earlier chunks."""
    _sizes: dict[int, int] = msgspec.field(default_factory=dict)
    """Characters of each chunk in flight."""
    _error: Reason | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all of it was read and scanned."""
        return self.document is not None and self.counted >= self.chunks

    def add_chunk(self, chunk: Chunk) -> int:
        """Take the next chunk; return its number in the document."""
        index, self.chunks = self.chunks, self.chunks + 1
        self._sizes[index] = len(chunk.text)
        if self.added is not None:
            self.added.learn(chunk)
        return index

    def add_result(self, index: int, found: Found) -> int:
        """Take the outcome of a chunk's scan, and count those whose turn it is; return the chunk's characters."""
        chars = self._sizes.pop(index, 0)
        self.scanned += chars
        if found.result is None:
            self._error = self._error or found.error or UNKNOWN
        self._early[index] = found.result
        while self.counted in self._early:
            following = self._early.pop(self.counted)
            if following is not None:
                self.tally.add(self.added.only(following) if self.added else following)
            self.counted += 1
        return chars

    def record(self, document: Document) -> DocumentResult:
        """Return the record, once the document is complete."""
        record = self.tally.record(document if self._error is None else replace(document, failure=self._error))
        if self.added is not None:
            faults = tuple(fault for fault in record.suppression_faults if self.added.has(fault[0]))
            record = replace(record, suppression_faults=faults)
        return record


class Place(msgspec.Struct, eq=False):
    """A document's place among those of its source: first it is open, then it has ended."""

    open: OpenDocument | None = None
    end: Assembled | None = None


class Assembly:
    """The documents of one source: takes what reading it tells and what its chunks' scans found.

    Args:
        tally: makes the tally of each document.
        source: the source; of a change in a repository only some lines count, and its commit goes into the records.

    """

    def __init__(self, tally: TallyOf, source: Source | None = None) -> None:
        self.current: Place | None = None
        """The place of the document that was opened last and is not closed."""
        self.begun = 0
        """How many documents have been begun."""
        self._tally = tally
        self._source = source
        self._places: deque[Place] = deque()
        """The documents that have not come out, in the order of their opening."""

    def follow(self, event: Event) -> None:
        """Take an event other than a chunk."""
        if isinstance(event, Opened):
            self.current = self._add(Place(self._opened(event)))
        elif isinstance(event, Closed) and self.current is not None and self.current.open is not None:
            self.current.open.document = event.document
            self._finish(self.current)
            self.current = None
        elif isinstance(event, Refused) and self._is_open(event.number):
            about = event.record  # it broke off after it was opened: what was found in it before stays
            failed = Document(about.path, about.size_bytes, about.sha256, None, about.format or "text")
            self.follow(Closed(event.number, replace(failed, failure=about.reason), more=False))
        elif isinstance(event, Refused):
            reason = event.record.reason
            self._add(Place(end=Assembled(event.number, scan_chunk.unscanned(event.record), reason=reason)))

    def tell(self, told: Told) -> None:
        """Take an event, or what the scan of the next chunk found."""
        if not isinstance(told, Found):
            self.follow(told)
        elif self.current is not None and self.current.open is not None:
            document = self.current.open
            index, document.chunks = document.chunks, document.chunks + 1
            document.add_result(index, told)

    def add_result(self, place: Place, index: int, found: Found) -> int:
        """Take the outcome of a chunk's scan; return the chunk's characters."""
        if place.open is None:
            return 0
        chars = place.open.add_result(index, found)
        self._finish(place)
        return chars

    def add_record(self, record: DocumentResult) -> None:
        """Add a document that has its record."""
        self._add(Place(end=Assembled(self.begun, record)))

    def give_up(self, status: Status, reason: Reason) -> bool:
        """End each document that is open with a status and a reason; return whether there was one."""
        left = [place for place in self._places if place.open is not None]
        for place in left:
            if place.open is not None:
                about = Unscanned(place.open.opened.path, _size(place.open), status, reason)
                place.end = Assembled(place.open.opened.number, scan_chunk.unscanned(about))
                place.open = None
        return bool(left)

    def ready(self) -> Iterator[Assembled]:
        """Yield the documents that have their records, up to the first one that has not."""
        while self._places and (end := self._places[0].end) is not None:
            self._places.popleft()
            if self._source is not None and self._source.commit is not None:
                end = replace(end, record=replace(end.record, commit=self._source.commit))
            yield end

    @property
    def is_empty(self) -> bool:
        """Whether each document that was begun has come out."""
        return not self._places

    def _add(self, place: Place) -> Place:
        self._places.append(place)
        self.begun += 1
        return place

    def _is_open(self, number: int) -> bool:
        current = self.current
        return current is not None and current.open is not None and current.open.opened.number == number

    def _opened(self, event: Opened) -> OpenDocument:
        source = self._source
        path = event.path.removeprefix(source.commit.prefix) if source and source.commit else event.path
        lines = source.added if source and event.number == 0 and event.format in LINED else None
        return OpenDocument(event, self._tally(path, event.format), None if lines is None else AddedText(lines))

    def _finish(self, place: Place) -> None:
        """Make the document's record if all of it was read and scanned."""
        document = place.open
        if document is not None and document.document is not None and document.is_complete:
            record = document.record(document.document)
            place.end = Assembled(document.opened.number, record, document.document)
            place.open = None


def assembled(
    events: Iterable[Event | None], scan: Callable[[Opened, Chunk], Found], tally: TallyOf
) -> Iterator[Assembled | None]:
    """Yield the documents of a source with their records, and None after each event.

    Args:
        events: what reading the source tells.
        scan: scans a chunk of the document that is open.
        tally: makes the tally of each document.

    """
    assembly = Assembly(tally)
    for event in events:
        if isinstance(event, Piece):
            if assembly.current is not None and assembly.current.open is not None:
                assembly.tell(scan(assembly.current.open.opened, event.chunk))
        elif event is not None:
            assembly.follow(event)
        yield from assembly.ready()
        yield None


def _size(document: OpenDocument) -> int:
    return document.document.size_bytes if document.document else 0
