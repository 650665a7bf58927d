"""Records that wait until what comes before them in a report is known: up to 8 MB in memory, then in a file."""

import shutil
import tempfile
from typing import IO

from guardrails_cli import wire

_IN_MEMORY = 8 * 1024 * 1024


def line(value: object) -> bytes:
    """Return a value as JSON in UTF-8; a lone surrogate, which that cannot carry, becomes the JSON escape for it."""
    return wire.dumps(value).encode("utf-8", "backslashreplace")


class JsonList:
    """The items of a JSON array, one a line."""

    def __init__(self) -> None:
        self._items: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed in `write_to`
        self._count = 0

    def add(self, item: object) -> None:
        """Take the next item."""
        self._items.write(b",\n    " if self._count else b"\n    ")
        self._items.write(line(item))
        self._count += 1

    def write_to(self, stream: IO[bytes]) -> None:
        """Write the whole array."""
        stream.write(b"[")
        with self._items as items:
            items.seek(0)
            shutil.copyfileobj(items, stream)
        stream.write(b"\n  ]" if self._count else b"]")
