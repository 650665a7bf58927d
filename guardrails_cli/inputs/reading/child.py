"""The process that isolates fragile readers: `python -m guardrails_cli.inputs.reading.child FD`.

It gets open files over a Unix socket and answers with events, each as a JSON array after its length. Nothing else
leaves it: its standard streams are discarded, with the output of libraries.
"""

import contextlib
import resource
import socket
import sys
import time
from collections.abc import Iterator
from typing import IO, Any

import msgspec

from guardrails_cli.core import codec
from guardrails_cli.core.errors import FormError
from guardrails_cli.formats.reader import Blob
from guardrails_cli.inputs.reading.events import Began, Closed, Culprit, Ended, Event, Opened, Piece, Refused
from guardrails_cli.options.model import Limits

MEMORY_BYTES = 1024**3
"""Bytes that the child may allocate. Above that its library gets a MemoryError or ends the process."""
LENGTH_BYTES = 4
PULSE_SECONDS = 0.25
_KINDS: dict[str, type[Event]] = {
    "began": Began,
    "opened": Opened,
    "piece": Piece,
    "closed": Closed,
    "ended": Ended,
    "refused": Refused,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
END, ALIVE = ["end"], ["alive"]
"""Messages besides events."""


class Request(msgspec.Struct, frozen=True):
    """Request to read a file, whose open descriptor comes beside it."""

    path: str
    size: int
    limits: Limits
    culprits: dict[int, Culprit]


def encode(event: Event) -> list[Any]:
    """Return the JSON form of an event."""
    return [_NAMES[type(event)], codec.encode(event)]


def decode(data: object) -> Event:
    """Return the event that `encode` encoded.

    Raises:
        FormError: if it is not an event.

    """
    name, body = codec.decode(data, tuple[str, Any])
    kind = _KINDS.get(name)
    if kind is None:
        raise FormError("not an event")
    return codec.decode(body, kind)


def main() -> None:
    """Serve until the other side closes the socket."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the document
    connection = socket.socket(fileno=int(sys.argv[1]))
    while True:
        try:
            data, descriptors, _, _ = socket.recv_fds(connection, 65536, 1)
            if not data:
                return
            while not data.endswith(b"\n"):
                data += connection.recv(65536)
            with open(descriptors[0], "rb") as file:  # noqa: PTH123 - a descriptor has no path
                _serve(connection, codec.decode(codec.from_bytes(data), Request), file)
        except ConnectionError:  # the other side is gone
            return


def _serve(connection: socket.socket, request: Request, file: IO[bytes]) -> None:
    from guardrails_cli.inputs.reading.documents import documents

    file.seek(0)  # the other side has read its head
    blob = Blob(request.path, file, request.size, seekable=True)
    for event in documents(blob, request.limits, request.culprits, _Pulse(connection)):
        _send(connection, encode(event))
    _send(connection, END)


class _Pulse:
    """Reports to the other side from time to time that the work goes on; the work itself is bounded by the limits."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._due = time.monotonic() + PULSE_SECONDS

    def __call__(self) -> None:
        now = time.monotonic()
        if now >= self._due:
            self._due = now + PULSE_SECONDS
            _send(self._connection, ALIVE)


def _send(connection: socket.socket, value: list[Any]) -> None:
    data = codec.to_bytes(value)
    connection.sendall(len(data).to_bytes(LENGTH_BYTES, "big") + data)


def messages(connection: socket.socket) -> Iterator[list[Any] | None]:
    """Yield the messages of the connection, and None after each time-out without one.

    Raises:
        FormError: if a message is not JSON.

    """
    held = bytearray()
    while True:
        if len(held) >= LENGTH_BYTES:
            end = LENGTH_BYTES + int.from_bytes(held[:LENGTH_BYTES], "big")
            if len(held) >= end:
                value = codec.from_bytes(held[LENGTH_BYTES:end])
                del held[:end]
                yield value
                continue
        try:
            data = connection.recv(1024 * 1024)
        except TimeoutError:
            yield None
            continue
        except ConnectionError:  # it died before it had read all messages
            return
        if not data:
            return
        held += data


if __name__ == "__main__":
    main()
