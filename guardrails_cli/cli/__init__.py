"""The command line: one module per command, which parses, calls and returns the exit code."""

import os
import re
import sys
from typing import Annotated, Any

import typer

from guardrails_cli.cli import coordinate
from guardrails_cli.cli.commands import (
    audit,
    baseline,
    beat,
    config,
    doctor,
    entities,
    explain,
    init,
    jobs,
    policies,
    redact,
    report,
    scan,
    show,
    tasks,
    worker,
)
from guardrails_cli.cli.config_layers import Configured, configured
from guardrails_cli.cli.help import arrange
from guardrails_cli.cli.std_streams import complain, forget, make_usable
from guardrails_cli.core.errors import ExitCode, GuardrailsError
from guardrails_cli.core.version import __version__
from guardrails_cli.system import log
from guardrails_cli.system.secrets import from_files

ENV_DEBUG = "GUARDRAILS_DEBUG"

app = typer.Typer(
    name="guardrails",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # they print local variables: the text of documents
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("scan", cls=Configured, epilog=scan.EPILOG)(configured(scan.scan))
app.command("show", cls=Configured)(configured(show.show))
app.command("redact", cls=Configured)(configured(redact.redact))
app.command("restore")(redact.restore)
app.add_typer(report.app, name="report")
app.command("submit", cls=Configured, epilog=scan.EPILOG)(configured(jobs.submit))
app.command("status")(jobs.status)
app.command("watch")(jobs.watch)
app.command("result")(jobs.result)
app.command("cancel")(jobs.cancel)
app.command("retry")(jobs.retry)
app.command("list")(jobs.list_)
app.command("coordinate", hidden=True)(coordinate.coordinate)
app.command("worker")(worker.worker)
app.add_typer(tasks.app, name="tasks")
app.command("init")(init.init)
app.add_typer(config.app, name="config")
app.add_typer(audit.app, name="audit")
app.command("beat")(beat.beat)
app.add_typer(policies.app, name="policies")
app.add_typer(baseline.app, name="baseline")
app.command("entities")(entities.entities)
app.command("explain")(explain.explain)
app.command("doctor")(doctor.doctor)
arrange(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"guardrails {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help=f"Show tracebacks of errors, as {ENV_DEBUG}=1 does; they may quote documents."),
    ] = False,
) -> None:
    """Find sensitive data in files, the rules it violates, and its risk.

    `guardrails scan PATH` is the main command; try it on the `examples` folder.
    """
    del version
    if debug:
        os.environ[ENV_DEBUG] = "1"


def run() -> None:
    """Run the command line and exit. An error is one line on stderr; --debug shows its traceback."""
    make_usable()
    log.use(log.wanted(sys.argv[1:], os.environ))
    code = _run()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            forget(stream)
    sys.exit(code)


def _run() -> int:
    try:
        os.environ.update(from_files(os.environ))
        return int(app(standalone_mode=False) or ExitCode.OK)
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except (SystemExit, BrokenPipeError) as error:
        if not isinstance(error, BrokenPipeError) and not isinstance(error.__context__, BrokenPipeError):
            raise
        # The reader of stdout is gone, as `head` does when it has enough. Typer would exit with 1, a finding's code.
        forget(sys.stdout)
        return ExitCode.OK
    except Exception as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            error.show()  # type: ignore[attr-defined]
            return ExitCode.USAGE
        if os.environ.get(ENV_DEBUG):
            raise
        code, message = explained(error)
        complain(message, "error")
        return code


def explained(error: Any) -> tuple[ExitCode, str]:
    """Return the exit code of an error and one line for the user; never a traceback, which could quote a document."""
    if isinstance(error, GuardrailsError):
        return ExitCode.USAGE, str(error)
    if hasattr(error, "format_message"):  # Typer's parser raised it; its class differs between versions
        context = getattr(error, "ctx", None)
        message = _suggesting(" ".join(error.format_message().split()).replace("Value error, ", "").rstrip("."))
        message = message[:1].lower() + message[1:]
        if context is None:
            return ExitCode.USAGE, message
        see = f"ee {context.command_path} --help"
        return ExitCode.USAGE, f"{message} S{see}" if message.endswith("?") else f"{message}; s{see}"
    if isinstance(error, OSError):
        return ExitCode.INCOMPLETE, f"the system refuses: {error.strerror or type(error).__name__}"
    return ExitCode.INCOMPLETE, (
        f"internal error ({type(error).__name__}); please report it. "
        f"`guardrails --debug …` shows the traceback, which may quote what was scanned"
    )


def _suggesting(message: str) -> str:
    """Return the parser's message with a suggestion, worded as in other messages."""
    message = re.sub(r" \(env var: '\[.*?\]'\)", "", message)  # a list of variables that nobody used
    message = re.sub(r"\. Did you mean (.*)\?$", r"; did you mean \1?", message)
    message = re.sub(r" \(Possible options: (.*)\)$", r"; did you mean \1?", message)
    match = re.search(r": '([^']{1,40})' is not one of ('.*')$", message)
    if match is None:
        return message
    from guardrails_cli.core.schemas.yaml_check import nearest

    return message + nearest(match[1], re.findall(r"'([^']*)'", match[2]))
