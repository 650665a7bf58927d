"""The directory of 7z archives, after the format description in 7-Zip's source (DOC/7zFormat.txt)."""

import struct

import msgspec

from guardrails_cli.formats.reader import DamagedError

SIGNATURE_BYTES = 32
_SIGNATURE = struct.Struct("<8xLQQL")
_END, _HEADER, _PROPERTIES, _ADDITIONAL, _STREAMS, _FILES = 0, 1, 2, 3, 4, 5
_PACKED, _FOLDERS, _SUBSTREAMS, _SIZE, _CRC, _FOLDER = 6, 7, 8, 9, 10, 11
_CODER_SIZES, _COUNTS, _EMPTY, _EMPTY_FILE, _NAMES, _ATTRIBUTES = 12, 13, 14, 15, 17, 21
ENCODED = 23
_UNIX_FLAG = 0x8000
_MAX_CODERS = 32
BROKEN = "damaged: its directory is broken"


class Coder(msgspec.Struct, frozen=True):
    """One decoding step of a folder."""

    method: bytes
    properties: bytes
    inputs: int
    outputs: int
    size: int = 0
    """Size of the output in bytes."""


class Folder(msgspec.Struct, frozen=True):
    """Files that were packed as one stream."""

    coders: tuple[Coder, ...]
    """Coders from the packed data to the files, if each has one input and one output."""
    simple: bool
    """Whether each coder has one input and one output."""
    offset: int
    """Offset of the packed data in the archive."""
    packed: int
    crc: int | None
    sizes: tuple[int, ...]
    """Sizes of the files in it."""
    crcs: tuple[int | None, ...]


class File(msgspec.Struct, frozen=True):
    """One member."""

    name: str
    has_data: bool
    is_folder: bool
    mode: int
    """Unix mode; 0 if there is none."""


def signature(data: bytes) -> tuple[int, int, int]:
    """Return the header's offset in the file, its size and its checksum.

    Raises:
        DamagedError: if the file is truncated.

    """
    if len(data) < SIGNATURE_BYTES:
        raise DamagedError("damaged: it ends in the middle")
    _, offset, size, crc = _SIGNATURE.unpack(data)
    return SIGNATURE_BYTES + offset, size, crc


def encoded_header(data: bytes) -> Folder:
    """Return the folder that holds a packed header.

    Raises:
        DamagedError: if it is broken.

    """
    folders = _streams(_Bytes(data, 1))
    if len(folders) != 1:
        raise DamagedError(BROKEN)
    return folders[0]


def header(data: bytes) -> tuple[list[Folder], list[File]]:
    """Return the folders and files of the archive.

    Raises:
        DamagedError: if the header is broken.

    """
    source = _Bytes(data)
    folders: list[Folder] = []
    files: list[File] = []
    source.expect(_HEADER)
    while (kind := source.byte()) != _END:
        if kind == _PROPERTIES:
            while source.byte() != _END:
                source.take(source.number())
        elif kind == _ADDITIONAL:
            _streams(source)
        elif kind == _STREAMS:
            folders = _streams(source)
        elif kind == _FILES:
            files = _files(source)
        else:
            raise DamagedError(BROKEN)
    return folders, files


