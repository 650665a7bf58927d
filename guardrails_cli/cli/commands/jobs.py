"""`guardrails submit`, `status`, `watch`, `result`, `cancel`, `retry`, `list`: background scans."""

import functools
import os
import signal
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guardrails_cli.cli import options as o
from guardrails_cli.cli.commands import scan as scan_command
from guardrails_cli.cli.std_streams import complain
from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError, ExitCode
from guardrails_cli.options.model import ENV_BROKER

if TYPE_CHECKING:
    from guardrails_cli.core.json import JsonObject
    from guardrails_cli.services.jobs.record import Job
    from guardrails_cli.services.jobs.store import JobFolder

POLL_SECONDS = 0.3
JobId = Annotated[str, typer.Argument(metavar="JOB", help="Job id, as printed by `guardrails submit`.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON; see docs/jobs.md.")]
Broker = Annotated[
    str | None,
    typer.Option(envvar=ENV_BROKER, help="Include the jobs recorded at this Redis, from any machine."),
]


@functools.wraps(scan_command.scan, assigned=("__annotations__",))
def submit(context: typer.Context, **_: Any) -> None:
    """Start a scan in the background and print its job id. Takes all options of `guardrails scan`."""
    from guardrails_cli.cli.rebuild_argv import command_line, spare_format
    from guardrails_cli.services.jobs.launch import Secrets, new_job
    from guardrails_cli.services.jobs.launch import submit as start
    from guardrails_cli.services.jobs.record import without_credentials
    from guardrails_cli.services.jobs.store import new_id, prune

    given = context.params
    if "-" in given["paths"]:
        raise ConfigError("a job cannot scan standard input; use `guardrails scan -`")
    prune()
    broker = given["broker"] or None
    passwords = tuple(given["password"] or ())
    record = new_job(new_id(), tuple(given["paths"]), tuple(command_line(context)))
    job = start(
        replace(
            record,
            broker=_public(broker),
            broker_url=without_credentials(broker) if broker else None,
            format=spare_format(context),
            needs_password=bool(passwords),
            resumable=not (given["no_journal"] or given["show_values"] or given["context_chars"]),
        ),
        Secrets(broker, passwords),
    )
    typer.echo(job.task_id)
    if not given["quiet"]:
        complain(f"job submitted; `guardrails watch {job.task_id}` follows it, `guardrails result {job.task_id}` "
                 "gives its report")  # fmt: skip


def status(job: JobId, broker: Broker = None, json: Json = False) -> None:
    """Show the progress of a job."""
    seen = _look(job, broker)
    if json:
        _print_json(seen)
    else:
        for line in _lines(seen):
            typer.echo(line)


def watch(job: JobId, broker: Broker = None, json: Json = False) -> None:
    """Follow a job until it ends, and exit with the code of its scan. Ctrl-C stops watching; the job goes on."""
    from guardrails_cli.cli.job_view import following

    signal.signal(signal.SIGINT, signal.default_int_handler)  # to restore the terminal's cursor
    seen = _look(job, broker)
    try:
        with following(seen) as show:
            while not _over(seen):
                show(seen)
                time.sleep(POLL_SECONDS)
                seen = _look(job, broker)
            show(seen)
    except KeyboardInterrupt:
        complain(f"the job goes on; `guardrails cancel {job}` ends it")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    if json:
        _print_json(seen)
    else:
        _print_end(job, seen)
    raise typer.Exit(_exit_code(seen))


