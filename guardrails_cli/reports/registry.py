"""The report formats by name."""

from guardrails_cli.reports.ci import CodeQualityReport, GitHubReport, JUnitReport, SecretDetectionReport
from guardrails_cli.reports.csv import CsvReport
from guardrails_cli.reports.html_page import HtmlReport
from guardrails_cli.reports.json import JsonlReport, JsonReport
from guardrails_cli.reports.lines import LinesReport
from guardrails_cli.reports.markdown import MarkdownReport
from guardrails_cli.reports.report import Report
from guardrails_cli.reports.sarif import SarifReport

REPORTS: dict[str, type[Report]] = {
    "json": JsonReport,
    "jsonl": JsonlReport,
    "csv": CsvReport,
    "sarif": SarifReport,
    "junit": JUnitReport,
    "codequality": CodeQualityReport,
    "gitlab": SecretDetectionReport,
    "github": GitHubReport,
    "lines": LinesReport,
    "markdown": MarkdownReport,
    "html": HtmlReport,
}

SUFFIXES = {name: name for name in ("json", "jsonl", "csv", "sarif", "html")} | {"md": "markdown", "xml": "junit"}
"""Format by a file's suffix."""
