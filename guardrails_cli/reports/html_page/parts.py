"""The parts of the HTML page that need no script. Every value from outside goes through `_text`."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from guardrails_cli.core.display import INSIDE, printable
from guardrails_cli.core.json import JsonObject
from guardrails_cli.core.record import DocumentResult
from guardrails_cli.core.version import __version__

_BAR_WIDTH = 1000
_MOST_TYPES = 12
_OPEN_ROWS = 6
"""Number of violated rules above which a framework is folded at first."""


def _text(value: object) -> str:
    """Return a value as HTML text without markup, control characters or changes of direction."""
    return html.escape(printable(str(value)))


def _number(value: int) -> str:
    return f"{value:,}"


def _table(*columns: str, rows: str = "", body: str = "") -> str:
    """Return a table; a column whose name begins with # holds numbers, `body` is the id for rows added later."""
    heads = "".join(
        f'<th scope="col" class="number">{name[1:]}</th>' if name[0] == "#" else f'<th scope="col">{name}</th>'
        for name in columns
    )
    named = f' id="{body}"' if body else ""
    return f'<table class="stack"><thead><tr>{heads}</tr></thead><tbody{named}>{rows}</tbody></table>'


def folder(path: str) -> str:
    """Return the folder of a document; for a document inside a file, the folder of the outermost file."""
    return path.partition(INSIDE)[0].rpartition("/")[0] or "."


def head(policy: str, style: str, summary: JsonObject) -> str:
    """Return everything before the first section."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Guardrails: {_number(summary["findings"])} findings</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#findings">Skip to the findings</a>
<header>
<h1>Guardrails report</h1>
<p>Values are masked unless the scan was asked to show them.</p>
<button class="plain" id="theme" type="button">Light or dark</button>
</header>
<main>
"""


def overview(run: JsonObject, summary: JsonObject) -> str:
    """Return the verdict and the counts."""
    statuses = summary["by_status"]
    cards = [
        ("Documents", summary["documents"], ""),
        *((name.title(), count, name) for name, count in summary["by_severity"].items()),
        ("Clean", statuses["clean"], "ok"),
        ("Skipped", statuses["skipped"], ""),
        ("Failed", statuses["failed"], "HIGH" if statuses["failed"] else ""),
    ]
    drawn = "".join(
        f'<li class="card"><b class="{kind}">{_number(count)}</b><span>{name}</span></li>'
        for name, count, kind in cards
    )
    notice = (
        ""
        if run["complete"]
        else '<p class="notice"><b>This run is not complete:</b> some documents were not scanned.</p>'
    )
    shown = '<p class="notice"><b>This report holds raw values.</b> Keep it as safe as the files.</p>'
    return f"""<section aria-labelledby="overview">
<h2 id="overview">Overview</h2>
<p class="verdict">{_verdict(summary)}</p>
{notice}{shown if run["options"].get("show_values") else ""}
<ul class="cards plainlist">{drawn}</ul>
</section>
"""


def _verdict(summary: JsonObject) -> str:
    findings, documents = summary["findings"], summary["by_status"]["findings"]
    scanned = documents + summary["by_status"]["clean"]
    if not findings:
        return f"Nothing was found in {_number(scanned)} documents. That is no proof that nothing is there."
    return f"{_number(findings)} findings in {_number(documents)} of {_number(scanned)} scanned documents."


def charts(summary: JsonObject, folders: Sequence[tuple[str, int]]) -> str:
    """Return the bars: severities, entity types, worst folders, risk levels."""
    if not summary["findings"]:
        return ""
    types = sorted(summary["by_entity_type"].items(), key=lambda item: (-item[1], item[0]))
    drawn = [
        _bars("Severity", summary["by_severity"].items(), levels=True),
        _bars("Risk of documents", summary["by_risk_level"].items(), levels=True),
        _bars("Entity types", types[:_MOST_TYPES], more=len(types) - _MOST_TYPES),
        _bars("Folders with most findings", folders),
    ]
    return f"""<section aria-labelledby="charts">
<h2 id="charts">Where it is</h2>
<div class="charts">{"".join(drawn)}</div>
</section>
"""


