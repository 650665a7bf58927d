"""Read the documents of one source: choose the format and reader, and read the documents inside."""

from collections.abc import Callable, Iterator, Mapping

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.text import Document, Segment
from guardrails_cli.detect.chunks import cut
from guardrails_cli.formats.reader import Blob, Budget, Reading, RefusedError
from guardrails_cli.formats.registry import FORMATS, format_of
from guardrails_cli.inputs.reading.events import Began, Closed, Culprit, Ended, Event, Opened, Piece, Refused
from guardrails_cli.options.model import Limits


def documents(
    blob: Blob,
    limits: Limits,
    culprits: Mapping[int, Culprit] | None = None,
    alive: Callable[[], None] | None = None,
) -> Iterator[Event]:
    """Yield the events of a source: its own and those of the documents inside it.

    Args:
        blob: the source's bytes.
        limits: limits on hostile documents.
        culprits: documents, by number, that are known to break their reader: they are not read.
        alive: called from time to time while much is unpacked without an event.

    """
    return _Documents(limits, culprits or {}, alive).read(blob, 0)


class _Documents:
    def __init__(
        self, limits: Limits, culprits: Mapping[int, Culprit], alive: Callable[[], None] | None = None
    ) -> None:
        self._limits = limits
        self._culprits = culprits
        self._budget = Budget(limits, alive=alive)
        self._number = -1

    def read(self, blob: Blob, depth: int) -> Iterator[Event]:
        self._number += 1
        number = self._number
        yield Began(number, blob.path, blob.declared_size or 0)
        name = None
        try:
            self._check(number, blob, depth)
            name = blob.format or format_of(blob.head, blob.path)
            reading = Reading(self._limits, budget=self._budget)
            yield from self._told(blob, number, name, reading, depth)
        except RefusedError as error:
            blob_size = max(blob.size, blob.declared_size or 0)
            yield Refused(number, Unscanned(blob.path, blob_size, error.status, error.reason, format=name))

    def _check(self, number: int, blob: Blob, depth: int) -> None:
        culprit = self._culprits.get(number)
        if culprit is not None:
            self._number = culprit.last
            raise RefusedError(culprit.reason, Status.FAILED)
        if blob.refusal is not None:
            raise blob.refusal
        most = self._limits.max_bytes
        if most is not None and (blob.declared_size or 0) > most:
            raise RefusedError(too_large(most))
        if depth > self._limits.depth:
            sentence = f"more than {self._limits.depth} documents inside each other; see --max-depth"
            raise RefusedError(Reason(ReasonCode.TOO_DEEP, sentence))

    def _told(self, blob: Blob, number: int, name: str, reading: Reading, depth: int) -> Iterator[Event]:
        """Yield the events of a document that may be read, and of those inside it."""
        own = _Own(FORMATS[name].reader().read(blob, reading), blob, self._limits)
        opened = False
        for chunk in cut(own.segments()):
            if not opened and not chunk.text and (own.member is not None or own.failure is not None):
                break  # no text of its own: an archive, which follows its members, or an unreadable one
            if not opened:
                opened = True
                yield Opened(number, blob.path, name)
            yield Piece(chunk)
        if opened:
            more = own.member is not None
            yield Closed(number, self._document(blob, name, reading, own, more=more), more)
        for member in own.members():
            yield from self.read(member, depth + 1)
        if not opened:
            if own.failure is not None:
                raise own.failure
            yield Opened(number, blob.path, name)
            yield Closed(number, self._document(blob, name, reading, own))
        elif own.failure is not None and own.member is not None:
            self._number += 1
            rest = f"{blob.path}!(the rest)"
            yield Began(self._number, rest, 0)
            yield Refused(self._number, Unscanned(rest, 0, Status.FAILED, own.failure.reason, format=name))
        if opened and own.member is not None:
            yield Ended(number)

    @staticmethod
    def _document(blob: Blob, name: str, reading: Reading, own: "_Own", *, more: bool = False) -> Document:
        if own.failure is None and not more:  # otherwise documents inside may still be in the stream
            blob.drain()
        whole = blob.sha256 is not None
        return Document(
            path=blob.path,
            size_bytes=blob.size if whole else max(blob.size, blob.declared_size or 0),
            sha256=blob.sha256,
            encoding=reading.encoding,
            format=name,
            rows=tuple(own.rows.items()),
            members=own.count,
            failure=reading.unread if own.failure is None else own.failure.reason,
            pictures=reading.pictures,
        )


class _Own:
    """Splits a reader's items: the document's own text first, then the documents inside."""

    def __init__(self, items: Iterator[Segment | Blob], blob: Blob, limits: Limits) -> None:
        self.member: Blob | None = None
        """First document inside it, once all of its own text was taken."""
        self.failure: RefusedError | None = None
        self.rows: dict[str, int] = {}
        self.count = 0
        """Number of the documents inside it."""
        self._items = items
        self._blob = blob
        self._limits = limits
        self._row: int | None = None

    def segments(self) -> Iterator[Segment]:
        for item in self._safely():
            if isinstance(item, Blob):
                self.member = item
                return
            self._count(item)
            yield item

    def members(self) -> Iterator[Blob]:
        if self.member is None:
            return
        self.count += 1
        yield self.member
        for item in self._safely():
            if isinstance(item, Blob):
                self.count += 1
                yield item

    def _safely(self) -> Iterator[Segment | Blob]:
        """Yield the items up to the first failure, which is kept: earlier items count."""
        most = self._limits.max_bytes
        try:
            for item in self._items:
                if most is not None and self._blob.size > most:
                    self.failure = RefusedError(too_large(most))
                    return
                yield item
        except RefusedError as error:
            self.failure = error
        except OSError as error:
            self.failure = RefusedError(_unreadable(error), Status.FAILED)
        except MemoryError:
            self.failure = RefusedError(Reason(ReasonCode.OUT_OF_MEMORY, "not enough memory to read it"))
        except RecursionError:
            self.failure = RefusedError(Reason(ReasonCode.TOO_NESTED, "nested too deeply to be read"))
        except Exception as error:  # noqa: BLE001 - libraries raise any exception; their texts may quote the document
            self.failure = RefusedError(_broken(error), Status.FAILED)

    def _count(self, segment: Segment) -> None:
        place = segment.location
        if place is None or place.row is None:
            return
        table = place.table or ""
        if segment.begins or table not in self.rows:
            self._row = None
        if place.row != self._row:
            self._row = place.row
            self.rows[table] = self.rows.get(table, 0) + 1


def _broken(error: Exception) -> Reason:
    return Reason(ReasonCode.DAMAGED, f"damaged, or not what it seems ({type(error).__name__})")


def _unreadable(error: OSError) -> Reason:
    """Return why bytes could not be read; libraries raise OSError for damage too, then without an error number."""
    if error.errno and error.strerror:
        return Reason.of_error(error, f"cannot read: {error.strerror}")
    return _broken(error)


def refused(path: str, size: int, reason: Reason, status: Status = Status.FAILED) -> Iterator[Event]:
    """Yield the events of a source that cannot even be opened."""
    yield Began(0, path, size)
    yield Refused(0, Unscanned(path, size, status, reason))


def too_large(most: int) -> Reason:
    """Return why a document of more bytes than `most` is skipped."""
    limit = f"{most / 1024**2:.4g} MiB" if most >= 1024**2 else f"{most} bytes"
    return Reason(ReasonCode.TOO_LARGE, f"larger than the limit of {limit}; see --max-size")
