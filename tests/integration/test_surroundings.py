"""The machine around a scan misbehaves: full disks, clocks that jump, readers and programs that stand still."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.disturbed import KEY, QUICK, Running, lines, send, site, traced, undisturbed
from tests.integration.support import PATIENCE, command, environment, guardrails, small_texts, stable

DOCUMENTS = 250
LIMITED = (
    "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
    "from guardrails_cli.__main__ import main; main()"
)
"""The program where no file may grow beyond `size`: what a write then meets is an OSError, as on a full disk."""
JUMPING = """
import time
real, begun = time.time, time.monotonic()
def jumping():
    away = time.monotonic() - begun
    return real() + (0, 86400 * 3, -86400 * 400, 3600 * 5)[int(away / 0.3) % 4]
time.time = jumping
"""
"""A wall clock that jumps by days, back and forth, three times a second."""


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_texts(tmp_path_factory.mktemp("share"), DOCUMENTS)


@pytest.fixture(scope="module")
def expected(share: Path) -> dict[str, Any]:
    return undisturbed(share)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 64 KB, where one may be mounted."""
    place = tmp_path / "small"
    place.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(options, capture_output=True, check=False).returncode:
        pytest.skip("this user may mount nothing; the limit of a file's size stands for it in the other tests")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def with_limit(size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", LIMITED.format(size=size), *arguments],
        env=environment(GUARDRAILS_KEY=KEY),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_a_disk_that_is_full_before_the_report_is_whole(share: Path, full_disk: Path) -> None:
    old = full_disk / "report.json"
    old.write_text("the last one")
    ran = guardrails("scan", str(share), *QUICK, "--inline", "-o", str(old))
    assert (ran.code, ran.err) == (4, "guardrails: cannot write the report: No space left on device\n")
    assert old.read_text() == "the last one"
    assert list(full_disk.iterdir()) == [old]


@pytest.mark.slow
def test_a_disk_that_is_full_of_the_journal(share: Path, full_disk: Path, expected: dict[str, Any]) -> None:
    ran = guardrails(
        "scan",
        str(share),
        "--no-ner",
        "--no-block",
        "-f",
        "json",
        "--inline",
        "--state",
        str(full_disk / "s"),
        GUARDRAILS_KEY=KEY,
    )
    assert ran.code == 0
    assert stable(ran.report) == expected
    assert "the journal could not be kept (database or disk is full): this run cannot be resumed" in ran.err


def test_a_journal_that_may_not_grow(share: Path, tmp_path: Path, expected: dict[str, Any]) -> None:
    state = tmp_path / "state"
    done = with_limit(
        100_000, "scan", str(share), "--no-ner", "--no-block", "--inline", "--state", str(state), "-f", "json"
    )
    assert done.returncode == 0, done.stderr
    assert stable(json.loads(done.stdout)) == expected
    assert "the journal could not be kept" in done.stderr
    with sqlite3.connect(state) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    ran = guardrails("scan", str(share), *QUICK, "--inline", "--state", str(state), "--resume", GUARDRAILS_KEY=KEY)
    assert (ran.code, stable(ran.report) == expected) == (0, True)


@pytest.mark.slow
def test_clocks_that_jump(share: Path, tmp_path: Path, expected: dict[str, Any]) -> None:
    trace = tmp_path / "trace"
    changes = site(tmp_path / "site", worker=JUMPING + traced(trace, 0.01), scan=JUMPING)
    assert Running(share, tmp_path / "report.json", "--jobs", "2", **changes).report() == expected
    assert len(lines(trace)) == DOCUMENTS, "nothing was run twice"


@pytest.mark.slow
def test_a_scan_that_stands_still_for_a_while(share: Path, tmp_path: Path, expected: dict[str, Any]) -> None:
    trace = tmp_path / "trace"
    lease = "from guardrails_cli.execute import remote\nremote.LEASE_SECONDS = remote.PASSED_SECONDS = 5.0\n"
    changes = site(tmp_path / "site", worker=traced(trace, 0.006), scan=lease)
    running = Running(share, tmp_path / "report.json", "--jobs", "2", **changes)
    running.until(lambda: len(lines(trace)) > 100, "documents are scanned")
    send([running.process.pid], signal.SIGSTOP)
    time.sleep(7)
    send([running.process.pid], signal.SIGCONT)
    assert running.report() == expected
    assert len(lines(trace)) == DOCUMENTS, "nothing was run twice"


@pytest.mark.slow
def test_a_reader_of_the_report_that_is_slow(share: Path, expected: dict[str, Any]) -> None:
    arguments = ("scan", str(share), "--no-ner", "--no-block", "-q", "-f", "jsonl", "--jobs", "2")
    process = subprocess.Popen(command(*arguments), env=environment(GUARDRAILS_KEY=KEY), stdout=subprocess.PIPE)
    assert process.stdout is not None
    stop = threading.Timer(PATIENCE, process.kill)
    stop.start()
    rows = []
    for number, line in enumerate(process.stdout):
        rows.append(json.loads(line))
        if number in (10, 200):
            time.sleep(2)
    stop.cancel()
    assert process.wait() == 0
    paths = [row["document"]["path"] for row in rows if "document" in row]
    assert paths == [one["path"] for one in expected["documents"]]
