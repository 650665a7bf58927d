"""Standard streams as shells hand them over, and calls that are wrong: an error is never a finding's code."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.integration.support import PATIENCE, SSN_TEXT, command, environment, guardrails

SCAN = ("scan", "form.txt", "--no-ner")
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "form.txt").write_text(SSN_TEXT)
    return tmp_path


def shell(folder: Path, *arguments: str, then: str) -> subprocess.CompletedProcess[str]:
    """Run the program by a shell, `then` behind its arguments; the exit code is the program's own."""
    line = " ".join(f"'{part}'" for part in command(*arguments))
    return subprocess.run(
        ["bash", "-c", f"{line} {then}; exit ${{PIPESTATUS[0]}}"],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_a_summary_that_is_read_in_part_is_no_failure(folder: Path) -> None:
    done = shell(folder, *SCAN, then="| head -c 1")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [("entities",), ("policies", "list"), ("--help",)])
def test_a_list_that_is_read_in_part_is_no_failure(folder: Path, arguments: tuple[str, ...]) -> None:
    done = shell(folder, *arguments, then="| true")
    assert (done.returncode, done.stderr) == (0, "")


@FULL
@pytest.mark.parametrize(
    ("arguments", "then", "code", "message"),
    [
        ((), ">/dev/full", 4, "guardrails: cannot write the summary: No space left on device\n"),
        ((), ">/dev/full 2>/dev/full", 4, ""),
        (("-o", "r.json"), ">/dev/full", 0, "guardrails: cannot write the summary: No space left on device\n"),
        (("-f", "json"), "2>/dev/full", 0, ""),
        (("--fail-on", "high", "-f", "json"), "2>/dev/full", 1, ""),
    ],
)
def test_a_stream_that_takes_nothing(
    folder: Path, arguments: tuple[str, ...], then: str, code: int, message: str
) -> None:
    done = shell(folder, *SCAN, *arguments, then=then)
    assert (done.returncode, done.stderr) == (code, message)


@pytest.mark.parametrize(
    ("arguments", "then", "code"),
    [
        (("-f", "json"), ">&-", 4),
        (("-q", "-o", "r.json"), ">&-", 0),
        (("-q", "-o", "r.json"), "<&- >&- 2>&-", 0),
        (("-f", "json"), "2>&-", 0),
    ],
)
def test_a_stream_that_is_closed(folder: Path, arguments: tuple[str, ...], then: str, code: int) -> None:
    done = shell(folder, *SCAN, *arguments, then=then)
    assert done.returncode == code, done.stderr
    assert "internal error" not in done.stderr
    if "-o" in arguments:
        assert json.loads((folder / "r.json").read_text())["summary"]["findings"] == 1


def test_a_closed_standard_input_is_a_document_that_cannot_be_read(folder: Path) -> None:
    done = shell(folder, "scan", "-", "--no-ner", "-f", "json", then="<&-")
    assert done.returncode == 4
    assert json.loads(done.stdout)["documents"][0]["status"] == "failed"


def test_letters_that_the_terminal_lacks_are_escaped(tmp_path: Path) -> None:
    (tmp_path / "日本.txt").write_text(SSN_TEXT)
    ran = guardrails("scan", str(tmp_path), "--no-ner", PYTHONIOENCODING="ascii")
    assert ran.code == 0, ran.err
    assert "\\u65e5\\u672c.txt" in ran.out


def test_a_working_directory_that_is_gone(folder: Path) -> None:
    (folder / "gone").mkdir()
    line = " ".join(f"'{part}'" for part in command("scan", str(folder / "form.txt"), "--no-ner", "-q"))
    done = subprocess.run(
        ["bash", "-c", f"cd gone && rmdir ../gone && {line}"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("scan", "missing argument 'PATH'"),
        ("scna form.txt", "did you mean 'scan'"),
        ("scan form.txt --fomat json", "--format"),
        ("scan form.txt -f xml", "'xml' is not one of 'json'"),
        ("scan form.txt --jobs 0", "--jobs"),
        ("scan form.txt --min-score much", "--min-score"),
        ("scan form.txt --fail-on hgih", "'high'"),
        ("scan form.txt --inline --broker redis://localhost:1", "--inline and --broker exclude each other"),
        ("scan form.txt --jobs 1 --broker redis://localhost:1", "--jobs and --broker exclude each other"),
        ("scan form.txt --broker redis://localhost:1/first", "number of a database"),
        ("scan no\x1b[2J\nwhere", "no such file or folder: no\\x1b[2J\\nwhere"),
        ("scan form.txt -o no\x1b[2J/r.json", "no\\x1b[2J/r.json"),
        ("worker --loglevel loud", "'warning'"),
        ("worker --queues detektion", "detection"),
    ],
)
def test_a_wrong_call_is_one_line(folder: Path, arguments: str, message: str) -> None:
    ran = guardrails(*arguments.split(" "), cwd=folder)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("guardrails: ")
    assert ran.err.count("\n") == 1
    assert message.lower() in ran.err.lower()


def test_flags_outweigh_a_broker_in_the_environment(folder: Path) -> None:
    away = "redis://localhost:1"
    assert guardrails(*SCAN, cwd=folder, GUARDRAILS_BROKER_URL=away).code == 2
    assert guardrails(*SCAN, "--inline", cwd=folder, GUARDRAILS_BROKER_URL=away).code == 0


def test_a_worker_without_its_model_ends_as_a_wrong_call() -> None:
    ran = guardrails("worker", "--broker", "redis://localhost:1", "--model", "no_such_model")
    assert ran.code == 2
    assert "'no_such_model' is not installed" in ran.err.splitlines()[-1]
