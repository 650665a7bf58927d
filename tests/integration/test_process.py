"""The program as a process: signals, pipes, names, devices. Nothing may be left behind."""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.support import (
    PATIENCE,
    SSN_TEXT,
    command,
    environment,
    guardrails,
    relatives,
    small_texts,
    start,
    wait_until,
)


@pytest.fixture
def private_tmp() -> Iterator[Path]:
    """A folder that the run uses for its temporary files, and whose name marks its processes.

    Its path is short, as that of a socket below it has to be.
    """
    with tempfile.TemporaryDirectory(prefix="gt-", dir="/tmp") as folder:
        yield Path(folder)
        for process in relatives(folder):
            os.kill(process, signal.SIGKILL)


@pytest.fixture
def busy_share(tmp_path: Path) -> Path:
    """A folder that takes minutes: more than a test waits before it interrupts."""
    share = small_texts(tmp_path / "share", 300)
    (share / "long.txt").write_text("Maria Gonzales met Peter Miller in Chicago, and nothing was decided. " * 200_000)
    return share


def begun(private_tmp: Path, process: subprocess.Popen[str]) -> bool:
    """Return whether all are there: the program, its server, its worker and two children of this."""
    assert process.poll() is None, process.communicate()
    return len(relatives(str(private_tmp))) >= 5


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom guardrails_cli.__main__ import main\nsys.argv = ['guardrails', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'spacy', 'presidio_analyzer', 'celery', 'redis', 'numpy', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([*command()[:2], "-c", code], capture_output=True, env=environment(), check=True)
    assert done.stdout.decode().splitlines()[-1] == "[]"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_scan_writes_its_partial_report_and_leaves_nothing(
    busy_share: Path, private_tmp: Path, tmp_path: Path, number: signal.Signals
) -> None:
    target = tmp_path / "report.json"
    process = start("scan", str(busy_share), "--jobs", "2", "-o", str(target), TMPDIR=str(private_tmp))
    wait_until(lambda: begun(private_tmp, process), "workers start")
    time.sleep(1.0)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    report = json.loads(target.read_text())
    assert report["run"]["complete"] is False
    assert len(report["documents"]) == report["summary"]["documents"] == sum(report["summary"]["by_status"].values())
    assert "INTERRUPTED: the report is partial" in out
    assert "Traceback" not in err
    assert relatives(str(private_tmp)) == []
    assert list(private_tmp.iterdir()) == []


def test_the_second_signal_stops_at_once(busy_share: Path, private_tmp: Path) -> None:
    process = start("scan", str(busy_share), "--jobs", "2", TMPDIR=str(private_tmp))
    wait_until(lambda: begun(private_tmp, process), "workers start")
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert relatives(str(private_tmp)) == []
    assert list(private_tmp.iterdir()) == []


def test_whoever_goes_on_pressing_stops_at_once_and_leaves_nothing(
    busy_share: Path, private_tmp: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out" / "report.json"
    target.parent.mkdir()
    process = start("scan", str(busy_share), "--jobs", "2", "-o", str(target), TMPDIR=str(private_tmp))
    wait_until(lambda: begun(private_tmp, process), "workers start")
    for _ in range(40):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode in (130, -signal.SIGINT)  # the latter if Python itself was ending already
    assert "Traceback" not in err
    assert json.loads(target.read_text())["run"]["complete"] is False
    assert list(target.parent.iterdir()) == [target]
    assert relatives(str(private_tmp)) == []
    assert list(private_tmp.iterdir()) == []


@pytest.mark.parametrize(
    ("module", "times", "report"),
    [("typer", 1, False), ("guardrails_cli.scanning.run", 1, False), ("guardrails_cli.execute.local", 2, True)],
)
def test_ctrl_c_in_the_middle_of_an_import(tmp_path: Path, module: str, times: int, report: bool) -> None:
    (tmp_path / "form.txt").write_text(SSN_TEXT)
    code = (
        "import os, signal, sys\n"
        "class Presses:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        for _ in range({times} if name == {module!r} else 0):\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Presses())\n"
        "from guardrails_cli.__main__ import main; main()"
    )
    done = subprocess.run(
        [*command()[:2], "-c", code, "scan", "form.txt", "--no-ner", "--jobs", "1", "-q", "-o", "r.json"],
        cwd=tmp_path,
        env=environment(TMPDIR=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"form.txt"} | ({"r.json"} if report else set())


def test_a_worker_whose_scan_is_gone_removes_the_folder(private_tmp: Path) -> None:
    folder = private_tmp / "guardrails-lost"
    folder.mkdir()
    (folder / "server.log").touch()
    socket = f"unix://{folder / 'redis.sock'}"
    process = start("worker", "--broker", socket, GUARDRAILS_PARENT="1", TMPDIR=str(private_tmp))
    try:
        wait_until(lambda: not folder.exists(), "folder removed", 20)
    finally:
        process.kill()
        process.communicate()


def test_a_killed_scan_leaves_no_process_and_no_server(busy_share: Path, private_tmp: Path) -> None:
    process = start("scan", str(busy_share), "--jobs", "2", TMPDIR=str(private_tmp))
    wait_until(lambda: begun(private_tmp, process), "workers start")
    process.kill()
    process.communicate(timeout=PATIENCE)
    wait_until(lambda: relatives(str(private_tmp)) == [], "processes end", 15)
    wait_until(lambda: list(private_tmp.iterdir()) == [], "folder removed", 15)


def test_standard_input_is_a_document() -> None:
    ran = guardrails("scan", "-", "--no-ner", "--inline", "-f", "json", stdin=SSN_TEXT.encode())
    assert ran.code == 0
    assert [one["path"] for one in ran.report["documents"]] == ["<stdin>"]
    assert ran.report["summary"]["findings"] == 1


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    small_texts(tmp_path / "share", 300)
    run = " ".join(f"'{part}'" for part in command("scan", str(tmp_path / "share"), "--no-ner", "-q", "-f", "jsonl"))
    done = subprocess.run(
        ["bash", "-c", f"{run} | head -c 100"], capture_output=True, env=environment(), timeout=PATIENCE, check=False
    )
    assert done.stdout.startswith(b'{"document":')
    assert done.stderr == b""


def test_hostile_names_are_data(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / "share")
    Path(os.fsdecode(folder)).mkdir()
    names = [
        b"[bold red]markup", b"[broken", b"new\nline", b"\x1b[2J\x1b]0;title\x07ansi", b"\xff\xfe not utf-8",
        b"-rf", b"=cmd()|calc", "r\u202etxt.exe".encode(), b"\x7fdelete", "e\u0301".encode(),
    ]  # fmt: skip
    for name in names:
        Path(os.fsdecode(folder + b"/" + name)).write_text(SSN_TEXT)
    arguments = ("share", "--no-ner", "--inline", "-o", "r.json", "-o", "r.csv")
    ran = guardrails("scan", *arguments, cwd=tmp_path)
    assert ran.code == 0, ran.err
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert len({one["path"] for one in report["documents"]}) == len(names) == report["summary"]["findings"]
    for shown in (ran.out, ran.err):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\x07" not in shown
    assert "[bold red]markup" in ran.out
    assert (tmp_path / "r.csv").read_bytes().count(b"\r\n") >= len(names) + 1


def test_colour_is_for_terminals_only(tmp_path: Path) -> None:
    (tmp_path / "form.txt").write_text(SSN_TEXT)
    assert "\x1b" not in guardrails("scan", str(tmp_path), "--no-ner", "--inline").out
    terminal = ("script", "-qec")
    run = " ".join(f"'{part}'" for part in command("scan", str(tmp_path), "--no-ner", "--inline"))
    coloured = subprocess.run(
        [*terminal, run, "/dev/null"], capture_output=True, env=environment(TERM="xterm"), check=True
    )
    assert b"\x1b[1;31m" in coloured.stdout
    plain = subprocess.run(
        [*terminal, run, "/dev/null"], capture_output=True, env=environment(TERM="xterm", NO_COLOR="1"), check=True
    )
    assert b"\x1b[1;31m" not in plain.stdout
    assert b"\x1b[31m" not in plain.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_full_disk_is_told_and_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "form.txt").write_text(SSN_TEXT)
    for options in (("-f", "json", "-o", "/dev/full"), ("-f", "jsonl", "-o", "/dev/full")):
        ran = guardrails("scan", str(tmp_path), "--no-ner", "--inline", *options)
        assert ran.code == 4
        assert "cannot write the report: No space left on device" in ran.err
        assert "Traceback" not in ran.err


def test_a_report_that_cannot_be_written_is_told_before_the_scan(tmp_path: Path) -> None:
    (tmp_path / "form.txt").write_text(SSN_TEXT)
    ran = guardrails("scan", str(tmp_path), "--no-ner", "--inline", "-o", str(tmp_path / "no" / "folder.json"))
    assert ran.code == 2
    assert "folder.json" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_report_below_the_scanned_folder_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "form.txt").write_text(SSN_TEXT)
    for _ in range(2):
        ran = guardrails("scan", ".", "--no-ner", "--inline", "-o", "report.json", cwd=tmp_path)
        assert ": 1 document," in ran.out
    assert json.loads((tmp_path / "report.json").read_text())["summary"]["documents"] == 1


def test_an_internal_error_is_one_line_without_content(tmp_path: Path) -> None:
    prelude = (
        "import guardrails_cli.scanning.run as module\n"
        "def broken(*_): raise RuntimeError('219-09-9999')\n"
        "module.Scan.__init__ = broken\n"
        "from guardrails_cli.__main__ import main; main()"
    )
    done = subprocess.run(
        [*command()[:2], "-c", prelude, "scan", str(tmp_path)], capture_output=True, env=environment(), check=False
    )
    assert done.returncode == 4
    assert b"219-09-9999" not in done.stderr + done.stdout
    assert len(done.stderr.splitlines()) == 1
