"""Archives of `ar`, including Debian packages: members in order, as a stream."""

from collections.abc import Iterator

from guardrails_cli.formats.decompress import CUT_OFF, Counted, Part
from guardrails_cli.formats.members import Names
from guardrails_cli.formats.reader import Blob, Budget, DamagedError, Reading

_MAGIC = b"!<arch>\n"
_HEADER_BYTES = 60
_MAX_NAMES = 1024 * 1024
_INDEXES = {b"/", b"/SYM64/", b"__.SYMDEF", b"__.SYMDEF SORTED"}


def read(blob: Blob, reading: Reading) -> Iterator[Blob]:
    """Yield the members.

    Raises:
        RefusedError: if it is damaged or exceeds the limits.

    """
    budget = reading.budget or Budget(reading.limits)
    names = Names(blob.path)
    long_names = b""
    blob.read(len(_MAGIC))
    while header := blob.read(_HEADER_BYTES):
        name, size = _fields(header)
        part = Part(blob, size)
        if name == b"//":  # GNU: the names that are too long for a header
            long_names = _name(part, size)
        elif name not in _INDEXES:
            if name.startswith(b"#1/"):  # BSD: such a name precedes the data
                length = _number(name[3:])
                name = _name(Part(part, min(length, size)), min(length, size)).rstrip(b"\0")
            elif name.startswith(b"/") and name[1:].isdigit():
                name = long_names[int(name[1:]) :].partition(b"\n")[0]
            budget.member()
            yield Blob(names.path(name.rstrip(b"/")), Counted(part, budget), part.left)
        part.skip()
        if size % 2:
            blob.read(1)
        budget.expand(0)


def _fields(header: bytes) -> tuple[bytes, int]:
    if len(header) < _HEADER_BYTES:
        raise DamagedError(CUT_OFF)
    if not header.endswith(b"`\n"):
        raise DamagedError("damaged: a member's header is broken, what follows it is lost")
    return header[:16].rstrip(b" "), _number(header[48:58])


def _number(digits: bytes) -> int:
    if not digits.strip(b" ").isdigit():
        raise DamagedError("damaged: a member's header is broken, what follows it is lost")
    return int(digits)


def _name(part: Part, size: int) -> bytes:
    if size > _MAX_NAMES:
        raise DamagedError("damaged: its names are too long")
    pieces = []
    while part.left:
        pieces.append(part.read(part.left))
    return b"".join(pieces)
