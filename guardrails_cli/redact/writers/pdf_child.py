"""The process that draws a PDF's pages: `python -m guardrails_cli.redact.writers.pdf_child SOURCE_FD TARGET_FD`.

It reads the values from its standard input, and answers with the reason why there is no copy, or null, and with the
kinds of content that the copy lacks.
"""

import contextlib
import ctypes
import io
import json
import re
import resource
import sys
from collections.abc import Iterator
from functools import cache
from math import sqrt
from typing import IO, TYPE_CHECKING, Any

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.formats.reader import RefusedError
from guardrails_cli.inputs.reading.child import MEMORY_BYTES

if TYPE_CHECKING:
    from PIL.Image import Image

DPI = 200
MAX_PIXELS = 12_000_000
"""Pixels of one page; larger pages get a lower resolution."""
JPEG_QUALITY = 85
MARGIN = 0.12
"""Margin around each box, as a share of the line's height: letters reach over their boxes, and JPEG smears edges."""
SHORTEST_ELSEWHERE = 6
"""Length in characters from which a value is covered on all pages, not only on those where it was found."""
MIN_LABEL, MAX_LABEL = 8, 40
"""Height of a label in pixels."""
_COLOUR = 12
"""Maximum difference from gray, out of 255, of the colours of a page that is stored as gray."""
_IGNORED = re.compile(r"[\s\x00\x02\xad\ufffe-]")
"""Characters that a reader joins or adds between the characters of a page."""

_ANNOTATIONS = {2: "links", 20: "form fields"}
"""Names of annotations by PDFium's number of their subtype; all others are comments."""

_Box = tuple[int, int, int, int]


def copy(source: IO[bytes], target: IO[bytes], values: list[list[Any]]) -> list[str]:
    """Write pictures of all pages, with the values covered; return the kinds of content that they lack.

    Args:
        source: a PDF.
        target: receives the copy.
        values: each value with its label, the pages it is on, and the pages on which it is visible.

    Raises:
        RefusedError: if a page cannot be drawn or a visible value is not found.

    """
    import pypdfium2.raw as pdfium
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(source)
        pages = _Writer(target, len(document))
        lost = {"signatures"} if pdfium.FPDF_GetSignatureCount(document) > 0 else set()
        for number in range(1, len(document) + 1):
            page = document[number - 1]
            image = _drawn(page, number, values)
            pages.add(image, page.get_size())
            lost.update(_kinds(page))
            page.close()
        pages.end()
        return sorted(lost)
    except PdfiumError:
        raise RefusedError(Reason(ReasonCode.NOT_REWRITABLE, "a page cannot be drawn: encrypted or damaged")) from None


def _kinds(page: Any) -> Iterator[str]:
    """Yield the names of the page's contents that are not drawn."""
    import pypdfium2.raw as pdfium

    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if annotation:
            yield _ANNOTATIONS.get(pdfium.FPDFAnnot_GetSubtype(annotation), "comments")
            pdfium.FPDFPage_CloseAnnot(annotation)


def _drawn(page: Any, number: int, values: list[list[Any]]) -> "Image":
    """Return a page's picture with the values covered, without annotations and form fields."""
    width, height = page.get_size()
    scale = min(DPI / 72, sqrt(MAX_PIXELS / max(1.0, width * height)))
    image: Image = page.render(scale=scale, may_draw_forms=False, draw_annots=False).to_pil().convert("RGB")
    textpage = page.get_textpage()
    try:
        chars = _Characters(page, textpage, image.size)
        for value, label, pages, seen in values:
            wanted = _IGNORED.sub("", value)
            if number not in pages and len(wanted) < SHORTEST_ELSEWHERE:
                continue
            found = chars.boxes(wanted)
            if not found and number in seen:
                raise RefusedError(
                    Reason(
                        ReasonCode.NOT_REPLACEABLE,
                        f"a value on page {number} cannot be located, so that it cannot be covered",
                    )
                )
            for boxes in found:
                _cover(image, boxes, label)
    finally:
        textpage.close()
    return image


class _Characters:
    """The characters of a page, and their places in its picture."""

    def __init__(self, page: Any, textpage: Any, size: tuple[int, int]) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium, self._page, self._textpage, self._size = pdfium, page, textpage, size
        text: list[str] = []
        self._indexes: list[int] = []
        for index in range(pdfium.FPDFText_CountChars(textpage)):
            code = pdfium.FPDFText_GetUnicode(textpage, index)
            char = chr(code) if 0 < code < 0x110000 else ""
            if char and not _IGNORED.match(char):
                text.append(char)
                self._indexes.append(index)
        self._text = "".join(text)

    def boxes(self, wanted: str) -> list[list[_Box]]:
        """Return the boxes, one per line, of each occurrence of a text."""
        found = []
        at = self._text.find(wanted) if wanted else -1
        while at >= 0:
            first, last = self._indexes[at], self._indexes[at + len(wanted) - 1]
            lines: list[_Box] = []
            for index in range(first, last + 1):
                box = self._box(index)
                if box is None:
                    if index in self._indexes[at : at + len(wanted)]:
                        raise RefusedError(
                            Reason(
                                ReasonCode.NOT_REPLACEABLE,
                                "a value has a character without a place, so that it cannot be covered",
                            )
                        )
                    continue
                if lines and _same_line(lines[-1], box):
                    lines[-1] = _union(lines[-1], box)
                else:
                    lines.append(box)
            found.append([_grown(line) for line in lines])
            at = self._text.find(wanted, at + 1)
        return found

    def _box(self, index: int) -> _Box | None:
        rect = self._pdfium.FS_RECTF()
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        corners = []
        if self._pdfium.FPDFText_GetLooseCharBox(self._textpage, index, rect):
            corners += [(rect.left, rect.bottom), (rect.right, rect.top)]
        if self._pdfium.FPDFText_GetCharBox(self._textpage, index, left, right, bottom, top):
            corners += [(left.value, bottom.value), (right.value, top.value)]
        points = [self._pixel(x, y) for x, y in corners]
        if not points:
            return None
        xs, ys = [x for x, _ in points], [y for _, y in points]
        box = min(xs), min(ys), max(xs), max(ys)
        return box if box[0] < box[2] and box[1] < box[3] else None

    def _pixel(self, x: float, y: float) -> tuple[int, int]:
        across, down = ctypes.c_int(), ctypes.c_int()
        self._pdfium.FPDF_PageToDevice(self._page, 0, 0, *self._size, 0, x, y, across, down)
        return across.value, down.value


