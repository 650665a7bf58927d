"""A mail as a stream of lines, and of bodies between delimiter lines, with line numbers."""

from collections.abc import Callable, Iterator

from guardrails_cli.formats.mail.transfer_encoding import Placed
from guardrails_cli.formats.reader import Stream

_BLOCK_BYTES = 256 * 1024
MAX_LINE = 64 * 1024
"""Bytes; a longer line comes in pieces, since it has no special meaning in a mail."""

FOLLOWING = 16
"""Bytes of the next line that help to classify a line."""


class Lines:
    """Reads a stream by lines, or by whole stretches up to a delimiter line.

    Args:
        source: the bytes.

    """

    def __init__(self, source: Stream) -> None:
        self.line = 1
        """Number of the next line."""
        self._source = source
        self._held = b""
        self._position = 0
        self._ended = False

    def next(self) -> bytes:
        """Return the next line with its line break, cut after `MAX_LINE` bytes; empty at the end."""
        line = self.peek()
        self._position += len(line)
        self.line += line.endswith(b"\n")
        return line

    def peek(self) -> bytes:
        """Return the line that `next` will return."""
        end = self._held.find(b"\n", self._position)
        while end < 0 and len(self._held) - self._position < MAX_LINE and self._more():
            end = self._held.find(b"\n", self._position)
        stop = len(self._held) if end < 0 else end + 1
        return self._held[self._position : min(stop, self._position + MAX_LINE)]

    def ahead(self, count: int) -> bytes:
        """Return the next bytes without moving; fewer at the end."""
        while len(self._held) - self._position < count and self._more():
            pass
        return self._held[self._position : self._position + count]

    def until(self, start: bytes, ends: Callable[[bytes, bytes], bool]) -> Iterator[Placed]:
        """Yield the bytes up to a line that ends them, which is read next; most pieces end with a line break.

        Args:
            start: beginning of such a line.
            ends: returns whether a line ends them, given the `FOLLOWING` bytes after it, or fewer at the end.

        """
        fresh = True  # at the beginning of a line
        while True:
            if fresh and self.ahead(len(start)) == start:
                line = self.peek()
                if ends(line, self.ahead(len(line) + FOLLOWING)[len(line) :]):
                    return
            piece = self._held[self._position : self._stop(start, ends)]
            if not piece:
                if self._more():
                    continue
                return
            number = self.line
            self._position += len(piece)
            self.line += piece.count(b"\n")
            fresh = piece.endswith(b"\n")
            yield piece, number
            if self._position >= len(self._held):
                self._more()

    def _stop(self, start: bytes, ends: Callable[[bytes, bytes], bool]) -> int:
        """Return the end of the held bytes that belong to a stretch: a possible delimiter, or the last line break."""
        at = self._position
        while (found := self._held.find(b"\n" + start, at)) >= 0:
            at = found + 1
            end = self._held.find(b"\n", at) + 1
            following = self._held[end : end + FOLLOWING]
            if not end or len(following) < FOLLOWING or ends(self._held[at:end], following):
                return at
        last = self._held.rfind(b"\n", self._position) + 1
        return last if last > self._position else len(self._held)

    def _more(self) -> bool:
        """Read more; return whether there was any."""
        data = b"" if self._ended else self._source.read(_BLOCK_BYTES)
        self._ended = not data
        self._held = self._held[self._position :] + data
        self._position = 0
        return bool(data)
