"""A warm start of the program for tests: one process has imported it and loaded its engines, and forks per command.

A command runs in a forked child with the caller's arguments, environment, working directory and standard streams, as if
it had been started. What a test of start-up, signals, encodings or process groups is about must be started cold; see
`tests.integration.support`.
"""

import atexit
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PRELOADED = (
    "celery.app",
    "guardrails_cli.cli",
    "guardrails_cli.cli.commands.scan",
    "guardrails_cli.execute.inline",
    "guardrails_cli.reports.terminal",
    "guardrails_cli.scanning.run",
    "guardrails_cli.services.explain",
    "jsonschema",
    "kombu.transport.redis",
)
"""Modules that read nothing from the environment when they are imported."""


CLIENT = """\
import json, os, socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect({path!r})
request = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode("utf-8", "surrogatepass")
socket.send_fds(connection, [len(request).to_bytes(8, "big")], [0, 1, 2])
connection.sendall(request)
sys.exit(int(connection.recv(64)))
"""
"""A program that runs its command in the warm process, with its own standard streams."""


class Warm:
    """The process that forks. Started with the first command; it ends with this one."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="guardrails-warm-")
        self._path = f"{self._folder}/socket"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self._path)
        listener.listen(16)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.warm", str(listener.fileno())],
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,  # closed with this process: the sign to end
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        listener.close()
        atexit.register(self.close)

    @property
    def client(self) -> str:
        """Source of a program that is `guardrails`, but for its start and for signals."""
        return CLIENT.format(path=self._path)

    def close(self) -> None:
        """End the process and remove its socket."""
        self._process.kill()
        self._process.wait()
        Path(self._path).unlink(missing_ok=True)
        Path(self._folder).rmdir()

    def run(
        self, arguments: tuple[str, ...], environment: Mapping[str, str], cwd: str, stdin: bytes, seconds: float
    ) -> tuple[int, bytes, bytes]:
        """Run a command to its end; return its exit code and what it wrote on both streams."""
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
            socket.socket(socket.AF_UNIX) as connection,
        ):
            given.write(stdin)
            given.seek(0)
            reader, writer = os.pipe()  # a command's input is a pipe, not a file
            threading.Thread(target=_feed, args=(writer, stdin), daemon=True).start()
            connection.settimeout(seconds)
            connection.connect(self._path)
            request = json.dumps([list(arguments), dict(environment), cwd]).encode("utf-8", "surrogatepass")
            socket.send_fds(connection, [len(request).to_bytes(8, "big")], [reader, out.fileno(), err.fileno()])
            os.close(reader)
            connection.sendall(request)
            answer = connection.recv(64)
            if not answer:
                raise RuntimeError("the warm process is gone")
            out.seek(0)
            err.seek(0)
            return int(answer), out.read(), err.read()


def _feed(descriptor: int, data: bytes) -> None:
    with open(descriptor, "wb") as pipe, suppress(BrokenPipeError):
        pipe.write(data)


def main() -> None:
    """Import and load, then fork for each connection."""
    from importlib import import_module

    listener = socket.socket(fileno=int(sys.argv[1]))
    for name in PRELOADED:
        import_module(name)
    _load_engines()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _serve(connection)
        connection.close()


def _end_with_parent() -> None:
    os.read(0, 1)  # not through `sys.stdin`, whose lock a forked child would inherit
    os._exit(0)


def _load_engines() -> None:
    import gc

    from guardrails_cli.detect.engine import load_engine
    from guardrails_cli.options.model import EngineOptions

    for options in (EngineOptions(model=None, profile="fast"), EngineOptions()):
        load_engine(options)
    gc.collect()
    gc.freeze()


def _serve(connection: socket.socket) -> None:
    """Read a request, run it in a child, and answer with its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, descriptors, *_ = socket.recv_fds(connection, 8, 3)
    data = b""
    while len(data) < int.from_bytes(size, "big"):
        data += connection.recv(1 << 20)
    arguments, environment, cwd = json.loads(data.decode("utf-8", "surrogatepass"))
    child = os.fork()
    if child == 0:
        connection.close()
        _become(arguments, environment, cwd, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    _, status = os.waitpid(child, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(arguments: list[str], environment: dict[str, str], cwd: str, descriptors: list[int]) -> None:
    """Run the program as if it had been started so; never returns."""
    code: Any = 1
    try:
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(cwd)
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8", "surrogateescape")
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), "utf-8")
        sys.stderr = io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(2, "w", closefd=False)), "utf-8", "backslashreplace", line_buffering=True
        )
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
        sys.argv = ["-c", *arguments]
        from guardrails_cli.__main__ import main as program

        program()
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - as the interpreter does
        sys.excepthook(*sys.exc_info())
    finally:
        if not isinstance(code, int):
            code = 0 if code is None else 1
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as at the end of a program
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                code = code or 120
        os._exit(code & 0xFF)


if __name__ == "__main__":
    main()
