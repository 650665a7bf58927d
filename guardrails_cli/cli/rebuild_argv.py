"""Rebuild a command line from parsed options, to pass it to another process."""

import typer

SECRET = frozenset({"password", "broker"})
"""Options that are handed over but never stored."""
OTHERS = frozenset({"paths", "format_", "quiet", "config", "isolated"})
"""Options that a job handles in its own way."""


def command_line(context: typer.Context) -> list[str]:
    """Return the effective options that differ from their defaults, whatever their origin, as `--name=value`."""
    line: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name in SECRET | OTHERS or source is None or source.name == "DEFAULT":
            continue
        option = max(parameter.opts, key=len)
        value = context.params[name]
        if isinstance(value, bool):
            line += [option] if value else []
        else:
            values = value if isinstance(value, list | tuple) else [value]
            line += [f"{option}={one}" for one in values if one is not None]
    formats = context.params["format_"] or ()
    outputs = context.params["output"] or ()
    return [*line, *(f"--format={one}" for one in formats[: len(outputs)])]


def spare_format(context: typer.Context) -> str | None:
    """Return the format of the report that would go to standard output."""
    spare = list(context.params["format_"] or ())[len(context.params["output"] or ()) :]
    return str(spare[0]) if spare else None
