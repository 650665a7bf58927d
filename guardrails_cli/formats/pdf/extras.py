"""Text of a PDF outside of its pages: annotations, forms, bookmarks, metadata, scripts and attachments."""

import ctypes
import html
import mmap
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Any
from urllib.parse import unquote

from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.image.xmp import xmp_lines

MAX_XMP_BYTES = 4 * 1024 * 1024
"""Bytes of one unpacked metadata stream."""
MAX_XMP = 1000
"""Maximum number of metadata streams: images and fonts may have their own."""
MAX_LEVEL = 15
"""Maximum nesting of bookmarks."""
_POPUP, _LINK, _WIDGET = 16, 2, 20
"""PDFium's subtypes of annotations."""
_FACTS = {
    "Author": "author",
    "Title": "title",
    "Subject": "subject",
    "Keywords": "keywords",
}
_STREAM = re.compile(rb"/Metadata\b[^>]{0,500}>>\s{0,20}stream\r?\n")
_ELEMENT = re.compile(r"<([\w:-]{1,80})(?:\s[^<>]{0,20000})?>([^<>]{1,20000})</")


def open_forms(document: Any) -> Any:
    """Return the form handle for reading form fields; None if the document has no form."""
    with suppress(Exception):  # a broken form costs its values, not the pages
        document.init_forms()
    return document.formenv


def annotations(
    document: Any,
    page: Any,
    forms: Any,
    number: int,
    attached: list[tuple[str, bytes]],
) -> Iterator[Segment]:
    """Yield comments, links and form values of a page, and collect the files attached to it."""
    import pypdfium2.raw as pdfium

    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            if kind == _WIDGET:
                yield from _field(pdfium, annotation, forms, Location(page=number, part="form field"))
            elif kind != _POPUP:
                part = "link" if kind == _LINK else "comment"
                yield from _comment(pdfium, annotation, Location(page=number, part=part))
            if kind == _LINK:
                yield from _link(pdfium, document, annotation, Location(page=number, part="link"))
            file = pdfium.FPDFAnnot_GetFileAttachment(annotation)
            if file:
                attached += _file(document, file)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _comment(pdfium: Any, annotation: Any, place: Location) -> Iterator[Segment]:
    text = _value(pdfium, annotation, b"Contents")
    author = _value(pdfium, annotation, b"T")
    rich = "" if text else html.unescape(re.sub(r"<[^<>]{0,2000}>", " ", _value(pdfium, annotation, b"RC")))
    for line in (f"author: {author}" if author else "", _value(pdfium, annotation, b"Subj"), text or rich):
        if line.strip():
            yield Segment(line.replace("\r\n", "\n").replace("\r", "\n").strip() + "\n", place)


def _field(pdfium: Any, annotation: Any, forms: Any, place: Location) -> Iterator[Segment]:
    name = _value(pdfium, annotation, b"T")
    value = _value(pdfium, annotation, b"V")
    if forms:
        name = _text(lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldName(forms, annotation, buffer, size)) or name
        value = _text(lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldValue(forms, annotation, buffer, size)) or value
    label = _value(pdfium, annotation, b"TU") or name.rpartition(".")[2]
    for text in dict.fromkeys((value, _value(pdfium, annotation, b"DV"))):
        if text.strip() and text != "Off":
            line = f"{label}: {text}" if label.strip() else text
            yield Segment(line.replace("\r\n", "\n").replace("\r", "\n") + "\n", place)


def _link(pdfium: Any, document: Any, annotation: Any, place: Location) -> Iterator[Segment]:
    link = pdfium.FPDFAnnot_GetLink(annotation)
    action = pdfium.FPDFLink_GetAction(link) if link else None
    if action:
        address = _bytes(lambda buffer, size: pdfium.FPDFAction_GetURIPath(document, action, buffer, size))
        text = unquote(address.rstrip(b"\0").decode("utf-8", "replace"), errors="replace")
        if text.strip():
            yield Segment(" ".join(text.split()) + "\n", place)


def bookmarks(document: Any) -> Iterator[Segment]:
    """Yield the titles in the outline."""
    with suppress(Exception):  # the library raises any error for a broken outline
        for bookmark in document.get_toc(max_depth=MAX_LEVEL):
            title = bookmark.get_title()
            if title and title.strip():
                yield Segment(" ".join(title.split()) + "\n", Location(part="bookmark"))


