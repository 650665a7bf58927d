"""`guardrails policies`: look at policy packs and check one's own."""

from pathlib import Path
from typing import Annotated

import typer

from guardrails_cli.cli.streams import terminal
from guardrails_cli.errors import ExitCode
from guardrails_cli.text import printable

app = typer.Typer(no_args_is_help=True, help="List, show and validate policy packs.")


@app.command("list")
def list_() -> None:
    """List the built-in policy packs."""
    from rich.table import Table

    from guardrails_cli.policy.load import builtin_packs

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("Framework", "Rules", "Version", "Title", "Source"):
        table.add_column(column, overflow="fold")
    for pack in builtin_packs():
        table.add_row(pack.framework, str(len(pack.rules)), pack.version, pack.title, pack.source)
    terminal().print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="FRAMEWORK|RULE", help="Such as HIPAA or HIPAA_001.")],
) -> None:
    """Show the rules of a framework, or one rule."""
    from guardrails_cli.errors import ConfigError
    from guardrails_cli.policy.load import builtin_packs
    from guardrails_cli.yaml_faults import nearest

    packs = {pack.framework: pack for pack in builtin_packs()}
    rules = {rule.rule_id: rule for pack in packs.values() for rule in pack.rules}
    wanted = name.upper()
    if wanted in packs:
        pack = packs[wanted]
        typer.echo(f"{pack.framework}: {pack.title} ({pack.source}), version {pack.version}\n")
        chosen = pack.rules
    elif wanted in rules:
        chosen = (rules[wanted],)
    else:
        raise ConfigError(f"no framework or rule {name!r}{nearest(name, [*packs, *rules])}")
    for rule in chosen:
        needed = f"{rule.min_count} or more of " if rule.min_count > 1 else ""
        typer.echo(f"{rule.rule_id}  {rule.severity.name}  {rule.action}  {rule.name}")
        typer.echo(
            f"    fires on  {needed}{', '.join(sorted(rule.entity_types))} with a score of {rule.min_score} or more"
        )
        typer.echo(f"    citation  {rule.citation}")
        typer.echo(f"    message   {rule.message}")


@app.command()
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Policy packs, YAML files.")],
) -> None:
    """Check policy packs; faults are told with file, line and key. Exits with 2 if there are any.

    An entity type that nothing finds is a warning, with the nearest known one: your own recognizer may find it.
    """
    from guardrails_cli.policy.load import validate as faults_of
    from guardrails_cli.policy.load import warnings

    failed = False
    for path in files:
        try:
            data = path.read_bytes()
            faults = faults_of(data, str(path))
        except OSError as error:
            faults = [f"{path}: cannot read: {error.strerror}"]
        failed = failed or bool(faults)
        for fault in faults:
            typer.echo(printable(fault), err=True)
        if not faults:
            for warning in warnings(data, str(path)):
                typer.echo(f"{printable(warning)} (warning)", err=True)
            typer.echo(f"{printable(str(path))}: valid")
    if failed:
        raise typer.Exit(ExitCode.USAGE)
