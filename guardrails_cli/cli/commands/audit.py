"""`guardrails audit`: run and list the audits in a configuration file."""

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from guardrails_cli.cli.commands.scan import AUDIT
from guardrails_cli.cli.config_layers import Layer, layer_of, use_layers, user_file
from guardrails_cli.cli.settings_schema import settings
from guardrails_cli.cli.std_streams import complain, terminal
from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError, ExitCode
from guardrails_cli.options.config_file import ConfigFile, find, read

app = typer.Typer(no_args_is_help=True, help="Run and list recurring scans; see docs/audits.md.")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar="GUARDRAILS_CONFIG",
        show_envvar=False,
        help="Configuration file with the audits. Default: found upwards from here, else the user's own.",
        show_default=False,
    ),
]


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True}, options_metavar="[SCAN OPTIONS]"
)
def run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the audit.")],
    config: ConfigOption = None,
) -> None:
    """Run an audit: scan, write its reports, and show what changed since its last run.

    Options of `guardrails scan` after NAME override the file. The exit code is that of the scan, or 75 if the audit's
    last run is still going on; nothing is scanned then.
    """
    from guardrails_cli.services import audits

    file, layers = audit_file(config)
    audit = audits.audit_named(name, audits.audits_of(file), str(file.path))
    values = audits.filled(audit, datetime.now().astimezone())
    for output in values.get("output", ()):
        _make_folder(Path(output).parent)
    context.meta[AUDIT] = audit
    use_layers(context, [Layer(values, f"{file.path}: audits.{name}", {}), *layers])
    command = context.find_root().command.get_command(context, "scan")  # type: ignore[attr-defined]
    try:
        with audits.alone(audit.slot):
            arguments = [*context.args, "--", *audit.paths]
            with command.make_context("scan", arguments, parent=context) as scan:
                command.invoke(scan)
    except audits.Overlap:
        complain(f"audit {name}: skipped, because its last run is not over")
        raise typer.Exit(ExitCode.OVERLAP) from None


@app.command("list")
def list_(config: ConfigOption = None) -> None:
    """List the audits with their crontabs, last runs and next runs."""
    from rich.table import Table
    from rich.text import Text

    from guardrails_cli.services import audits
    from guardrails_cli.services.schedule import next_run

    file, _ = audit_file(config)
    now = datetime.now().astimezone()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("Audit", "Crontab", "Last run", "Next run", "Paths"):
        table.add_column(column, overflow="fold")
    for audit in audits.audits_of(file).values():
        before, due = audits.earlier(audit.slot), next_run(audit, now)
        last = datetime.fromisoformat(before.finished_at).astimezone() if before else None
        times = [f"{time:%Y-%m-%d %H:%M}" if time else "-" for time in (last, due)]
        table.add_row(audit.name, audit.crontab or "-", *times, Text(printable(", ".join(audit.paths))))
    terminal().print(table)


def audit_file(config: Path | None) -> tuple[ConfigFile, list[Layer]]:
    """Return the file that names the audits, and the options that configuration files give to all of them.

    Raises:
        ConfigError: if no file has audits.

    """
    own = user_file()
    if config is not None:
        file: ConfigFile | None = read(config, settings())
    else:
        file, told = find(".", settings())
        for line in told:
            complain(line)
        file = file if file is not None and file.audits else own
    if file is None or not file.audits:
        raise ConfigError(f"no audits in {file.path if file else 'any configuration'}; docs/audits.md has an example")
    return file, [layer_of(each) for each in (file, own) if each is not None]


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {os.fspath(path)}: {error.strerror}") from None
