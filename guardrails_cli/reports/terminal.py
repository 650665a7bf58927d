"""The summary that a person reads at the end of a scan."""

from rich.columns import Columns
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from guardrails_cli.core.display import SEVERITY_STYLE, counted, human_bytes, printable
from guardrails_cli.core.finding import Severity, SuppressedBy
from guardrails_cli.core.record import Status
from guardrails_cli.core.version import __version__
from guardrails_cli.reports.folding import folded
from guardrails_cli.results.summary import Summary
from guardrails_cli.system.stopwatch import Phases

TYPES_SHOWN = 8
ALIKE_SHOWN = 3
"""Number of documents listed per reason of failure."""
RULES_SHOWN = 6
PREVIEW_WIDTH = 28
"""Width of a masked value in columns; half of it where there is little room."""
ROOMY = 100
WIDE = 140
"""Terminal width from which the worst documents are shown beside the counts."""
SUPPRESSION_FAULTS_SHOWN = 10


def _print_findings(console: Console, summary: Summary) -> None:
    if console.width >= WIDE:
        console.print(Columns([_severities(summary), _types(summary), _worst(summary)], padding=(0, 4)))
    else:
        console.print(Columns([_severities(summary), _types(summary)], padding=(0, 4)))
        console.print(Padding(_worst(summary), (1, 0, 0, 0)))
    console.print(_loudest(summary, PREVIEW_WIDTH if console.width >= ROOMY else PREVIEW_WIDTH // 2))


def print_summary(console: Console, summary: Summary, seconds: float, notes: list[str]) -> None:
    """Print the findings, the worst documents, the violated rules, and the documents that were not scanned.

    Args:
        console: decides on colour and width. Names go in as `Text`, so that nothing in them is markup.
        summary: the run's summary.
        seconds: duration of the run.
        notes: lines for the end, such as that the run was interrupted.

    """
    checked = any(framework.checked for framework in summary.frameworks.values())
    if summary.findings or checked:
        with folded(console.file, "What guardrails found"):
            if summary.findings:
                _print_findings(console, summary)
            if checked:
                console.print(_frameworks(summary))
    console.print(_verdict(summary, seconds))
    for line in (*_suppressed(summary), *_unscanned(summary), *notes):
        console.print(Text(line), soft_wrap=True)
    if rule := _example(summary):
        console.print(Text(f"`guardrails explain {rule}` says what a rule or an entity type means", style="dim"))


def _table(title: str | None = None) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))


def _level(severity: Severity) -> Text:
    return Text(severity.name, style=SEVERITY_STYLE[severity])


def _severities(summary: Summary) -> Table:
    table = _table()
    table.add_column("Severity")
    table.add_column("Findings", justify="right")
    for severity in reversed(Severity):
        table.add_row(_level(severity), f"{summary.severities[severity]:,}")
    return table


def _types(summary: Summary) -> Table:
    table = _table()
    table.add_column("Entity type")
    table.add_column("Findings", justify="right")
    ordered = sorted(summary.entity_types.items(), key=lambda item: (-item[1], item[0]))
    for name, count in ordered[:TYPES_SHOWN]:
        table.add_row(Text(name), f"{count:,}")
    if len(ordered) > TYPES_SHOWN:
        table.add_row(
            Text(f"{len(ordered) - TYPES_SHOWN} more", style="dim"),
            f"{sum(n for _, n in ordered[TYPES_SHOWN:]):,}",
        )
    return table


def _worst(summary: Summary) -> Table:
    table = _table()
    table.add_column("Risk", justify="right")
    table.add_column("Level")
    table.add_column("Findings", justify="right")
    table.add_column("Worst documents", overflow="fold")
    for path, value, level, count in summary.worst:
        table.add_row(f"{value:.1f}", _level(level), f"{count:,}", Text(printable(path)))
    return table


def _frameworks(summary: Summary) -> Padding:
    """Return a line per framework, with its unchecked rules: a clean result must not claim more than was checked."""
    table = _table("Violations by framework")
    for name in ("Framework", "Evidence of violation", "Violated, by how many documents"):
        table.add_column(name, overflow="fold")
    table.add_column("Not checked", justify="right")
    for name, framework in sorted(summary.frameworks.items(), key=lambda item: (-item[1].documents, item[0])):
        worst = [f"{rule} ({framework.rules[rule]:,})" for rule in framework.worst_first]
        more = [f"{len(worst) - RULES_SHOWN} more"] if len(worst) > RULES_SHOWN else []
        rules = [rule.rule_id for pack in summary.packs if pack.framework == name for rule in pack.rules]
        skipped = [rule for rule in rules if rule in summary.unchecked and rule not in framework.rules]
        table.add_row(
            Text(name),
            Text(framework.verdict.replace("no evidence of violation", "none").replace("evidence of violation ", "")),
            Text(", ".join(worst[:RULES_SHOWN] + more) or "none"),
            f"{len(skipped)} of {len(rules)} rules" if rules else "",
        )
    return Padding(table, (1, 0, 0, 0))


