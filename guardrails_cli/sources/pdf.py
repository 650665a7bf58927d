"""PDF (ISO 32000): the text of each page, what is attached to it, and what the document says of itself."""

import io
from collections.abc import Iterator, Sequence
from typing import IO, Any

from guardrails_cli.model import Location, Segment
from guardrails_cli.sources import pdf_extras
from guardrails_cli.sources.base import Blob, DamagedError, Reading, RefusedError
from guardrails_cli.sources.pdf_page import HIDDEN, page_text
from guardrails_cli.text import display_path

MAX_UNREADABLE = 1000
"""After so many pages one after the other that cannot be read, the rest is given up: the number of pages may lie."""
MAX_RANGES = 20
"""Of page numbers that a reason names."""
_TAIL_BYTES = 64 * 1024
_WRONG_PASSWORD, _WRONG_SECURITY = 4, 5
"""PDFium's error codes for documents that are encrypted."""


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the pages' text, bookmarks and metadata; then the attachments.

    Raises:
        RefusedError: if it is encrypted, or holds images of text but no text.
        DamagedError: if no page can be found.

    """
    file = blob.file()
    document = _open(file, reading.limits.passwords)
    try:
        forms = pdf_extras.open_forms(document)
        pages = _Pages(document, forms)
        yield from pages.segments()
        more = [*pdf_extras.bookmarks(document), *pdf_extras.metadata(document), *pdf_extras.xmp(file)]
        more += [*pdf_extras.xfa(document), *pdf_extras.scripts(document)]
        needs_ocr = bool(pages.images) and not pages.has_text
        reading.unread = _unread(pages, whole=_is_whole(file))
        if not needs_ocr:
            yield from more
        elif more:
            data = "".join(segment.text for segment in more).encode("utf-8", "backslashreplace")
            yield Blob(f"{blob.path}!metadata", io.BytesIO(data), len(data))
        yield from _attachments(blob.path, document, pages, reading)
        if needs_ocr:
            raise RefusedError("needs OCR")
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
        raise RefusedError("encrypted")
    raise DamagedError("damaged: no page can be found")


class _Pages:
    """Reads the pages one by one, and keeps in mind which of them could not be read."""

    def __init__(self, document: Any, forms: Any) -> None:
        self.has_text = False
        self.images: list[int] = []
        """Numbers of the pages that hold images and no text."""
        self.unreadable: list[int] = []
        self.attached: list[tuple[int, str, bytes]] = []
        self.given_up = False
        self._document = document
        self._forms = forms

    def segments(self) -> Iterator[Segment]:
        """Yield the text of all pages."""
        failed = 0
        for index in range(len(self._document)):
            number = index + 1
            try:
                page = self._document[index]
            except Exception:  # noqa: BLE001 - whatever the library says: the other pages count
                failed += 1
                if failed > MAX_UNREADABLE:
                    self.given_up = True
                    return
                self.unreadable.append(number)
                continue
            failed = 0
            try:
                yield from self._page(page, number)
            finally:
                page.close()

    def _page(self, page: Any, number: int) -> Iterator[Segment]:
        found = page_text(page)
        extras = list(pdf_extras.annotations(self._document, page, self._forms, number, self.attached))
        if found.visible:
            yield Segment(found.visible + "\n", Location(page=number))
        for text in found.hidden:
            yield Segment(text + "\n", Location(page=number, part=HIDDEN))
        yield from extras
        if (
            found.visible
            or found.hidden
            or any(segment.location and segment.location.part != "link" for segment in extras)
        ):
            self.has_text = True
        if found.has_image and not found.visible and not found.hidden:
            self.images.append(number)


def _unread(pages: _Pages, *, whole: bool) -> str | None:
    reasons = []
    if pages.images:
        reasons.append(f"{_numbers(pages.images)} {'needs' if len(pages.images) == 1 else 'need'} OCR")
    if pages.unreadable:
        reasons.append(f"damaged: {_numbers(pages.unreadable)} cannot be read")
    if pages.given_up:
        reasons.append("damaged: too many pages cannot be read")
    if not whole:
        reasons.append("damaged: it ends in the middle")
    return "; ".join(reasons) or None


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
    """Return whether the end mark is where it belongs; libraries mend a file that lacks it, but with its last pages."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    return b"%%EOF" in file.read(_TAIL_BYTES)


def _attachments(path: str, document: Any, pages: _Pages, reading: Reading) -> Iterator[Blob]:
    for name, data in (*pdf_extras.attachments(document), *((name, data) for _, name, data in pages.attached)):
        if reading.budget:
            reading.budget.member()
            reading.budget.expand(len(data))
        yield Blob(f"{path}!{display_path(name) or 'attachment'}", io.BytesIO(data), len(data))
