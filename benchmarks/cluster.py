"""Workers at a broker: how long a complete analysis takes, how scans grow with workers, and a million documents.

The peers are the specification's own figures: 10 tasks a minute for one worker; a complete analysis in 3.0 s on
average, 5.0 s at the 95th and 6.5 s at the 99th percentile.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.overhead import NOTHING
from benchmarks.processes import ROOT, cpu_of, run
from benchmarks.texts import make
from guardrails_cli.execute.local import EmbeddedServer, find_server

ANALYSES = 300
DOCUMENTS = 1_500
TINY = 1_000_000
_NAME = "00000.txt"
SCAN = "from guardrails_cli.__main__ import main\nmain()"
MILLION = f"""\
{NOTHING}
import json, resource, sys
from functools import partial
from pathlib import Path
from guardrails_cli.options.model import DetectOptions, EngineOptions, Limits
from guardrails_cli.execute.remote import BrokerExecutor
from guardrails_cli.execute.collect import Collector; from guardrails_cli.system.stop import StopFlag
from guardrails_cli.core.source import Source
from guardrails_cli.policy.rulebook import Rulebook
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.document.document_record import Tally
url, place, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
size = Path(place).stat().st_size
sources = (Source(str(number), place, size) for number in range(count))
with SourceReader(Limits()) as reader, BrokerExecutor(
    url, DetectOptions(EngineOptions(model=None, profile="fast"))
) as executor:
    collector = Collector(sources, reader, partial(Tally, Rulebook(()), 10_000, None), StopFlag(), 200_000.0)
    seen = sum(record is not None for record in collector.records(executor))
assert seen == count, seen
"""


def measure() -> str:
    """Return the tables."""
    binary = find_server()
    if binary is None:
        return "No server for this platform, nothing measured."
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(binary) as server:
        share = Path(folder) / "share"
        _fill(share)
        times, rate = _analyses(server.url)
        scans = {count: _scan(server.url, share, count) for count in (1, 2)}
        inline = run(SCAN, *_options(share), "--inline").cpu - run(SCAN, *_options(share / _NAME), "--inline").cpu
        million = _million(server, Path(folder) / "tiny.txt")
    one, two = scans[1], scans[2]
    overhead = (one.cpu - inline) / inline
    return f"""\
## Workers at a broker

Documents of 2 KB (prose with a finding in each), profile balanced, a worker with one process; beside it what the
specification states for its own.

| | here | specification |
|---|---|---|
| complete analysis (`analyze_complete_async`), mean of {ANALYSES} one after the other | \
{statistics.mean(times) * 1000:.0f} ms | 3.0 s |
| 95th percentile | {_percentile(times, 95) * 1000:.0f} ms | 5.0 s |
| 99th percentile | {_percentile(times, 99) * 1000:.0f} ms | 6.5 s |
| complete analyses a minute, sent together | {rate:,.0f} | 10 |
| documents a minute by `scan --broker`, 1 worker | {one.rate:,.0f} | |
| documents a minute by `scan --broker`, 2 workers | {two.rate:,.0f} ({two.rate / one.rate:.2f}×) | |
| processor time beyond that of `--inline`, client and worker together, without their start | {overhead:.0%} | |

{TINY:,} documents of one line, analysis replaced by nothing, 2 worker processes: {million.seconds:,.0f} s, \
{TINY / million.seconds:,.0f} documents a second; peak memory of the client {million.client:.0f} MB, of the server \
{million.server:.1f} MB of data at most.
"""


@dataclass(frozen=True)
class _Scan:
    rate: float
    """Documents a minute."""
    cpu: float
    """Seconds of client and worker, without their start."""


@dataclass(frozen=True)
class _Million:
    seconds: float
    client: float
    """MB at most."""
    server: float
    """MB of data at most."""


def _document(number: int) -> str:
    return f"{make('prose', 1_950, number)[:1_950]} Her social security number is 219-09-9999. ({number})\n"


def _fill(share: Path) -> None:
    share.mkdir()
    for number in range(DOCUMENTS):
        (share / f"{number:05}.txt").write_text(_document(number), encoding="utf-8")


def _options(share: Path) -> tuple[str, ...]:
    report = Path(tempfile.gettempdir()) / "guardrails-benchmark.jsonl"
    return ("scan", str(share), "--no-journal", "--quiet", "--isolated", "-o", str(report))


@contextmanager
def _worker(url: str, processes: int, code: str = SCAN, model: str | None = None) -> Iterator[int]:
    """Run a worker that has loaded its engine; yields its process id."""
    command = [sys.executable, "-P", "-c", code, "worker", "--broker", url, "--concurrency", str(processes)]
    process = subprocess.Popen(
        [*command, *(["--model", model] if model else [])],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        time.sleep(12)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _analyses(url: str) -> tuple[list[float], float]:
    """Return the seconds of single analyses, and how many a minute one worker does."""
    from importlib import import_module

    from guardrails_cli.cluster.celery_app import configure

    configure(url)
    analyze = import_module("guardrails_cli.tasks").specification.analyze_complete_async
    with _worker(url, 1):
        for number in range(5):
            analyze.delay(_document(number)).get(timeout=120)
        times = []
        for number in range(ANALYSES):
            begun = time.perf_counter()
            analyze.delay(_document(number)).get(timeout=60, interval=0.005)
            times.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        for result in [analyze.delay(_document(number)) for number in range(ANALYSES)]:
            result.get(timeout=600, interval=0.01)
        return times, ANALYSES / (time.perf_counter() - begun) * 60


def _scan(url: str, share: Path, processes: int) -> _Scan:
    with _worker(url, processes) as pid:
        run(SCAN, *_options(share), "--broker", url)  # everything is compiled and cached now
        start = run(SCAN, *_options(share / _NAME), "--broker", url)
        before = cpu_of(pid)
        cost = run(SCAN, *_options(share), "--broker", url)
        return _Scan(DOCUMENTS / cost.wall * 60, cost.cpu - start.cpu + cpu_of(pid) - before)


def _million(server: EmbeddedServer, tiny: Path) -> _Million:
    import redis

    tiny.write_text("Nothing of note here.\n")
    client = redis.Redis(unix_socket_path=str(server.socket))
    peak, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.1):
            peak = max(peak, int(client.info("memory")["used_memory"]))

    with _worker(server.url, 2, f"{NOTHING}{SCAN}", "none"):
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            cost = run(MILLION, server.url, str(tiny), json.dumps(TINY))
        finally:
            ended.set()
            watcher.join()
    return _Million(cost.wall, cost.peak, peak / 1024**2)


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]