def _same_line(one: _Box, other: _Box) -> bool:
    """Return whether two boxes are side by side, or above each other in rotated text, with little between them."""
    gap = 2 * min(one[3] - one[1], other[3] - other[1], one[2] - one[0] + other[2] - other[0])
    middle_x, middle_y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    beside = one[1] <= middle_y <= one[3] and other[0] - one[2] <= gap and one[0] - other[2] <= gap
    above = one[0] <= middle_x <= one[2] and other[1] - one[3] <= gap and one[1] - other[3] <= gap
    upright = one[2] - one[0] > one[3] - one[1]
    return beside or (above and not upright and one[3] - one[1] > 0 and other[3] - other[1] < 2 * (one[2] - one[0]))


def _union(one: _Box, other: _Box) -> _Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _grown(box: _Box) -> _Box:
    by = 2 + round(MARGIN * min(box[2] - box[0], box[3] - box[1]))
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def _cover(image: "Image", boxes: list[_Box], label: str) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image)
    for box in boxes:
        draw.rectangle(box, fill="black")
    left, top, right, bottom = max(boxes, key=lambda box: box[2] - box[0])
    size = min(MAX_LABEL, round(0.6 * (bottom - top)))
    while label and size >= MIN_LABEL:
        font = _font(size)
        if draw.textlength(label, font=font) <= right - left - 6:
            draw.text(((left + right) / 2, (top + bottom) / 2), label, fill="white", font=font, anchor="mm")
            return
        size -= 1


@cache
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


class _Writer:
    """Writes a PDF with one picture per page, page by page (ISO 32000-2, 7.5)."""

    def __init__(self, target: IO[bytes], pages: int) -> None:
        self._target = target
        self._offsets: list[int] = []
        self._count = pages
        target.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        self._object(b"<</Type/Catalog/Pages 2 0 R>>")
        kids = b" ".join(b"%d 0 R" % (3 + 3 * index) for index in range(pages))
        self._object(b"<</Type/Pages/Count %d/Kids[%b]>>" % (pages, kids))

    def add(self, image: "Image", size: tuple[float, float]) -> None:
        """Add a page; its size is in points."""
        space = b"/DeviceRGB"
        if _is_gray(image):
            image, space = image.convert("L"), b"/DeviceGray"
        data = io.BytesIO()
        image.save(data, "JPEG", quality=JPEG_QUALITY, optimize=True)
        number = len(self._offsets) + 1
        box = b"%.3f %.3f" % size
        self._object(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %b]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>>>"
            % (box, number + 1, number + 2)
        )
        self._stream(b"q %.3f 0 0 %.3f 0 0 cm /I Do Q" % size, b"")
        head = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace%b/Filter/DCTDecode"
        self._stream(data.getvalue(), head % (*image.size, space))

    def end(self) -> None:
        """Write the table of objects."""
        start, count = self._target.tell(), len(self._offsets) + 1
        self._target.write(b"xref\n0 %d\n0000000000 65535 f \n" % count)
        self._target.write(b"".join(b"%010d 00000 n \n" % offset for offset in self._offsets))
        self._target.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, start))

    def _stream(self, data: bytes, entries: bytes) -> None:
        self._object(b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(data), data))

    def _object(self, content: bytes) -> None:
        self._offsets.append(self._target.tell())
        self._target.write(b"%d 0 obj\n%b\nendobj\n" % (len(self._offsets), content))


def _is_gray(image: "Image") -> bool:
    from PIL import ImageChops

    red, green, blue = image.split()
    return not any(sum(ImageChops.difference(green, one).histogram()[_COLOUR + 1 :]) for one in (red, blue))


def main() -> None:
    """Write one copy, and the reason for its absence or the contents that it lacks as JSON to standard output."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the document
    reason: Reason | None = None
    lost: list[str] = []
    with open(int(sys.argv[1]), "rb") as source, open(int(sys.argv[2]), "wb") as target:  # noqa: PTH123
        source.seek(0)
        try:
            lost = copy(source, target, json.load(sys.stdin))
        except RefusedError as error:
            reason = error.reason
    sys.stdout.write(json.dumps([reason and reason.row, lost]))


if __name__ == "__main__":
    main()
