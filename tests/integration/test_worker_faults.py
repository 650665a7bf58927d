"""Workers that die, hang or are too slow: every document comes to its result, and only what is to blame fails."""

import json
import os
import signal
import sqlite3
import subprocess
import time
import zipfile
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.integration.disturbed import (
    KEY,
    QUICK,
    Redis,
    Running,
    children,
    documents,
    lines,
    send,
    site,
    traced,
    undisturbed,
)
from tests.integration.support import PATIENCE, guardrails, relatives, small_texts, stable, wait_until, worker

NIMBLE = "from guardrails_cli.cluster import workers\nworkers.BEAT_SECONDS, workers.ALIVE_SECONDS = 0.5, 2\n"
"""For a worker: its death shows sooner."""
ON_POISON = """
from guardrails_cli.document import scan_chunk
scan_before = scan_chunk.scan_chunk
def poisoned(chunk, options):
    if 'POISON' in chunk.text:
        import os, signal, time
        from billiard.exceptions import SoftTimeLimitExceeded
        {fault}
    return scan_before(chunk, options)
scan_chunk.scan_chunk = poisoned
"""


def poison(fault: str) -> str:
    """Return the prelude of a worker to which that happens at a text that says POISON."""
    return ON_POISON.format(fault=fault)


def but_for(report: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """Return the report's documents without that one, and without what it is to blame for."""
    found = documents(report)
    del found[name]
    return found


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_texts(tmp_path_factory.mktemp("share"), 700)


@pytest.fixture(scope="module")
def expected(share: Path) -> dict[str, Any]:
    return undisturbed(share)


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGSTOP, marks=pytest.mark.slow)])
def test_one_of_two_workers_is_gone(
    tmp_path: Path, share: Path, expected: dict[str, Any], number: signal.Signals
) -> None:
    trace = tmp_path / "trace"
    prelude = NIMBLE + traced(trace, 0.01)
    with Redis() as redis, ExitStack() as stack:
        first, second = (
            stack.enter_context(worker(redis.url, "--model", "none", "--concurrency", "1", prelude=prelude))
            for _ in range(2)
        )
        wait_until(lambda: len(redis.client.keys("guardrails:worker:*")) == 2, "both workers are ready")
        running = Running(share, tmp_path / "report.json", "--broker", redis.url)
        running.until(lambda: len(lines(trace)) > 150, "documents are scanned")
        family = [*children(first.pid), first.pid]
        send(family, number)
        assert running.report() == expected
        send(family, signal.SIGKILL)
        assert second.poll() is None


