"""Markdown: a summary for a pull request's comment or a job's page, short however many findings there are."""

import html
from typing import IO

from guardrails_cli.core.display import printable
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.core.version import __version__
from guardrails_cli.results.summary import Summary

_ICON = {Severity.CRITICAL: "🟥", Severity.HIGH: "🟧", Severity.MEDIUM: "🟨", Severity.LOW: "🟦"}
_MOST_DOCUMENTS = 50


class MarkdownReport:
    """Counts, the worst documents with their findings by type, violations, and documents that were not scanned."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._summary = Summary()

    def add(self, record: DocumentResult) -> None:
        """Count the record."""
        self._summary.add(record)

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Write the whole report."""
        del summary
        seen = self._summary
        lines = [f"## Guardrails: {seen.findings:,} findings in {seen.statuses[Status.FINDINGS]:,} documents", ""]
        lines += [_verdict(seen, run), ""]
        if seen.findings:
            lines += ["| Severity | Findings |", "|---|---:|"]
            lines += [f"| {_ICON[one]} {one.name} | {seen.severities[one]:,} |" for one in reversed(Severity)]
            lines += ["", "| Most severe | Where | Rules |", "|---|---|---|"]
            lines += [
                f"| {_ICON[found.severity]} {found.entity_type} {_code(found.preview)} "
                f"| {_code(path)}, {_text(found.place)} | {', '.join(found.rule_ids)} |"
                for path, found in seen.loudest
            ]
            lines += ["", "| Worst documents | Risk | Findings |", "|---|---:|---:|"]
            lines += [
                f"| {_code(path)} | {value:.1f} {level.name} | {count:,} |" for path, value, level, count in seen.worst
            ]
        broken = {name: one for name, one in sorted(seen.frameworks.items()) if one.documents}
        if broken:
            lines += ["", "| Framework | Documents | Rules |", "|---|---:|---|"]
            lines += [
                f"| {name} | {one.documents:,} | {', '.join(sorted(one.rules))} |" for name, one in broken.items()
            ]
        if seen.failures:
            lines += ["", "**Not scanned**", ""]
            lines += [f"- {_code(path)}: {_text(reason)}" for path, reason in seen.failures[:_MOST_DOCUMENTS]]
        lines += ["", f"<sub>guardrails {__version__}, {_text(run['finished_at'])}</sub>", ""]
        self._stream.write("\n".join(lines).encode("utf-8", "backslashreplace"))


def _verdict(seen: Summary, run: JsonObject) -> str:
    rest = f"{seen.statuses[Status.SKIPPED]:,} skipped, {seen.statuses[Status.FAILED]:,} failed"
    unfinished = "" if run["complete"] else " **The run is not complete.**"
    return f"{seen.documents:,} documents: {seen.statuses[Status.CLEAN]:,} without findings, {rest}.{unfinished}"


def _text(value: str) -> str:
    """Return a document's value as text without markup."""
    escaped = html.escape(printable(value), quote=False)
    return "".join(f"\\{char}" if char in "\\`*_{}[]()#+-!|~" else char for char in escaped)


def _code(value: str) -> str:
    """Return a document's value as code in a table's cell."""
    return f"<code>{html.escape(printable(value), quote=False).replace('|', '&#124;').replace('`', '&#96;')}</code>"
