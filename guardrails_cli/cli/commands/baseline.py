"""`guardrails baseline`: create, update and review a baseline of accepted findings."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guardrails_cli.cli import options as o
from guardrails_cli.cli.config_layers import Configured, configured
from guardrails_cli.cli.signals import stoppable
from guardrails_cli.cli.std_streams import complain, terminal
from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import BrokerError, ConfigError, ExitCode
from guardrails_cli.options.judging import DetectionFlags
from guardrails_cli.options.model import DEFAULT_MODEL, DetectOptions, JournalOptions, ScanOptions, WalkOptions
from guardrails_cli.scanning.options import require_paths
from guardrails_cli.system.keys import fingerprint_key

if TYPE_CHECKING:
    from guardrails_cli.services.baseline_review import Collected
    from guardrails_cli.suppress.baseline import Baseline, Identity

DEFAULT_FILE = Path(".guardrails-baseline.jsonl")

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="Create, update and review a baseline of accepted findings."
)

Baselined = Annotated[Path, typer.Option("--baseline", metavar="FILE", help="The baseline file.")]
File = Annotated[Path, typer.Argument(metavar="[FILE]", help="The baseline file.")]
Lines = Annotated[int, typer.Option(min=0, max=100, help="Lines to show above and below.")]


@app.command(cls=Configured)
@configured
def create(
    paths: Annotated[list[str] | None, typer.Argument(metavar="PATH", help="Files and folders to scan.")] = None,
    file: Baselined = DEFAULT_FILE,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Use the findings of this JSON report instead of a scan. Needs GUARDRAILS_KEY."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing baseline.")] = False,
    include: o.Includes = None,
    exclude: o.Excludes = None,
    hidden: o.Hidden = False,
    no_ignore: o.NoIgnore = False,
    profile: o.ProfileName = None,
    entities: o.Entities = None,
    exclude_entities: o.ExcludeEntities = None,
    min_score: o.MinScore = None,
    country: o.Countries = None,
    language: o.Language = "en",
    model: o.ModelName = DEFAULT_MODEL,
    recognizers: o.RecognizerFiles = None,
    allow: o.AllowFiles = None,
    jobs: o.Jobs = None,
) -> None:
    """Create a baseline of all current findings. Use the same options as the scans it is for."""
    from guardrails_cli.services.baseline_review import from_report
    from guardrails_cli.suppress.baseline import Baseline, Known, new_identity, save

    if (report is None) == (not paths):
        raise ConfigError("give either a PATH to scan or a --report")
    if os.path.lexists(file) and not force:
        raise ConfigError(f"{file} is there; `guardrails baseline update` keeps its verdicts, --force replaces it")
    detect = _detect(profile, language, model, country, recognizers, entities, exclude_entities, min_score)
    identity = new_identity(detect.key)
    code = ExitCode.OK
    if report is not None:
        collected = from_report(report, file, identity)
    else:
        walk = WalkOptions(tuple(include or ()), tuple(exclude or ()), hidden, False, not no_ignore)
        collected, code = _scan(_options(paths or [], walk, detect, allow, jobs), file, identity)
    baseline = Baseline(identity, {key: Known(count) for key, count in collected.counts.items()})
    save(baseline, file)
    typer.echo(f"{printable(str(file))}: {_counted(baseline)}")
    raise typer.Exit(code)


@app.command(cls=Configured)
@configured
def update(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files and folders to scan.")],
    file: Baselined = DEFAULT_FILE,
    add_new: Annotated[bool, typer.Option("--add-new", help="Add new findings to the baseline.")] = False,
    include: o.Includes = None,
    exclude: o.Excludes = None,
    hidden: o.Hidden = False,
    no_ignore: o.NoIgnore = False,
    profile: o.ProfileName = None,
    entities: o.Entities = None,
    exclude_entities: o.ExcludeEntities = None,
    min_score: o.MinScore = None,
    country: o.Countries = None,
    language: o.Language = "en",
    model: o.ModelName = DEFAULT_MODEL,
    recognizers: o.RecognizerFiles = None,
    allow: o.AllowFiles = None,
    jobs: o.Jobs = None,
) -> None:
    """Remove fixed findings from a baseline and follow renamed files; verdicts are kept."""
    from guardrails_cli.services.baseline_review import update as updated
    from guardrails_cli.suppress.baseline import load, save

    detect = _detect(profile, language, model, country, recognizers, entities, exclude_entities, min_score)
    old = load(file, detect.key)
    walk = WalkOptions(tuple(include or ()), tuple(exclude or ()), hidden, False, not no_ignore)
    collected, code = _scan(_options(paths, walk, detect, allow, jobs), file, old.identity)
    new = updated(old, collected, add=add_new)
    save(new, file)
    typer.echo(f"{printable(str(file))}: {_counted(new)}; before {_counted(old)}")
    raise typer.Exit(code)


@app.command(cls=Configured)
@configured
def audit(
    file: File = DEFAULT_FILE,
    again: Annotated[bool, typer.Option("--all", help="Ask again about entries that have a verdict.")] = False,
    lines: Lines = 2,
    show_values: o.ShowValues = False,
    profile: o.ProfileName = None,
    min_score: o.MinScore = None,
    country: o.Countries = None,
    language: o.Language = "en",
    model: o.ModelName = DEFAULT_MODEL,
    recognizers: o.RecognizerFiles = None,
) -> None:
    """Review the findings of a baseline one by one: true or false positive. Use the options it was created with."""
    from guardrails_cli.cli.review_prompt import ask, is_terminal
    from guardrails_cli.services.baseline_review import Surroundings, Triage
    from guardrails_cli.suppress.baseline import load

    if not is_terminal():
        raise ConfigError("audit asks a person: standard input and output must be a terminal")
    detect = _detect(profile, language, model, country, recognizers, None, None, min_score, show_values)
    baseline = load(file, detect.key)
    ask(Triage(baseline, file, again=again), Surroundings(file, baseline.identity, detect), lines)


@app.command("stats")
def show_stats(file: File = DEFAULT_FILE) -> None:
    """Count the entries of a baseline by entity type and verdict."""
    from rich.table import Table

    from guardrails_cli.services.baseline_review import stats
    from guardrails_cli.suppress.baseline import read

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Entity type")
    for name in ("Known", "True", "False", "Not judged"):
        table.add_column(name, justify="right")
    rows = stats(read(file))
    for name, *counts in rows:
        table.add_row(printable(name), *(f"{count:,}" for count in counts))
    if len(rows) != 1:
        table.add_row("All", *(f"{sum(row[column] for row in rows):,}" for column in range(1, 5)))  # type: ignore[misc]
    terminal(sys.stdout).print(table)


def _detect(
    profile: o.Profile | None,
    language: str,
    model: str,
    country: str | None,
    recognizers: list[Path] | None,
    entities: str | None,
    exclude_entities: str | None,
    min_score: float | None,
    show_values: bool = False,
) -> DetectOptions:
    key, warning = fingerprint_key()
    if warning:
        complain(warning)
    return o.detect_options(
        DetectionFlags(
            profile=profile, exclude_entities=exclude_entities, language=language, model=model, country=country,
            recognizers=recognizers,
            entities=entities, min_score=min_score,
        ),
        show_values,
        key,
    )  # fmt: skip


def _options(
    paths: list[str], walk: WalkOptions, detect: DetectOptions, allow: list[Path] | None, jobs: int | None
) -> ScanOptions:
    require_paths(paths)
    return ScanOptions(
        paths=tuple(paths), walk=walk, detect=detect, allow=tuple(allow or ()), jobs=jobs,
        journal=JournalOptions(off=True),
    )  # fmt: skip


def _scan(options: ScanOptions, file: Path, identity: "Identity") -> "tuple[Collected, ExitCode]":
    """Return a scan's findings and the exit code: an interrupted scan raises, failed documents are reported."""
    from guardrails_cli.core.record import Status
    from guardrails_cli.scanning.progress import Lines as Progress
    from guardrails_cli.services.baseline_review import scan
    from guardrails_cli.system.stop import StopFlag

    stop = StopFlag()
    try:
        with stoppable(stop.request):
            collected, outcome = scan(options, file, identity, Progress(sys.stderr), stop)
    except BrokerError as error:
        raise ConfigError(str(error)) from None
    if outcome.interrupted:
        complain("interrupted: the baseline is as it was")
        raise typer.Exit(ExitCode.INTERRUPTED)
    if outcome.error:
        raise ConfigError(f"{outcome.error}; the baseline is as it was")
    _tell_failures(outcome.summary.failures)
    return collected, ExitCode.INCOMPLETE if outcome.summary.statuses[Status.FAILED] else ExitCode.OK


def _tell_failures(failures: Iterable[tuple[str, str]]) -> None:
    for path, reason in failures:
        complain(f"failed: {printable(path)}: {reason}")


def _counted(baseline: "Baseline") -> str:
    findings = sum(known.count for known in baseline.entries.values())
    documents = len({path for path, _, _ in baseline.entries})
    return f"{findings:,} findings in {documents:,} documents"
