"""`guardrails report`: convert, merge and compare saved reports without scanning again."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guardrails_cli.cli import options as o
from guardrails_cli.cli.report_outputs import open_reports
from guardrails_cli.cli.std_streams import complain
from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from guardrails_cli.core.record import DocumentResult
    from guardrails_cli.results.differences import Changes, Known
    from guardrails_cli.results.saved_report import SavedReport

app = typer.Typer(
    name="report",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Convert, merge and compare saved reports.",
)

Saved = Annotated[Path, typer.Argument(metavar="REPORT", help="Saved as JSON or JSON Lines.", show_default=False)]
SavedMany = Annotated[
    list[Path], typer.Argument(metavar="REPORT…", help="Saved as JSON or JSON Lines.", show_default=False)
]


@app.command()
def convert(
    report: Saved,
    format_: o.Formats = None,
    output: o.Outputs = None,
    history: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="REPORT",
            help="An earlier report of the same files, for the HTML report's findings over time. Repeatable.",
        ),
    ] = None,
) -> None:
    """Write a saved report in another format.

    `guardrails report convert report.json -o report.html`
    """
    from guardrails_cli.results.saved_report import SavedReport

    saved = SavedReport(report)
    runs = [*map(SavedReport, history or ()), saved]
    run = saved.run
    if history:
        past = [{"finished_at": one.run["finished_at"], "by_severity": one.summary["by_severity"]} for one in runs]
        run = run | {"history": sorted(past, key=lambda one: str(one["finished_at"]))}
    write(format_, output, [report], saved.documents(), run, saved.summary)


@app.command()
def merge(reports: SavedMany, format_: o.Formats = None, output: o.Outputs = None) -> None:
    """Merge reports about different files, such as those of several machines, into one.

    `guardrails report merge east.json west.json -o all.json`
    """
    from guardrails_cli.results.merge import merged_runs, merged_summaries
    from guardrails_cli.results.saved_report import SavedReport

    saved = [SavedReport(path) for path in reports]
    if len({_comparable(one.run) for one in saved}) > 1:
        complain("these reports were made with different options or policies; the merged one tells the last one's")
    documents = (record for one in saved for record in one.documents())
    run = merged_runs([one.run for one in saved])
    write(format_, output, reports, documents, run, merged_summaries([one.summary for one in saved]))


@app.command()
def diff(
    before: Saved,
    after: Saved,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    fail_on_new: Annotated[bool, typer.Option("--fail-on-new", help="Exit with 1 if anything is new.")] = False,
) -> None:
    """Show new, fixed and unchanged findings between two reports of the same files.

    Findings are equal if path, entity type and fingerprint are equal, so lines may move. Both scans need the same
    GUARDRAILS_KEY, or the same user on the same machine.
    """
    from guardrails_cli.results.differences import compare
    from guardrails_cli.results.saved_report import SavedReport

    old, new = SavedReport(before), SavedReport(after)
    if _comparable(old.run) != _comparable(new.run):
        complain("the two were made with different options or policies: not every change is one of the files")
    found, _ = _known(old)
    current, unread = _known(new)
    changes = compare(found, current, unread)
    if found and current and not changes.unchanged and {one.path for one in found} & {one.path for one in current}:
        complain("not one finding is in both: were the two scans made with the same GUARDRAILS_KEY?")
    if as_json:
        parts = ("new", "fixed", "unchanged", "unknown")
        typer.echo(json.dumps({part: [one._asdict() for one in getattr(changes, part)] for part in parts}, indent=2))
    else:
        _tell(changes)
    raise typer.Exit(ExitCode.FINDINGS if fail_on_new and changes.new else ExitCode.OK)


def write(
    formats: list[o.Format] | None,
    outputs: list[Path] | None,
    read: Sequence[Path],
    documents: "Iterator[DocumentResult]",
    run: dict[str, Any],
    summary: dict[str, Any],
) -> None:
    """Write the requested reports, none of them in place of one that is read."""
    if not formats and not outputs:
        raise ConfigError("say what to write: --format FORMAT, or --output FILE")
    with ExitStack() as stack:
        reports = open_reports(stack, formats or [], outputs or [], [str(path) for path in read])
        for record in documents:
            for _, report in reports:
                report.add(record)
        for out, report in reports:
            report.finish(run, summary)
            out.commit()


def _comparable(run: dict[str, Any]) -> str:
    """Return the properties that two runs must share for their findings to be comparable."""
    options = {name: value for name, value in run["options"].items() if name != "paths"}
    return json.dumps([options, sorted(pack["sha256"] for pack in run["policies"]), run["model"]], sort_keys=True)


def _known(saved: "SavedReport") -> "tuple[set[Known], set[str]]":
    """Return the findings of a report, and the paths that it could not read."""
    from guardrails_cli.results.differences import is_unread, known

    found: set[Known] = set()
    unread: set[str] = set()
    for record in saved.documents():
        found.update(known(record))
        if is_unread(record):
            unread.add(record.path)
    return found, unread


def _tell(changes: "Changes") -> None:
    for sign, part in (("+", changes.new), ("-", changes.fixed), ("?", changes.unknown)):
        for one in part:
            typer.echo(f"{sign} {printable(one.path)}: {one.entity_type} {one.fingerprint}")
    counts = f"{len(changes.new):,} new, {len(changes.fixed):,} fixed, {len(changes.unchanged):,} still there"
    typer.echo(counts + (f", {len(changes.unknown):,} in documents not read this time" if changes.unknown else ""))
