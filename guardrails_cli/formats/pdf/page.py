"""The text of a PDF's page in PDFium's order, and the parts of it that are invisible."""

import ctypes
import re
from collections.abc import Iterator
from math import hypot
from typing import Any

import msgspec

HIDDEN = "hidden text"
_EVERYWHERE = 1e7
_INVISIBLE = (3, 7)
"""Text rendering modes that paint nothing (ISO 32000-2, 9.3.6)."""
_WHITE = 250
"""Minimum of all three colours, out of 255, that looks like paper."""
_TINY = 1.0
"""Size in points below which letters are invisible."""
_MAX_DEPTH = 5
"""Maximum nesting of forms that are searched for images and hidden text."""
_MAX_PAINTED = 2000
"""Maximum number of objects that may be under white text; with more, white text counts as visible."""
_TEXT, _PATH, _IMAGE, _SHADING, _FORM = 1, 2, 3, 4, 5
"""PDFium's types of page objects."""
_HYPHENATED = re.compile(r"(?<=\w)[\x02\ufffe\xad][ ]*\n(?=\w)|[\x02\ufffe](?=\w)")
"""Word divided at the end of a line: PDFium replaces the hyphen with a mark."""
_DIVIDED_NUMBER = re.compile(r"(?<=\d-)[ ]*\n(?=\d)")

_Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


class PageText(msgspec.Struct):
    """The text of a page."""

    visible: str
    hidden: list[str]
    has_image: bool


def page_text(page: Any) -> PageText:
    """Return the text of a page, with words divided at line ends joined."""
    import pypdfium2.raw as pdfium

    painted = _Painted(pdfium, page)
    textpage = page.get_textpage()
    try:
        hidden = painted.hidden()
        if hidden:
            visible, unseen = _apart(pdfium, textpage, hidden)
        else:
            edge = _EVERYWHERE
            visible, unseen = textpage.get_text_bounded(-edge, -edge, edge, edge), []
    finally:
        textpage.close()
    return PageText(_joined(visible), [text for text in map(_joined, unseen) if text], painted.has_image)


def _joined(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    text = _DIVIDED_NUMBER.sub("", _HYPHENATED.sub("", text))
    return text.replace("\x02", "-").replace("\ufffe", "-").strip()


class _Painted:
    """The painted objects of a page, as far as they decide whether a text is visible."""

    def __init__(self, pdfium: Any, page: Any) -> None:
        self.has_image = False
        self._box: _Box = page.get_bbox()
        self._texts: list[tuple[int, bool, _Box]] = []
        """Possibly hidden texts: address, whether they are unpainted, and box."""
        self._under: list[_Box] = []
        """Boxes of images and of coloured objects."""
        self._images: list[_Box] = []
        for kind, item, inside in _objects(pdfium, page):
            if kind == _TEXT:
                self._add_text(pdfium, item, inside=inside)
            elif kind == _IMAGE:
                self.has_image = True
                self._images.append(_bounds(pdfium, item))
            elif kind == _SHADING or (kind == _PATH and not _is_white(pdfium, item)):
                self._under.append(_bounds(pdfium, item))

    def _add_text(self, pdfium: Any, item: Any, *, inside: bool) -> None:
        mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
        invisible = mode in _INVISIBLE
        white = mode in (0, 4) and _is_white(pdfium, item)
        box = _bounds(pdfium, item)
        # Boxes inside a form are in the form's coordinates.
        away = not inside and not _overlap(box, self._box) and box[2] > box[0]
        tiny = box[3] - box[1] < _TINY and _size(pdfium, item) < _TINY
        if invisible or white or away or tiny:
            address = ctypes.addressof(item.contents)
            self._texts.append((address, away or tiny, box))

    def hidden(self) -> set[int]:
        """Return the addresses of the invisible texts.

        Text over an image may be visible: it belongs to that image, from OCR, or is white on a dark picture.
        """
        under = self._images + self._under
        if len(under) > _MAX_PAINTED:
            under = [(-_EVERYWHERE, -_EVERYWHERE, _EVERYWHERE, _EVERYWHERE)]
        return {
            address for address, certain, box in self._texts if certain or not any(_overlap(box, one) for one in under)
        }


def _objects(pdfium: Any, page: Any) -> Iterator[tuple[int, Any, bool]]:
    """Yield type and object of everything on a page, and whether it is inside a form."""
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        item = pdfium.FPDFPage_GetObject(page, index)
        if item:
            yield from _with_inner(pdfium, item, 0)


def _with_inner(pdfium: Any, item: Any, depth: int) -> Iterator[tuple[int, Any, bool]]:
    kind = pdfium.FPDFPageObj_GetType(item)
    yield kind, item, depth > 0
    if kind == _FORM and depth < _MAX_DEPTH:
        for index in range(pdfium.FPDFFormObj_CountObjects(item)):
            inner = pdfium.FPDFFormObj_GetObject(item, index)
            if inner:
                yield from _with_inner(pdfium, inner, depth + 1)


def _is_white(pdfium: Any, item: Any) -> bool:
    """Return whether an object is filled in white or not filled."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
        return False
    return alpha.value == 0 or min(red.value, green.value, blue.value) >= _WHITE


def _bounds(pdfium: Any, item: Any) -> _Box:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top)
    return left.value, bottom.value, right.value, top.value


def _size(pdfium: Any, item: Any) -> float:
    size, matrix = ctypes.c_float(), pdfium.FS_MATRIX()
    pdfium.FPDFTextObj_GetFontSize(item, size)
    pdfium.FPDFPageObj_GetMatrix(item, matrix)
    return float(abs(size.value) * hypot(matrix.c, matrix.d))


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _apart(pdfium: Any, textpage: Any, hidden: set[int]) -> tuple[str, list[str]]:
    """Return the visible text, and the invisible pieces of text between it."""
    visible: list[str] = []
    unseen: list[list[str]] = []
    was_hidden = False
    for index in range(pdfium.FPDFText_CountChars(textpage)):
        code = pdfium.FPDFText_GetUnicode(textpage, index)
        char = chr(code) if 0 < code < 0x110000 else ""
        item = pdfium.FPDFText_GetTextObject(textpage, index)
        # PDFium's separators between words and lines belong to no object.
        is_hidden = ctypes.addressof(item.contents) in hidden if item else was_hidden
        if is_hidden and not was_hidden:
            unseen.append([])
        (unseen[-1] if is_hidden else visible).append(char)
        if was_hidden and not is_hidden and visible[:-1] and not visible[-2].isspace():
            visible.insert(-1, "\n" if unseen[-1][-1:] == ["\n"] else "")
        was_hidden = is_hidden
    return "".join(visible), ["".join(piece) for piece in unseen]
