"""`guardrails config`: show the effective options with their origins, and the schema of configuration files."""

import json
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from guardrails_cli.cli.config_layers import ConfigOption, IsolatedOption, origins
from guardrails_cli.cli.settings_schema import settings
from guardrails_cli.cli.std_streams import terminal
from guardrails_cli.core.display import printable

app = typer.Typer(no_args_is_help=True, help="Show the effective options and their origins; see docs/configuration.md.")

PathArgument = Annotated[str, typer.Argument(metavar="[PATH]", help="Path that would be scanned.", show_default=False)]
SECRET = ("password",)
DEFAULT = "default"


@app.command()
def show(
    context: typer.Context,
    path: PathArgument = ".",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigOption = None,
    isolated: IsolatedOption = False,
) -> None:
    """Print the options that a scan of PATH would use, each with its origin. Passwords are not shown."""
    rows = list(_rows(context, path, config, isolated))
    if as_json:
        typer.echo(json.dumps({name: {"value": value, "origin": origin} for name, value, origin in rows}, indent=2))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("Option", "Value", "Origin"):
        table.add_column(column, overflow="fold")
    for name, value, origin in rows:
        style = "dim" if origin == DEFAULT else ""
        table.add_row(name, Text(printable(_text(value))), Text(printable(origin)), style=style)
    terminal().print(table)


def _rows(context: Any, path: str, config: Path | None, isolated: bool) -> Iterator[tuple[str, Any, str]]:
    """Yield name, value and origin of each option, as `guardrails scan PATH` would take them."""
    command = context.find_root().command.get_command(context, "scan")
    flags = [*(("--config", str(config)) if config else ()), *(("--isolated",) if isolated else ())]
    with command.make_context("scan", [*flags, "--quiet", "--", path], parent=context) as scan:
        known = origins(scan)
        quiet = known.pop("quiet")  # only to keep this silent
        for name, setting in settings().items():
            origin = known.get(name)
            value = _plain(scan.params[setting.parameter]) if name != "quiet" else quiet.rank != 0
            yield name, _shown(name, value), origin.text if origin else DEFAULT


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _shown(name: str, value: Any) -> Any:
    if name in SECRET and value:
        return "***"
    if name == "broker" and value:
        from guardrails_cli.cluster.celery_app import public_url

        return public_url(value)
    return value


def _text(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@app.command("path")
def path_(path: PathArgument = ".") -> None:
    """Print the configuration files that a scan of PATH uses, and those it would use if they existed."""
    from guardrails_cli.cli.config_layers import user_file
    from guardrails_cli.cli.std_streams import complain
    from guardrails_cli.options.config_file import FILE_NAME, candidates, find, user_path

    found, told = find(path, settings())
    for line in told:
        complain(line)
    places = [place for place in candidates(path) if place.name == FILE_NAME]
    own = user_file()
    nearest = found.path if found else f"none ({FILE_NAME} or pyproject.toml, from {places[0]} to {places[-1].parent})"
    typer.echo(printable(f"found  {nearest}"))
    typer.echo(printable(f"user   {own.path if own else f'none ({user_path()})'}"))


@app.command("schema")
def schema_() -> None:
    """Print the JSON Schema of a configuration file, for editors."""
    typer.echo(schema_text(), nl=False)


def schema_text() -> str:
    """Return the JSON Schema of a configuration file as the package holds it."""
    from guardrails_cli.options.config_file import schema

    return json.dumps(schema(settings()), indent=2, ensure_ascii=False) + "\n"
