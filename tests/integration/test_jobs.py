"""Scans in the background: real processes, a real broker, real kills."""

import json
import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.integration.support import EXAMPLES, ROOT, SSN_TEXT, guardrails, small_texts, stable, wait_until

SCHEMA = json.loads((ROOT / "guardrails_cli" / "core" / "schemas" / "jobs.schema.json").read_text(encoding="utf-8"))
FAST = ("--profile", "fast", "--no-block")


def checked(value: Any, name: str) -> Any:
    """Return what a command printed, after a look at its schema."""
    Draft202012Validator(
        {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    ).validate(value)
    return value


def submit(*arguments: str) -> str:
    ran = guardrails("submit", *arguments)
    assert ran.code == 0, ran.err
    return ran.out.strip()


def seen(job: str, *options: str) -> dict[str, Any]:
    return dict(checked(guardrails("status", job, "--json", *options).report, "job"))


def folder(state_home: Path, job: str) -> Path:
    return state_home / "guardrails" / "jobs" / job


def known(state_home: Path, job: str) -> dict[str, Any]:
    """Return what the job's file says, which is read without starting a process."""
    return dict(json.loads((folder(state_home, job) / "job.json").read_text()))


def end(state_home: Path, job: str) -> None:
    """Leave no job behind, whatever a test has found."""
    pid = known(state_home, job)["pid"]
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_a_job_gives_the_report_of_a_scan(state_home: Path, tmp_path: Path) -> None:
    ran = guardrails("submit", str(EXAMPLES), *FAST, "--fail-on", "high", "--format", "csv")
    job = ran.out.strip()
    assert ran.out == f"{job}\n"
    assert "watch" in ran.err
    watched = guardrails("watch", job)
    assert (watched.code, "with findings" in watched.out) == (1, True)
    told = seen(job)
    assert (told["status"], told["attempt"], told["pid"]) == ("SUCCESS", 1, None)
    assert told["result"]["exit_code"] == 1
    assert told["progress"]["documents"] == told["result"]["summary"]["documents"] == 17
    given = guardrails("result", job, "--format", "json", "--output", str(tmp_path / "r.sarif"), "-f", "json")
    assert given.code == 0, given.err
    scanned = guardrails("scan", str(EXAMPLES), *FAST, "-f", "json", "-q")
    assert stable(given.report) == stable(scanned.report)
    assert guardrails("result", job).out.startswith("path,"), "in the format that was asked for at the start"
    assert checked(guardrails("list", "--json").report, "job_list")["jobs"] == [told]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder(state_home, job).iterdir()}
    assert set(modes.values()) == {0o600}
    assert "journal.sqlite3" not in modes
    assert stat.S_IMODE(folder(state_home, job).stat().st_mode) == 0o700


@pytest.mark.slow
def test_a_killed_job_has_failed_and_goes_on_to_the_same_report(state_home: Path, tmp_path: Path) -> None:
    share = small_texts(tmp_path / "share", 1200)
    job = submit(str(share), *FAST, "--jobs", "1")
    pid = int(known(state_home, job)["pid"])
    os.kill(pid, signal.SIGHUP)  # as when its terminal is closed
    early = guardrails("result", job)
    assert (early.code, early.out) == (5, "")
    wait_until(lambda: known(state_home, job)["progress"]["documents"] > 50, "documents are finished")
    assert os.getsid(pid) == pid
    open_files = {str(Path(f"/proc/{pid}/fd/{number}").readlink()) for number in (0, 1, 2)}
    assert open_files == {"/dev/null", *(str(folder(state_home, job) / f"{name}.txt") for name in ("summary", "log"))}
    os.kill(pid, signal.SIGKILL)
    told = wait_until(lambda: (one := seen(job))["status"] == "FAILURE" and one, "its end is seen")
    assert "killed" in told["error"]
    assert guardrails("result", job).code == 4
    again = guardrails("retry", job)
    assert again.code == 0, again.err
    assert guardrails("watch", job).code == 0
    told = seen(job)
    assert (told["status"], told["attempt"], told["error"]) == ("SUCCESS", 2, None)
    assert "going on with the last run" in (folder(state_home, job) / "log.txt").read_text()
    scanned = guardrails("scan", str(share), *FAST, "--inline", "-f", "json", "-q")
    assert stable(guardrails("result", job, "-f", "json").report) == stable(scanned.report)
    assert guardrails("retry", job).code == 2


