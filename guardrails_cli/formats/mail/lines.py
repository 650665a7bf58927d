"""A mail as a stream of lines and of bodies between delimiter lines, with the numbers of the lines."""

from collections.abc import Callable, Iterator

from guardrails_cli.formats.mail.transfer_encoding import Placed
from guardrails_cli.formats.reader import Stream

_BLOCK_BYTES = 256 * 1024
MAX_LINE = 64 * 1024
"""A longer line comes in pieces; in a mail it is none that means anything."""

FOLLOWING = 16
"""Bytes of the next line that are looked at to tell what a line is."""


class Lines:
    """Reads a stream by lines, or by whole stretches up to a line that ends them.

    Args:
        source: the bytes.

    """

    def __init__(self, source: Stream) -> None:
        self.line = 1
        """The number of the line that is read next."""
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
        """Return what `next` will."""
        end = self._held.find(b"\n", self._position)
        while end < 0 and len(self._held) - self._position < MAX_LINE and self._more():
            end = self._held.find(b"\n", self._position)
        stop = len(self._held) if end < 0 else end + 1
        return self._held[self._position : min(stop, self._position + MAX_LINE)]

    def ahead(self, count: int) -> bytes:
        """Return the next bytes without moving, fewer at the end."""
        while len(self._held) - self._position < count and self._more():
            pass
        return self._held[self._position : self._position + count]

    def until(self, start: bytes, ends: Callable[[bytes, bytes], bool]) -> Iterator[Placed]:
        """Yield the bytes up to a line that ends them, which is read next; line breaks end most pieces.

        Args:
            start: what such a line begins with.
            ends: tells whether a line is such a one, given what follows it, `FOLLOWING` bytes if there are as many.

        """
        fresh = True  # at the begin of a line
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
        """Return up to where what is held belongs to a stretch: to a line that may end it, else to the last break."""
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
        """Read on; return whether there was something."""
        data = b"" if self._ended else self._source.read(_BLOCK_BYTES)
        self._ended = not data
        self._held = self._held[self._position :] + data
        self._position = 0
        return bool(data)
