"""The report formats by name."""

from guardrails_cli.reports.base import Report
from guardrails_cli.reports.structured import JsonlReport, JsonReport
from guardrails_cli.reports.table import CsvReport

REPORTS: dict[str, type[Report]] = {"json": JsonReport, "jsonl": JsonlReport, "csv": CsvReport}
