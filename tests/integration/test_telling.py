"""Webhooks, metrics and logs of the real program, at servers on this machine."""

import hashlib
import hmac
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery
from prometheus_client.parser import text_string_to_metric_families

from guardrails_cli.cluster.metrics import queue_lengths
from tests.integration.support import EXAMPLES, SSN_TEXT, command, environment, guardrails, wait_until

PLANTED = "219-09-9999"
Numbers = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], dict[str, Any]]]]]:
    """A webhook's URL and what it got: headers and body, signature checked."""
    got: list[tuple[dict[str, str], dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signed = self.headers["X-Guardrails-Timestamp"].encode() + b"." + body
            expected = "sha256=" + hmac.new(b"for tests", signed, hashlib.sha256).hexdigest()
            assert self.headers["X-Guardrails-Signature"] == expected
            got.append((dict(self.headers), json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got
    server.shutdown()
    thread.join()
    server.server_close()


def numbers(text: str) -> Numbers:
    """Return what Prometheus reads in an exposition."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def number(found: Numbers, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def entries(text: str) -> list[dict[str, Any]]:
    """Return a log's entries: each line must be one."""
    found = [json.loads(line) for line in text.splitlines()]
    assert all({"time", "level", "event"} <= entry.keys() for entry in found)
    return found


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """Documents with a secret in a text, in a name, in what breaks its reader, and in a member's name."""
    folder = tmp_path / "share"
    folder.mkdir()
    (folder / "note.txt").write_text(SSN_TEXT)
    (folder / f"{PLANTED}.txt").write_text("nothing here\n")
    (folder / f"broken {PLANTED}.pdf").write_bytes(b"%PDF-1.7\n" + PLANTED.encode() + b"\n%%EOF")
    (folder / f"broken {PLANTED}.zip").write_bytes(b"PK\x03\x04" + PLANTED.encode() * 9)
    return folder


def test_a_scan_tells_webhook_metrics_and_log(
    share: Path, tmp_path: Path, receiver: tuple[str, list[tuple[dict[str, str], dict[str, Any]]]]
) -> None:
    url, got = receiver
    report, metrics = tmp_path / "report.json", tmp_path / "scan.prom"
    ran = guardrails(
        *("scan", str(share), "--profile", "fast", "-o", str(report), "--notify", url, "--notify-private"),
        *("--metrics", str(metrics), "--log-format", "json", "--fail-on", "low"),
        GUARDRAILS_WEBHOOK_SECRET="for tests",
    )
    summary = json.loads(report.read_text())["summary"]

    [(_, body)] = got
    assert (body["event"], body["exit_code"]) == ("scan.completed", ran.code)
    assert body["summary"]["by_severity"] == summary["by_severity"]
    assert body["reports"] == [str(report)]
    assert str(share) not in json.dumps(body)

    found = numbers(metrics.read_text())
    assert number(found, "guardrails_scan_exit_code", audit="") == ran.code
    for status, count in summary["by_status"].items():
        assert number(found, "guardrails_scan_documents", audit="", status=status) == count
    assert metrics.stat().st_mode & 0o444 == 0o444  # node_exporter is another user
    assert [path.name for path in tmp_path.glob("scan.prom*")] == ["scan.prom"]

    [finished] = [entry for entry in entries(ran.err) if entry["event"] == "scan_finished"]
    assert finished["findings"] == summary["findings"] > 0
    assert ran.out == ""
    assert PLANTED not in ran.err + json.dumps(body) + metrics.read_text()
    assert PLANTED in report.read_text()  # as a name: where it is wanted


def test_a_scan_that_cannot_be_done_is_told(
    tmp_path: Path, receiver: tuple[str, list[tuple[dict[str, str], dict[str, Any]]]]
) -> None:
    url, got = receiver
    metrics = tmp_path / "scan.prom"
    ran = guardrails(
        *("scan", str(tmp_path / "gone"), "--notify", url, "--notify-private", "--metrics", str(metrics)),
        GUARDRAILS_WEBHOOK_SECRET="for tests",
    )
    assert ran.code == 2
    [(_, body)] = got
    assert (body["event"], body["state"], body["summary"], body["verdict"]) == ("scan.failed", "failed", None, None)
    assert "no such file" in body["error"]
    assert number(numbers(metrics.read_text()), "guardrails_scan_complete", audit="") == 0


def test_a_webhook_that_fails_changes_no_exit_code(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing\n")
    ran = guardrails(
        "scan", str(tmp_path / "a.txt"), "--profile", "fast", "--notify", "https://127.0.0.1:1/secret-path"
    )
    assert ran.code == 0
    assert "https://127.0.0.1 was not told" in ran.err
    assert "secret-path" not in ran.err


def test_a_file_that_was_only_found_tells_nobody(
    tmp_path: Path, receiver: tuple[str, list[tuple[dict[str, str], dict[str, Any]]]]
) -> None:
    url, got = receiver
    (tmp_path / "guardrails.yaml").write_text(f"notify: ['{url}']\nnotify-private: true\nmetrics: out.prom\n")
    (tmp_path / "guardrails.yaml").chmod(0o644)
    (tmp_path / "a.txt").write_text("nothing\n")
    ran = guardrails("scan", str(tmp_path), "--profile", "fast")
    assert ran.code == 0
    assert "notify is not taken from a file that was only found" in ran.err
    assert got == []
    assert not (tmp_path / "out.prom").exists()


@pytest.fixture(scope="module")
def telling(broker_of_module: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """A worker with metrics and a log: the broker's URL, its metrics' URL, its log."""
    folder = tmp_path_factory.mktemp("telling")
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(
                *("worker", "--broker", broker_of_module, "--model", "none", "--concurrency", "2"),
                *("--log-format", "json", "--metrics-port", "0"),
            ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment(GUARDRAILS_PROFILE="fast", XDG_STATE_HOME=str(folder), TMPDIR=str(folder)),
            start_new_session=True,
        )
    try:
        port = wait_until(lambda: re.search(r'"port": (\d+)', log.read_text()), "the worker's metrics are served")
        wait_until(lambda: "ready." in log.read_text(), "the worker is ready")
        yield broker_of_module, f"http://127.0.0.1:{port[1]}/metrics", log
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert list(folder.glob("guardrails-metrics-*")) == []
        entries(log.read_text())  # to the end
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def broker_of_module() -> Iterator[str]:
    from tests.conftest import _server

    yield from _server()


def scrape(url: str) -> Numbers:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return numbers(answer.read().decode())


def test_a_worker_counts_what_it_scans(telling: tuple[str, str, Path], share: Path) -> None:
    url, metrics, log = telling
    before = scrape(metrics)
    ran = guardrails(
        "scan", str(EXAMPLES / "shop"), str(share), "--profile", "fast", "--broker", url, "--format", "json"
    )
    summary = ran.report["summary"]
    # A child counts the end of its task after it has answered.
    after = wait_until(
        lambda: (found := scrape(metrics)).get(
            ("guardrails_tasks_in_flight", frozenset({("task", "scan_batch_async")}))) == 0 and found,
        "the tasks are over",
    )  # fmt: skip

    def grown(name: str, **labels: str) -> float:
        return number(after, name, **labels) - before.get((name, frozenset(labels.items())), 0.0)

    assert grown("guardrails_documents_total") >= summary["by_status"]["findings"]
    assert grown("guardrails_chunks_total", outcome="scanned") >= grown("guardrails_documents_total")
    assert grown("guardrails_findings_total", severity="CRITICAL") > 0
    assert grown("guardrails_bytes_total") >= grown("guardrails_characters_total") > 1000
    tasks = grown("guardrails_tasks_total", task="scan_batch_async", state="success")
    assert tasks == grown("guardrails_task_seconds_count", task="scan_batch_async") > 0
    assert number(after, "guardrails_broker_up") == 1
    assert PLANTED not in log.read_text() + urllib.request.urlopen(metrics).read().decode()


def test_waiting_messages_of_all_priorities_are_counted(broker_of_module: str) -> None:
    client = redis.Redis(unix_socket_path=broker_of_module.partition("://")[2].partition("?")[0])
    for suffix, count in (("", 2), ("\x06\x163", 1), ("\x06\x169", 4)):
        client.lpush(f"not-served{suffix}", *["{}"] * count)
    assert queue_lengths(client, ["not-served", "empty"]) == {"not-served": 7, "empty": 0}


def test_what_a_killed_child_had_in_flight_is_forgotten_and_what_it_counted_stays() -> None:
    code = """
import os, signal, urllib.request
from guardrails_cli.cluster.celery_app import configure, impatient_client
from guardrails_cli.cluster.metrics import queue_lengths, served, worker_metrics
away = impatient_client(configure("redis://127.0.0.1:1/0"))
with served("127.0.0.1", 0, lambda: queue_lengths(away, ["default"])) as server:
    child = os.fork()
    if not child:
        worker_metrics().task_begins("t"); worker_metrics().task_begins("t")
        worker_metrics().task_state("t", "success")
        os.kill(os.getpid(), signal.SIGSTOP)
    os.waitpid(child, os.WUNTRACED)
    url = f"http://127.0.0.1:{server.port}/metrics"
    print(urllib.request.urlopen(url).read().decode())
    os.kill(child, signal.SIGKILL); os.waitpid(child, 0)
    print("KILLED"); print(urllib.request.urlopen(url).read().decode())
"""
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code], check=True, env=environment(), capture_output=True, text=True, timeout=60
    )
    before, after = (numbers(part) for part in ran.stdout.split("KILLED\n"))
    assert number(before, "guardrails_tasks_in_flight", task="t") == 2
    assert after.get(("guardrails_tasks_in_flight", frozenset({("task", "t")})), 0) == 0
    assert number(after, "guardrails_tasks_total", task="t", state="success") == 1
    assert number(after, "guardrails_broker_up") == 0


def test_a_worker_s_log_holds_no_content(telling: tuple[str, str, Path]) -> None:
    url, metrics, log = telling
    app = Celery("elsewhere", broker=url, backend=url)
    bad = app.send_task("redact_async", (f"Her number is {PLANTED}.", [{"type": PLANTED, "position": [0, 10_000]}]),
                        queue="redaction")  # fmt: skip
    app.send_task("no_such_task", (f"Her number is {PLANTED}.",), queue="default", argsrepr=PLANTED)
    with pytest.raises(Exception, match="position"):
        bad.get(timeout=60)
    wait_until(lambda: "unregistered task" in log.read_text(), "the unknown task is logged")
    wait_until(lambda: "task_failed" in log.read_text(), "the failed task is logged")
    [failed] = [entry for entry in entries(log.read_text()) if entry["event"] == "task_failed"]
    assert failed["task"] == "redact_async"
    assert failed["error"].startswith("InputError(")
    assert PLANTED not in log.read_text()
    state = {"task": "redact_async", "state": "failure"}
    assert wait_until(
        lambda: scrape(metrics).get(("guardrails_tasks_total", frozenset(state.items()))), "it is counted"
    )


def test_the_doctor_tells_health_as_json(telling: tuple[str, str, Path]) -> None:
    url, _, _ = telling
    ran = guardrails("doctor", "--json", "--health", "--broker", url)
    told = json.loads(ran.out)
    assert ran.code == 0, ran.err
    assert told["ok"]
    assert [check["name"] for check in told["checks"]] == ["broker"]
    nobody = guardrails("doctor", "--json", "--health", "--broker", "redis://127.0.0.1:1/0")
    assert nobody.code == 2
    assert not json.loads(nobody.out)["ok"]
