"""The place of a finding as CI systems need it: a file of the work tree and a line."""

from urllib.parse import quote

import msgspec

from guardrails_cli.core.display import INSIDE
from guardrails_cli.core.finding import Finding, Severity
from guardrails_cli.core.record import DocumentResult


class FilePlace(msgspec.Struct, frozen=True):
    """A place in a file."""

    file: str
    """The file itself, also for a document inside an archive."""
    inside: str | None
    """Path of the document inside the file; None if it is the file."""
    line: int
    """Line, from 1; 1 if the format has no lines."""
    column: int


def file_place(record: DocumentResult, finding: Finding) -> FilePlace:
    """Return the place of a finding."""
    path = record.path.removeprefix(record.commit.prefix) if record.commit else record.path
    file, found, inside = path.partition(INSIDE)
    in_lines = not found and (finding.location is None or record.encoding is not None)
    return FilePlace(
        file.removeprefix("./"),
        inside if found else None,
        finding.line if in_lines else 1,
        finding.column if in_lines else 1,
    )


def message(record: DocumentResult, finding: Finding) -> str:
    """Return the finding, its place in the format's terms, and the violated rules, in one line."""
    inside = record.path.partition(INSIDE)[2]
    where = f" in {inside}" if inside else ""
    rules = f"; breaks {', '.join(finding.rule_ids)}" if finding.rule_ids else ""
    commit = f"; {record.commit.label}" if record.commit else ""
    return f"{finding.entity_type} {finding.preview} at {finding.place}{where}{rules}{commit}"


def uri(path: str) -> str:
    """Return a path as a relative URI, or an absolute one for an absolute path."""
    escaped = quote(path.encode("utf-8", "surrogatepass"), safe="/")
    return f"file://{escaped}" if path.startswith("/") else escaped


class Occurrences:
    """Numbers equal findings of a document in order, so that fingerprints survive when lines move."""

    def __init__(self) -> None:
        self._path = ""
        self._seen: dict[str, int] = {}

    def number(self, record: DocumentResult, finding: Finding) -> int:
        """Return how many earlier findings of the document have this fingerprint."""
        if record.path != self._path:
            self._path, self._seen = record.path, {}
        count = self._seen.get(finding.fingerprint, 0)
        self._seen[finding.fingerprint] = count + 1
        return count


SECURITY_SEVERITY = {Severity.LOW: "3.0", Severity.MEDIUM: "5.5", Severity.HIGH: "8.0", Severity.CRITICAL: "9.5"}
"""GitHub's scale for security results: above 9 critical, from 7 high, from 4 medium."""