def result(job: JobId, format_: o.Formats = None, output: o.Outputs = None) -> None:
    """Print the report of a job of this machine in any format, or its summary if no format is given.

    Exits with 0 if there is a report, with 5 while the job is running, with 4 if it failed without a report.
    """
    from guardrails_cli.cli.commands.report import write
    from guardrails_cli.results.saved_report import SavedReport
    from guardrails_cli.services.jobs.record import State

    folder, record = _local(job)
    if not record.status.over:
        complain(f"job {job} is {record.status}; `guardrails watch {job}` waits for it")
        raise typer.Exit(ExitCode.RUNNING)
    if record.result is None:
        complain(f"job {job} has no report: {record.error}; `guardrails retry {job}` goes on with it")
        raise typer.Exit(ExitCode.INCOMPLETE)
    if record.status is not State.SUCCESS:
        complain(f"the report is partial: {record.error or 'the job was cancelled'}")
    formats = format_ or ([o.Format(record.format)] if record.format and not output else [])
    if formats or output:
        saved = SavedReport(folder.report)
        write(formats, output, [folder.report], saved.documents(), saved.run, saved.summary)
    else:
        sys.stdout.write(folder.summary.read_text(encoding="utf-8"))


def cancel(
    job: JobId,
    broker: Broker = None,
    now: Annotated[bool, typer.Option("--now", help="Drop documents in flight instead of finishing them.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for the job to end.")] = 60.0,
    json: Json = False,
) -> None:
    """Cancel a job: documents in flight are finished, and the partial report is kept."""
    seen = _look(job, broker)
    if _over(seen):
        raise ConfigError(f"job {job} has ended already: {seen['status']}")
    deadline = time.monotonic() + timeout
    folder = _folder(job)
    if folder is not None:
        seen = _signal(folder, now, deadline)
    else:
        from guardrails_cli.services.jobs.broker_board import Board

        Board(broker or "").cancel(job, now)
    while not _over(seen) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        seen = _look(job, broker)
    ended = _over(seen)
    told = {
        "status": "cancelled" if seen["status"] == "CANCELLED" else seen["status"] if ended else "cancelling",
        "task_id": job,
        "message": f"Job has ended: {seen['status']}" if ended else "Job is finishing what is in flight",
    }
    if json:
        _print_json(told)
    else:
        typer.echo(told["message"])
    if not ended:
        raise typer.Exit(ExitCode.RUNNING)


def retry(
    context: typer.Context,
    job: JobId,
    broker: Annotated[
        str | None, typer.Option(envvar=ENV_BROKER, help="Redis of the job, if its URL has a password.")
    ] = None,
    password: o.Passwords = None,
) -> None:
    """Resume a job that was cancelled, failed or was killed; finished documents are not scanned again."""
    from guardrails_cli.services.jobs.launch import Secrets
    from guardrails_cli.services.jobs.launch import retry as start
    from guardrails_cli.services.jobs.record import without_credentials

    folder, record = _local(job)
    if record.needs_password and not password:
        raise ConfigError(f"job {job} was submitted with --password, which is not kept; give it again")
    url = record.broker_url
    if url and broker and (_is_flag(context, "broker") or without_credentials(broker) == url):
        url = broker
    start(folder, Secrets(url, tuple(password or ())))
    complain(f"job {job} goes on; `guardrails watch {job}` follows it")


def list_(broker: Broker = None, json: Json = False) -> None:
    """List the jobs of this machine, newest first; with --broker those of other machines too."""
    from guardrails_cli.services.jobs.record import public
    from guardrails_cli.services.jobs.store import all_jobs

    jobs = {job.task_id: public(job) for job in all_jobs()}
    if broker:
        from guardrails_cli.services.jobs.broker_board import Board

        jobs = {job["task_id"]: job for job in Board(broker).all_jobs()} | jobs
    ordered = sorted(jobs.values(), key=lambda job: str(job["submitted_at"]), reverse=True)
    if json:
        _print_json({"jobs": ordered})
        return
    for job in ordered:
        typer.echo(_row(job))
    if not ordered:
        complain("no jobs; `guardrails submit PATH` starts one")


def _row(job: "JsonObject") -> str:
    documents, findings = job["progress"]["documents"], job["progress"]["findings"]
    counts = f"{documents:>9,} documents {findings:>9,} findings"
    submitted = str(job["submitted_at"])[:19].replace("T", " ")
    return printable(f"{job['task_id']}  {job['status']:9}  {submitted}  {counts}  {' '.join(job['paths'])}")


