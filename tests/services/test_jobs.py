"""The records of jobs: who runs one, its public record, and which are kept."""

import fcntl
import json
import os
import stat
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import typer

from guardrails_cli import cli
from guardrails_cli.cli.rebuild_argv import command_line, spare_format
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.services.jobs import store
from guardrails_cli.services.jobs.launch import new_job
from guardrails_cli.services.jobs.record import Job, State, decode, public, without_credentials
from guardrails_cli.services.jobs.recorder import Keeper
from guardrails_cli.services.jobs.store import JobFolder, all_jobs, find, new_id, prune


def made(status: State = State.STARTED, submitted_at: str = "2026-01-01T00:00:00.000+00:00") -> Job:
    job = replace(new_job(new_id(), ("a\udcff.txt",), ("--jobs=2",)), status=status, submitted_at=submitted_at)
    folder = JobFolder(job.task_id)
    folder.create()
    folder.write(job)
    return job


def test_a_record_comes_back_as_it_was_written() -> None:
    job = made(State.SUCCESS)
    assert JobFolder(job.task_id).read() == job
    assert decode(json.loads(json.dumps(asdict(job)))) == job


def test_others_are_told_nothing_that_only_the_next_attempt_needs() -> None:
    told = public(made())
    assert not {"options", "cwd", "broker_url"}.intersection(told)
    assert told["paths"] == ["a\\xff.txt"]
    json.dumps(told).encode("ascii")


def test_a_job_whose_process_is_gone_has_failed() -> None:
    job = made()
    folder = JobFolder(job.task_id)
    lock = folder.lock()
    assert lock is not None
    assert (folder.runs(), folder.read()) == (True, job)
    os.close(lock)
    read = folder.read()
    assert read is not None
    assert (read.status, read.error) == (State.FAILURE, store.DIED)


def test_only_one_process_runs_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_LOCK_SECONDS", 0.1)
    folder = JobFolder(made().task_id)
    lock = folder.lock()
    assert lock is not None
    assert folder.lock() is None
    os.close(lock)
    looking = os.open(folder.path / "lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    assert not folder.runs(), "two may look at once"
    os.close(looking)


def test_the_lock_is_held_by_a_child_that_inherits_it() -> None:
    folder = JobFolder(made().task_id)
    lock = folder.lock()
    assert lock is not None
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    os.close(lock)
    os.close(reading)
    assert folder.runs()
    os.close(writing)
    os.waitpid(child, 0)
    assert not folder.runs()


def test_the_folder_is_for_the_user_alone() -> None:
    folder = JobFolder(made().task_id)
    folder.lock()
    assert stat.S_IMODE(folder.path.stat().st_mode) == stat.S_IMODE(folder.path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.path.iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["", "..", "../../etc", "ABCDEFABCDEF", "0123456789abc", "0123456789a\n"])
def test_what_is_no_id_is_no_path(name: str) -> None:
    assert find(name) is None
    with pytest.raises(ConfigError, match="not a job's id"):
        JobFolder(name)


def test_a_damaged_record_hides_no_other() -> None:
    damaged, job = made(), made(State.SUCCESS)
    (JobFolder(damaged.task_id).path / "job.json").write_text('{"status": ')
    (store.root() / "not-a-job").mkdir()
    assert list(all_jobs()) == [job]


def test_old_jobs_and_too_many_are_removed_but_none_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEPT_JOBS", 2)
    newest, second, third = (made(State.SUCCESS, f"2026-01-0{day}T00:00:00+00:00") for day in (3, 2, 1))
    running = made(State.STARTED, "2025-01-01T00:00:00+00:00")
    lock = JobFolder(running.task_id).lock()
    assert lock is not None
    past = time.time() - store.KEPT_SECONDS - 1
    for job in (second, running):
        os.utime(JobFolder(job.task_id).path / "job.json", (past, past))
    prune()
    assert {job.task_id for job in all_jobs()} == {newest.task_id, running.task_id}
    assert find(third.task_id) is None
    os.close(lock)


def test_a_record_that_cannot_be_written_does_not_end_the_scan(tmp_path: Path) -> None:
    job = made()
    folder = JobFolder(job.task_id)
    folder.remove()
    keeper = Keeper(folder, job, None)
    keeper.update(replace(job, status=State.SUCCESS))
    assert keeper.job.status is State.SUCCESS


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("redis://me:secret@host:6379/1", "redis://host:6379/1"),
        ("rediss://:secret@host/0?ssl_ca_certs=ca.pem&password=secret", "rediss://host/0?ssl_ca_certs=ca.pem"),
        ("redis+socket:///run/redis.sock?virtual_host=2", "redis+socket:///run/redis.sock?virtual_host=2"),
        ("unix://me:secret@/run/redis.sock?db=3", "unix:///run/redis.sock?db=3"),
    ],
)
def test_a_broker_is_written_down_without_secrets(url: str, kept: str) -> None:
    assert without_credentials(url) == kept


def parsed(*arguments: str) -> typer.Context:
    command = typer.main.get_command(cli.app)
    context = command.make_context("guardrails", ["scan", *arguments])
    scan = command.get_command(context, "scan")  # type: ignore[attr-defined]
    return scan.make_context("scan", list(arguments), parent=context)  # type: ignore[no-any-return]


def test_a_command_line_is_made_again_without_secrets_and_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDRAILS_PROFILE", "fast")
    context = parsed(
        "-", "a b", "--hidden", "--include", "*.txt", "--include=-x", "-j", "2", "--password", "secret",
        "--broker", "redis://me:secret@host/0", "-q", "--min-score", "0.5", "-f", "json", "-o", "out.dat", "-f", "csv",
    )  # fmt: skip
    line = command_line(context)
    assert sorted(line) == sorted(
        ["--output=out.dat", "--hidden", "--include=*.txt", "--include=-x", "--profile=fast", "--min-score=0.5",
         "--jobs=2", "--format=json"]
    )  # fmt: skip
    assert spare_format(context) == "csv"
    again = parsed(*line, "--", "-", "a b")
    names = set(context.params) - {"password", "broker", "quiet", "format_"}
    assert {name: again.params[name] for name in names} == {name: context.params[name] for name in names}