@pytest.mark.slow
def test_a_job_at_a_broker_is_seen_and_cancelled_from_elsewhere(state_home: Path, tmp_path: Path, workers: str) -> None:
    other = str(tmp_path / "elsewhere")
    share = small_texts(tmp_path / "share", 10000)
    job = submit(str(share), *FAST, "--broker", workers, "-q")
    try:
        wait_until(lambda: known(state_home, job)["progress"]["documents"] > 50, "documents are finished")
        listed = checked(guardrails("list", "--broker", workers, "--json", XDG_STATE_HOME=other).report, "job_list")[
            "jobs"
        ]
        assert [one["status"] for one in listed if one["task_id"] == job] == ["STARTED"]
        ran = guardrails("cancel", job, "--broker", workers, "--json", XDG_STATE_HOME=other)
        assert checked(ran.report, "cancelled")["status"] == "cancelled", ran
    finally:
        end(state_home, job)
    elsewhere = guardrails("status", job, "--json", "--broker", workers, XDG_STATE_HOME=other)
    told = checked(elsewhere.report, "job")
    assert told == seen(job)
    assert (told["status"], told["result"]["exit_code"], told["result"]["complete"]) == ("CANCELLED", 130, False)
    assert 50 < told["progress"]["documents"] < 10000
    partial = guardrails("result", job, "-f", "json")
    assert (partial.code, "partial" in partial.err) == (0, True)
    assert len(partial.report["documents"]) == told["progress"]["documents"]
    assert guardrails("cancel", job).code == 2


@pytest.mark.slow
def test_a_cancelled_job_goes_on_and_is_watched_from_elsewhere(state_home: Path, tmp_path: Path, workers: str) -> None:
    other = str(tmp_path / "elsewhere")
    job = submit(str(small_texts(tmp_path / "share", 3000)), *FAST, "--broker", workers, "-q")
    assert guardrails("cancel", job).code == 0
    assert guardrails("retry", job).code == 0
    assert guardrails("watch", job, "--broker", workers, XDG_STATE_HOME=other).code == 0
    told = seen(job)
    assert (told["status"], told["attempt"], told["progress"]["documents"]) == ("SUCCESS", 2, 3000)


@pytest.mark.slow
def test_a_job_is_cancelled_at_once(state_home: Path, tmp_path: Path) -> None:
    share = small_texts(tmp_path / "share", 3000)
    job = submit(str(share), *FAST, "--jobs", "1", "-q")
    try:
        ran = guardrails("cancel", job, "--now")
        assert (ran.code, "CANCELLED" in ran.out) == (0, True)
    finally:
        end(state_home, job)
    assert seen(job)["status"] == "CANCELLED"


def test_secrets_are_not_written_down(state_home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SSN_TEXT)
    job = submit(
        str(tmp_path / "a.txt"), *FAST, "--password", "hunter2 and more", "--broker", "redis://me:hunter3@127.0.0.1:1/0"
    )
    wait_until(lambda: known(state_home, job)["status"] == "FAILURE", "the broker is not there")
    assert "cannot reach the broker" in known(state_home, job)["error"]
    written = b"".join(path.read_bytes() for path in folder(state_home, job).iterdir())
    assert b"127.0.0.1:1" in written
    assert b"hunter" not in written
    assert b"219-09" not in written
    ran = guardrails("retry", job)
    assert (ran.code, "--password" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("submit", "-"), "standard input"),
        (("submit", "no-such-place"), "no such file"),
        (("submit", ".", "--min-score", "x"), "min-score"),
        (("status", "../../etc"), "no job"),
        (("result", "0123456789ab"), "no job"),
    ],
)
def test_what_cannot_be_is_one_clear_line(
    arguments: tuple[str, ...], message: str, tmp_path: Path, state_home: Path
) -> None:
    ran = guardrails(*arguments, cwd=tmp_path)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert message in ran.err
    assert not list((state_home / "guardrails").glob("jobs/*"))
