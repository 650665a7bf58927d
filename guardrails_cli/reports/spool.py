"""Records that wait for the head of a report: up to 8 MB in memory, then in a file."""

import tempfile
from collections.abc import Callable
from typing import IO

from guardrails_cli.core.json import dumps

_IN_MEMORY = 8 * 1024 * 1024
_PIECE = 1024 * 1024


def line(value: object) -> bytes:
    """Return a value as JSON in UTF-8; a lone surrogate, which UTF-8 cannot carry, becomes a JSON escape."""
    return dumps(value).encode("utf-8", "backslashreplace")


class JsonList:
    """The items of a JSON array, one per line."""

    def __init__(self) -> None:
        self._items: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed in `write_to`
        self._count = 0

    def add(self, item: object) -> None:
        """Take the next item."""
        self._items.write(b",\n    " if self._count else b"\n    ")
        self._items.write(line(item))
        self._count += 1

    def write_to(self, stream: IO[bytes], changed: Callable[[bytes], bytes] = bytes) -> None:
        """Write the whole array, each piece as `changed` returns it."""
        stream.write(b"[")
        with self._items as items:
            items.seek(0)
            while piece := items.read(_PIECE):
                stream.write(changed(piece))
        stream.write(b"\n  ]" if self._count else b"]")