def _loudest(summary: Summary, preview_width: int) -> Padding:
    table = _table("Most severe findings")
    table.show_header = False
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for path, finding in summary.loudest:
        where = Text(f"{printable(path)}:{finding.line}:{finding.column}")
        if finding.location is not None:
            where.append(f" ({printable(finding.location.label)})", style="dim")
        table.add_row(
            _level(finding.severity), finding.entity_type, Text(_short(finding.preview, preview_width)), where
        )
    parts: list[Table | Text] = [table]
    if summary.findings > len(summary.loudest):
        rest = summary.findings - len(summary.loudest)
        parts.append(Text(f"… and {rest:,} more; --format json, jsonl or csv lists them all", style="dim"))
    return Padding(Group(*parts), (1, 0, 0, 0))


def _short(preview: str, width: int) -> str:
    """Return the end of a masked value, which identifies a card best, leaving room for its place."""
    return preview if len(preview) <= width else f"…{preview[1 - width :]}"


def _verdict(summary: Summary, seconds: float) -> Padding:
    flawed, clean = summary.statuses[Status.FINDINGS], summary.statuses[Status.CLEAN]
    line = Text()
    line.append(f"{flawed:,} with findings", style="bold red" if flawed else "")
    line.append(f", {clean:,} clean", style="green" if clean else "")
    line.append(f", {summary.statuses[Status.SKIPPED]:,} skipped, ")
    failed = summary.statuses[Status.FAILED]
    line.append(f"{failed:,} failed", style="bold magenta" if failed else "")
    line.append(f": {counted(summary.documents, 'document')}, {human_bytes(summary.bytes)} in {seconds:.1f} s")
    line.append(f" ({human_bytes(summary.bytes / max(seconds, 0.001))}/s), guardrails {__version__}", style="dim")
    return Padding(line, (1 if summary.findings else 0, 0, 0, 0))


_SUPPRESSED_HELP = {
    SuppressedBy.INLINE: "by comments",
    SuppressedBy.ALLOW: "by allow lists",
    SuppressedBy.BASELINE: "in the baseline",
}


def _suppressed(summary: Summary) -> list[str]:
    counts = [f"{summary.suppressed[by]:,} {words}" for by, words in _SUPPRESSED_HELP.items() if summary.suppressed[by]]
    lines = [f"Suppressed (--show-suppressed lists them): {', '.join(counts)}"] if counts else []
    shown = summary.suppression_notes[:SUPPRESSION_FAULTS_SHOWN]
    lines += [f"Suppression: {printable(note)}" for note in shown]
    if summary.suppression_faults > len(shown):
        lines.append(f"Suppression: {summary.suppression_faults - len(shown):,} more faults; the report lists them")
    return lines


_LEFT_OUT_HELP = {
    "hidden": "hidden (--hidden scans them)",
    "vcs": "version control (--vcs)",
    "ignored": "ignored by ignore files (--no-ignore)",
    "excluded": "excluded",
    "not_included": "not included",
    "own_output": "files of this scan",
}


def _example(summary: Summary) -> str:
    """Return a violated rule of a built-in pack, the worst in the framework with the most violations."""
    builtin = {pack.framework for pack in summary.packs if pack.origin == "builtin"}
    violated = [(-each.documents, name) for name, each in summary.frameworks.items() if each.rules and name in builtin]
    return summary.frameworks[min(violated)[1]].worst_first[0] if violated else ""


def _unscanned(summary: Summary) -> list[str]:
    shown: dict[str, list[str]] = {}
    for path, reason in summary.failures:
        shown.setdefault(reason, []).append(f"Failed: {printable(path)}: {reason}")
    lines = [line for alike in shown.values() for line in alike[:ALIKE_SHOWN]]
    more = summary.statuses[Status.FAILED] - len(lines)
    if more > 0:
        lines.append(f"Failed: {more:,} more; the report lists them")
    skipped = [f"{count:,} {reason}" for reason, count in summary.reasons.most_common(6) if reason not in shown]
    if skipped:
        lines.append("Skipped: " + "; ".join(skipped))
    left_out = [f"{count:,} {_LEFT_OUT_HELP[kind]}" for kind, count in sorted(summary.left_out.items()) if count]
    if left_out:
        lines.append("Left out, folders counted as one: " + "; ".join(left_out))
    return lines


def print_timings(console: Console, phases: Phases) -> None:
    """Print the time of a scan by phase, and the documents that took longest.

    Args:
        console: decides on colour and width.
        phases: the scan's phases.

    """
    spent = sorted(phases.seconds.items(), key=lambda item: -item[1])
    table = _table()
    table.add_column("Seconds", justify="right")
    table.add_column("Phase")
    for name, seconds in spent:
        table.add_row(f"{seconds:.2f}", Text(name))
    if any(name == "waiting for workers" for name, _ in spent):
        table.add_row(f"{phases.worked:.2f}", Text("detection, all workers", style="dim"))
    slowest = _table()
    slowest.add_column("Seconds", justify="right")
    slowest.add_column("Slowest documents", overflow="fold")
    for path, seconds in phases.slowest:
        slowest.add_row(f"{seconds:.2f}", Text(printable(path)))
    parts = [table, slowest] if slowest.row_count else [table]
    console.print(Padding(Columns(parts, padding=(0, 4)), (1, 0, 0, 0)))