class _Bytes:
    """A header read from start to end; missing bytes make it broken."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        self._data = data
        self._position = position

    def take(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._data):
            raise DamagedError(BROKEN)
        data = self._data[self._position : end]
        self._position = end
        return data

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._position)

    def byte(self) -> int:
        return self.take(1)[0]

    def expect(self, kind: int) -> None:
        if self.byte() != kind:
            raise DamagedError(BROKEN)

    def number(self) -> int:
        """Read a number: the leading ones of its first byte count the bytes that follow."""
        first = self.byte()
        more = 8 - (first ^ 0xFF).bit_length()
        low = int.from_bytes(self.take(more), "little")
        return low | (first & (0x7F >> more)) << 8 * more

    def count(self) -> int:
        """Read a count of items, each of which takes some room in the header."""
        number = self.number()
        if number > len(self._data):
            raise DamagedError(BROKEN)
        return number

    def bits(self, count: int) -> list[bool]:
        data = self.take((count + 7) // 8)
        return [bool(data[index >> 3] & 0x80 >> (index & 7)) for index in range(count)]

    def optional_bits(self, count: int) -> list[bool]:
        """Read a list of bits that is omitted if all are set."""
        return [True] * count if self.byte() else self.bits(count)

    def crcs(self, count: int) -> list[int | None]:
        return [int.from_bytes(self.take(4), "little") if known else None for known in self.optional_bits(count)]


def _streams(source: _Bytes) -> list[Folder]:
    start, packed, folders = 0, [0], list[_Draft]()
    told = False
    while (kind := source.byte()) != _END:
        if kind == _PACKED:
            start, packed = _packed(source)
        elif kind == _FOLDERS:
            folders = _folders(source)
        elif kind == _SUBSTREAMS:
            _substreams(source, folders)
            told = True
        else:
            raise DamagedError(BROKEN)
    offset, index, found = SIGNATURE_BYTES + start, 0, []
    for draft in folders:
        sizes = packed[index : index + draft.inputs]
        if not told:
            draft.sizes, draft.crcs = [draft.size], [draft.crc]
        found.append(draft.folder(offset, sum(sizes)))
        offset, index = offset + sum(sizes), index + draft.inputs
    return found


def _packed(source: _Bytes) -> tuple[int, list[int]]:
    start, count = source.number(), source.count()
    sizes = [0] * count
    while (kind := source.byte()) != _END:
        if kind == _SIZE:
            sizes = [source.number() for _ in range(count)]
        elif kind == _CRC:
            source.crcs(count)
        else:
            raise DamagedError(BROKEN)
    return start, sizes


class _Draft(msgspec.Struct):
    """A folder that is still being read."""

    coders: list[Coder]
    bound: dict[int, int]
    """Output that is connected to an input, by input."""
    inputs: int
    """Number of packed streams."""
    crc: int | None
    size: int
    sizes: list[int]
    crcs: list[int | None]

    def folder(self, offset: int, packed: int) -> Folder:
        simple = self.inputs == 1 and all(one.inputs == one.outputs == 1 for one in self.coders)
        chain = self.chain() if simple else list(self.coders)
        simple = simple and len(chain) == len(self.coders)
        return Folder(tuple(chain), simple, offset, packed, self.crc, tuple(self.sizes), tuple(self.crcs))

    def last(self) -> int:
        """Return the output that is connected to no input: the final one."""
        outputs = sum(one.outputs for one in self.coders)
        free = set(range(outputs)) - set(self.bound.values())
        if len(free) != 1:
            raise DamagedError(BROKEN)
        return free.pop()

    def chain(self) -> list[Coder]:
        """Return the coders in the order of decoding, if each has one input and one output."""
        index: int | None = self.last()
        chain: list[Coder] = []
        while index is not None and len(chain) < len(self.coders):
            chain.append(self.coders[index])
            index = self.bound.get(index)
        return chain[::-1]


def _folders(source: _Bytes) -> list[_Draft]:
    source.expect(_FOLDER)
    count = source.count()
    if source.byte():  # data elsewhere: never seen, and 7-Zip itself does not write it
        raise DamagedError(BROKEN)
    drafts = [_draft(source) for _ in range(count)]
    source.expect(_CODER_SIZES)
    for draft in drafts:
        sizes = [source.number() for coder in draft.coders for _ in range(coder.outputs)]
        draft.size = sizes[draft.last()]
        if len(sizes) == len(draft.coders):
            draft.coders = [
                Coder(one.method, one.properties, one.inputs, one.outputs, size)
                for one, size in zip(draft.coders, sizes, strict=True)
            ]
        draft.sizes = [draft.size]
    while (kind := source.byte()) != _END:
        if kind != _CRC:
            raise DamagedError(BROKEN)
        for draft, crc in zip(drafts, source.crcs(count), strict=True):
            draft.crc = crc
    return drafts


def _draft(source: _Bytes) -> _Draft:
    coders = [_coder(source) for _ in range(source.count())]
    inputs, outputs = sum(one.inputs for one in coders), sum(one.outputs for one in coders)
    if not 0 < outputs <= inputs <= _MAX_CODERS:
        raise DamagedError(BROKEN)
    bound = {source.number(): source.number() for _ in range(outputs - 1)}
    streams = inputs - len(bound)
    if streams > 1:
        for _ in range(streams):
            source.number()
    return _Draft(coders, bound, streams, None, 0, [], [])


def _coder(source: _Bytes) -> Coder:
    flags = source.byte()
    method = source.take(flags & 0x0F)
    inputs, outputs = (source.number(), source.number()) if flags & 0x10 else (1, 1)
    if flags & 0x80 or inputs > _MAX_CODERS or outputs > _MAX_CODERS:
        raise DamagedError(BROKEN)
    return Coder(method, source.take(source.number()) if flags & 0x20 else b"", inputs, outputs)


def _substreams(source: _Bytes, folders: list[_Draft]) -> None:
    """Read how a folder's stream is divided into files."""
    counts = [1] * len(folders)
    kind = source.byte()
    if kind == _COUNTS:
        counts = [source.count() for _ in folders]
        kind = source.byte()
    for draft, count in zip(folders, counts, strict=True):
        draft.sizes = [source.number() for _ in range(count - 1)] if kind == _SIZE else []
        if count:
            draft.sizes.append(draft.size - sum(draft.sizes))
        if len(draft.sizes) != count or any(size < 0 for size in draft.sizes):
            raise DamagedError(BROKEN)
    if kind == _SIZE:
        kind = source.byte()
    unknown = [draft for draft in folders if len(draft.sizes) != 1 or draft.crc is None]
    crcs: list[int | None] = [None] * sum(len(draft.sizes) for draft in unknown)
    while kind != _END:
        if kind == _CRC:
            crcs = source.crcs(len(crcs))
        else:
            source.take(source.number())
        kind = source.byte()
    following = iter(crcs)
    for draft in folders:
        known = len(draft.sizes) == 1 and draft.crc is not None
        draft.crcs = [draft.crc] if known else [next(following) for _ in draft.sizes]


