"""A git repository of 20,000 files, beside `detect-secrets` on the same files in the same run.

detect-secrets is not a dependency: `--peer` names its program, in an environment of its own.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

FILES = 20_000
_WORDS = (
    "value index total request response user account order session cache buffer queue worker schedule report "
    "config option parser token stream reader writer handler context result error message status event client server"
).split()


def measure(peer: Path | None = None, files: int = FILES) -> str:
    """Return the table of both programs' time and memory."""
    with tempfile.TemporaryDirectory(prefix="guardrails-benchmark-") as name:
        folder = Path(name)
        size = _repository(folder, files)
        rows = [("`guardrails scan . --profile fast`", _guardrails(folder, "scan", "."))]
        print(rows, file=sys.stderr)
        program = str(peer) if peer else shutil.which("detect-secrets")
        if program is None:
            print("detect-secrets: not found; --peer names its program", file=sys.stderr)
        else:
            command = [program, "scan", "--no-verify"]
            rows.append(("`detect-secrets scan --no-verify`", _timed(command, folder, {})))
            print(rows, file=sys.stderr)
        rows.append(("`guardrails scan --git-history --profile fast`", _guardrails(folder, "scan", "--git-history")))
        load = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    lines = [
        "## A git repository",
        "",
        f"`python -m benchmarks repository --peer DETECT_SECRETS`: {files:,} files of code, settings, tables, prose,",
        f"{size / 1024**2:.0f} MB, one commit, one in twenty with a finding. Load of the machine at the end: {load}.",
        "",
        "Memory is that of the largest process that was waited for: guardrails' local workers come on top.",
        "",
        "| | seconds | files/s | peak memory, MB |",
        "|---|---|---|---|",
        *(f"| {name} | {wall:.1f} | {files / wall:,.0f} | {peak / 1024:.0f} |" for name, (wall, peak) in rows),
    ]
    return "\n".join(lines) + "\n"


def _guardrails(folder: Path, *arguments: str) -> tuple[float, int]:
    state = {"XDG_STATE_HOME": str(folder.parent), "PYTHONPATH": str(Path(__file__).parents[1])}
    options = ("--profile", "fast", "--no-block", "--no-journal", "-q", "-o", os.devnull, "-f", "json")
    return _timed([sys.executable, "-P", "-m", "guardrails_cli", *arguments, *options], folder, state)


def _timed(command: list[str], folder: Path, variables: dict[str, str]) -> tuple[float, int]:
    """Return the seconds of a program and the largest process in KB of it and all that it waited for.

    It is measured from a process of its own, whose children are these and no others.
    """
    code = (
        "import resource, subprocess, sys, time\n"
        "begun = time.monotonic()\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(time.monotonic() - begun, used.ru_maxrss, done.returncode)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    wall, peak, status = done.stdout.split()
    if int(status):
        raise RuntimeError(f"{command[0]} ended with {status}: {done.stderr[-500:]}")
    return float(wall), int(peak)


def _repository(folder: Path, files: int) -> int:
    """Make the repository; return the size of its files in bytes."""
    rng = random.Random(20)
    size = 0
    for number in range(files):
        kind = number % 10
        lines = list(_KINDS[kind](rng))
        if number % 20 == 7:
            lines.insert(
                rng.randrange(len(lines)), f"social security number 219-09-9999, mail user{number}@example.com"
            )
        suffix = ("py", "py", "js", "py", "yaml", "json", "csv", "md", "txt", "go")[kind]
        path = folder / f"part{number // 500:02}" / f"file{number:05}.{suffix}"
        path.parent.mkdir(exist_ok=True)
        text = "\n".join(lines) + "\n"
        path.write_text(text, encoding="utf-8")
        size += len(text)
    person = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.com", "-c", "gc.auto=0")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "All")):
        subprocess.run(["git", *person, *arguments], cwd=folder, check=True, capture_output=True)
    return size


def _name(rng: random.Random) -> str:
    return f"{rng.choice(_WORDS)}_{rng.choice(_WORDS)}"


def _code(rng: random.Random) -> Iterator[str]:
    for _ in range(rng.randrange(3, 13)):
        yield f"def {_name(rng)}({rng.choice(_WORDS)}, {rng.choice(_WORDS)}):"
        yield f"    {_name(rng)} = {rng.choice(_WORDS)}({rng.randrange(1000)}, '{_name(rng)}')"
        yield f"    return {_name(rng)} + {rng.randrange(100)}  # {' '.join(rng.choices(_WORDS, k=6))}"


def _settings(rng: random.Random) -> Iterator[str]:
    for _ in range(rng.randrange(5, 30)):
        yield f"{_name(rng)}_{rng.randrange(99)}: {rng.choice(_WORDS)}"


def _object(rng: random.Random) -> Iterator[str]:
    yield "["
    for _ in range(rng.randrange(5, 30)):
        yield f'{{"id": {rng.randrange(10**6)}, "{_name(rng)}": "{" ".join(rng.choices(_WORDS, k=3))}"}},'
    yield "{}]"


def _table(rng: random.Random) -> Iterator[str]:
    yield "id,name,count,state"
    for row in range(rng.randrange(5, 40)):
        yield f"{row},{_name(rng)},{rng.randrange(10**4)},{rng.choice(_WORDS)}"


def _prose(rng: random.Random) -> Iterator[str]:
    for _ in range(rng.randrange(3, 15)):
        yield " ".join(rng.choices(_WORDS, k=12)).capitalize() + "."


_KINDS = (_code, _code, _code, _code, _settings, _object, _table, _prose, _prose, _code)
