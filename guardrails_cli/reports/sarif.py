"""SARIF 2.1.0 (OASIS), for GitHub code scanning and editors. Values are masked, as in every report."""

from dataclasses import asdict
from typing import IO, Any

from guardrails_cli.core.display import INSIDE
from guardrails_cli.core.entity_types import entity_type
from guardrails_cli.core.finding import Finding, Severity, SuppressedBy
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.reasons import ReasonCode
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.core.version import __version__
from guardrails_cli.reports.places import SECURITY_SEVERITY, Occurrences, file_place, message, uri
from guardrails_cli.reports.spool import JsonList, line

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {Severity.LOW: "note", Severity.MEDIUM: "warning", Severity.HIGH: "error", Severity.CRITICAL: "error"}


class SarifReport:
    """One SARIF log with one run. A rule is an entity type; the violated policy rules of a finding are its tags."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._results = JsonList()
        self._rules: dict[str, int] = {}
        self._notifications: list[JsonObject] = []
        self._codes: dict[ReasonCode, None] = {}
        """Reasons of the notifications, in order of their first use."""
        self._occurrences = Occurrences()

    def add(self, record: DocumentResult) -> None:
        """Take a document's findings; a document that failed becomes a notification."""
        for finding in (*record.findings, *record.suppressed_findings):
            self._results.add(self._result(record, finding))
        if record.status is Status.FAILED:
            if record.reason_code is not None:
                self._codes[record.reason_code] = None
            self._notifications.append(
                {
                    "level": "error",
                    "message": {"text": f"{record.path}: {record.reason}"},
                    "locations": [
                        {"physicalLocation": {"artifactLocation": _artifact(record.path.partition(INSIDE)[0])}}
                    ],
                }
                | ({"descriptor": {"id": record.reason_code}} if record.reason_code else {})
            )

    def _result(self, record: DocumentResult, finding: Finding) -> JsonObject:
        place = file_place(record, finding)
        index = self._rules.setdefault(finding.entity_type, len(self._rules))
        location: JsonObject = {
            "physicalLocation": {
                "artifactLocation": _artifact(place.file),
                "region": {"startLine": place.line, "startColumn": place.column},
            }
        }
        if place.inside is not None or finding.location is not None:
            name = finding.place if place.inside is None else f"{place.inside}, {finding.place}"
            location["logicalLocations"] = [{"fullyQualifiedName": name}]
        result: JsonObject = {
            "ruleId": finding.entity_type,
            "ruleIndex": index,
            "level": _LEVEL[finding.severity],
            "message": {"text": message(record, finding)},
            "locations": [location],
            "partialFingerprints": {
                "guardrails/v1": f"{finding.fingerprint}:{self._occurrences.number(record, finding)}"
            },
            "rank": round(100 * finding.score, 1),
            "properties": {
                "severity": finding.severity.name,
                "security-severity": SECURITY_SEVERITY[finding.severity],
                "tags": list(finding.rule_ids),
            }
            | ({"commit": asdict(record.commit)} if record.commit else {}),
        }
        why = finding.suppression
        if why is not None:  # SARIF 3.35.2: in the source, or kept beside it
            kind = "inSource" if why.by is SuppressedBy.INLINE else "external"
            result["suppressions"] = [{"kind": kind, "justification": f"{why.reason} ({why.origin})"}]
        return result

    def finish(self, run: JsonObject, summary: JsonObject) -> None:
        """Write the log: the run, then the results."""
        del summary
        rules = [_rule(name) for name in self._rules]
        driver = {"name": "Guardrails", "semanticVersion": __version__, "version": __version__, "rules": rules}
        if self._codes:
            driver["notifications"] = [{"id": code, "shortDescription": {"text": code.about}} for code in self._codes]
        invocation = {
            "executionSuccessful": bool(run["complete"]),
            "startTimeUtc": _utc(run["started_at"]),
            "endTimeUtc": _utc(run["finished_at"]),
            "toolExecutionNotifications": self._notifications,
        }
        head = b'{\n  "$schema": ' + line(SCHEMA) + b',\n  "version": "2.1.0",\n  "runs": [{\n  "tool": '
        self._stream.write(head + line({"driver": driver}) + b',\n  "invocations": ' + line([invocation]))
        self._stream.write(b',\n  "columnKind": "unicodeCodePoints",\n  "results": ')
        self._results.write_to(self._stream)
        self._stream.write(b"\n  }]\n}\n")


def _artifact(file: str) -> dict[str, Any]:
    return {"uri": uri(file)}


def _utc(time: str) -> str:
    return time.replace("+00:00", "Z")


def _rule(name: str) -> JsonObject:
    known = entity_type(name)
    advice = "Remove or redact it, or suppress it with a reason if it may stay where it is."
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("_")),
        "shortDescription": {"text": known.description},
        "fullDescription": {"text": f"{known.description}."},
        "help": {
            "text": f"{known.description}. {advice}",
            "markdown": f"**{name}**: {known.description}.\n\n{advice} `guardrails show PATH` shows where it stands.",
        },
        "defaultConfiguration": {"level": _LEVEL[known.severity]},
        "properties": {"security-severity": SECURITY_SEVERITY[known.severity], "tags": ["security", "privacy"]},
    }
