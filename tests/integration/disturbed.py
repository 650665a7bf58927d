"""Helpers for tests of faults: a Redis that can be broken, a scan under way, and an undisturbed report."""

import json
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import redis

from guardrails_cli.execute.local import find_server
from tests.integration.support import PATIENCE, ROOT, guardrails, stable, start, wait_until

QUICK = ("--no-ner", "--no-block", "-q", "-f", "json")
"""Options of a scan whose report is looked at, and nothing else."""

KEY = "one of all runs whose reports are compared"

TRACED = """
import os, time
from guardrails_cli.document import scan_chunk
scan = scan_chunk.scan_chunk
def traced(chunk, options):
    trace = os.open({trace!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(trace, (chunk.text[:40].replace("\\n", " ") + "\\n").encode())
    os.close(trace)
    time.sleep({seconds})
    return scan(chunk, options)
scan_chunk.scan_chunk = traced
"""
"""Code for a worker's process: a line in a file for each chunk that is begun, and slow enough to be caught at it."""


def traced(trace: Path, seconds: float = 0.004) -> str:
    """Return the prelude of a worker that leaves a trace."""
    return TRACED.format(trace=str(trace), seconds=seconds)


def site(folder: Path, worker: str = "", scan: str = "") -> dict[str, str]:
    """Return the environment in which workers and scans run these lines of Python first."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(
        f"import sys\nif 'worker' in sys.orig_argv:\n    exec({worker!r}, globals())\n"
        f"elif 'scan' in sys.orig_argv:\n    exec({scan!r}, globals())\n"
    )
    return {"PYTHONPATH": f"{folder}:{ROOT}"}


def lines(trace: Path) -> list[str]:
    """Return what was begun so far."""
    return trace.read_text().splitlines() if trace.exists() else []


class Redis:
    """A server of the test's own, on a socket of its own; may be killed, stopped and started again."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self._home = tempfile.TemporaryDirectory(prefix="gr-", dir="/tmp")
        self.socket = f"{self._home.name}/redis.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def client(self) -> Any:
        """A new client."""
        return redis.Redis(unix_socket_path=self.socket)

    def start(self) -> None:
        """Start it with an empty memory, or with what it wrote down if its options say so."""
        binary = find_server()
        assert binary is not None
        self._process = subprocess.Popen(
            [str(binary), "--port", "0", "--unixsocket", self.socket, "--dir", self._home.name, "--save", "",
             *self._options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

        def answers() -> bool:
            try:
                return bool(self.client.ping())
            except redis.AuthenticationError:
                return True
            except redis.ConnectionError:
                return False

        wait_until(answers, "the server starts")

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.kill()
        self._home.cleanup()


class Running:
    """A scan of `share` under way, with its report in a file."""

    def __init__(self, share: Path, target: Path, *options: str, **changes: str) -> None:
        self.target = target
        self.process = start(
            "scan", str(share), *QUICK, "-o", str(target), *options, cwd=None, GUARDRAILS_KEY=KEY, **changes
        )

    def until(self, happens: Any, what: str) -> None:
        """Wait until the scan has come so far; it must not end before."""

        def reached() -> bool:
            done = happens()
            assert done or self.process.poll() is None, f"the scan ended before: {what}; {self.process.communicate()}"
            return bool(done)

        wait_until(reached, what)

    def report(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """Wait for the end, which must be a good one, and return the report."""
        _, err = self.process.communicate(timeout=seconds)
        assert self.process.returncode in (0, 4), err
        report = json.loads(self.target.read_text())
        assert err == "", err
        assert self.process.returncode == (4 if report["summary"]["by_status"].get("failed") else 0), err
        return stable(report)


def undisturbed(share: Path) -> dict[str, Any]:
    """Return the report that nothing disturbs."""
    return stable(guardrails("scan", str(share), *QUICK, "--inline", GUARDRAILS_KEY=KEY).report)


def documents(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the report's documents by the names of their files."""
    return {Path(one["path"]).name: one for one in report["documents"]}


def children(process: int) -> list[int]:
    """Return the children of a process."""
    with suppress(OSError):
        return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return []


def free_port() -> int:
    """Return a TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def send(processes: list[int], number: signal.Signals) -> None:
    """Send a signal to processes that may be gone."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


class TlsFront:
    """A real TLS listener in front of a server on a Unix socket: the test's server itself speaks no TLS.

    Args:
        certificate, key: files in PEM.
        backend: path of the socket.

    """

    def __init__(self, certificate: Path, key: Path, backend: str) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._backend = backend
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(connection,), daemon=True).start()

    def _join(self, connection: socket.socket) -> None:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as inner:
            inner.connect(self._backend)
            with self._context.wrap_socket(connection, server_side=True) as outer:
                outer.settimeout(0.01)
                inner.settimeout(0.01)
                while _pass(outer, inner) and _pass(inner, outer):
                    pass


def _pass(source: socket.socket, sink: socket.socket) -> bool:
    try:
        data = source.recv(65536)
    except TimeoutError:
        return True
    sink.settimeout(10)
    sink.sendall(data)
    sink.settimeout(0.01)
    return bool(data)
