"""`guardrails tasks`: show and cancel Celery tasks through the broker."""

import json as json_
from typing import TYPE_CHECKING, Annotated

import typer

from guardrails_cli.cli import options as o
from guardrails_cli.cli.std_streams import complain
from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ExitCode
from guardrails_cli.options.model import ENV_BROKER

if TYPE_CHECKING:
    from guardrails_cli.cluster.monitor import Monitor
    from guardrails_cli.core.json import JsonObject

app = typer.Typer(no_args_is_help=True, help="Inspect the tasks and workers of a broker, and cancel tasks.")

Task = Annotated[str, typer.Argument(metavar="TASK", help="The task's id.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON; see docs/jobs.md.")]
Broker = Annotated[str | None, typer.Option(envvar=ENV_BROKER, help="The Redis: redis://, rediss:// or unix://.")]


@app.command()
def pending(broker: Broker = None, json: Json = False) -> None:
    """Count the waiting tasks by queue, and the workers."""
    told = _monitor(broker).pending()
    if json:
        _print_json(told)
        return
    typer.echo(f"{told['pending_count']:,} waiting, {told['workers_active']:,} workers")
    _print_counts(told["queues"])


@app.command()
def workers(broker: Broker = None, json: Json = False) -> None:
    """List the workers with their processes and queues."""
    told = _monitor(broker).workers()
    if json:
        _print_json(told)
        return
    for name, stats in told["stats"].items():
        pool = stats["pool"]
        typer.echo(printable(f"{name}  {pool['max-concurrency']} processes  queues {','.join(stats['queues'])}"))
    if not told["workers"]:
        complain("no worker answers; start one: guardrails worker --broker URL")


@app.command()
def stats(broker: Broker = None, json: Json = False) -> None:
    """Count waiting, running and received tasks, and show the memory use of the broker."""
    told = _monitor(broker).stats()
    if json:
        _print_json(told)
        return
    from guardrails_cli.core.display import human_bytes

    typer.echo(f"{told['pending_count']:,} waiting, {told['running']:,} running")
    typer.echo(f"{told['workers_active']:,} workers with {told['processes']:,} processes")
    typer.echo(f"{human_bytes(told['broker']['used_memory'])} of memory used by the broker")
    _print_counts(told["received"])


@app.command()
def status(task: Task, broker: Broker = None, show_values: o.ShowValues = False, json: Json = False) -> None:
    """Show the status of a task: PENDING, STARTED, SUCCESS, FAILURE, RETRY or CANCELLED."""
    told = _shown(_monitor(broker).status(task), show_values)
    if json:
        _print_json(told)
    else:
        _print_status(told)


@app.command()
def result(
    task: Task,
    broker: Broker = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for the result.")] = 60.0,
    show_values: o.ShowValues = False,
    json: Json = False,
) -> None:
    """Wait for a task and print its result as JSON, values masked unless --show-values is given.

    Exits with 5 if the task is still running after --timeout, with 4 if it failed or was cancelled. With --json the
    result comes inside the status, and the status is printed in any case.
    """
    told = _shown(_monitor(broker).wait(task, timeout), show_values)
    if json:
        _print_json(told)
    elif told["status"] == "SUCCESS":
        _print_json(told["result"])
    else:
        complain(f"task {task}: {told['status']}" + (f": {told['message']}" if told["message"] else ""))
    if told["status"] in ("FAILURE", "CANCELLED"):
        raise typer.Exit(ExitCode.INCOMPLETE)
    if told["status"] != "SUCCESS":
        raise typer.Exit(ExitCode.RUNNING)


@app.command()
def cancel(task: Task, broker: Broker = None, json: Json = False) -> None:
    """Cancel a waiting or running task."""
    told = _monitor(broker).cancel(task)
    if json:
        _print_json(told)
    else:
        typer.echo(told["message"] + (f": {told['status']}" if told["status"] != "cancelled" else ""))
    if told["status"] != "cancelled":
        raise typer.Exit(ExitCode.USAGE)


def _monitor(broker: str | None) -> "Monitor":
    from guardrails_cli.cluster.celery_app import DEFAULT_BROKER
    from guardrails_cli.cluster.monitor import Monitor

    return Monitor(broker or DEFAULT_BROKER)


def _shown(told: "JsonObject", show_values: bool) -> "JsonObject":
    from guardrails_cli.cluster.monitor import masked

    return told if show_values else told | {"result": masked(told["result"])}


def _print_status(told: "JsonObject") -> None:
    for name, value in told.items():
        if value is not None:
            shown = json_.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
            typer.echo(printable(f"{name:13} {shown}"))


def _print_counts(counts: dict[str, int]) -> None:
    for name, count in counts.items():
        typer.echo(printable(f"  {name:25} {count:>9,}"))


def _print_json(value: object) -> None:
    typer.echo(json_.dumps(value, indent=2))
