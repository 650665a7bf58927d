"""One finding per line, `file:line:column: …`, as compilers write it: for hooks and editors."""

from typing import IO

from guardrails_cli.core.display import printable
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.reports.places import file_place, message

HELP = """\
Remove what is listed, or keep it on purpose: write `guardrails: ignore[TYPE] reason` into a comment on its line, name
the file in .guardrailsignore, or leave its type out with --exclude-entities. To look at it: guardrails show FILE
"""


class LinesReport:
    """Findings and documents that could not be scanned, then advice; nothing if there are none."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._found = False

    def add(self, record: DocumentResult) -> None:
        """Write a document's lines."""
        for finding in record.findings:
            place = file_place(record, finding)
            where = f"{place.file}:{place.line}:{place.column}"
            self._write(f"{where}: {finding.severity.name} {message(record, finding)}")
            self._found = True
        more = record.finding_count - len(record.findings)
        if more:
            self._write(f"{record.path}: {more:,} more findings, not listed")
        if record.status is Status.FAILED:
            self._write(f"{record.path}: FAILED: {record.reason}")

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Write the advice."""
        del run, summary
        if self._found:
            self._stream.write(b"\n" + HELP.encode())

    def _write(self, text: str) -> None:
        self._stream.write(printable(text).encode("utf-8", "backslashreplace") + b"\n")
