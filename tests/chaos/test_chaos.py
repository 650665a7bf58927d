"""Twenty random kills while five thousand documents are scanned: the report is that of an undisturbed run.

`CHAOS_SEED` gives the seed of a run that is to be repeated; the seed of each run is printed.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.disturbed import Redis, Running, children, send, site
from tests.integration.support import relatives, small_texts, worker

DOCUMENTS = 5000
KILLS = 20
SECONDS = 170.0
SLOWER = """
import time
from guardrails_cli.cluster import workers
from guardrails_cli.document import scan_chunk
workers.BEAT_SECONDS, workers.ALIVE_SECONDS = 0.5, 2
scan = scan_chunk.scan_chunk
def slower(chunk, options):
    time.sleep(0.008)
    return scan(chunk, options)
scan_chunk.scan_chunk = slower
"""
"""Code for a worker: work that lasts long enough for twenty kills, and a death that shows soon."""


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_texts(tmp_path_factory.mktemp("chaos"), DOCUMENTS)


@pytest.fixture(scope="module")
def expected(share: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return Running(share, tmp_path_factory.mktemp("undisturbed") / "report.json", "--jobs", "2").report(SECONDS)


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
    print(f"CHAOS_SEED={seed}")
    return random.Random(seed)


def disturb(running: Running, chance: random.Random, victims: dict[str, Any]) -> int:
    """Kill at random until it was often enough or the scan is over; return how often it was."""
    kills = 0
    deadline = time.monotonic() + SECONDS
    while kills < KILLS and running.process.poll() is None and time.monotonic() < deadline:
        time.sleep(chance.uniform(0.3, 1.5))
        name = chance.choice(sorted(victims))
        if running.process.poll() is None and victims[name]():
            kills += 1
            print(f"{kills}: {name}")
    return kills


def kill_one(processes: list[int], chance: random.Random) -> bool:
    if processes:
        send([chance.choice(processes)], signal.SIGKILL)
    return bool(processes)


@pytest.mark.slow
def test_local_workers_and_their_server(
    tmp_path: Path, share: Path, expected: dict[str, Any], chance: random.Random
) -> None:
    mark = f"mark-{os.getpid()}-chaos"
    changes = site(tmp_path / "site", worker=SLOWER)
    running = Running(share, tmp_path / "report.json", "--jobs", "2", GUARDRAILS_TEST_MARK=mark, **changes)

    def family() -> list[int]:
        return children(running.process.pid)

    def parents() -> list[int]:
        return [pid for pid in family() if b"worker" in command_line(pid)]

    def servers() -> list[int]:
        """Return the server once workers are there again: what is killed while it starts is given up in the end."""
        working = any(children(pid) for pid in parents())
        return [pid for pid in family() if working and b"redis.sock" in command_line(pid)]

    running.until(lambda: parents() and children(parents()[0]), "workers start")
    victims = {
        "child": lambda: kill_one([child for pid in parents() for child in children(pid)], chance),
        "parent": lambda: kill_one([pid for pid in parents() if children(pid)], chance),
        "server": lambda: kill_one(servers(), chance),
    }
    kills = disturb(running, chance, victims)
    assert running.report(SECONDS) == expected
    assert kills == KILLS
    assert relatives(mark) == []


def command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


@dataclass
class Shift:
    """A worker that is started anew when it is gone, as by a service manager."""

    url: str
    process: Any = None

    @contextmanager
    def present(self) -> Iterator[Any]:
        with worker(self.url, "--model", "none", "--concurrency", "1", prelude=SLOWER) as self.process:
            yield self.process


@pytest.mark.slow
def test_workers_elsewhere_and_their_redis(
    tmp_path: Path, share: Path, expected: dict[str, Any], chance: random.Random
) -> None:
    with Redis() as redis, ExitStack() as stack:
        shifts = [Shift(redis.url), Shift(redis.url)]
        for shift in shifts:
            stack.enter_context(shift.present())
        running = Running(share, tmp_path / "report.json", "--broker", redis.url)

        def parent() -> bool:
            shift = chance.choice(shifts)
            done = kill_one([shift.process.pid] if children(shift.process.pid) else [], chance)
            if done:
                shift.process.wait()
                stack.enter_context(shift.present())
            return done

        def server() -> bool:
            redis.kill()
            redis.start()
            return True

        victims = {
            "child": lambda: kill_one([pid for shift in shifts for pid in children(shift.process.pid)], chance),
            "parent": parent,
            "server": server,
        }
        kills = disturb(running, chance, victims)
        assert running.report(SECONDS) == expected
        assert kills == KILLS