def metadata(document: Any) -> Iterator[Segment]:
    """Yield the document information (ISO 32000-2, 14.3.3)."""
    begins = True
    for key, word in _FACTS.items():
        value = " ".join(document.get_metadata_value(key).split())
        if value:
            yield Segment(f"{word}: {value}\n", Location(part="metadata"), begins=begins)
            begins = False


def xmp(file: IO[bytes]) -> Iterator[Segment]:
    """Yield the metadata streams (ISO 16684-1) of the document and of the images in it.

    These streams are never inside other streams, so that programs without PDF support can find them.
    """
    lines = dict.fromkeys(line for packet in _packets(file) for line in xmp_lines(packet))
    for line in lines:
        yield Segment(line + "\n", Location(part="metadata"))


def _packets(file: IO[bytes]) -> Iterator[bytes]:
    try:
        data: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        file.seek(0)
        data = file.read()
    for count, match in enumerate(_STREAM.finditer(data)):
        if count >= MAX_XMP:
            return
        raw = data[match.end() : match.end() + MAX_XMP_BYTES]
        if raw.lstrip()[:1] != b"<":
            with suppress(zlib.error):
                raw = zlib.decompressobj().decompress(raw, MAX_XMP_BYTES)
        yield raw.partition(b"endstream")[0]


def xfa(document: Any) -> Iterator[Segment]:
    """Yield the values of an XFA form, which is an XML text beside the pages."""
    import pypdfium2.raw as pdfium

    for index in range(max(0, min(pdfium.FPDF_GetXFAPacketCount(document), 100))):
        name = _bytes(lambda buffer, size: pdfium.FPDF_GetXFAPacketName(document, index, buffer, size))  # noqa: B023
        if name.rstrip(b"\0") != b"datasets":
            continue
        size = ctypes.c_ulong()
        pdfium.FPDF_GetXFAPacketContent(document, index, None, 0, size)
        buffer = ctypes.create_string_buffer(size.value)
        pdfium.FPDF_GetXFAPacketContent(document, index, buffer, size.value, size)
        for match in _ELEMENT.finditer(buffer.raw.decode("utf-8", "replace")):
            value = " ".join(html.unescape(match[2]).split())
            if value:
                yield Segment(f"{match[1].rpartition(':')[2]}: {value}\n", Location(part="form field"))


def scripts(document: Any) -> Iterator[Segment]:
    """Yield the document's JavaScript."""
    import pypdfium2.raw as pdfium

    for index in range(max(0, min(pdfium.FPDFDoc_GetJavaScriptActionCount(document), 10_000))):
        action = pdfium.FPDFDoc_GetJavaScriptAction(document, index)
        if not action:
            continue
        text = _text(lambda buffer, size: pdfium.FPDFJavaScriptAction_GetScript(action, buffer, size))  # noqa: B023
        pdfium.FPDFDoc_CloseJavaScriptAction(action)
        if text.strip():
            yield Segment(text.strip() + "\n", Location(part="script"))


def attachments(document: Any) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the document's attachments."""
    import pypdfium2.raw as pdfium

    for index in range(max(0, pdfium.FPDFDoc_GetAttachmentCount(document))):
        file = pdfium.FPDFDoc_GetAttachment(document, index)
        if file:
            yield from _file(document, file)


def _file(document: Any, file: Any) -> Iterator[tuple[str, bytes]]:
    from pypdfium2 import PdfAttachment, PdfiumError

    attachment = PdfAttachment(file, document)
    name, data = "", b""
    with suppress(PdfiumError):
        name = attachment.get_name()
        data = bytes(attachment.get_data())
    yield name, data


def _value(pdfium: Any, annotation: Any, key: bytes) -> str:
    return _text(lambda buffer, size: pdfium.FPDFAnnot_GetStringValue(annotation, key, buffer, size))


def _text(get: Callable[[Any, int], int]) -> str:
    """Return the UTF-16 text that a function of PDFium writes into a buffer of the size that it asks for."""
    size = get(None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    get(buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")


def _bytes(get: Callable[[Any, int], int]) -> bytes:
    size = get(None, 0)
    buffer = ctypes.create_string_buffer(max(1, size))
    get(buffer, size)
    return buffer.raw[:size]
