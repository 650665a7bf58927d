"""The process that isolates fragile readers: `python -m guardrails_cli.inputs.reading.child FD`.

It gets open files over a Unix socket and answers with events, each as a JSON array after its length. Nothing else
leaves it: its standard streams are discarded, with the output of libraries.
"""

import contextlib
import json
import resource
import socket
import sys
import time
from collections.abc import Iterator
from typing import IO, Any

from guardrails_cli.core.codec import decode_chunk, encode_chunk
from guardrails_cli.core.json import dumps
from guardrails_cli.core.reasons import Reason
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.text import Document
from guardrails_cli.formats.reader import Blob
from guardrails_cli.inputs.reading.events import Began, Closed, Culprit, Ended, Event, Opened, Piece, Refused
from guardrails_cli.options.model import Limits

MEMORY_BYTES = 1024**3
"""Bytes that the child may allocate. Above that its library gets a MemoryError or ends the process."""
LENGTH_BYTES = 4
PULSE_SECONDS = 0.25
END, ALIVE = ["end"], ["alive"]
"""Messages besides events."""


def encode(event: Event) -> list[Any]:
    """Return the JSON form of an event."""
    match event:
        case Began(number, path, size):
            return ["began", number, path, size]
        case Opened(number, path, name):
            return ["opened", number, path, name]
        case Piece(chunk):
            return ["piece", encode_chunk(chunk)]
        case Closed(number, document, more):
            return [
                "closed", number, more, document.path, document.size_bytes, document.sha256, document.encoding,
                document.format, [list(row) for row in document.rows], document.members, _row(document.failure),
                list(document.pictures),
            ]  # fmt: skip
        case Ended(number):
            return ["ended", number]
        case Refused(number, record):
            return ["refused", number, record.path, record.size_bytes, record.status, record.reason.row, record.format]


def decode(data: list[Any]) -> Event:
    """Return the event that `encode` encoded."""
    kind, *fields = data
    match kind:
        case "began":
            return Began(*fields)
        case "opened":
            return Opened(*fields)
        case "piece":
            return Piece(decode_chunk(fields[0]))
        case "closed":
            number, more, path, size, sha256, encoding, name, rows, members, failure, pictures = fields
            rows, pictures = tuple((table, count) for table, count in rows), tuple(pictures)
            failure = failure and Reason.of_row(failure)
            return Closed(number, Document(path, size, sha256, encoding, name, rows, members, failure, pictures), more)
        case "ended":
            return Ended(*fields)
        case _:
            number, path, size, status, reason, name = fields
            return Refused(number, Unscanned(path, size, Status(status), Reason.of_row(reason), format=name))


def _row(reason: Reason | None) -> list[str] | None:
    return None if reason is None else reason.row


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
                _serve(connection, json.loads(data), file)
        except ConnectionError:  # the other side is gone
            return


def _serve(connection: socket.socket, request: dict[str, Any], file: IO[bytes]) -> None:
    from guardrails_cli.inputs.reading.documents import documents

    limits = Limits(**request["limits"] | {"passwords": tuple(request["limits"]["passwords"])})
    file.seek(0)  # the other side has read its head
    blob = Blob(request["path"], file, request["size"], seekable=True)
    culprits = {int(number): Culprit(Reason.of_row(row), last) for number, (row, last) in request["culprits"].items()}
    for event in documents(blob, limits, culprits, _Pulse(connection)):
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
    # A lone surrogate, which UTF-8 cannot carry, becomes the JSON escape for it.
    data = dumps(value).encode("utf-8", "backslashreplace")
    connection.sendall(len(data).to_bytes(LENGTH_BYTES, "big") + data)


def messages(connection: socket.socket) -> Iterator[list[Any] | None]:
    """Yield the messages of the connection, and None after each time-out without one."""
    held = bytearray()
    while True:
        if len(held) >= LENGTH_BYTES:
            end = LENGTH_BYTES + int.from_bytes(held[:LENGTH_BYTES], "big")
            if len(held) >= end:
                value = json.loads(held[LENGTH_BYTES:end])
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
