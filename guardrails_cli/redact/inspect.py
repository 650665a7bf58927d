"""Scan a document for redaction: its text with findings, and whether the documents inside it may stay."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from posixpath import basename, splitext

from msgspec.structs import replace

from guardrails_cli.core.entity_types import PROMPT_INJECTION
from guardrails_cli.core.finding import Finding
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.core.source import Source
from guardrails_cli.core.text import Chunk, Document, Mark
from guardrails_cli.document import scan_chunk
from guardrails_cli.document.assemble import UNKNOWN, Found, assembled
from guardrails_cli.document.document_record import Tally
from guardrails_cli.formats.reader import RefusedError
from guardrails_cli.inputs.reading.events import Began, Event, Opened
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.options.model import DetectOptions
from guardrails_cli.policy.actions import lowest_score, redacting, to_redact
from guardrails_cli.policy.packs import Pack
from guardrails_cli.policy.rulebook import Rulebook
from guardrails_cli.redact.value_search import Values
from guardrails_cli.redact.writers.writer import Scanned

HOLDS_DOCUMENTS = Reason(
    ReasonCode.HOLDS_DOCUMENTS,
    "it holds other documents, which are not rewritten in their place: unpack it, or take them out",
)
_ALL = 10**9
_VECTOR_PICTURES = (".emf", ".wmf")
"""Vector images of Windows; they have no pixels, and no reader reads them."""


class Looker:
    """Scans documents for a redaction. Findings that a violated rule wants redacted count below the threshold too.

    Args:
        reader: reads the documents.
        detect: what to look for, and the threshold.
        packs: packs whose rules with the actions REDACT and BLOCK apply.
        keep_pictures: whether unread pictures may stay.

    """

    def __init__(
        self, reader: SourceReader, detect: DetectOptions, packs: Sequence[Pack], *, keep_pictures: bool
    ) -> None:
        demands = redacting(packs, detect.min_score)
        self.min_score = detect.min_score
        self._reader = reader
        self._detect = dataclasses.replace(detect, show_values=True, min_score=lowest_score(demands, detect.min_score))
        self._rulebook = Rulebook(demands)
        self._keep_pictures = keep_pictures

    def look(self, source: Source) -> Scanned:
        """Return a document with its text, places and findings.

        Raises:
            RefusedError: if it cannot be read, or a document inside it may not stay.

        """
        read, unread = self._read(source)
        own = read.get(0)
        if own is None or own.document is None:
            raise RefusedError(Reason(ReasonCode.UNREADABLE, "it could not be read"))
        failure, pages = own.document.failure, own.document.pictures
        if failure and not (pages and failure.code is ReasonCode.PAGES_NEED_OCR):
            raise RefusedError(failure, Status.FAILED)
        inside = [one for number, one in read.items() if number]
        if own.document.format == "pdf" and (inside or unread):
            sentence = "it has files attached, which a copy could not hold: take them out first"
            raise RefusedError(Reason(ReasonCode.HOLDS_DOCUMENTS, sentence))
        pictures = [f"page {number}" for number in pages] + [_name(one.path) for one in unread if _is_picture(one)]
        if any(not _is_picture(one) for one in unread):
            raise RefusedError(HOLDS_DOCUMENTS)
        scanned = Scanned(own.document.format, "".join(own.text), tuple(own.marks), tuple(self._wanted(own)))
        self._check(scanned, inside)
        return replace(scanned, notes=self._notes(pictures))

    def _read(self, source: Source) -> "tuple[dict[int, _Read], list[DocumentResult]]":
        """Return by number what was read, the document's own text as 0, and what inside of it was not."""
        read: dict[int, _Read] = {}
        unread: list[DocumentResult] = []

        def scan(opened: Opened, chunk: Chunk) -> Found:
            read.setdefault(opened.number, _Read(opened.path)).add(chunk)
            return Found(scan_chunk.scan_chunk(chunk, self._detect))

        def tally(path: str, name: str) -> Tally:
            return Tally(self._rulebook, _ALL, path=path, format_=name)

        for end in assembled(_no_archive(self._reader.read(source), source), scan, tally):
            if end is None:
                continue
            if end.document is not None:
                one = read.setdefault(end.number, _Read(end.document.path))
                one.document, one.record = end.document, end.record
            elif end.number:
                unread.append(end.record)
            else:
                raise RefusedError(end.reason or UNKNOWN, end.record.status)
        return read, unread

    def _check(self, scanned: Scanned, inside: "list[_Read]") -> None:
        """Refuse the copy if a document inside holds a value or was not read whole."""
        values = Values(scanned)
        for one in inside:
            if one.document is None or one.document.failure or one.document.pictures:
                raise RefusedError(HOLDS_DOCUMENTS)
            if next(self._wanted(one), None) or values.are_in("".join(one.text)):
                sentence = f"a value is in {_name(one.path)} inside of it: take that out first"
                raise RefusedError(Reason(ReasonCode.HOLDS_DOCUMENTS, sentence))

    def _notes(self, pictures: list[str]) -> tuple[str, ...]:
        """Return the notes on unread pictures."""
        if not pictures:
            return ()
        more = f" and {len(pictures) - 1} more" if len(pictures) > 1 else ""
        where = f"{pictures[0]}{more}"
        if not self._keep_pictures:
            sentence = f"it holds pictures that nobody has read ({where}): --keep-pictures copies them as they are"
            raise RefusedError(Reason(ReasonCode.UNREAD_PICTURES, sentence))
        count = len(pictures)
        said = "1 picture is copied as it is" if count == 1 else f"{count} pictures are copied as they are"
        return (f"{said}, read by nobody ({where})",)

    def _wanted(self, one: "_Read") -> Iterator[Finding]:
        """Yield what a scan with the run's own threshold would report, and what the rules demand."""
        if one.record is None:
            return
        demanded = set(to_redact(one.record))
        for found in one.record.findings:
            reported = found.score >= self.min_score or found.entity_type == PROMPT_INJECTION
            if reported or found in demanded:
                yield found


class _Read:
    """A document that is read: its text as far as it has come, and its record at the end."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.text: list[str] = []
        self.marks: list[Mark] = []
        self.document: Document | None = None
        self.record: DocumentResult | None = None

    def add(self, chunk: Chunk) -> None:
        start, end = chunk.core_start - chunk.start, chunk.core_end - chunk.start
        self.text.append(chunk.text[start : end if chunk.core_end >= 0 else None])
        self.marks += [
            replace(mark, start=chunk.start + mark.start)
            for mark in chunk.marks
            if not self.marks or chunk.start + mark.start > self.marks[-1].start
        ]


def _no_archive(events: Iterable[Event | None], source: Source) -> Iterator[Event | None]:
    """Pass the events on, up to a document that comes before the one that holds it, as those of an archive do."""
    opened = False
    for event in events:
        opened = opened or (isinstance(event, Opened) and event.number == 0)
        if isinstance(event, Began) and event.number and not opened and event.path != f"{source.path}!metadata":
            raise RefusedError(HOLDS_DOCUMENTS)
        yield event


def _is_picture(record: DocumentResult) -> bool:
    return record.format == "image" or splitext(record.path)[1].lower() in _VECTOR_PICTURES


def _name(path: str) -> str:
    """Return the last name of a path inside a document; a picture's metadata are named like the picture."""
    return basename(path.removesuffix("!metadata").rpartition("!")[2])
