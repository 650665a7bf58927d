"""HTML: one self-contained file for people, that needs no network and no server.

The charts of the summary are plain HTML and readable without scripts; the findings are data in the page, shown a
hundred at a time. A content security policy allows only the page's own style and script, by their hashes.
"""

import base64
import hashlib
from collections import Counter
from importlib.resources import files
from typing import IO

from guardrails_cli.core.finding import Severity
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.reports.html_page import parts
from guardrails_cli.reports.spool import JsonList, line

MAX_FINDINGS = 100_000
"""Number of findings that a browser handles easily; the page says how many it leaves out."""
MAX_DOCUMENTS = 100_000
MAX_UNSCANNED = 1_000
FOLDERS_KEPT = 100_000
"""Number of folders after which new ones are counted with their parent."""


class HtmlReport:
    """The page. Documents wait in a spool until run and summary, which come first, are complete."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._documents = JsonList()
        self._rules: dict[str, list[str]] = {}
        self._listed = 0
        self._findings = 0
        self._unscanned: list[DocumentResult] = []
        self._folders: Counter[str] = Counter()

    def add(self, record: DocumentResult) -> None:
        """Take the record; the summary counts clean documents."""
        if record.status in (Status.SKIPPED, Status.FAILED) and len(self._unscanned) < MAX_UNSCANNED:
            self._unscanned.append(record)
        if record.finding_count:
            folder = parts.folder(record.path)
            if folder not in self._folders and len(self._folders) >= FOLDERS_KEPT:
                folder = parts.folder(folder)
            self._folders[folder] += record.finding_count
        broken = record.compliance.violations if record.compliance else ()
        if not (record.findings or broken) or self._listed >= MAX_DOCUMENTS:
            return
        for each in broken:
            self._rules[each.rule_id] = [each.framework, each.rule_name, each.citation, each.remediation]
        worst = sorted(record.findings, key=lambda found: -found.severity)[: MAX_FINDINGS - self._findings]
        self._listed += 1
        self._findings += len(worst)
        self._documents.add(
            [
                record.path, record.status.value, record.reason, record.format,
                record.risk.overall_score if record.risk else None,
                record.risk.overall_level.name if record.risk else None,
                record.injection.score if record.injection else 0,
                record.finding_count,
                [[each.rule_id, each.severity.name] for each in broken],
                [
                    [
                        found.entity_type, found.severity.name, round(found.score, 2), found.place,
                        found.value if found.value is not None else found.preview,
                        list(found.rule_ids), found.fingerprint, found.context,
                    ]
                    for found in worst
                ],
            ]
        )  # fmt: skip

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Write the page."""
        style, script = _asset("page.css"), _asset("page.js")
        policy = (
            f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
            "base-uri 'none'; form-action 'none'"
        )
        write = self._stream.write
        write(parts.head(policy, style, summary).encode())
        left_out = summary["findings"] - self._findings
        for section in (
            parts.overview(run, summary),
            parts.charts(summary, self._folders.most_common(10)),
            parts.history(run.get("history") or []),
            parts.compliance(summary),
            parts.findings(left_out, [level.name for level in reversed(Severity)]),
            parts.unscanned(self._unscanned, summary),
            parts.about(run),
        ):
            write(section.encode("utf-8", "backslashreplace"))
        write(b'</main>\n<script type="application/json" id="rules">')
        write(_inert(line(self._rules)))
        write(b'</script>\n<script type="application/json" id="documents">')
        self._documents.write_to(self._stream, _inert)
        write(f"</script>\n<script>{script}</script>\n</body>\n</html>\n".encode())


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inert(data: bytes) -> bytes:
    """Return JSON in which nothing can end the script element that holds it (HTML, 13.2.5.4, script data state)."""
    return data.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026")
