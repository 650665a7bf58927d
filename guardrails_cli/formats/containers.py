"""Identify the format of container files: zip and OLE files hold many formats."""

import re
import zlib

_LOCAL = b"PK\x03\x04"
_HEADER_BYTES = 30
"""Bytes of a local header before the name (APPNOTE.TXT 4.3.7)."""
_MIMETYPES = (
    (b"application/epub+zip", "epub"),
    (b"application/vnd.oasis.opendocument.text", "odt"),
    (b"application/vnd.oasis.opendocument.presentation", "odp"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "ods"),
    (b"application/vnd.oasis.opendocument.graphics", "odg"),
    (b"application/vnd.oasis.opendocument", "odf"),
)
"""Beginnings of the first part of an OpenDocument or EPUB file, which is stored uncompressed."""
_FOLDERS = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
_MAIN_TYPE = re.compile(
    rb'ContentType="[^"]{0,40}(wordprocessingml|spreadsheetml|presentationml|ms-word|ms-excel|ms-powerpoint)[^"]{0,40}'
    rb'\.(?:main|macroEnabledTemplate\.main)\+xml"'
)
_MAIN = {
    b"wordprocessingml": "docx",
    b"ms-word": "docx",
    b"spreadsheetml": "xlsx",
    b"ms-excel": "xlsx",
    b"presentationml": "pptx",
    b"ms-powerpoint": "pptx",
}
_ZIP_SUFFIXES = {
    **dict.fromkeys((".docx", ".docm", ".dotx", ".dotm"), "docx"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm", ".xlam"), "xlsx"),
    **dict.fromkeys((".pptx", ".pptm", ".potx", ".potm", ".ppsx", ".ppsm"), "pptx"),
    **dict.fromkeys((".odt", ".ott", ".odm", ".oth"), "odt"),
    **dict.fromkeys((".odp", ".otp"), "odp"),
    **dict.fromkeys((".ods", ".ots"), "ods"),
    **dict.fromkeys((".odg", ".otg"), "odg"),
    ".epub": "epub",
}
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = (
    ("__properties_version1.0", "msg"),
    ("__nameid_version1.0", "msg"),
    ("Workbook", "xls"),
)
"""Names in the directory of an OLE file that identify its format."""
_OLE_SUFFIXES = {".msg": "msg", ".oft": "msg", ".xls": "xls", ".xlt": "xls", ".xla": "xls"}
_FOREIGN_STREAMS = ("EncryptedPackage", "WordDocument", "PowerPoint Document")
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
"""Brands of images in an ISO base media file (ISO/IEC 23008-12, AVIF 1.1)."""


def zip_format(head: bytes, suffix: str) -> str | None:
    """Return the document format of a zip file: by the names of its first entries, then by its suffix.

    Args:
        head: the first bytes of the file.
        suffix: the suffix of its name, in lower case.

    Returns:
        Name of the format, `zip` if it is only an archive, None if it is not a zip file.

    """
    if not head.startswith(_LOCAL):
        return None
    names = {}
    at = 0
    while at >= 0 and at + _HEADER_BYTES < len(head):
        length, extra = (
            int.from_bytes(head[at + 26 : at + 28], "little"),
            int.from_bytes(head[at + 28 : at + 30], "little"),
        )
        start = at + _HEADER_BYTES + length
        names[head[at + _HEADER_BYTES : start].decode("cp437").lower()] = start + extra
        at = head.find(_LOCAL, start)
    if "mimetype" in names:
        content = head[names["mimetype"] :]
        for begin, found in _MIMETYPES:
            if content.startswith(begin) or _inflated(content).startswith(begin):
                return found
    return _office(head, names, suffix) or _ZIP_SUFFIXES.get(suffix, "zip")


def _office(head: bytes, names: dict[str, int], suffix: str) -> str | None:
    start = names.get("[content_types].xml")
    if start is not None:
        match = _MAIN_TYPE.search(_inflated(head[start:]))
        if match:
            return _MAIN[match[1]]
    if start is not None or "_rels/.rels" in names or suffix in _ZIP_SUFFIXES:
        for folder, found in _FOLDERS:
            if any(name.startswith(folder) for name in names):
                return found
    return None


def _inflated(data: bytes) -> bytes:
    """Return the beginning of a deflate stream's content; `data` itself if it is not one."""
    if data.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        return data
    try:
        return zlib.decompressobj(-15).decompress(data, 256 * 1024)
    except zlib.error:
        return b""


def ole_format(head: bytes, suffix: str) -> str | None:
    """Return the document format of an OLE file: by its directory if the head holds that, then by its suffix.

    Returns:
        Name of the format, `ole` if it is unknown or not supported, None if it is not an OLE file.

    """
    if not head.startswith(OLE_MAGIC):
        return None
    for name, found in _OLE_STREAMS:
        if _has_stream(head, name):
            return found
    if any(_has_stream(head, name) for name in _FOREIGN_STREAMS):
        return "ole"
    return _OLE_SUFFIXES.get(suffix, "ole")


def _has_stream(head: bytes, name: str) -> bool:
    return name.encode("utf-16-le") + b"\0\0" in head


def pdf_format(head: bytes, _suffix: str) -> str | None:
    """Return whether it is a PDF after leading bytes: readers look for its mark in the first kilobyte."""
    found = head.find(b"%PDF-", 0, 1024)
    return "pdf" if found > 0 and (b"\0" in head or b" obj" in head[found:]) else None


def image_format(head: bytes, _suffix: str) -> str | None:
    """Return whether it is an image of a kind that begins with a length."""
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    heif = head[4:8] == b"ftyp" and head[8:12] in _BRANDS
    bitmap = head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and b"\0" in head[14:18]
    return "image" if webp or heif or bitmap else None
