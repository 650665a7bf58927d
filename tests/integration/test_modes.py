"""One corpus, every way to scan it: the reports differ in nothing but times."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.support import EXAMPLES, SSN_TEXT, guardrails, small_texts, stable


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


@pytest.mark.slow
def test_two_thousand_documents(tmp_path: Path, workers: str) -> None:
    share = small_texts(tmp_path / "share", 2000)
    found = reports(tmp_path, str(share), broker=workers)
    assert found["inline"]["summary"]["documents"] == 2000
    for name, report in found.items():
        assert report == found["inline"], name
