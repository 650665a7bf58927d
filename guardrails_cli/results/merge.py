"""Merge the runs and summaries of several reports, as if one scan had read all the documents."""

from collections.abc import Sequence

from guardrails_cli.core.finding import Severity
from guardrails_cli.core.json import JsonObject
from guardrails_cli.results.summary import WORST_KEPT, verdict


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
    """Return one `summary` object for reports of different documents: counts are summed, frameworks merged."""
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
