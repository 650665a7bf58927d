"""The cost of distribution: 100,000 tiny documents with free analysis, over real workers and a real server.

The peer is `multiprocessing.Pool`, which has no broker, no acknowledgement and no second machine.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing import Pool
from pathlib import Path

from benchmarks.processes import ROOT, Cost, cpu_of, run
from guardrails_cli.execute.local import EmbeddedServer, find_server

DOCUMENTS = 100_000
NOTHING = (
    "from guardrails_cli.document import scan_chunk\nfrom guardrails_cli.core.finding import ChunkResult\n"
    "scan_chunk.scan_chunk = lambda chunk, options: ChunkResult((), (), 0.0)\n"
)
MAIN = f"{NOTHING}from guardrails_cli.__main__ import main\nmain()"


def measure() -> str:
    """Return the table."""
    binary = find_server()
    if binary is None:
        return "No server for this platform, nothing measured."
    with tempfile.TemporaryDirectory() as folder:
        share = Path(folder) / "share"
        _fill(share)
        scan = ("scan", str(share), "--no-ner", "--no-journal", "--quiet", "-o", str(Path(folder) / "r.jsonl"))
        inline = run(MAIN, *scan, "--inline")
        with EmbeddedServer(binary) as server:
            client, workers, broker = _distributed(server, scan)
        pool = _pool()
    each = 1e6 / DOCUMENTS
    total = client.cpu + workers + broker
    return f"""\
## Overhead of distribution

{DOCUMENTS:,} documents of one line, analysis replaced by nothing, 2 workers.

| | µs of CPU per document |
|---|---|
| in one process (`--inline`): walk, read, JSON, report | {inline.cpu * each:.0f} |
| over Celery: client {client.cpu * each:.0f}, workers {workers * each:.0f}, server {broker * each:.0f} \
| {total * each:.0f} |
| **Celery's own overhead** | **{(total - inline.cpu) * each:.0f}** |
| peer: `multiprocessing.Pool`, 32 items at a time | {pool * each:.0f} |

Client: peak memory {client.peak:.0f} MB (in one process {inline.peak:.0f} MB), {client.wall:.0f} s in all, \
{DOCUMENTS / client.wall:,.0f} documents/s.
"""


def _fill(share: Path) -> None:
    for number in range(DOCUMENTS):
        if number % 500 == 0:
            place = share / f"{number // 500:03}"
            place.mkdir(parents=True)
        (place / f"{number:06}.txt").write_text(f"Nothing of note in line {number}.\n")


def _distributed(server: EmbeddedServer, scan: tuple[str, ...]) -> tuple[Cost, float, float]:
    """Return the client's cost, and the processor seconds of workers and server meanwhile."""
    worker = subprocess.Popen(
        [sys.executable, "-P", "-c", MAIN, "worker", "--broker", server.url, "--concurrency", "2", "--model", "none"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        time.sleep(10)  # until the engine is loaded, which is not to be counted
        assert server.process is not None
        before = cpu_of(worker.pid), cpu_of(server.process.pid)
        client = run(MAIN, *scan, "--broker", server.url)
        return client, cpu_of(worker.pid) - before[0], cpu_of(server.process.pid) - before[1]
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def _pool() -> float:
    """Return the processor seconds that a pool takes for as many items of the same size."""
    begun = sum(os.times()[:4])
    with Pool(2) as pool:
        items = (f"Nothing of note in line {number}.\n" for number in range(DOCUMENTS))
        for _ in pool.imap_unordered(str.strip, items, chunksize=32):
            pass
        pool.close()
        pool.join()
    return sum(os.times()[:4]) - begun
