"""`guardrails policies`: show, compare and test policy packs, and validate one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guardrails_cli.cli import completion
from guardrails_cli.cli.std_streams import terminal
from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from guardrails_cli.policy.packs import Pack, Rule

app = typer.Typer(no_args_is_help=True, help="List, show, validate, test and compare policy packs.")

Packs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FRAMEWORK|FILE…",
        help="Built-in frameworks or pack files. Default: all built-in ones.",
        autocompletion=completion.packs,
    ),
]


@app.command("list")
def list_() -> None:
    """List the built-in policy packs."""
    from rich.table import Table

    from guardrails_cli.policy.load import DEFAULT_FRAMEWORKS, builtin_packs

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("Framework", "Rules", "Default", "Version", "Title", "Source"):
        table.add_column(column, overflow="fold")
    for pack in builtin_packs():
        default = "yes" if pack.framework in DEFAULT_FRAMEWORKS else "no"
        table.add_row(pack.framework, str(len(pack.rules)), default, pack.version, pack.title, pack.source)
    terminal().print(table)


@app.command()
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="FRAMEWORK|RULE|FILE",
            help="A framework, a rule or a pack file, such as HIPAA, HIPAA_001 or own.yaml.",
            autocompletion=completion.packs_and_rules,
        ),
    ],
) -> None:
    """Show the rules of a framework or of a pack file, or one rule."""
    from guardrails_cli.core.schemas.yaml_check import nearest
    from guardrails_cli.policy.describe import describe
    from guardrails_cli.policy.files import builtin_files
    from guardrails_cli.policy.load import builtin_packs, find_pack

    wanted = name.upper()
    if wanted not in builtin_files() and not _is_file(name):
        rules = {rule.rule_id: rule for pack in builtin_packs() for rule in pack.rules}
        if wanted not in rules:
            raise ConfigError(f"no framework, rule or file {name!r}{nearest(name, [*builtin_files(), *rules])}")
        _print_rule(rules[wanted], describe(rules[wanted]))
        return
    pack = find_pack(name)
    typer.echo(f"{pack.framework}: {pack.title} ({pack.source}), version {pack.version}\n")
    for rule in pack.rules:
        _print_rule(rule, describe(rule))


def _print_rule(rule: "Rule", lines: dict[str, str]) -> None:
    typer.echo(f"{rule.rule_id}  {rule.severity.name}  {rule.action}  {rule.name}")
    for key, text in lines.items():
        typer.echo(f"    {key:<12}{text}")


@app.command()
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Policy packs, YAML files.")],
) -> None:
    """Check policy packs and report errors with file, line and key. Exits with 2 if there are any.

    Entity types without a recognizer are warnings, with the nearest known type, since your own recognizer may find
    them; expired exceptions are warnings too.
    """
    from guardrails_cli.policy.validate import check_pack, warnings

    failed = False
    for path in files:
        try:
            faults, content = check_pack(path.read_bytes(), str(path))
        except OSError as error:
            faults, content = [f"{path}: cannot read: {error.strerror}"], None
        failed = failed or bool(faults)
        for fault in faults:
            typer.echo(printable(fault), err=True)
        if content is not None:
            for warning in warnings(content):
                typer.echo(f"{printable(warning)} (warning)", err=True)
            typer.echo(f"{printable(str(path))}: valid")
    if failed:
        raise typer.Exit(ExitCode.USAGE)


@app.command()
def test(names: Packs = None) -> None:
    """Scan the examples inside packs and check that each fires its rule, or passes. Exits with 1 if one does not.

    Rules without examples and rules that no scan can check are counted.
    """
    from guardrails_cli.policy.load import builtin_packs, find_pack
    from guardrails_cli.services.pack_tests import run

    packs = [find_pack(name) for name in names] if names else builtin_packs()
    failed = False
    for pack in packs:
        outcomes = list(run(pack))
        wrong = [outcome for outcome in outcomes if not outcome.passed]
        failed = failed or bool(wrong)
        for outcome in wrong:
            typer.echo(printable(str(outcome)), err=True)
        typer.echo(f"{pack.framework}: {_tested(pack, len(outcomes), len(wrong))}")
    if failed:
        raise typer.Exit(ExitCode.FINDINGS)


def _tested(pack: "Pack", examples: int, wrong: int) -> str:
    untested = sum(rule.detectable and not rule.examples for rule in pack.rules)
    undetectable = sum(not rule.detectable for rule in pack.rules)
    parts = [f"{examples - wrong} of {examples} examples as they should be"]
    if untested:
        parts.append(f"{untested} of {len(pack.rules)} rules without examples")
    if undetectable:
        parts.append(f"{undetectable} that a scan cannot check")
    return ", ".join(parts)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="FRAMEWORK|FILE", autocompletion=completion.packs)],
    new: Annotated[str, typer.Argument(metavar="FRAMEWORK|FILE", autocompletion=completion.packs)],
) -> None:
    """Compare two packs: rules that only one of them has, and rules that differ."""
    from guardrails_cli.policy.describe import differences
    from guardrails_cli.policy.load import find_pack

    lines = differences(find_pack(old), find_pack(new))
    for line in lines:
        typer.echo(printable(line))
    if not lines:
        typer.echo("no difference")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a policy pack, for editors."""
    from guardrails_cli.policy.files import builtin_folder

    typer.echo((builtin_folder() / "schema.json").read_text(encoding="utf-8"), nl=False)


def _is_file(name: str) -> bool:
    path = Path(name)
    return path.suffix.lower() in (".yaml", ".yml") or path.exists()
