"""Runs that go on where another one stopped, and runs that scan only what has changed."""

import json
import os
import signal
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.integration.support import SSN_TEXT, Ran, guardrails, small_texts, stable, start, wait_until

FAST = ("--profile", "fast", "--format", "json")


def scan(folder: Path, state: Path, *options: str) -> Ran:
    return guardrails("scan", str(folder), "--state", str(state), "--no-block", *FAST, *options)


def without_seconds(report: dict[str, Any]) -> dict[str, Any]:
    return stable(report)


def scanned_at(report: dict[str, Any]) -> dict[str, float]:
    """Return how long each document took: two scans of one hardly ever take the same time to the microsecond."""
    return {one["path"]: one["seconds"] for one in report["documents"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_texts(tmp_path / "texts", 30)


def test_an_unchanged_tree_is_reported_again_without_being_scanned(folder: Path, tmp_path: Path) -> None:
    first, second = (scan(folder, tmp_path / "state", "--incremental").report for _ in range(2))
    assert stable(first) == stable(second)
    assert scanned_at(first) == scanned_at(second)


def test_only_what_has_changed_is_scanned(folder: Path, tmp_path: Path) -> None:
    first = scan(folder, tmp_path / "state", "--incremental").report
    changed = folder / "000" / "note-0.txt"
    changed.write_text(SSN_TEXT, encoding="utf-8")
    (folder / "000" / "note-6.txt").unlink()
    (folder / "new.txt").write_text("nothing", encoding="utf-8")
    second = scan(folder, tmp_path / "state", "--incremental").report
    fresh = scan(folder, tmp_path / "other").report
    assert stable(second)["documents"] == stable(fresh)["documents"]
    before, after = scanned_at(first), scanned_at(second)
    again = {path for path, seconds in after.items() if before.get(path) != seconds}
    assert again == {str(changed), str(folder / "new.txt")}


def test_a_file_that_was_only_touched_is_known_by_its_content(folder: Path, tmp_path: Path) -> None:
    first = scan(folder, tmp_path / "state", "--incremental").report
    for path in folder.rglob("*.txt"):
        os.utime(path, (1, 1))
    assert scanned_at(scan(folder, tmp_path / "state", "--incremental").report) == scanned_at(first)


@pytest.mark.parametrize("other", [("--min-score", "0.9"), ("--frameworks", "HIPAA"), ("--entities", "US_SSN")])
def test_other_options_scan_everything_again(folder: Path, tmp_path: Path, other: tuple[str, ...]) -> None:
    scan(folder, tmp_path / "state", "--incremental")
    second = scan(folder, tmp_path / "state", "--incremental", *other).report
    assert stable(second) == stable(scan(folder, tmp_path / "fresh", *other).report)


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_killed_scan_goes_on_and_its_report_is_that_of_an_undisturbed_one(tmp_path: Path, number: int) -> None:
    folder, state = small_texts(tmp_path / "texts", 1500), tmp_path / "state"
    process = start("scan", str(folder), "--state", str(state), "--jobs", "1", *FAST)

    def kept() -> int:
        if not state.exists():
            return 0
        with sqlite3.connect(f"file:{state}?mode=ro", uri=True) as database:
            try:
                return int(database.execute("SELECT count(*) FROM sources").fetchone()[0])
            except sqlite3.OperationalError:
                return 0

    wait_until(lambda: kept() > 100, "documents in the journal")
    process.send_signal(number)
    process.communicate()
    done = kept()
    assert done < 1500, "it was killed in time"
    ran = scan(folder, state, "--resume", "--jobs", "1")
    assert (ran.code, "going on with the last run" in ran.err) == (0, True)
    assert stable(ran.report) == stable(scan(folder, tmp_path / "fresh", "--jobs", "1").report)
    again = scan(folder, state, "--resume", "--jobs", "1")
    assert "nothing to go on with" in again.err


def test_no_raw_value_is_in_the_journal_and_nobody_else_may_read_it(folder: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    scan(folder, state, "--incremental")
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    data = b"".join(path.read_bytes() for path in tmp_path.glob("state*"))
    assert b"HIPAA" in data
    assert b"219-09-9999" not in data
    assert b"4111 1111 1111 1111" not in data


def test_a_damaged_journal_is_one_clear_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no database at all, but long enough to be looked at as one" * 100)
    ran = scan(folder, tmp_path / "state")
    assert ran.code == 2
    assert ran.err.startswith("guardrails: cannot use the journal")
    assert ran.err.count("\n") == 1


def test_values_and_journal_exclude_each_other(folder: Path, tmp_path: Path) -> None:
    ran = scan(folder, tmp_path / "state", "--incremental", "--show-values")
    assert (ran.code, "holds no raw values" in ran.err) == (2, True)
    assert scan(folder, tmp_path / "state", "--show-values").code == 0
    assert not (tmp_path / "state").exists()


def test_documents_that_failed_are_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text(SSN_TEXT)
    (folder / "gone").symlink_to(tmp_path / "nowhere")
    assert json.loads(scan(folder, tmp_path / "state", "--incremental").out)["summary"]["documents"] == 2