def _lines(job: "JsonObject") -> list[str]:
    progress = job["progress"]
    of = f" of {progress['total_documents']:,}" if progress["total_documents"] is not None else ""
    rows = [
        ("job", job["task_id"]),
        ("status", job["status"] + (f" (attempt {job['attempt']})" if job["attempt"] > 1 else "")),
        ("submitted", job["submitted_at"]),
        ("started", job["started_at"]),
        ("finished", job["finished_at"]),
        ("on", job["host"] + (f", process {job['pid']}" if job["pid"] else "")),
        ("broker", job["broker"]),
        ("paths", " ".join(job["paths"])),
        ("documents", f"{progress['documents']:,}{of}, {progress['failed']:,} failed"),
        ("findings", f"{progress['findings']:,}"),
        ("error", job["error"]),
        ("exit code", job["result"] and job["result"]["exit_code"]),
        ("report", job["result"] and job["result"]["report"]),
    ]
    return [printable(f"{name:10} {value}") for name, value in rows if value not in (None, "")]


def _print_end(job: str, seen: "JsonObject") -> None:
    folder = _folder(job)
    if folder is not None and folder.summary.is_file():
        sys.stdout.write(folder.summary.read_text(encoding="utf-8"))
    if seen["error"]:
        complain(f"job {job}: {seen['status']}: {seen['error']}")
    elif folder is None:
        for line in _lines(seen):
            typer.echo(line)


def _exit_code(seen: "JsonObject") -> int:
    code = seen["result"] and seen["result"]["exit_code"]
    return ExitCode.INCOMPLETE if code is None else int(code)


def _over(seen: "JsonObject") -> bool:
    from guardrails_cli.services.jobs.record import State

    return State(seen["status"]).over


def _folder(job: str) -> "JobFolder | None":
    from guardrails_cli.services.jobs.store import find

    return find(job)


def _local(job: str) -> "tuple[JobFolder, Job]":
    folder = _folder(job)
    record = folder.read() if folder else None
    if folder is None or record is None:
        raise ConfigError(f"no job {printable(job)} on this machine; `guardrails list` has those there are")
    return folder, record


def _look(job: str, broker: str | None) -> "JsonObject":
    """Return the status of a job: from this machine, otherwise from the broker."""
    from guardrails_cli.services.jobs.record import public

    folder = _folder(job)
    record = folder.read() if folder else None
    if record is not None:
        return public(record)
    if broker:
        from guardrails_cli.services.jobs.broker_board import Board

        told = Board(broker).read(job)
        if told is not None:
            return told
    where = "here or at the broker" if broker else "on this machine; --broker looks at a Redis"
    raise ConfigError(f"no job {printable(job)} {where}; `guardrails list` has those there are")


def _signal(folder: "JobFolder", now: bool, deadline: float) -> "JsonObject":
    """Ask the job's process to end once it listens; return the job's record at that time."""
    from guardrails_cli.services.jobs.record import State, public

    record = folder.read()
    while record is not None and record.status in (State.PENDING, State.RETRY) and time.monotonic() < deadline:
        time.sleep(0.05)
        record = folder.read()
    if record is None:
        raise ConfigError("the job is gone")
    for _ in range(2 if now else 1):
        if record.status is State.STARTED and record.pid is not None and folder.runs():
            os.kill(record.pid, signal.SIGTERM)  # the lock proves that this process is the job's
            time.sleep(POLL_SECONDS)
    return public(folder.read() or record)


def _print_json(value: "JsonObject") -> None:
    import json

    typer.echo(json.dumps(value, indent=2))


def _public(broker: str | None) -> str | None:
    if not broker:
        return None
    from guardrails_cli.cluster.celery_app import public_url

    return public_url(broker)


def _is_flag(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
