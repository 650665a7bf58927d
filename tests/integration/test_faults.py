"""Real processes that die: no document is lost, none is counted twice, only the culprit fails."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.support import PATIENCE, guardrails, relatives, small_texts, stable, start, wait_until, worker

POISON = (
    "import os, signal\nfrom guardrails_cli.document import scan_chunk\nscan = scan_chunk.scan_chunk\n"
    "def poisoned(chunk, options):\n"
    "    if 'POISON' in chunk.text: {fault}\n"
    "    return scan(chunk, options)\n"
    "scan_chunk.scan_chunk = poisoned\n"
)


def by_path(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {Path(one["path"]).name: one for one in stable(report)["documents"]}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "its worker process died while scanning it, 3 times"),
        pytest.param(
            "os.kill(os.getpid(), signal.SIGSEGV)",
            "its worker process died while scanning it, 3 times",
            marks=pytest.mark.slow,
        ),
        ("raise MemoryError", "not enough memory to analyse it"),
        ("raise ValueError(chunk.text)", "analysis failed with an internal error (ValueError)"),
    ],
)
def test_a_document_that_breaks_its_worker_fails_alone(tmp_path: Path, server: str, fault: str, reason: str) -> None:
    share = small_texts(tmp_path / "share", 40)
    good = by_path(guardrails("scan", str(share), "--inline", "--no-ner", "--no-block", "-q", "-f", "json").report)
    (share / "000" / "poison.txt").write_text("POISON, of clerk@example.com\n")
    with worker(server, "--model", "none", "--concurrency", "2", prelude=POISON.format(fault=fault)):
        ran = guardrails("scan", str(share), "--broker", server, "--no-ner", "--no-block", "-q", "-f", "json")
    assert ran.code == 4
    assert "clerk@example.com" not in ran.out + ran.err
    found = by_path(ran.report)
    assert found.pop("poison.txt")["reason"] == reason
    assert found == good


def test_killed_worker_children_lose_nothing(tmp_path: Path) -> None:
    share = small_texts(tmp_path / "share", 1500)
    undisturbed = guardrails("scan", str(share), "--jobs", "2", "--no-ner", "--no-block", "-q", "-f", "json").report
    mark = f"mark-{os.getpid()}-children"
    target = tmp_path / "report.json"
    process = start(
        "scan", str(share), "--jobs", "2", "--no-ner", "--no-block", "-q", "-o", str(target), GUARDRAILS_TEST_MARK=mark
    )
    family = wait_until(lambda: sorted(found) if len(found := relatives(mark)) >= 4 else None, "workers start")
    os.kill(family[-1], signal.SIGKILL)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert stable(json.loads(target.read_text())) == stable(undisturbed)


def test_a_killed_local_worker_is_started_again(tmp_path: Path) -> None:
    share = small_texts(tmp_path / "share", 1500)
    undisturbed = guardrails("scan", str(share), "--jobs", "1", "--no-ner", "--no-block", "-q", "-f", "json").report
    mark = f"mark-{os.getpid()}-worker"
    target = tmp_path / "report.jsonl"
    process = start(
        "scan",
        str(share),
        "--jobs",
        "1",
        "--no-ner",
        "--no-block",
        "-q",
        "-f",
        "json",
        "-o",
        str(target),
        GUARDRAILS_TEST_MARK=mark,
    )

    def parent() -> int | None:
        children = [pid for pid in relatives(mark) if pid != process.pid]
        return min(children) if len(children) >= 2 else None

    found = wait_until(parent, "workers start")
    time.sleep(0.5)  # long enough for the first results, far from enough for the last ones
    os.kill(found, signal.SIGKILL)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert stable(json.loads(target.read_text())) == stable(undisturbed)


def test_a_broker_that_is_away_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing\n")
    ran = guardrails("scan", str(tmp_path), "--broker", f"unix://{tmp_path}/none.sock", "--no-ner")
    assert ran.code == 2
    assert "cannot reach the broker" in ran.err
    assert "Traceback" not in ran.err


def test_a_wrong_password_is_told_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing\n")
    ran = guardrails("scan", str(tmp_path), "--broker", "redis://user:hunter2@127.0.0.1:1/0", "--no-ner")
    assert ran.code == 2
    assert "hunter2" not in ran.out + ran.err


def test_the_broker_is_left_as_it_was(tmp_path: Path, workers: str) -> None:
    import redis

    share = small_texts(tmp_path / "share", 100)
    client = redis.Redis(unix_socket_path=workers.partition("://")[2].partition("?")[0])
    guardrails(
        "scan", str(share), "--broker", workers, "--no-ner", "--no-block", "-q", "-f", "json"
    )  # declares the queues once
    before = sorted(client.keys())
    assert guardrails("scan", str(share), "--broker", workers, "--no-ner", "--no-block", "-q", "-f", "json").code == 0
    assert sorted(client.keys()) == before
