"""One corpus, every way to scan it: the reports differ in nothing but times."""

import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.formats.support import FORMATS_DATA
from tests.integration.disturbed import site
from tests.integration.support import EXAMPLES, PATIENCE, SSN_TEXT, guardrails, small_texts, stable, start

READING = """
from guardrails_cli.cluster import batch
scan_before = batch.scan_reference
def reading(data, *rest):
    answer = scan_before(data, *rest)
    with open({trace!r}, "a") as trace:
        trace.write(("read " if "told" in answer else "back ") + data["path"] + chr(10))
    return answer
batch.scan_reference = reading
"""
"""For a worker's process: a line in a file for each source that it reads or gives back."""


def reports(tmp_path: Path, *arguments: str, broker: str) -> dict[str, dict[str, Any]]:
    ways = {
        "inline": ("--inline",),
        "one worker": ("--jobs", "1"),
        "two workers": ("--jobs", "2"),
        "external": ("--broker", broker),
    }
    found = {}
    for name, options in ways.items():
        target = tmp_path / f"{name}.json"
        ran = guardrails("scan", *arguments, *options, "-q", "--no-block", "-o", str(target))
        assert ran.code == 0, (name, ran.err)
        found[name] = stable(json.loads(target.read_text()))
    return found


def test_all_ways_give_the_same_report(tmp_path: Path, workers: str) -> None:
    share = small_texts(tmp_path / "share", 150)
    (share / "empty.txt").touch()
    (share / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    filler = "The committee met again and nothing was decided. " * 3000
    (share / "long.txt").write_text(f"{filler}{SSN_TEXT}{filler}Write to Maria Gonzales, maria@example.com.\n")
    (share / "one-line.json").write_text(json.dumps({"rows": [f"clerk{n}@example.com" for n in range(4000)]}))
    found = reports(tmp_path, str(share), str(EXAMPLES), broker=workers)
    summary = found["inline"]["summary"]
    assert summary["documents"] == sum(summary["by_status"].values()) == 171
    assert summary["by_entity_type"]["US_SSN"] > 20
    for name, report in found.items():
        assert report == found["inline"], name


def test_all_ways_give_the_same_report_of_every_format(tmp_path: Path, workers: str) -> None:
    share = tmp_path / "share"
    shutil.copytree(FORMATS_DATA, share)
    with zipfile.ZipFile(share / "many.zip", "w") as archive:
        for number in range(12):  # more chunks than a local worker keeps to itself
            archive.writestr(f"form-{number}.txt", f"{SSN_TEXT}Call (212) 555-0100. # guardrails: ignore\n")
        archive.write(FORMATS_DATA / "letter.docx", "inner/letter.docx")
    (share / "cut.zip").write_bytes((share / "many.zip").read_bytes()[:-30])
    (share / "big.txt").write_text(f"{'Nothing was decided. ' * 60_000}{SSN_TEXT}")
    (share / os.fsdecode(b"\xff\xfe no utf-8")).write_text(SSN_TEXT)
    (share / "gone").symlink_to(tmp_path / "nowhere")
    found = reports(tmp_path, str(share), "--no-ner", broker=workers)
    summary = found["inline"]["summary"]
    assert summary["documents"] > 80
    assert summary["by_status"]["skipped"] > 0
    for name, report in found.items():
        assert report == found["inline"], name


def test_local_workers_read_small_files_themselves(tmp_path: Path) -> None:
    share = small_texts(tmp_path / "share", 30)
    (share / "big.txt").write_text("Nothing was decided. " * 20_000)
    trace = tmp_path / "read"
    changes = site(tmp_path / "site", worker=READING.format(trace=str(trace)))
    process = start("scan", str(share), "--jobs", "2", "--no-ner", "-q", "-f", "json", cwd=None, **changes)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    found = trace.read_text().splitlines()
    assert len(found) == 31
    assert sorted(Path(line.partition(" ")[2]).name for line in found if line.startswith("back ")) == ["big.txt"]


@pytest.mark.slow
def test_two_thousand_documents(tmp_path: Path, workers: str) -> None:
    share = small_texts(tmp_path / "share", 2000)
    found = reports(tmp_path, str(share), broker=workers)
    assert found["inline"]["summary"]["documents"] == 2000
    for name, report in found.items():
        assert report == found["inline"], name
