"""Nothing stays in the broker: whatever a scan, a job or a task leaves there has an end."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from guardrails_cli.execute.in_flight_limit import FIRST
from tests.integration.support import guardrails, small_texts, start, wait_until

DAY = 24 * 3600
OPTIONS = ("--no-ner", "--no-block", "-q")


@pytest.fixture
def client(workers: str) -> Iterator[redis.Redis]:
    with redis.Redis(unix_socket_path=workers.partition("://")[2].partition("?")[0]) as connection:
        yield connection


def names(client: redis.Redis) -> list[str]:
    return [bytes(key).decode() for key in client.scan_iter()]


def lasting(client: redis.Redis) -> set[str]:
    """Return the keys that have no end, but for the names of the queues: one key a queue, whatever is sent."""
    keys = {key: int(client.ttl(key)) for key in names(client)}
    assert max(keys.values(), default=0) <= DAY
    return {key for key, ttl in keys.items() if ttl == -1 and not key.startswith("_kombu.binding")}


def expire(client: redis.Redis) -> None:
    """Let the time pass after which keys end."""
    for key in names(client):
        if client.ttl(key) > 0:
            client.delete(key)


def test_a_scan_leaves_nothing(workers: str, client: redis.Redis, tmp_path: Path) -> None:
    share = small_texts(tmp_path / "share", 60)
    assert guardrails("scan", str(share), "--broker", workers, *OPTIONS).code == 0
    expire(client)  # of other tests
    assert guardrails("scan", str(share), "--broker", workers, *OPTIONS).code == 0
    assert {key for key in names(client) if not key.startswith(("_kombu.binding", "guardrails:worker"))} == set()


@pytest.mark.slow
def test_a_killed_scan_leaves_nothing_that_lasts(workers: str, client: redis.Redis, tmp_path: Path) -> None:
    share = small_texts(tmp_path / "share", 3000)
    process = start("scan", str(share), "--broker", workers, *OPTIONS)
    wait_until(lambda: any(":results" in key for key in names(client)), "first results")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert any(key.startswith("guardrails:run:") for key in names(client))
    wait_until(lambda: not lasting(client), "the workers have taken what was in the queue")
    expire(client)
    assert {key for key in names(client) if not key.startswith("_kombu.binding")} == set()


def test_tasks_and_questions_about_them_leave_nothing_that_lasts(workers: str, client: redis.Redis) -> None:
    from guardrails_cli.cluster.celery_app import app, configure
    from guardrails_cli.cluster.monitor import Monitor

    sent = configure(workers).send_task("detect_pii_async", ("nothing",))
    sent.get(timeout=60)
    monitor = Monitor(workers)
    assert monitor.pending()["workers_active"] == monitor.stats()["workers_active"] == 2
    assert monitor.cancel("no-such-task")["status"] == "cancelled"
    app.close()
    wait_until(lambda: not lasting(client), "answers of the workers are gone")


def test_a_scan_that_ends_without_a_worker_takes_its_messages_back(server: str, tmp_path: Path) -> None:
    foreign = [b"no message of ours", b'{"headers": {"id": "another"}}']
    with redis.Redis(unix_socket_path=server.partition("://")[2].partition("?")[0]) as client:
        client.rpush("default", *foreign)
        process = start("scan", str(small_texts(tmp_path / "share", 3000)), "--broker", server, *OPTIONS)
        wait_until(lambda: client.llen("default") == len(foreign) + FIRST, "the window is full")
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
        process.communicate()
        assert client.lrange("default", 0, -1) == foreign
        assert not [name for name in names(client) if name.startswith("guardrails:run:")]
