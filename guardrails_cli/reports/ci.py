"""Reports that CI systems display: JUnit XML, GitLab's two reports, GitHub's annotations."""

import uuid
from html import escape
from typing import IO

from guardrails_cli.core.display import INSIDE, printable
from guardrails_cli.core.entity_types import entity_type
from guardrails_cli.core.finding import Finding, Severity
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.core.version import __version__
from guardrails_cli.reports.places import Occurrences, file_place, message
from guardrails_cli.reports.spool import JsonList, line

_CODE_QUALITY = {
    Severity.LOW: "info",
    Severity.MEDIUM: "minor",
    Severity.HIGH: "major",
    Severity.CRITICAL: "critical",
}
_GITHUB = {Severity.LOW: "notice", Severity.MEDIUM: "warning", Severity.HIGH: "error", Severity.CRITICAL: "error"}
GITLAB_SCHEMA = "15.0.7"
_NAMESPACE = uuid.UUID("6a7bd8a6-2f0d-5b6e-9a55-0f4b3a1c7e21")
"""Namespace for the ids of GitLab's findings: a name's UUID (RFC 9562, version 5) is the same in every run."""
_MOST_SHOWN = 50
"""Maximum number of findings listed in a JUnit failure."""


class JUnitReport:
    """One test case per document: findings are a failure, a document that could not be read is an error."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._stream.write(b'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="guardrails">\n')
        self._stream.write(b'<testsuite name="guardrails">\n')

    def add(self, record: DocumentResult) -> None:
        """Write the document's case."""
        head = f"<testcase name={_attribute(record.path)} classname={_attribute(record.format or 'unread')}"
        self._write(f'{head} time="{record.seconds:.3f}">')
        if record.status is Status.FAILED:
            self._write(f'<error message={_attribute(record.reason or "")} type="unreadable"/>')
        elif record.status is Status.SKIPPED:
            self._write(f"<skipped message={_attribute(record.reason or '')}/>")
        if record.findings:
            worst = max(finding.severity for finding in record.findings)
            lines = [f"{one.severity.name} {message(record, one)}" for one in record.findings[:_MOST_SHOWN]]
            if record.finding_count > _MOST_SHOWN:
                lines.append(f"and {record.finding_count - _MOST_SHOWN} more")
            title = f"{record.finding_count} findings, worst {worst.name}"
            body = escape(_xml("\n".join(map(printable, lines))), quote=False)
            self._write(f'<failure message={_attribute(title)} type="{worst.name}">{body}</failure>')
        self._write("</testcase>\n")

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Close the suite."""
        del run, summary
        self._write("</testsuite>\n</testsuites>\n")

    def _write(self, text: str) -> None:
        self._stream.write(text.encode("utf-8", "backslashreplace"))


class CodeQualityReport:
    """GitLab's Code Quality: a JSON array of issues."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._issues = JsonList()
        self._occurrences = Occurrences()

    def add(self, record: DocumentResult) -> None:
        """Take a document's findings."""
        for finding in record.findings:
            place = file_place(record, finding)
            self._issues.add(
                {
                    "description": message(record, finding),
                    "check_name": finding.entity_type,
                    "fingerprint": _identity(record, finding, self._occurrences),
                    "severity": _CODE_QUALITY[finding.severity],
                    "location": {"path": place.file, "lines": {"begin": place.line}},
                }
            )

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Write the array."""
        del run, summary
        self._issues.write_to(self._stream)
        self._stream.write(b"\n")


class SecretDetectionReport:
    """GitLab's security report of the type `secret_detection`."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._found = JsonList()
        self._occurrences = Occurrences()

    def add(self, record: DocumentResult) -> None:
        """Take a document's findings."""
        for finding in record.findings:
            place = file_place(record, finding)
            known = entity_type(finding.entity_type)
            self._found.add(
                {
                    "id": str(uuid.uuid5(_NAMESPACE, _identity(record, finding, self._occurrences))),
                    "name": finding.entity_type,
                    "description": f"{known.description}. {message(record, finding)}",
                    "severity": finding.severity.name.capitalize(),
                    "location": {"file": place.file, "start_line": place.line, "commit": {"sha": _sha(record)}},
                    "identifiers": [
                        {"type": "guardrails_entity_type", "name": finding.entity_type, "value": finding.entity_type},
                        *({"type": "guardrails_rule", "name": rule, "value": rule} for rule in finding.rule_ids),
                    ],
                }
            )

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Write the report."""
        del summary
        tool = {"id": "guardrails", "name": "Guardrails", "version": __version__, "vendor": {"name": "Guardrails"}}
        scan = {
            "analyzer": tool,
            "scanner": tool,
            "type": "secret_detection",
            "start_time": run["started_at"][:19],
            "end_time": run["finished_at"][:19],
            "status": "success" if run["complete"] else "failure",
        }
        head = f'{{\n  "version": "{GITLAB_SCHEMA}",\n  "scan": '.encode()
        self._stream.write(head + line(scan) + b',\n  "vulnerabilities": ')
        self._found.write_to(self._stream)
        self._stream.write(b"\n}\n")


def _sha(record: DocumentResult) -> str:
    """Return the commit of a document; GitLab's schema requires one, and its own scanners write zeros for none."""
    return record.commit.id if record.commit else "0000000"


class GitHubReport:
    """GitHub's workflow commands: an annotation at each finding's line, in a group that folds."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._stream.write(b"::group::guardrails\n")

    def add(self, record: DocumentResult) -> None:
        """Write the document's annotations."""
        if record.status is Status.FAILED:
            why = f"{record.path}: {record.reason}"
            self._annotate("error", record.path.partition(INSIDE)[0], 1, 1, "not scanned", why)
        for finding in record.findings:
            place = file_place(record, finding)
            title = f"{finding.severity.name} {finding.entity_type}"
            self._annotate(
                _GITHUB[finding.severity], place.file, place.line, place.column, title, message(record, finding)
            )

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Close the group."""
        del run, summary
        self._stream.write(b"::endgroup::\n")

    def _annotate(self, kind: str, file: str, row: int, column: int, title: str, text: str) -> None:
        where = f"file={_property(file)},line={row},col={column},title={_property(title)}"
        command = f"::{kind} {where}::{_data(text)}\n"
        self._stream.write(command.encode("utf-8", "backslashreplace"))


def _identity(record: DocumentResult, finding: Finding, occurrences: Occurrences) -> str:
    """Return an identifier that distinguishes a finding from all others in a run and is the same in every run."""
    return f"{finding.fingerprint}:{occurrences.number(record, finding)}:{record.path}"


def _data(text: str) -> str:
    """Return text escaped for a workflow command: a line end would begin another command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _xml(text: str) -> str:
    """Return text with the characters that XML 1.0 cannot express as escapes."""
    return "".join(
        char if char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char >= "\U00010000"
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )  # fmt: skip


def _attribute(text: str) -> str:
    return f'"{escape(_xml(printable(text)))}"'