def test_the_embedded_server_is_killed(tmp_path: Path, share: Path, expected: dict[str, Any]) -> None:
    trace, mark = tmp_path / "trace", f"mark-{os.getpid()}-server"
    running = Running(
        share,
        tmp_path / "report.json",
        "--jobs",
        "1",
        GUARDRAILS_TEST_MARK=mark,
        **site(tmp_path / "site", worker=traced(trace)),
    )
    running.until(lambda: len(lines(trace)) > 150, "documents are scanned")
    family = children(running.process.pid)
    server = [pid for pid in family if b"redis.sock" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(server) == 1
    send(server, signal.SIGKILL)
    assert running.report() == expected
    assert relatives(mark) == []


@pytest.mark.slow
@pytest.mark.parametrize("which", ["parent", "child"])
def test_a_local_worker_hangs(tmp_path: Path, share: Path, expected: dict[str, Any], which: str) -> None:
    trace, mark = tmp_path / "trace", f"mark-{os.getpid()}-hangs"
    changes = site(
        tmp_path / "site",
        worker=NIMBLE + traced(trace),
        scan="from guardrails_cli.execute import remote\nremote.LEASE_SECONDS = 3.0\n",
    )
    running = Running(share, tmp_path / "report.json", "--jobs", "2", GUARDRAILS_TEST_MARK=mark, **changes)
    running.until(lambda: len(lines(trace)) > 150, "documents are scanned")
    (parent,) = [pid for pid in children(running.process.pid) if children(pid)]
    send([parent] if which == "parent" else children(parent)[:1], signal.SIGSTOP)
    assert running.report() == expected
    assert relatives(mark) == []


@pytest.mark.slow
@pytest.mark.parametrize("place", ["embedded", "elsewhere"])
def test_a_document_that_kills_whole_workers_is_given_up_and_no_neighbour(
    tmp_path: Path, share: Path, expected: dict[str, Any], place: str
) -> None:
    trace = tmp_path / "trace"
    folder = tmp_path / "share"
    subprocess.run(["cp", "-r", share, folder], check=True)
    (folder / "001" / "poison.txt").write_text("POISON, of clerk@example.com\n")
    prelude = NIMBLE + poison("os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)") + traced(trace)
    report = tmp_path / "report.json"
    if place == "embedded":
        running = Running(folder, report, "--jobs", "2", **site(tmp_path / "site", worker=prelude))
        found = running.report(120)
    else:
        with Redis() as redis:
            running = Running(folder, report, "--broker", redis.url)
            while running.process.poll() is None:  # what starts workers anew elsewhere, as systemd does
                with worker(redis.url, "--model", "none", "--concurrency", "2", prelude=prelude) as process:
                    while running.process.poll() is None and process.poll() is None:
                        time.sleep(0.1)
            found = running.report()
    culprit = documents(found)["poison.txt"]
    assert (culprit["status"], culprit["reason"]) == ("failed", "its worker died while scanning it, 3 times")
    assert but_for(found, "poison.txt") == documents(moved(expected, share, folder))
    runs = sum(line.startswith("POISON") for line in lines(trace))
    assert runs == 5, "with its neighbours, with its batch, and three times alone"


def test_a_member_of_an_archive_that_kills_its_process_fails_alone(tmp_path: Path) -> None:
    folder = tmp_path / "share"
    folder.mkdir()
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for name in ("a.txt", "poison.txt", "z.txt"):
            archive.writestr(name, f"{'POISON' * (name == 'poison.txt')} of clerk@example.com\n")
    prelude = poison("os.kill(os.getpid(), signal.SIGKILL)")
    running = Running(folder, tmp_path / "report.json", "--jobs", "1", **site(tmp_path / "site", worker=prelude))
    found = documents(running.report())
    culprit = found.pop("all.zip!poison.txt")
    assert (culprit["status"], culprit["reason"]) == ("failed", "its worker process died while scanning it, 3 times")
    assert [one["status"] for one in found.values()] == ["findings", "findings", "clean"]


def moved(report: dict[str, Any], before: Path, after: Path) -> dict[str, Any]:
    """Return the report as it would be of the same documents in another place."""
    return dict(json.loads(json.dumps(report).replace(str(before), str(after))))


DEAF = """
        while True:
            try:
                time.sleep(60)
            except SoftTimeLimitExceeded:
                pass"""
"""Text that goes on over the soft limit."""


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["time.sleep(60)", DEAF])
def test_a_document_over_its_time_fails_alone(tmp_path: Path, fault: str) -> None:
    folder = small_texts(tmp_path / "share", 60)
    before = documents(undisturbed(folder))
    (folder / "000" / "slow.txt").write_text("POISON, of clerk@example.com\n")
    limits = (
        "from guardrails_cli.cluster.celery_app import GuardrailsTask\n"
        "GuardrailsTask.soft_time_limit, GuardrailsTask.time_limit = 4, 6\n"
    )
    with Redis() as redis, worker(
        redis.url, "--model", "none", "--concurrency", "2", prelude=limits + poison(fault)
    ):  # fmt: skip
        found = Running(folder, tmp_path / "report.json", "--broker", redis.url).report()
    culprit = documents(found)["slow.txt"]
    assert (culprit["status"], culprit["reason"]) == ("failed", "took longer than the limit of 300 s")
    assert but_for(found, "slow.txt") == before


@pytest.mark.slow
def test_no_worker_is_left(tmp_path: Path, share: Path) -> None:
    changes = site(
        tmp_path / "site",
        scan="from guardrails_cli.execute import remote\n"
        "remote.NO_WORKER_SECONDS, remote.DESERTED_SECONDS = 2.0, 4.0\n",
    )
    trace = tmp_path / "trace"
    with Redis() as redis, worker(redis.url, "--model", "none", prelude=NIMBLE + traced(trace)) as process:
        running = Running(share, tmp_path / "report.json", "--broker", redis.url, **changes)
        running.until(lambda: len(lines(trace)) > 100, "documents are scanned")
        send([*children(process.pid), process.pid], signal.SIGKILL)
        _, err = running.process.communicate(timeout=PATIENCE)
    assert running.process.returncode == 4
    assert err.startswith("guardrails: no worker answers; start one: guardrails worker --broker unix://")
    assert err.count("\n") == 1


def kept(state: Path) -> int:
    """Return how many documents the journal has."""
    if not state.exists():
        return 0
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as journal:
        return int(journal.execute("SELECT count(*) FROM sources").fetchone()[0])
    return 0


@pytest.mark.slow
def test_a_scan_that_is_killed_leaves_nothing_in_the_broker_for_long_and_goes_on(
    tmp_path: Path, share: Path, expected: dict[str, Any]
) -> None:
    trace, state = tmp_path / "trace", tmp_path / "state"
    with Redis() as redis, worker(redis.url, "--model", "none", "--concurrency", "2", prelude=traced(trace, 0.01)):
        options = ("--broker", redis.url, "--state", str(state))
        running = Running(share, tmp_path / "report.json", *options)
        running.until(lambda: kept(state) > 100, "documents are in the journal")
        running.process.kill()
        running.process.communicate()
        wait_until(lambda: redis.client.llen("default") == 0, "the workers are done with what was sent")
        assert all(redis.client.ttl(key) > 0 for key in redis.client.keys("guardrails:*"))
        before = len(lines(trace))
        ran = guardrails("scan", str(share), *QUICK, *options, "--resume", GUARDRAILS_KEY=KEY)
        assert ran.code == 0, ran.err
        assert stable(ran.report) == expected
        assert len(lines(trace)) - before < 700, "what was finished is not done again"
