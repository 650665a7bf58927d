"""Child processes that do not outlive their parent."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import guardrails_cli

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies (Linux; elsewhere a no-op, see `watch_parent`)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def watch_parent(parent: int, on_loss: Callable[[], None], seconds: float = 0.5) -> None:
    """Call `on_loss` from a thread once `parent` is no longer this process's parent."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(seconds)
        on_loss()

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


def spawn(
    command: list[str],
    log: IO[bytes],
    env: dict[str, str] | None = None,
    bound: bool = False,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C in the terminal reaches only this process.

    Args:
        command: the program and its arguments.
        log: file for its output; an inherited pipe would be held open for as long as the child lives.
        env: its environment; None means this process's.
        bound: whether the kernel kills it when this process dies. Ignored in threads: for the kernel the thread is the
            parent, and the program may outlive it.
        pass_fds: descriptors that it inherits.

    """
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=env,
        start_new_session=True,
        pass_fds=pass_fds,
        preexec_fn=die_with_parent if bound and _in_main_thread() else None,  # noqa: PLW1509 - one resolved C call
    )


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def package_environment() -> dict[str, str]:
    """Return this environment with this package on the import path, wherever it was imported from."""
    root = str(Path(guardrails_cli.__file__).parent.parent)
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}


def kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill a child started by `spawn` with all its children, and reap it. Never raises if it is already gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def cpu_count() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
