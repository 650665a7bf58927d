"""`guardrails entities`: list the entity types."""

import typer

from guardrails_cli.cli.std_streams import terminal


def entities() -> None:
    """List the entity types that can be found, with their default severity."""
    from rich.table import Table
    from rich.text import Text

    from guardrails_cli.core.display import SEVERITY_STYLE
    from guardrails_cli.core.entity_types import PROMPT_INJECTION, entity_type
    from guardrails_cli.detect.engine import load_engine
    from guardrails_cli.options.model import EngineOptions

    patterns = set(load_engine(EngineOptions(model=None)).entity_types())
    names = sorted({*load_engine(EngineOptions()).entity_types(), PROMPT_INJECTION})
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("Entity type", "Severity", "Found by", "What it is"):
        table.add_column(column, overflow="fold")
    for name in names:
        known = entity_type(name)
        means = "rules" if name == PROMPT_INJECTION else "pattern" if name in patterns else "model"
        table.add_row(name, Text(known.severity.name, style=SEVERITY_STYLE[known.severity]), means, known.description)
    terminal().print(table)
    typer.echo(
        "\n'model' needs named-entity recognition: not with --profile fast. "
        "More types come with `scan --country` and `--profile thorough`."
    )
