"""Read reports saved as JSON or JSON Lines, for `guardrails report`.

Documents are read one at a time, so that memory stays flat; a JSON report that another program has reformatted is read
as a whole.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.finding import Severity
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult
from guardrails_cli.results.json_form import SCHEMA_VERSION, decode_document
from guardrails_cli.results.summary import WORST_KEPT, verdict


class SavedReport:
    """A saved report.

    Args:
        path: path of the file.

    Raises:
        ConfigError: if it is not a report of this program, or has another major version of the schema.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._whole: list[Any] | None = None
        try:
            head = self._head()
        except OSError as error:
            raise ConfigError(f"cannot read the report {path}: {error.strerror or error}") from None
        except (ValueError, RecursionError):
            head = {}
        version = head.get("schema_version")
        if not isinstance(version, str) or not {"run", "summary"} <= head.keys():
            raise ConfigError(f"{path} is no JSON or JSON Lines report of guardrails, or not a whole one")
        if version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
            raise ConfigError(
                f"{path} has version {version} of the report's schema, this program knows {SCHEMA_VERSION}"
            )
        self.run: JsonObject = head["run"]
        self.summary: JsonObject = head["summary"]

    def _head(self) -> JsonObject:
        """Return the report without its documents."""
        with self.path.open("rb") as file:
            first = file.readline()
            if first.startswith(b'{"'):
                last = first
                for text in file:
                    last = text
                return cast(JsonObject, json.loads(last))
            if first == b"{\n":  # the layout of `reports.json.JsonReport`
                lines = [file.readline().strip() for _ in range(4)]
                if lines[3].startswith(b'"documents": ['):
                    return cast(JsonObject, json.loads(b"{" + b"".join(lines[:3]).rstrip(b",") + b"}"))
            file.seek(0)
            report = json.load(file)
        if not isinstance(report, dict) or not isinstance(report.get("documents"), list):
            return {}
        self._whole = report["documents"]
        return report

    def documents(self) -> Iterator[DocumentResult]:
        """Yield the records in the report's order.

        Raises:
            ConfigError: if one differs from this program's form.

        """
        number = 0
        try:
            for row in self._rows():
                yield decode_document(row)
                number += 1
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ConfigError(f"document {number + 1} of the report {self.path} is damaged") from None

    def _rows(self) -> Iterator[Mapping[str, Any]]:
        if self._whole is not None:
            yield from self._whole
            return
        with self.path.open("rb") as file:
            for text in file:
                if text.startswith(b'{"document":'):
                    yield json.loads(text)["document"]
                elif text.startswith(b"    {"):
                    yield json.loads(text.rstrip().removesuffix(b","))


def merged_runs(runs: Sequence[JsonObject]) -> JsonObject:
    """Return one `run` object for several: the time from the first to the last, complete if all of them are."""
    policies = {(pack["framework"], pack["sha256"]): pack for run in runs for pack in run["policies"]}
    paths = [path for run in runs for path in run["options"]["paths"]]
    return runs[-1] | {
        "policies": [policies[key] for key in sorted(policies)],
        "options": runs[-1]["options"] | {"paths": list(dict.fromkeys(paths))},
        "started_at": min(run["started_at"] for run in runs),
        "finished_at": max(run["finished_at"] for run in runs),
        "complete": all(run["complete"] for run in runs),
    }


def merged_summaries(summaries: Sequence[JsonObject]) -> JsonObject:
    """Return one `summary` object for reports of different documents: counts are added up, frameworks put together."""
    merged: JsonObject = {}
    for summary in summaries:
        for key, value in summary.items():
            if isinstance(value, int):
                merged[key] = merged.get(key, 0) + value
            elif isinstance(value, dict) and key != "by_framework":
                counts = merged.setdefault(key, {})
                for name, count in value.items():
                    counts[name] = counts.get(name, 0) + count
            else:
                merged[key] = None  # keeps its place
    for key in ("by_entity_type", "not_scanned", "left_out"):
        merged[key] = dict(sorted(merged[key].items()))
    names = sorted({name for summary in summaries for name in summary["by_framework"]})
    merged["by_framework"] = {
        name: _merged_framework([one["by_framework"][name] for one in summaries if name in one["by_framework"]])
        for name in names
    }
    worst = [row for summary in summaries for row in summary["worst_documents"]]
    merged["worst_documents"] = sorted(worst, key=lambda row: -row["risk"])[:WORST_KEPT]
    return merged


def _merged_framework(parts: Sequence[JsonObject]) -> JsonObject:
    violated: dict[str, JsonObject] = {}
    by_rule: dict[str, int] = {}
    for part in parts:
        for name, count in part["documents_by_rule"].items():
            by_rule[name] = by_rule.get(name, 0) + count
        for rule in part["violated"]:
            known = violated.setdefault(rule["rule_id"], rule | {"documents": 0, "findings": 0})
            known["documents"] += rule["documents"]
            known["findings"] += rule["findings"]
            known["severity"] = max(known["severity"], rule["severity"], key=lambda name: Severity[name])
    unchecked = [
        rule
        for rule in parts[0]["not_checked"]
        if all(any(rule["rule_id"] == other["rule_id"] for other in part["not_checked"]) for part in parts)
    ]
    rules = max(part["rules_checked"] + part["rules_not_checked"] for part in parts)
    checked = sum(part["documents_checked"] for part in parts)
    broken = sum(part["documents_in_violation"] for part in parts)
    return {
        "verdict": verdict(checked, broken),
        "documents_checked": checked,
        "documents_in_violation": broken,
        "documents_by_rule": dict(sorted(by_rule.items())),
        "rules_checked": rules - len(unchecked),
        "rules_violated": len(violated),
        "rules_passed": rules - len(unchecked) - len(violated),
        "rules_not_checked": len(unchecked),
        "violated": sorted(
            violated.values(), key=lambda rule: (-Severity[rule["severity"]], -rule["documents"], rule["rule_id"])
        ),
        "not_checked": unchecked,
    }
