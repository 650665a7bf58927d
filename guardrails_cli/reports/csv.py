"""CSV: one row per finding, for spreadsheets."""

import csv
import io
from typing import IO

from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult
from guardrails_cli.results.json_form import report_finding

COLUMNS = (
    "path",
    "line",
    "column",
    "severity",
    "entity_type",
    "score",
    "preview",
    "rule_ids",
    "recognizer",
    "start",
    "end",
    "fingerprint",
    "document_risk",
    "document_sha256",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
"""Characters that start a formula in a spreadsheet, or are dropped before one (OWASP, CSV injection)."""


def neutral(cell: object) -> object:
    """Return the cell as text that no spreadsheet executes, with an apostrophe before a possible formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


class CsvReport:
    """RFC 4180 with a header row, UTF-8. The column `value` is there if the user asked for values.

    The last column says why a document with findings could not be read to its end.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._header: tuple[str, ...] | None = None

    def add(self, record: DocumentResult) -> None:
        """Write a row for each finding of the record."""
        for finding in record.findings:
            row = report_finding(finding) | {
                "path": record.path,
                "rule_ids": " ".join(finding.rule_ids),
                "document_risk": record.risk.overall_score if record.risk else "",
                "document_sha256": record.sha256,
                "reason_code": record.reason_code,
            }
            self._write_header("value" in row)
            self._row([row[name] for name in self._header or ()])

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Write the header if there was no finding."""
        del summary
        self._write_header(bool(run["options"]["show_values"]))

    def _write_header(self, with_values: bool) -> None:
        if self._header is None:
            self._header = (*COLUMNS, *(["value"] if with_values else []), "reason_code")
            self._row(list(self._header))

    def _row(self, cells: list[object]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerow([neutral(cell) for cell in cells])
        self._stream.write(text.getvalue().encode("utf-8", "backslashreplace"))
