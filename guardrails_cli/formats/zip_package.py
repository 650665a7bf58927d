"""Documents that are zip files of XML parts; each part is read in pieces and within the limits."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Protocol, TypeAlias, cast

from guardrails_cli.core.display import display_path
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Segment
from guardrails_cli.formats.reader import Blob, Budget, DamagedError, Reading, RefusedError

PIECE_BYTES = 64 * 1024
FREE_BYTES = 1024 * 1024
"""Bytes that any part may expand to, however small it was when packed."""
MAX_CONTROL_BYTES = 16 * 1024 * 1024
"""Bytes of a part that is held in memory."""
MAX_ELEMENTS = 1_000_000
"""Elements of one part that are held in memory."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Compression methods that the formats allow."""
_LOCAL_BYTES = 30
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, DamagedError)


class Handler(Protocol):
    """Processes the events of an XML part, and makes segments of them."""

    out: list[Segment]
    """Segments that are ready."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Process the start of an element; names have no namespace."""

    def end(self, name: str) -> None:
        """Process the end of an element."""

    def data(self, text: str) -> None:
        """Process a piece of an element's text."""


class Parts:
    """The parts of one document. Create it with `open_parts`."""

    def __init__(self, file: IO[bytes], path: str, reading: Reading) -> None:
        archive = zipfile.ZipFile(file)
        self.entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        """Entries in the order of the directory; if two have one name, both are read."""
        self._by_key: dict[str, list[zipfile.ZipInfo]] = {}
        for entry in self.entries:
            self._by_key.setdefault(key(entry), []).append(entry)
        self._file = file
        self._path = path
        self._reading = reading
        self._budget = reading.budget or Budget(reading.limits)
        self._damaged: dict[str, None] = {}

    def named(self, name: str) -> list[zipfile.ZipInfo]:
        """Return the entries with a name, ignoring letter case (ECMA-376 part 2, 6.2.2)."""
        return self._by_key.get(name.lower(), [])

    def stream(self, entry: zipfile.ZipInfo) -> "Unpacked":
        """Return a part's bytes as a stream.

        Raises:
            RefusedError: if it is encrypted.
            DamagedError: if its directory entry is impossible.

        """
        if entry.flag_bits & 1:
            raise RefusedError(Reason(ReasonCode.ENCRYPTED, "encrypted"))
        if entry.compress_type not in _METHODS:
            raise DamagedError("damaged: a part is packed as none of its format is")
        return Unpacked(self._file, entry, self._budget)

    def read(self, name: str) -> bytes:
        """Return a part that holds structure instead of text; empty if it cannot be read."""
        found = b""
        for entry in self.named(name):
            try:
                found = self.stream(entry).read(MAX_CONTROL_BYTES)
            except _BROKEN:
                self._note(entry)
        return found

    def elements(self, name: str, *wanted: str) -> list[tuple[str, dict[str, str]]]:
        """Return the elements of the given names in an XML part, in order; none if there is no such part."""
        handler = _Elements(frozenset(wanted))
        for entry in self.named(name):
            for _ in self.segments(entry, handler):
                pass
        return handler.found

    def segments(self, entry: zipfile.ZipInfo, handler: Handler, parse: "Parse | None" = None) -> Iterator[Segment]:
        """Yield the handler's segments of the sound beginning of a part; `parse` replaces the XML parser."""
        try:
            yield from (parse or parse_xml)(self.stream(entry), handler)
        except _BROKEN:
            self._note(entry)
            yield from taken(handler)

    def members(self, entries: list[zipfile.ZipInfo]) -> Iterator[Blob]:
        """Yield parts as documents of their own."""
        for entry in entries:
            self._budget.member()
            try:
                stream = cast("IO[bytes]", self.stream(entry))
                yield Blob(f"{self._path}!{display_path(entry.filename)}", stream, entry.file_size)
            except _BROKEN:
                self._note(entry)

    def _note(self, entry: zipfile.ZipInfo) -> None:
        self._damaged[entry.filename] = None
        count = len(self._damaged)
        sentence = f"damaged: {count} of its parts cannot be read" if count > 1 else "damaged in one part"
        self._reading.unread = Reason(ReasonCode.DAMAGED, sentence)


