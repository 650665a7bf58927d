"""PDF (ISO 32000): the text of each page, the attachments, and the document's metadata."""

import io
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from guardrails_cli.core.display import display_path
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.image import ocr
from guardrails_cli.formats.pdf import extras
from guardrails_cli.formats.pdf.page import HIDDEN, page_text
from guardrails_cli.formats.reader import Blob, DamagedError, Reading, RefusedError

MAX_UNREADABLE = 1000
"""Number of consecutive unreadable pages after which the rest is given up: the number of pages may lie."""
PAGES_AT_ONCE = 2000
"""Pages after which the document is opened anew: PDFium keeps some 8 KB for each page that it has seen."""
MAX_RANGES = 20
"""Ranges of page numbers in a reason."""
_TAIL_BYTES = 64 * 1024
_WRONG_PASSWORD, _WRONG_SECURITY = 4, 5
"""PDFium's error codes for encrypted documents."""


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the pages' text, bookmarks and metadata, then the attachments.

    Raises:
        RefusedError: if it is encrypted, or holds only images of text.
        DamagedError: if no page can be found.

    """
    file = blob.file()
    pages = _Pages(lambda: _open(file, reading.limits.passwords))
    yield from pages.segments()
    document = _open(file, reading.limits.passwords)
    try:
        more = [*extras.bookmarks(document), *extras.metadata(document), *extras.xmp(file)]
        more += [*extras.xfa(document), *extras.scripts(document)]
        needs_ocr = bool(pages.images) and not pages.has_text
        reading.unread, reading.pictures = _unread(pages, whole=_is_whole(file)), tuple(pages.pictures)
        if not needs_ocr:
            yield from more
        elif more:
            data = "".join(segment.text for segment in more).encode("utf-8", "backslashreplace")
            yield Blob(f"{blob.path}!metadata", io.BytesIO(data), len(data))
        yield from _attachments(blob.path, document, pages, reading)
        if needs_ocr:
            raise RefusedError(Reason(ReasonCode.NEEDS_OCR, "needs OCR"))
    finally:
        document.close()


def _open(file: IO[bytes], passwords: Sequence[str]) -> Any:
    from pypdfium2 import PdfDocument, PdfiumError

    encrypted = False
    for password in (None, *passwords):
        file.seek(0)
        try:
            return PdfDocument(file, password=password)
        except PdfiumError as error:
            encrypted = error.err_code in (_WRONG_PASSWORD, _WRONG_SECURITY)
            if not encrypted:
                break
        except UnicodeEncodeError:  # a password with a lone surrogate
            continue
    if encrypted:
        raise RefusedError(Reason(ReasonCode.ENCRYPTED, "encrypted"))
    raise DamagedError("damaged: no page can be found")


class _Pages:
    """Reads the pages one by one, and records which could not be read."""

    def __init__(self, open_document: Callable[[], Any]) -> None:
        self.has_text = False
        self.images: list[int] = []
        """Numbers of the pages with images and no text."""
        self.pictures: list[int] = []
        """Numbers of the pages with unread images, with or without text."""
        self.unreadable: list[int] = []
        self.attached: list[tuple[str, bytes]] = []
        self.given_up = False
        self._open_document = open_document
        self._failed = 0
        """Number of unreadable pages in a row up to now."""

    def segments(self) -> Iterator[Segment]:
        """Yield the text of all pages."""
        first, count = 1, 1
        while first <= count and not self.given_up:
            document = self._open_document()
            try:
                forms = extras.open_forms(document)
                count = len(document)
                for number in range(first, min(first + PAGES_AT_ONCE, count + 1)):
                    yield from self._page(document, forms, number)
                    if self.given_up:
                        return
            finally:
                document.close()
            first += PAGES_AT_ONCE

    def _page(self, document: Any, forms: Any, number: int) -> Iterator[Segment]:
        try:
            page = document[number - 1]
        except Exception:  # noqa: BLE001 - whatever the library says: the other pages count
            self._failed += 1
            self.given_up = self._failed > MAX_UNREADABLE
            self.unreadable.append(number)
            return
        self._failed = 0
        try:
            yield from self._text(document, page, forms, number)
        finally:
            page.close()

    def _text(self, document: Any, page: Any, forms: Any, number: int) -> Iterator[Segment]:
        found = page_text(page)
        beside = list(extras.annotations(document, page, forms, number, self.attached))
        if found.visible:
            yield Segment(found.visible + "\n", Location(page=number))
        for text in found.hidden:
            yield Segment(text + "\n", Location(page=number, part=HIDDEN))
        yield from beside
        says = [segment for segment in beside if segment.location and segment.location.part != "link"]
        self.has_text = self.has_text or bool(found.visible or found.hidden or says)
        if found.has_image and not found.visible and not found.hidden:
            yield from self._picture(page, number)
        elif found.has_image:
            self.pictures.append(number)

    def _picture(self, page: Any, number: int) -> Iterator[Segment]:
        read_text = ocr.recognizer()
        if read_text is None:
            self.images.append(number)
            self.pictures.append(number)
            return
        self.has_text = True
        scale = min(3.0, ocr.MAX_SIDE / max(1.0, *page.get_size()))
        yield ocr.segment(read_text(page.render(scale=scale).to_numpy()), Location(page=number, part=ocr.PART))


def _unread(pages: _Pages, *, whole: bool) -> Reason | None:
    reasons = []
    if pages.images:
        reasons.append(f"{_numbers(pages.images)} {'needs' if len(pages.images) == 1 else 'need'} OCR")
    if pages.unreadable:
        reasons.append(f"damaged: {_numbers(pages.unreadable)} cannot be read")
    if pages.given_up:
        reasons.append("damaged: too many pages cannot be read")
    if not whole:
        reasons.append("damaged: it ends in the middle")
    if not reasons:
        return None
    damaged = bool(pages.unreadable) or pages.given_up or not whole
    return Reason(ReasonCode.DAMAGED if damaged else ReasonCode.PAGES_NEED_OCR, "; ".join(reasons))


def _numbers(numbers: Sequence[int]) -> str:
    """Return page numbers in words: `page 3`, `pages 1, 5-9`."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    names = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:MAX_RANGES]]
    more = f" and {len(ranges) - MAX_RANGES} more ranges" if len(ranges) > MAX_RANGES else ""
    return f"page{'s' if len(numbers) > 1 else ''} {', '.join(names)}{more}"


def _is_whole(file: IO[bytes]) -> bool:
    """Return whether the end mark is in its place; libraries repair a file without it, but lose its last pages."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    return b"%%EOF" in file.read(_TAIL_BYTES)


def _attachments(path: str, document: Any, pages: _Pages, reading: Reading) -> Iterator[Blob]:
    for name, data in (*extras.attachments(document), *pages.attached):
        if reading.budget:
            reading.budget.member()
            reading.budget.expand(len(data))
        yield Blob(f"{path}!{display_path(name) or 'attachment'}", io.BytesIO(data), len(data))
