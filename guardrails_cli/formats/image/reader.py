"""Images: the metadata written by cameras and programs, and with OCR the text in the picture."""

import io
from collections.abc import Iterator
from typing import Any

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Location, Segment
from guardrails_cli.formats.image import ocr
from guardrails_cli.formats.image.xmp import xmp_lines
from guardrails_cli.formats.reader import Blob, Reading, RefusedError

MAX_CHARACTERS = 64 * 1024
"""Maximum number of characters of one value."""
_TAGS = {
    0x010E: "description",
    0x013B: "author",
    0x013C: "computer",
    0x8298: "copyright",
    0x9C9B: "title",
    0x9C9C: "comment",
    0x9C9D: "author",
    0x9C9E: "keywords",
    0x9C9F: "subject",
}
"""Tags of TIFF's main directory (Exif 3.0, 4.6.5), and Windows' own, which are UTF-16."""
_EXIF_TAGS = {0x9286: "comment", 0xA430: "owner", 0xA431: "serial number"}
_IPTC_TAGS = {
    5: "title",
    25: "keywords",
    40: "instructions",
    80: "author",
    90: "city",
    92: "location",
    95: "state",
    101: "country",
    105: "headline",
    110: "credit",
    116: "copyright",
    118: "contact",
    120: "caption",
    122: "writer",
}
"""Tags of IPTC-IIM 4.2, record 2."""
_TEXT_CHUNKS = frozenset({"author", "comment", "copyright", "creator", "description", "keywords", "source", "title"})
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the text in the picture, if OCR is installed; then its metadata, as a document of their own.

    Raises:
        RefusedError: if the picture itself is not read.

    """
    content = blob.file().read()
    text = _text(content)
    if text:
        yield ocr.segment(text, Location(part=ocr.PART))
    lines = list(dict.fromkeys(_lines(content)))
    if lines:
        if reading.budget:
            reading.budget.member()
        data = ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")
        yield Blob(f"{blob.path}!metadata", io.BytesIO(data), len(data))
    if text is None:
        raise RefusedError(Reason(ReasonCode.NEEDS_OCR, "needs OCR"))


def _text(data: bytes) -> list[str] | None:
    """Return the lines of text in a picture; None without OCR."""
    from PIL import Image

    read_text = ocr.recognizer()
    if read_text is None:
        return None
    import numpy

    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > ocr.MAX_PIXELS:
                return None
            image.thumbnail((ocr.MAX_SIDE, ocr.MAX_SIDE))
            return read_text(numpy.asarray(image.convert("RGB")))
    except (OSError, ValueError, SyntaxError):  # Pillow's errors for broken images
        return None


def _lines(data: bytes) -> Iterator[str]:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            yield from _exif(image)
            yield from _iptc(image)
            for name, value in image.info.items():
                if str(name).lower() in _TEXT_CHUNKS:
                    yield from _line(str(name).lower(), value)
    except Exception:  # noqa: BLE001, S110 - whatever a library says of a broken image: its pixels are not read anyway
        pass
    start = data.find(b"<rdf:RDF")
    if start >= 0:
        yield from xmp_lines(data[start : data.find(b"</rdf:RDF", start)])


def _exif(image: Any) -> Iterator[str]:
    exif = image.getexif()
    for tag, name in _TAGS.items():
        yield from _line(name, exif.get(tag), wide=tag >= 0x9C9B)
    inner = exif.get_ifd(_EXIF_IFD)
    for tag, name in _EXIF_TAGS.items():
        value = inner.get(tag)
        if tag == 0x9286 and isinstance(value, bytes):  # begins with the name of its encoding
            value, wide = value[8:], value.startswith(b"UNICODE")
            yield from _line(name, value, wide=wide)
        else:
            yield from _line(name, value)
    place = exif.get_ifd(_GPS_IFD)
    if 2 in place and 4 in place:
        latitude = _degrees(place[2], negative=place.get(1) == "S")
        longitude = _degrees(place[4], negative=place.get(3) == "W")
        yield f"GPS position: {latitude:.6f}, {longitude:.6f}"


def _degrees(parts: Any, *, negative: bool) -> float:
    value: float = sum(float(part) / 60**index for index, part in enumerate(parts))
    return -value if negative else value


def _iptc(image: Any) -> Iterator[str]:
    from PIL import IptcImagePlugin

    for (record, number), value in (IptcImagePlugin.getiptcinfo(image) or {}).items():
        if record == 2 and number in _IPTC_TAGS:
            for one in value if isinstance(value, list) else [value]:
                yield from _line(_IPTC_TAGS[number], one)


def _line(name: str, value: Any, *, wide: bool = False) -> Iterator[str]:
    if isinstance(value, bytes):
        value = value.decode("utf-16-le" if wide else "utf-8", "replace")
    if isinstance(value, str):
        text = " ".join(value.replace("\0", " ").split())[:MAX_CHARACTERS]
        if text:
            yield f"{name}: {text}"
