"""The command line: one module per command, each parses, calls and returns the exit code."""

import os
import sys
from typing import Annotated

import typer

from guardrails_cli import __version__
from guardrails_cli.cli import doctor, entities, policies, redact, scan, show, worker
from guardrails_cli.errors import ExitCode, GuardrailsError

ENV_DEBUG = "GUARDRAILS_DEBUG"

app = typer.Typer(
    name="guardrails",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # they print local variables: the text of documents
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("scan", epilog=scan.EPILOG)(scan.scan)
app.command("show")(show.show)
app.command("redact")(redact.redact)
app.command("restore")(redact.restore)
app.command("worker")(worker.worker)
app.add_typer(policies.app, name="policies")
app.command("entities")(entities.entities)
app.command("doctor")(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"guardrails {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Find sensitive data in files, and say which rules it breaks and how bad that is.

    `guardrails scan PATH` is the main command; try it on the `examples` folder.
    """
    del version


def run() -> None:
    """Run the command line and exit. An error is one line on stderr; GUARDRAILS_DEBUG=1 shows where it came from."""
    try:
        app()
    except GuardrailsError as error:
        if os.environ.get(ENV_DEBUG):
            raise
        typer.echo(f"guardrails: {error}", err=True)
        sys.exit(ExitCode.USAGE)
    except Exception as error:  # a traceback could quote a document
        if os.environ.get(ENV_DEBUG):
            raise
        typer.echo(
            f"guardrails: internal error ({type(error).__name__}); please report it. "
            f"{ENV_DEBUG}=1 shows the traceback, which may quote what was scanned",
            err=True,
        )
        sys.exit(ExitCode.INCOMPLETE)
