"""JSON and JSON Lines: all that is known, for programs."""

import shutil
import tempfile
from typing import IO

from guardrails_cli import wire
from guardrails_cli.model import DocumentResult
from guardrails_cli.wire import SCHEMA_VERSION, JsonObject

_IN_MEMORY = 8 * 1024 * 1024


def _line(value: object) -> bytes:
    # A lone surrogate, which UTF-8 cannot carry, becomes the JSON escape for it.
    return wire.dumps(value).encode("utf-8", "backslashreplace")


class JsonReport:
    """One JSON object: `schema_version`, `run`, `summary`, `documents`. One line per document, for grep and diff.

    Run and summary come first but are known last, so the documents wait in a temporary file, in memory up to 8 MB.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._documents: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed in `finish`
        self._count = 0

    def add(self, record: DocumentResult) -> None:
        """Write the record to the waiting room."""
        self._documents.write(b",\n    " if self._count else b"\n    ")
        self._documents.write(_line(wire.report_document(record)))
        self._count += 1

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Write the head, then the documents."""
        head = f'{{\n  "schema_version": "{SCHEMA_VERSION}",\n  "run": '.encode()
        self._stream.write(head + _line(run) + b',\n  "summary": ' + _line(summary) + b',\n  "documents": [')
        with self._documents as documents:
            documents.seek(0)
            shutil.copyfileobj(documents, self._stream)
        self._stream.write(b"\n  ]\n}\n" if self._count else b"]\n}\n")


class JsonlReport:
    """JSON Lines: a line per document as soon as it is known, `{"document": …}`; then `{"run": …, "summary": …}`."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def add(self, record: DocumentResult) -> None:
        """Write one line."""
        self._stream.write(_line({"document": wire.report_document(record)}) + b"\n")

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Write the last line."""
        self._stream.write(_line({"schema_version": SCHEMA_VERSION, "run": run, "summary": summary}) + b"\n")
