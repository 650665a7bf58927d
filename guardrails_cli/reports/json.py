"""JSON and JSON Lines: the complete report, for programs."""

from typing import IO

from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult
from guardrails_cli.reports.spool import JsonList, line
from guardrails_cli.results.json_form import SCHEMA_VERSION, report_document


class JsonReport:
    """One JSON object: `schema_version`, `run`, `summary`, `documents`. One line per document, for grep and diff.

    Run and summary come first but are complete last, so the documents wait.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._documents = JsonList()

    def add(self, record: DocumentResult) -> None:
        """Spool the record."""
        self._documents.add(report_document(record))

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Write the head, then the documents."""
        head = f'{{\n  "schema_version": "{SCHEMA_VERSION}",\n  "run": '.encode()
        self._stream.write(head + line(run) + b',\n  "summary": ' + line(summary) + b',\n  "documents": ')
        self._documents.write_to(self._stream)
        self._stream.write(b"\n}\n")


class JsonlReport:
    """JSON Lines: one line per finished document, `{"document": …}`; then `{"run": …, "summary": …}`."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def add(self, record: DocumentResult) -> None:
        """Write one line."""
        self._stream.write(line({"document": report_document(record)}) + b"\n")

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Write the last line."""
        self._stream.write(line({"schema_version": SCHEMA_VERSION, "run": run, "summary": summary}) + b"\n")