def _bars(title: str, rows: Any, levels: bool = False, more: int = 0) -> str:
    rows = list(rows)
    most = max((count for _, count in rows), default=0) or 1
    lines = "".join(_bar(name, count, most, name if levels else "") for name, count in rows)
    rest = f'<p class="soft">and {more} more</p>' if more > 0 else ""
    return f'<div><table class="bars"><caption>{title}</caption><tbody>{lines}</tbody></table>{rest}</div>'


def _bar(name: str, count: int, most: int, kind: str) -> str:
    width = max(count * _BAR_WIDTH // most, 4 if count else 0)
    return (
        f'<tr><th scope="row" class="{kind}" title="{_text(name)}">{_text(name)}</th>'
        f'<td><svg viewBox="0 0 {_BAR_WIDTH} 12" height="12" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="{kind}" width="{width}" height="12"/></svg></td>'
        f'<td class="number">{_number(count)}</td></tr>'
    )


def history(runs: Sequence[Mapping[str, Any]]) -> str:
    """Return the findings of earlier runs, oldest first, and of this one, as columns and as a table."""
    if len(runs) < 2:
        return ""
    most = max(sum(one["by_severity"].values()) for one in runs) or 1
    width, height = 60, 160
    columns = []
    for index, one in enumerate(runs):
        top = float(height)
        for level, count in reversed(one["by_severity"].items()):
            size = count * height / most
            top -= size
            place = f'x="{index * width + 8}" y="{top:.1f}" width="{width - 16}" height="{size:.1f}"'
            columns.append(f'<rect class="{_text(level)}" {place}/>')
    levels = list(runs[-1]["by_severity"])
    rows = "".join(
        f'<tr><td data-label="Run">{_text(one["finished_at"])}</td>'
        + "".join(
            f'<td class="number" data-label="{level}">{_number(one["by_severity"].get(level, 0))}</td>'
            for level in levels
        )
        + "</tr>"
        for one in runs
    )
    heads = "".join(f'<th class="number" scope="col">{level}</th>' for level in levels)
    return f"""<section aria-labelledby="history">
<h2 id="history">Findings over time</h2>
<svg viewBox="0 0 {len(runs) * width} {height}" height="{height}" preserveAspectRatio="xMinYMid" aria-hidden="true">
{"".join(columns)}</svg>
<table class="stack"><thead><tr><th scope="col">Run</th>{heads}</tr></thead><tbody>{rows}</tbody></table>
</section>
"""


def compliance(summary: JsonObject) -> str:
    """Return the violated rules of each framework, with citation and remediation."""
    if not summary["by_framework"]:
        return ""
    blocks = []
    for name, one in summary["by_framework"].items():
        counts = f"{one['rules_violated']} of {one['rules_checked']} rules violated"
        rows = "".join(
            f'<tr><td class="{rule["severity"]}" data-label="Severity">{rule["severity"]}</td>'
            f'<td data-label="Rule">{_text(rule["rule_id"])}</td><td data-label="Name">{_text(rule["rule_name"])}</td>'
            f'<td class="number" data-label="Documents">{_number(rule["documents"])}</td>'
            f'<td data-label="Citation">{_text(rule["citation"])}</td>'
            f'<td data-label="What to do">{_text(rule["remediation"])}</td></tr>'
            for rule in one["violated"]
        )
        table = _table("Severity", "Rule", "Name", "#Documents", "Citation", "What to do", rows=rows)
        skipped = "".join(
            f"<li>{_text(rule['rule_id'])} {_text(rule['rule_name'])}: {_text(rule['reason'])}</li>"
            for rule in one["not_checked"]
        )
        unchecked = f"<p>Not checked:</p><ul>{skipped}</ul>" if skipped else ""
        opened = " open" if rows and len(one["violated"]) <= _OPEN_ROWS else ""
        blocks.append(
            f"<details{opened}><summary><b>{_text(name)}</b>: {_text(one['verdict'])}; {counts}</summary>"
            f"{table if rows else ''}{unchecked}</details>"
        )
    return f"""<section aria-labelledby="compliance">
<h2 id="compliance">Compliance</h2>
{"".join(blocks)}
<p class="soft">No evidence of a violation is not a statement of compliance.</p>
</section>
"""


def findings(left_out: int, levels: Sequence[str]) -> str:
    """Return the frame that the script fills with findings and with one document."""
    boxes = "".join(
        f'<label class="{level}"><input type="checkbox" name="severity" value="{level}" checked> '
        f"{level.title()}</label>"
        for level in levels
    )
    omitted = (
        f'<p class="soft">{_number(left_out)} more findings are in the JSON report only.</p>' if left_out > 0 else ""
    )
    columns = ("Severity", "Entity type", "Value", "Where", "Rules", "#Score")
    return f"""<section id="list" aria-labelledby="findings">
<h2 id="findings" tabindex="-1">Findings</h2>
<noscript><p>The list of findings needs JavaScript, which runs only in this page and opens no connection.</p></noscript>
<div id="interactive" hidden>
<form class="filters" id="filters" aria-label="Filter the findings">
<fieldset><legend>Severity</legend>{boxes}</fieldset>
<label>Framework <select id="framework"><option value="">All</option></select></label>
<label>Entity type <select id="type"><option value="">All</option></select></label>
<label>Path contains <input type="search" id="path" autocomplete="off" spellcheck="false"></label>
</form>
<p id="shown" role="status" class="soft"></p>
{_table(*columns, body="rows")}
<nav class="pages" aria-label="Pages of findings"><button class="plain" type="button" id="previous">Previous</button>
<button class="plain" type="button" id="next">Next</button></nav>
</div>
{omitted}</section>
<section id="document" aria-labelledby="name" hidden>
<p><button class="plain" type="button" id="back">Back to all findings</button></p>
<h2 id="name" tabindex="-1"></h2>
<p id="facts" class="soft"></p>
<div id="broken"><h3>Rules it breaks</h3>
{_table("Severity", "Rule", "Name", "Citation", "What to do", body="breaks")}</div>
<h3>Its findings</h3>
{_table(*columns, body="own")}
<p id="more" class="soft"></p>
</section>
"""


def unscanned(records: Sequence[DocumentResult], summary: JsonObject) -> str:
    """Return the documents that were not scanned, with reasons."""
    statuses = summary["by_status"]
    total = statuses["skipped"] + statuses["failed"]
    left_out = sum(summary["left_out"].values())
    if not total and not left_out:
        return ""
    rows = "".join(
        f'<tr><td data-label="Document"><code>{_text(one.path)}</code></td>'
        f'<td data-label="Status">{one.status.value}</td>'
        f'<td data-label="Reason">{_text(one.reason)}</td></tr>'
        for one in records
    )
    rest = f"<p>{_number(total - len(records))} more are in the JSON report.</p>" if total > len(records) else ""
    kinds = ", ".join(f"{_text(kind)} {_number(count)}" for kind, count in summary["left_out"].items())
    walk = f"<p>Left out by the walk: {kinds}.</p>" if left_out else ""
    return f"""<section aria-labelledby="unscanned">
<h2 id="unscanned">Not scanned</h2>
{walk}<details{" open" if total <= 20 else ""}><summary>{_number(total)} documents</summary>
{_table("Document", "Status", "Reason", rows=rows)}{rest}</details>
</section>
"""


def about(run: JsonObject) -> str:
    """Return the description of how the report was made."""
    options = "".join(
        f"<tr><td>{_text(name)}</td><td><code>{_text(value)}</code></td></tr>"
        for name, value in run["options"].items()
        if value not in (None, [], False)
    )
    packs = ", ".join(f"{_text(pack['framework'])} {_text(pack['version'])}" for pack in run["policies"])
    model = run["model"]["name"] if run["model"] else "none"
    return f"""<section aria-labelledby="about">
<h2 id="about">About this run</h2>
<p>{_text(run["started_at"])} to {_text(run["finished_at"])} · policies {packs or "none"} · model {_text(model)}</p>
<details><summary>Options</summary><table><tbody>{options}</tbody></table></details>
</section>
<footer>guardrails {__version__}. One file, no network: it can be kept and sent as it is.</footer>
"""
