"""A team's day with a baseline: made, checked in CI on another machine, judged in a terminal, updated."""

import contextlib
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.support import PATIENCE, SSN_TEXT, command, environment, guardrails

BASE = ".guardrails-baseline.jsonl"
FAST = ("--profile", "fast")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with its baseline."""
    folder = tmp_path_factory.mktemp("made") / "project"
    folder.mkdir()
    (folder / "old.txt").write_text(f"First.\n{SSN_TEXT}Mail jane@example.com.\n")
    done = guardrails("baseline", "create", ".", *FAST, cwd=folder, XDG_STATE_HOME=str(folder.parent / "me"))
    assert (done.code, done.out) == (0, f"{BASE}: 2 findings in 1 documents\n"), done.err
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """A clone of it: in another folder, and its user has another key."""
    return shutil.copytree(made, tmp_path / "project")


def scan(folder: Path, *arguments: str, home: str = "me") -> tuple[int, dict[str, object]]:
    given = ("scan", ".", *FAST, "--no-block", "--fail-on", "low", "--baseline", BASE, "-f", "json", *arguments)
    done = guardrails(*given, cwd=folder, XDG_STATE_HOME=str(folder.parent / home))
    return done.code, done.report["summary"]


def test_only_what_is_new_fails_on_another_machine_too(project: Path) -> None:
    assert SSN_TEXT[-13:-2] not in (project / BASE).read_text()
    code, summary = scan(project, home="colleague")
    assert (code, summary["findings"]) == (0, 0)
    assert summary["suppressed"] == {"inline": 0, "allow": 0, "baseline": 2}
    assert summary["left_out"] == {"hidden": 1}
    (project / "old.txt").write_text(f"\n\n    {SSN_TEXT}Mail jane@example.com.\n{SSN_TEXT}")
    code, summary = scan(project, home="colleague")
    assert (code, summary["findings"]) == (1, 1)
    assert scan(project, "--no-suppress")[1]["findings"] == 3


def test_what_is_suppressed_is_listed_if_asked_for(project: Path) -> None:
    given = ("scan", ".", *FAST, "--baseline", BASE, "-f", "sarif", "--show-suppressed", "--hidden")
    done = guardrails(*given, cwd=project)  # the baseline, though hidden, is no part of the scan
    results = done.report["runs"][0]["results"]
    assert [each["suppressions"] for each in results] == [
        [{"kind": "external", "justification": f"known ({BASE})"}]
    ] * 2
    assert "Suppressed (--show-suppressed lists them): 2 in the baseline" in done.err


def test_a_team_key_makes_a_baseline_from_a_saved_report(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SSN_TEXT)
    guardrails("scan", "a.txt", *FAST, "-o", "r.json", cwd=tmp_path, GUARDRAILS_KEY="team")
    made = guardrails("baseline", "create", "--report", "r.json", cwd=tmp_path, GUARDRAILS_KEY="team")
    assert (made.code, made.out) == (0, f"{BASE}: 1 findings in 1 documents\n"), made.err
    again = guardrails("baseline", "create", "--report", "r.json", "--force", cwd=tmp_path, GUARDRAILS_KEY="")
    assert again.code == 2
    assert "set GUARDRAILS_KEY" in again.err
    given = ("scan", "a.txt", *FAST, "--fail-on", "low", "--baseline", BASE)
    assert guardrails(*given, cwd=tmp_path, GUARDRAILS_KEY="team").code == 0
    other = guardrails(*given, cwd=tmp_path, GUARDRAILS_KEY="other")
    assert (other.code, "another GUARDRAILS_KEY" in other.err) == (2, True)


def test_an_update_drops_what_is_fixed(project: Path) -> None:
    (project / "old.txt").rename(project / "renamed.txt")
    (project / "renamed.txt").write_text(SSN_TEXT)
    done = guardrails("baseline", "update", ".", *FAST, cwd=project, XDG_STATE_HOME=str(project.parent / "me"))
    assert done.out == f"{BASE}: 1 findings in 1 documents; before 2 findings in 1 documents\n"
    assert scan(project)[0] == 0
    stats = guardrails("baseline", "stats", cwd=project)
    assert stats.out.split() == [
        "Entity",
        "type",
        "Known",
        "True",
        "False",
        "Not",
        "judged",
        "US_SSN",
        "1",
        "0",
        "0",
        "1",
    ]


def test_an_existing_baseline_is_not_replaced_unasked(project: Path) -> None:
    done = guardrails("baseline", "create", ".", *FAST, cwd=project)
    assert (done.code, "is there; `guardrails baseline update`" in done.err) == (2, True)


def test_audit_needs_a_terminal(project: Path) -> None:
    done = guardrails("baseline", "audit", *FAST, cwd=project)
    assert (done.code, "must be a terminal" in done.err) == (2, True)


class Person:
    """Somebody at a terminal."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.near, far = pty.openpty()
        self.process = subprocess.Popen(
            command("baseline", "audit", *FAST, *arguments),
            stdin=far,
            stdout=far,
            stderr=far,
            cwd=folder,
            env=environment(TERM="dumb", XDG_STATE_HOME=str(folder.parent / "me")),
            start_new_session=True,
        )
        os.close(far)
        self.seen = ""

    def reads(self, words: str) -> str:
        """Return what the terminal shows up to these words, from where the last reading ended."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if select.select([self.near], [], [], 0.2)[0]:
                with contextlib.suppress(OSError):  # the end, as Linux tells it
                    self.seen += os.read(self.near, 65536).decode()
        before, _, self.seen = self.seen.partition(words)
        return before

    def presses(self, key: str) -> None:
        os.write(self.near, key.encode())

    def leaves(self) -> int:
        code = self.process.wait(PATIENCE)
        os.close(self.near)
        return code


def verdicts(folder: Path) -> list[str | None]:
    lines = (folder / BASE).read_text().splitlines()[1:]
    return [json.loads(line).get("verdict") for line in lines]


def test_a_person_judges_one_by_one_with_undo(project: Path) -> None:
    person = Person(project)
    shown = person.reads("[q]uit: ")
    assert "1 of 2" in shown
    assert "EMAIL_ADDRESS" in shown
    assert "First." in shown
    assert "jane@example.com" not in shown
    assert "219-09-9999" not in shown
    person.presses("x")  # no answer, no harm
    person.presses("t")
    person.reads("true positive\r\n")
    person.reads("[q]uit: ")
    assert verdicts(project) == ["true", None]
    person.presses("u")
    person.reads("[q]uit: ")
    assert verdicts(project) == [None, None]
    person.presses("u")
    person.reads("nothing to undo")
    person.presses("f")
    person.reads("2 of 2")
    person.presses("s")
    person.reads("2 of 2 seen")
    assert person.leaves() == 0
    assert verdicts(project) == ["false", None]
    (project / "old.txt").write_text("gone\n")
    person = Person(project)
    assert "it is not found there any more" in person.reads("[q]uit: ")
    person.presses("q")
    assert person.leaves() == 0


def test_ctrl_c_keeps_what_was_answered(project: Path) -> None:
    person = Person(project)
    person.reads("[q]uit: ")
    person.presses("t")
    person.reads("2 of 2")
    person.reads("[q]uit: ")
    person.process.send_signal(signal.SIGINT)
    assert person.leaves() == 130
    assert verdicts(project) == ["true", None]