class Unpacked:
    """A part's bytes, unpacked in pieces within the limits.

    The packed data decide where they end: sizes in the directory may lie, and a program that ignores them shows
    everything. Sound bytes are returned before damage is reported.

    Args:
        file: the document's file.
        entry: the part's entry.
        budget: limits of the whole document.

    """

    def __init__(self, file: IO[bytes], entry: zipfile.ZipInfo, budget: Budget) -> None:
        self._file = file
        self._budget = budget
        self._crc, self._wanted_crc = 0, entry.CRC
        self._at = _data_start(file, entry)
        self._left = entry.compress_size if entry.compress_type == zipfile.ZIP_STORED else None
        """Bytes to come of a part that is not packed; otherwise None."""
        self._inflate = zlib.decompressobj(-15)
        self._packed = self._size = 0

    def read(self, count: int = PIECE_BYTES) -> bytes:
        """Return at most `count` more bytes; empty at the end.

        Raises:
            RefusedError: if more is unpacked than the limits allow.
            DamagedError: at the end, if the checksum differs.

        """
        data = self._next(count)
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        self._budget.expand(len(data))
        ratio = self._budget.limits.ratio
        packed = self._packed - len(self._inflate.unconsumed_tail) - len(self._inflate.unused_data)
        if self._size > max(FREE_BYTES, packed * ratio):
            sentence = f"a part is more than {ratio} times as large when unpacked; see --max-ratio"
            raise RefusedError(Reason(ReasonCode.RATIO, sentence))
        if not data and self._crc != self._wanted_crc:
            raise DamagedError("damaged: a part's checksum is wrong")
        return data

    def _next(self, count: int) -> bytes:
        if self._left is not None:
            data = self._raw(min(count, self._left))
            self._left -= len(data)
            return data
        while not self._inflate.eof:
            raw = self._inflate.unconsumed_tail or self._raw(PIECE_BYTES)
            data = self._inflate.decompress(raw, count)
            if data or not raw:
                return data
        return b""

    def _raw(self, count: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(count)
        self._at += len(data)
        self._packed += len(data)
        return data


def _data_start(file: IO[bytes], entry: zipfile.ZipInfo) -> int:
    """Return the start of a part's data, after its local header (APPNOTE.TXT 4.3.7)."""
    file.seek(entry.header_offset)
    header = file.read(_LOCAL_BYTES)
    if len(header) < _LOCAL_BYTES or not header.startswith(b"PK\x03\x04"):
        raise DamagedError("damaged: a part is not where it should be")
    lengths = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
    return entry.header_offset + _LOCAL_BYTES + sum(lengths)


Parse: TypeAlias = Callable[[Unpacked, Handler], Iterator[Segment]]
"""Yields a handler's segments for a stream."""


def open_parts(blob: Blob, reading: Reading) -> Parts:
    """Return the parts of a document.

    Raises:
        DamagedError: if it has no readable directory.

    """
    try:
        return Parts(blob.file(), blob.path, reading)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise DamagedError("damaged: the zip file's directory cannot be read") from error


def key(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name among the parts."""
    return entry.filename.replace("\\", "/").lstrip("/").lower()


def parse_xml(stream: Unpacked, handler: Handler) -> Iterator[Segment]:
    """Yield the handler's segments of an XML text.

    External entities are never fetched, internal ones never grow beyond the parser's limits; damage is skipped.

    Raises:
        DamagedError: after all segments, if the text is not well-formed.

    """
    from lxml import etree

    target = Target(handler)
    parser = etree.XMLParser(
        target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=True
    )
    sound = True
    try:
        while data := stream.read(PIECE_BYTES):
            parser.feed(data)
            yield from taken(handler)
        parser.close()
    except etree.XMLSyntaxError:
        sound = False
    yield from taken(handler)
    if not sound or any(entry.level_name == "FATAL" for entry in parser.feed_error_log):
        raise DamagedError("damaged: not well-formed XML")


def taken(handler: Handler) -> Iterator[Segment]:
    """Yield the segments that a handler has ready."""
    ready, handler.out = handler.out, []
    yield from ready


class _Elements:
    """Collects elements and their attributes."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self.out: list[Segment] = []
        self.found: list[tuple[str, dict[str, str]]] = []
        self._wanted = wanted

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in self._wanted and len(self.found) < MAX_ELEMENTS:
            self.found.append((name, attributes))

    def end(self, _name: str) -> None: ...

    def data(self, _text: str) -> None: ...


class Target:
    """Passes the parser's events to a handler, without namespaces."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._names: dict[str, str] = {}
        self.data = handler.data

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Process the start of an element."""
        local = self._local
        plain = {local(one): value for one, value in attributes.items()} if attributes else {}
        if len(plain) < len(attributes):  # as with `id` and `r:id`: the one with a namespace says more
            plain |= {local(one): value for one, value in attributes.items() if "}" in one}
        self._handler.start(local(name), plain)

    def end(self, name: str) -> None:
        """Process the end of an element."""
        self._handler.end(self._local(name))

    def close(self) -> None:
        """Do nothing: the handler's segments are fetched as they come."""

    def _local(self, name: str) -> str:
        found = self._names.get(name)
        if found is None:
            found = name.rpartition("}")[2]
            if len(self._names) < 10_000:  # a hostile text may invent ever new ones
                self._names[name] = found
        return found
