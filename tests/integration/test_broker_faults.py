"""A Redis elsewhere that breaks under a scan: the report is that of an undisturbed one, or one line tells why not."""

import datetime
import ipaddress
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .disturbed import QUICK, Redis, Running, TlsFront, lines, traced, undisturbed
from .support import Ran, guardrails, small_texts, wait_until, worker


@dataclass(frozen=True)
class Place:
    """A share to scan, a Redis to break, and a worker that serves it and outlives all that."""

    share: Path
    redis: Redis
    trace: Path
    expected: dict[str, Any]

    def scan(self, target: Path, *options: str) -> Running:
        """Start a scan and wait until it is in the middle of its work."""
        before = len(lines(self.trace))
        running = Running(self.share, target / "report.json", "--broker", self.redis.url, *options)
        running.until(lambda: len(lines(self.trace)) > before + 150, "documents are scanned")
        return running


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("faults")
    share, trace = small_texts(home / "share", 900), home / "trace"
    with (
        Redis() as redis,
        worker(redis.url, "--model", "none", "--concurrency", "2", prelude=traced(trace)),
    ):
        yield Place(share, redis, trace, undisturbed(share))


def test_a_redis_that_is_restarted_empty(place: Place, tmp_path: Path) -> None:
    running = place.scan(tmp_path)
    place.redis.kill()
    place.redis.start()
    assert running.report() == place.expected


def test_a_redis_that_is_emptied(place: Place, tmp_path: Path) -> None:
    running = place.scan(tmp_path)
    place.redis.client.flushall()
    assert running.report() == place.expected


@pytest.mark.parametrize("seconds", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_a_redis_that_is_away_for_a_while(place: Place, tmp_path: Path, seconds: int) -> None:
    running = place.scan(tmp_path)
    place.redis.kill()
    time.sleep(seconds)
    assert running.process.poll() is None
    place.redis.start()
    assert running.report() == place.expected


def test_a_redis_that_is_full_for_a_while(place: Place, tmp_path: Path) -> None:
    running = place.scan(tmp_path)
    place.redis.client.config_set("maxmemory", "1mb")
    begun = len(lines(place.trace))
    time.sleep(3)
    assert running.process.poll() is None
    assert len(lines(place.trace)) < begun + 400, "what lies there may be begun, but nothing goes in or out"
    place.redis.client.config_set("maxmemory", "0")
    assert running.report() == place.expected


def test_answers_that_come_twice_are_counted_once(place: Place, tmp_path: Path) -> None:
    running = place.scan(tmp_path)
    client = place.redis.client
    copied = 0
    while running.process.poll() is None:
        for key in client.keys("guardrails:run:*:results"):
            for _, fields in client.xrange(key):
                client.xadd(key, fields)
                copied += 1
        for queue in client.keys("default"):
            for message in client.lrange(queue, 0, 3):
                client.lpush(queue, message)
        time.sleep(0.05)
    assert copied > 3
    assert running.report() == place.expected


def test_a_message_that_comes_twice_is_run_once(place: Place, tmp_path: Path) -> None:
    before = len(lines(place.trace))
    running = Running(place.share, tmp_path / "report.json", "--broker", place.redis.url)
    client, doubled = place.redis.client, set()
    while running.process.poll() is None:
        for message in client.lrange("default", 0, -1):
            if message not in doubled:
                doubled.add(message)
                client.lpush("default", message)
        time.sleep(0.02)
    assert len(doubled) > 3
    assert running.report() == place.expected
    wait_until(lambda: client.llen("default") == 0, "the queue is empty")
    assert len(lines(place.trace)) - before == 900


def one_line(ran: Ran, *words: str) -> None:
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("guardrails: cannot reach the broker: ")
    assert "hunter2" not in ran.err + ran.out
    for word in words:
        assert word in ran.err


def test_a_wrong_password(place: Place) -> None:
    with Redis("--requirepass", "swordfish") as redis:
        for url in (f"unix://:hunter2@{redis.socket}", f"unix://{redis.socket}"):
            one_line(guardrails("scan", str(place.share), *QUICK, "--broker", url), "assword" if "h" in url else "")
            with worker(url, "--model", "none") as process:
                assert process.wait(30) == 2
