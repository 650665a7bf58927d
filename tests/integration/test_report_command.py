"""`guardrails report`, on reports of real scans."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.support import SSN_TEXT, guardrails, stable

FAST = ("--profile", "fast", "-q", "--no-journal")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    share = tmp_path / "share"
    share.mkdir()
    (share / "a.txt").write_text(SSN_TEXT)
    (share / "b.txt").write_text("Call (212) 555-0123.\n")
    (share / "</script><img src=x onerror=alert(1)>.txt".replace("/", "\u2215")).write_text(SSN_TEXT)
    return share


def scan(folder: Path, target: Path, *options: str) -> Path:
    ran = guardrails("scan", str(folder), *FAST, "-o", str(target), *options)
    assert ran.code == 0, ran.err
    return target


@pytest.mark.parametrize("name", ["csv", "sarif", "html", "md", "xml", "jsonl"])
def test_a_converted_report_is_the_one_that_the_scan_writes(folder: Path, tmp_path: Path, name: str) -> None:
    direct = tmp_path / f"direct.{name}"
    saved = scan(folder, tmp_path / "saved.json", "-o", str(direct))
    ran = guardrails("report", "convert", str(saved), "-o", str(tmp_path / f"converted.{name}"))
    assert ran.code == 0, ran.err
    assert (tmp_path / f"converted.{name}").read_bytes() == direct.read_bytes()


def test_reports_of_parts_are_merged_to_that_of_the_whole(folder: Path, tmp_path: Path) -> None:
    whole = json.loads(scan(folder, tmp_path / "whole.json").read_text())
    parts = [scan(path, tmp_path / f"{n}.jsonl") for n, path in enumerate(sorted(folder.iterdir()))]
    ran = guardrails("report", "merge", *map(str, parts), "-f", "json")
    assert ran.code == 0, ran.err
    merged = stable(ran.report)
    assert merged["summary"] == whole["summary"]
    assert merged["documents"] == stable(whole)["documents"]


def test_a_diff_tells_what_is_new_and_what_is_fixed(folder: Path, tmp_path: Path) -> None:
    before = scan(folder, tmp_path / "before.json")
    (folder / "a.txt").write_text("\n\nmoved down: " + SSN_TEXT)
    (folder / "b.txt").write_text("Write to jane@example.com.\n")
    after = scan(folder, tmp_path / "after.json")
    ran = guardrails("report", "diff", str(before), str(after), "--fail-on-new")
    assert ran.code == 1
    assert sorted(line.split()[0] + line.split()[2] for line in ran.out.splitlines()[:-1]) == [
        "+EMAIL_ADDRESS",
        "-PHONE_NUMBER",
    ]
    assert ran.out.splitlines()[-1] == "1 new, 1 fixed, 2 still there"
    assert guardrails("report", "diff", str(after), str(after), "--fail-on-new").code == 0


def test_a_file_that_is_no_report_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    ran = guardrails("report", "convert", str(tmp_path / "x.json"), "-f", "csv")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")
def test_a_browser_draws_the_page_and_nothing_in_it_acts(folder: Path, tmp_path: Path) -> None:
    page = scan(folder, tmp_path / "report.html")
    done = subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", f"file://{page}"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "CONSOLE" not in done.stderr
    assert '<p id="shown" role="status" class="soft">1 to 3 of 3 findings</p>' in done.stdout
    assert "<img" not in done.stdout
