"""`guardrails doctor`: check that everything a scan needs is installed, and advise on what is missing."""

import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError, ExitCode, GuardrailsError
from guardrails_cli.core.version import __version__
from guardrails_cli.options.model import DEFAULT_MODEL, ENV_BROKER, ENV_MODEL


def doctor(
    broker: Annotated[
        str | None, typer.Option(envvar=ENV_BROKER, help="Also check this Redis and its workers.")
    ] = None,
    model: Annotated[str, typer.Option(envvar=ENV_MODEL, help="The model to check.")] = DEFAULT_MODEL,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    health: Annotated[
        bool,
        typer.Option(
            "--health", help="Check only that the broker and a worker of this machine answer: for health checks."
        ),
    ] = False,
) -> None:
    """Check Python, command, model, server and workers, and suggest fixes. Exits with 2 if something is wrong."""
    if health and not broker:
        raise ConfigError(f"--health needs --broker or {ENV_BROKER}")
    checks: list[tuple[str, Callable[[], str]]] = [
        ("Python", _python),
        ("command", _command),
        ("fingerprint key", _key),
        ("model", lambda: _model(model)),
        ("embedded server", _server),
    ]
    if health:
        checks = []
    if broker:
        checks.append(("broker", lambda: _broker(broker, here=health)))
    results = []
    for result in _results(checks):
        results.append(result)
        if not json_:
            typer.echo(f"{result.name:16} {'ok' if result.ok else 'PROBLEM'}: {printable(result.detail)}")
    ok = all(result.ok for result in results)
    if json_:
        rows = [{"name": result.name, "ok": result.ok, "detail": result.detail} for result in results]
        typer.echo(json.dumps({"version": __version__, "ok": ok, "checks": rows}))
    if not ok:
        raise typer.Exit(ExitCode.USAGE)


@dataclass(frozen=True, slots=True)
class _Result:
    name: str
    ok: bool
    detail: str
    """Description of what was found, or the fault and its remedy."""


def _results(checks: list[tuple[str, Callable[[], str]]]) -> Iterator[_Result]:
    for name, check in checks:
        try:
            yield _Result(name, True, check())
        except (GuardrailsError, OSError) as error:
            yield _Result(name, False, str(error))


def _python() -> str:
    return f"{sys.version.split()[0]} in {sys.prefix}"


def _command() -> str:
    """Check that the command is ours: another project, Guardrails AI, installs one of the same name."""
    mine = Path(sys.prefix) / "bin" / "guardrails"
    found = shutil.which("guardrails")
    if found is None:
        return f"{mine} (not on the PATH; call it by this name or activate the environment)"
    if mine.exists() and not os.path.samefile(found, mine):  # noqa: PTH121
        raise GuardrailsError(f"`guardrails` on your PATH is {found}, another program; call {mine}")
    return found


def _key() -> str:
    from guardrails_cli.system.keys import ENV_KEY, fingerprint_key, key_path

    _, warning = fingerprint_key()
    if warning:
        raise GuardrailsError(warning)
    return f"from {ENV_KEY}" if os.environ.get(ENV_KEY) else str(key_path())


def _model(name: str) -> str:
    from guardrails_cli.detect.engine import load_engine
    from guardrails_cli.detect.ner.model_files import find_model
    from guardrails_cli.options.model import EngineOptions

    files = find_model(name)
    load_engine(EngineOptions(files.language, name))
    return f"{name} {files.version} loads; its files are {'the expected ones' if name == DEFAULT_MODEL else 'yours'}"


def _server() -> str:
    from guardrails_cli.execute.local import EmbeddedServer, find_server

    binary = find_server()
    if binary is None:
        raise GuardrailsError(
            "no server for this platform: scans run in one process. "
            "Install valkey-server or redis-server, or use --broker"
        )
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Ctrl-C must not leave the server's folder behind
    with EmbeddedServer(binary):
        return f"{binary} starts"


def _broker(url: str, here: bool) -> str:
    """Check that the broker and a worker answer; the worker is one on this machine if `here`."""
    from guardrails_cli.cluster.broker_url import reason
    from guardrails_cli.cluster.celery_app import backend_client, configure, public_url
    from guardrails_cli.cluster.retry import FAULTS

    app = configure(url)
    shown = public_url(url)
    try:
        backend_client(app).ping()
        answers = app.control.ping(timeout=2.0)
    except FAULTS as error:
        raise GuardrailsError(f"cannot reach {shown}: {reason(error)}") from None
    if not answers:
        raise GuardrailsError(f"{shown} answers, but no worker does; start one: guardrails worker --broker {shown}")
    names = sorted(name for answer in answers for name in answer)
    if here:
        names = [name for name in names if name.rpartition("@")[2] == socket.gethostname()]
        if not names:
            raise GuardrailsError(f"{shown} answers, but no worker of this machine ({socket.gethostname()}) does")
    return f"{shown} with {len(names)} worker{'s' if len(names) > 1 else ''}: {', '.join(names)}"
