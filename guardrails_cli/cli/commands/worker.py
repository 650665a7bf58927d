"""`guardrails worker`: a Celery worker for scans from here or elsewhere."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from guardrails_cli.cli.options import LogFormat
from guardrails_cli.options.model import DEFAULT_MODEL, ENV_BROKER, ENV_CLUSTER_KEY, ENV_MODEL, ENV_ROOTS
from guardrails_cli.system import log
from guardrails_cli.system.log import ENV_LOG_FORMAT
from guardrails_cli.system.processes import cpu_count


class LogLevel(StrEnum):
    """The severity from which a worker logs."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"
    critical = "critical"


def worker(
    broker: Annotated[
        str | None,
        typer.Option(envvar=ENV_BROKER, help="Redis to take work from: redis://, rediss:// or unix://."),
    ] = None,
    queues: Annotated[
        str, typer.Option(help="Comma-separated queues to serve.")
    ] = "default,detection,compliance,redaction,scoring",
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Worker processes. Default: one per core.", show_default=False)
    ] = None,
    model: Annotated[
        str, typer.Option(envvar=ENV_MODEL, help="Model to load at the start; `none` for patterns only.")
    ] = DEFAULT_MODEL,
    root: Annotated[
        list[str] | None,
        typer.Option(
            help="Read documents below this folder or URL by reference. Repeatable; needs a cluster key.",
            show_default=False,
        ),
    ] = None,
    loglevel: Annotated[LogLevel, typer.Option(help="How much to log.", case_sensitive=False)] = LogLevel.info,
    log_format: Annotated[
        LogFormat,
        typer.Option(
            envvar=ENV_LOG_FORMAT,
            show_envvar=False,
            case_sensitive=False,
            help="Format of stderr: lines for people, or one JSON object a line.",
        ),
    ] = LogFormat.text,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Serve Prometheus metrics at this port; 0 takes a free one.", show_default=False
        ),
    ] = None,
    metrics_host: Annotated[str, typer.Option(help="Address to serve metrics at.")] = "127.0.0.1",
) -> None:
    """Run a worker for scans that use the same --broker. Ctrl-C stops it after its running tasks."""
    from importlib import import_module

    from guardrails_cli.cluster.by_reference import ENV_SECRET
    from guardrails_cli.cluster.celery_app import DEFAULT_BROKER, QUEUES, backend_client, configure, public_url
    from guardrails_cli.core.errors import ConfigError
    from guardrails_cli.core.schemas.yaml_check import nearest
    from guardrails_cli.execute.local import ENV_PARENT

    names = [name.strip() for name in queues.split(",") if name.strip()]
    for name in names:
        if name not in QUEUES:
            raise ConfigError(f"unknown queue {name!r}{nearest(name, QUEUES)}; known: {', '.join(QUEUES)}")
    log.use(log_format.value)
    os.environ[ENV_MODEL] = model
    os.environ[ENV_ROOTS] = "\n".join(_roots(root or []))
    celery = configure(broker or DEFAULT_BROKER)
    _require_entry(backend_client(celery))
    import_module("guardrails_cli.tasks")
    parent = int(os.environ.get(ENV_PARENT, "0"))
    if not parent:
        os.environ.pop(ENV_SECRET, None)  # only a worker that a scan starts for itself reads whatever that names
    if parent:
        _bind(parent, Path(str(celery.conf.broker_url).partition("://")[2].partition("?")[0]))
    else:
        log.say(f"worker for {public_url(broker or DEFAULT_BROKER)}, queues {', '.join(names)}", "worker_starts")
    with nullcontext() if metrics_port is None else _counted(metrics_host, metrics_port, celery, names):
        # Mingle, gossip and heartbeats are for workers that talk to each other; ours do not, and they cost a second.
        celery.worker_main(
            [
                *(["--quiet"] if log.is_json() else []),  # to suppress its banner
                "worker",
                "--pool=prefork",
                f"--concurrency={concurrency or cpu_count()}",
                f"--queues={','.join(names)}",
                f"--loglevel={'warning' if parent else loglevel.value}",
                f"--hostname=guardrails-{os.getpid()}@%h",
                "--without-mingle",
                "--without-gossip",
                "--without-heartbeat",
            ]
        )


@contextlib.contextmanager
def _counted(host: str, port: int, celery: Any, queues: list[str]) -> Iterator[None]:
    """Count the work of this worker and its children, and answer Prometheus."""
    from importlib import import_module

    from guardrails_cli.cluster.celery_app import impatient_client
    from guardrails_cli.cluster.metrics import queue_lengths, served, worker_metrics

    client = impatient_client(celery)
    with served(host, port, lambda: queue_lengths(client, queues)) as server:
        import_module("guardrails_cli.tasks.telemetry").count(worker_metrics(), server.close)
        log.say(f"metrics at http://{host}:{server.port}/metrics", "metrics_served", port=server.port)
        yield


def _roots(roots: list[str]) -> list[str]:
    """Return the folders and URLs from which documents may be read; folders have no links."""
    from guardrails_cli.cluster.envelope import cluster_key
    from guardrails_cli.core.errors import ConfigError
    from guardrails_cli.inputs.registry import input_of

    key = cluster_key()  # report an unusable key now, not at the first message
    if roots and key is None:
        raise ConfigError(
            f"--root needs a cluster key in {ENV_CLUSTER_KEY}: without one, whoever can write to the broker could "
            "have any file below it read"
        )
    return [input_of(root).root(root) for root in roots]


def _require_entry(client: Any) -> None:
    """Raise ConfigError for a fault that no retry can help; wait for a broker that is only unreachable."""
    from guardrails_cli.cluster.broker_url import reason
    from guardrails_cli.cluster.retry import FAULTS, is_lasting
    from guardrails_cli.core.errors import ConfigError

    try:
        client.ping()
    except FAULTS as error:
        if is_lasting(error):
            raise ConfigError(f"cannot reach the broker: {reason(error)}") from None


def _bind(parent: int, socket: Path) -> None:
    """End this worker and its server, and remove their folder, when the scan that started them is gone."""
    from guardrails_cli.system.processes import watch_parent

    def end() -> None:
        import signal
        from socket import AF_UNIX
        from socket import socket as connection

        with contextlib.suppress(OSError), connection(AF_UNIX) as server:
            server.connect(str(socket))
            server.sendall(b"SHUTDOWN NOSAVE\r\n")
        shutil.rmtree(socket.parent, ignore_errors=True)
        if os.getpgrp() == os.getpid():  # as a scan starts it: its children are in the group, and nobody else
            os.killpg(0, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    watch_parent(parent, end)  # also if it is already gone
