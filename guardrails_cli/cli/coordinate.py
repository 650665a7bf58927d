"""The hidden command of a job's process: `guardrails scan` with a record of its own instead of a display."""

import json
import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guardrails_cli.core.errors import ExitCode

if TYPE_CHECKING:
    from guardrails_cli.scanning.run import Scan
    from guardrails_cli.services.jobs.record import Job
    from guardrails_cli.services.jobs.recorder import JobDisplay, Keeper
    from guardrails_cli.services.jobs.store import JobFolder


def coordinate(
    job: Annotated[str, typer.Argument()],
    lock: Annotated[int, typer.Argument(help="Descriptor of the lock that marks the job as running.")],
    secrets: Annotated[int, typer.Argument(help="Descriptor of a pipe.")],
) -> None:
    """Run a job. Started by `guardrails submit`, not by people."""
    from guardrails_cli.services.jobs.recorder import Keeper
    from guardrails_cli.services.jobs.store import JobFolder

    os.set_inheritable(lock, False)  # a worker that outlived this process must not look like it
    with open(secrets, encoding="ascii") as pipe:  # noqa: PTH123
        given = json.load(pipe)
    # Before and after the scan, which handles them, these signals would leave a job without an end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it survives its terminal
    folder = JobFolder(job)
    record = folder.read()
    if record is None:
        raise typer.Exit(ExitCode.USAGE)
    keeper = Keeper(folder, replace(record, pid=os.getpid(), host=os.uname().nodename), None)
    raise typer.Exit(_run(keeper, given))


def _run(keeper: "Keeper", given: dict[str, Any]) -> int:
    """Run the scan and record its end; return the scan's exit code."""
    from guardrails_cli import cli
    from guardrails_cli.services.jobs.broker_board import Board
    from guardrails_cli.services.jobs.record import State, now

    code: int = ExitCode.INCOMPLETE
    error: str | None = None
    try:
        if given["broker"]:
            keeper.board = Board(given["broker"])
        keeper.update(keeper.job)
        os.chdir(keeper.job.cwd)
        _send_stdout_to(keeper.folder)
        _forget_environment(cli.app)
        arguments = _arguments(keeper.folder, keeper.job, given)
        code = int(cli.app(arguments, standalone_mode=False, obj=_display_for(keeper)) or ExitCode.OK)
    except Exception as raised:  # noqa: BLE001 - the job's record must show any failure
        code, error = cli.explained(raised)
        print(f"guardrails: {error}", file=sys.stderr, flush=True)  # noqa: T201 - to the log
    job = keeper.job
    reported = job.result is not None and keeper.folder.report.is_file()
    error = error or job.error or (None if reported else _last_words(keeper.folder))
    cancelled = code == ExitCode.INTERRUPTED
    state = State.CANCELLED if cancelled else State.FAILURE if error else State.SUCCESS
    result = job.result | {"exit_code": code} if job.result is not None and reported else None
    if state is State.SUCCESS:
        keeper.folder.remove_journal()
    keeper.update(replace(job, status=state, finished_at=now(), pid=None, error=error, result=result))
    return code


def _arguments(folder: "JobFolder", job: "Job", given: dict[str, Any]) -> list[str]:
    """Return the command line of the scan: the user's options, and those that make it this job's."""
    kept = [option.partition("=")[0] for option in job.options]
    own_journal = job.resumable and not {"--state", "--incremental"}.intersection(kept)
    return [
        "scan",
        "--isolated",
        *job.options,
        f"--output={folder.report}",
        *([f"--state={folder.journal}"] if own_journal else []),
        *(["--resume"] if job.resumable and job.attempt > 1 else []),
        *([f"--broker={given['broker']}"] if given["broker"] else []),
        *(f"--password={password}" for password in given["passwords"]),
        "--",
        *job.paths,
    ]


def _display_for(keeper: "Keeper") -> Any:
    def display(job: "Scan", _quiet: bool, verbose: bool) -> "JobDisplay":
        from guardrails_cli.scanning.plan import listing_of
        from guardrails_cli.services.jobs.recorder import JobDisplay

        return JobDisplay(keeper, sys.stderr, listing_of(job.plan.options), verbose)

    return display


def _forget_environment(app: typer.Typer) -> None:
    """Use only the options that were in force at the start, also in an attempt that begins elsewhere."""
    command: Any = typer.main.get_command(app)
    for option in command.commands["scan"].params:
        for name in option.envvar if isinstance(option.envvar, list) else [option.envvar]:
            os.environ.pop(name or "", None)


def _send_stdout_to(folder: "JobFolder") -> None:
    """Write the summary, which a scan prints on stdout, to a file of its own."""
    descriptor = os.open(folder.summary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    os.dup2(descriptor, 1)
    os.close(descriptor)


def _last_words(folder: "JobFolder") -> str:
    from guardrails_cli.execute.local import last_line

    return last_line(folder.log)
