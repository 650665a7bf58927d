"""The program as a person or a script meets it: real processes, real files, real servers."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.warm import Warm

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
SSN_TEXT = "Her social security number is 219-09-9999.\n"
"""Text with a number that the authorities voided because it was printed in advertisements."""
COLD = ("PYTHON", "LANG", "LC_", "PATH", "HOME")
"""How the names of variables begin that need a start of their own."""
PATIENCE = 120.0
"""Seconds that a test waits for what must happen; only a failing test waits so long."""


@dataclass(frozen=True)
class Ran:
    """A finished process."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report on stdout."""
        return dict(json.loads(self.out))


def command(*arguments: str) -> list[str]:
    """Return the command line of the program that these tests belong to, wherever they are run."""
    return [sys.executable, "-P", "-c", "from guardrails_cli.__main__ import main; main()", *arguments]


def environment(**changes: str) -> dict[str, str]:
    """Return this environment with the checkout on the import path, and `changes`."""
    return os.environ | {"PYTHONPATH": str(ROOT)} | changes


def start(*arguments: str, cwd: Path | None = None, **changes: str) -> subprocess.Popen[str]:
    """Start the program with its output on pipes."""
    return subprocess.Popen(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment(**changes),
    )


@cache
def warm() -> Warm:
    """Return the process that has imported the program already."""
    return Warm()


def guardrails(*arguments: str, cwd: Path | None = None, stdin: bytes = b"", **changes: str) -> Ran:
    """Run the program to its end, from a warm start unless the environment changes how Python starts."""
    if any(name.startswith(COLD) for name in changes):
        return cold(*arguments, cwd=cwd, stdin=stdin, **changes)
    code, out, err = warm().run(arguments, environment(**changes), str(cwd or Path.cwd()), stdin, PATIENCE)
    return Ran(code, out.decode(), err.decode())


def cold(*arguments: str, cwd: Path | None = None, stdin: bytes = b"", **changes: str) -> Ran:
    """Start the program as a user does, and run it to its end."""
    done = subprocess.run(
        command(*arguments),
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=environment(**changes),
        timeout=PATIENCE,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def script(path: Path, code: str) -> None:
    """Make a program of Python code."""
    path.write_text(f"#!{sys.executable} -P\n{code}")
    path.chmod(0o755)


def wait_until(happens: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Return what `happens` returns once that is true."""
    deadline = time.monotonic() + seconds
    while not (value := happens()):
        assert time.monotonic() < deadline, f"{what}: did not happen in {seconds:.0f} s"
        time.sleep(0.02)
    return value


def relatives(text: str) -> list[int]:
    """Return the processes whose environment or arguments hold `text`, whoever is their parent."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                known = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
                if state != "Z" and text.encode() in known:
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


@contextmanager
def worker(url: str, *arguments: str, prelude: str = "", **changes: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `guardrails worker` at `url`, and stop it afterwards.

    Args:
        url: of the broker.
        arguments: of the command.
        prelude: Python that the worker's process runs first: how a test puts a fault into it.
        changes: to the environment.

    """
    code = f"{prelude}\nfrom guardrails_cli.__main__ import main\nmain()"
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code, "worker", "--broker", url, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(**changes),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def stable(report: dict[str, Any]) -> dict[str, Any]:
    """Return the report without its times and how documents travelled, which are all that two runs may differ in."""
    run = {key: value for key, value in report["run"].items() if key not in ("started_at", "finished_at", "transfer")}
    documents = [{key: value for key, value in one.items() if key != "seconds"} for one in report["documents"]]
    return report | {"run": run, "documents": documents}


def small_texts(folder: Path, count: int) -> Path:
    """Fill `folder` with `count` small documents of several kinds, about half of them with findings."""
    kinds: list[Callable[[int], tuple[str, str]]] = [
        lambda n: (f"note-{n}.txt", f"Meeting {n}: bring the minutes and the second draft.\n"),
        lambda n: (f"mail-{n}.eml", f"From: clerk{n}@example.com\n\nPlease call (212) 555-01{n % 100:02}.\n"),
        lambda n: (f"row-{n}.csv", f"id,card\n{n},4111 1111 1111 1111\n"),
        lambda n: (f"code_{n}.py", f"def area_{n}(side: int) -> int:\n    return side * side + {n}\n"),
        lambda n: (f"form-{n}.md", f"# Form {n}\n\n{SSN_TEXT}"),
        lambda n: (f"item-{n}.json", f'{{"id": {n}, "ip": "192.0.2.{n % 250}", "ok": true}}\n'),
    ]  # fmt: skip
    for number in range(count):
        name, text = kinds[number % len(kinds)](number)
        place = folder / f"{number // 200:03}"
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    return folder