def _files(source: _Bytes) -> list[File]:
    count = source.count()
    names, modes = [""] * count, [0] * count
    empty, folders = [False] * count, [False] * count
    while (kind := source.byte()) != _END:
        data = _Bytes(source.take(source.number()))
        if kind == _EMPTY:
            empty = data.bits(count)
            folders = list(empty)
        elif kind == _EMPTY_FILE:
            places = [index for index, is_empty in enumerate(empty) if is_empty]
            for index, is_file in zip(places, data.bits(len(places)), strict=True):
                folders[index] = not is_file
        elif kind == _NAMES:
            names = _names(data, count)
        elif kind == _ATTRIBUTES:
            modes = _modes(data, count)
    return [
        File(name, not is_empty, is_folder, mode)
        for name, is_empty, is_folder, mode in zip(names, empty, folders, modes, strict=True)
    ]


def _names(data: _Bytes, count: int) -> list[str]:
    if data.byte():
        raise DamagedError(BROKEN)
    names = data.rest().decode("utf-16-le", "replace").split("\0")
    if len(names) <= count:
        raise DamagedError(BROKEN)
    return names[:count]


def _modes(data: _Bytes, count: int) -> list[int]:
    known = data.optional_bits(count)
    if data.byte():
        raise DamagedError(BROKEN)
    values = [int.from_bytes(data.take(4), "little") if is_known else 0 for is_known in known]
    return [value >> 16 if value & _UNIX_FLAG else 0 for value in values]
