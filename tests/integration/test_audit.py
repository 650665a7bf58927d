"""`guardrails audit` as cron meets it."""

import json
import os
import signal
from pathlib import Path
from typing import Any

from guardrails_cli.services.audits import Audit, alone
from tests.integration.support import SSN_TEXT, guardrails, start
from tests.integration.test_schema import faults

CONFIG = """\
profile: fast
max-depth: 2
max-ratio: 500
audits:
  nightly:
    paths: [share]
    crontab: "30 2 * * *"
    fail-on: critical
    max-depth: 3
    frameworks: [HIPAA]
    output: ["reports/{name}/{date}.json"]
"""
CARD_TEXT = "Card 4111 1111 1111 1111\n"


def desk(tmp_path: Path) -> Path:
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "a.txt").write_text(SSN_TEXT)
    (tmp_path / "share" / "b.txt").write_text(CARD_TEXT)
    (tmp_path / "guardrails.yaml").write_text(CONFIG)
    (tmp_path / "guardrails.yaml").chmod(0o644)
    return tmp_path


def report(home: Path) -> dict[str, Any]:
    (path,) = (home / "reports" / "nightly").iterdir()
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_an_audit_tells_what_changed_since_its_last_run(tmp_path: Path) -> None:
    home = desk(tmp_path)
    first = guardrails("audit", "run", "nightly", "--config", str(home / "guardrails.yaml"))
    assert first.code == 1, first.err
    assert "Audit nightly: the first run, so there is nothing to compare with" in first.out
    changes = report(home)["summary"]["changes"]
    assert (changes["since"], changes["new"], changes["fixed"]) == (None, 2, 0)
    assert faults(report(home)) == []
    options = report(home)["run"]["options"]
    assert (options["frameworks"], options["max_depth"], options["max_ratio"]) == (["HIPAA"], 3, 500)

    (home / "share" / "a.txt").write_text("Moved down.\n\n" + SSN_TEXT)
    (home / "share" / "b.txt").unlink()
    (home / "share" / "c.txt").write_text("Write to clerk@example.com\n")
    second = guardrails("audit", "run", "nightly", cwd=home)
    assert second.code == 1, second.err
    assert "UTC: 1 new, 1 fixed, 1 still there" in second.out
    assert f"New: {home}/share/c.txt: EMAIL_ADDRESS" in second.out
    changes = report(home)["summary"]["changes"]
    assert [one["path"] for one in changes["new_findings"]] == [f"{home}/share/c.txt"]
    assert [one["entity_type"] for one in changes["fixed_findings"]] == ["CREDIT_CARD"]
    assert changes["same_options"] is True
    assert faults(report(home)) == []
    kept = [path.read_bytes() for path in (Path(os.environ["XDG_STATE_HOME"]) / "guardrails" / "audits").iterdir()]
    assert not any(b"219-09-9999" in data for data in kept)

    (home / "share" / "c.txt").write_bytes(b"\x7fELF\x02\x01\x01\x00" * 9)
    third = guardrails("audit", "run", "nightly", "--min-score", "0.3", cwd=home)
    assert "0 new, 0 fixed, 1 still there, 1 in documents that could not be scanned" in third.out
    assert "options, policies or version are not the same" in third.out


def test_a_run_that_overlaps_the_last_one_is_skipped_and_said_so(tmp_path: Path) -> None:
    home = desk(tmp_path)
    with alone(Audit("nightly", ("share",), None, {}, home / "guardrails.yaml").slot):
        ran = guardrails("audit", "run", "nightly", cwd=home)
    assert (ran.code, ran.out) == (75, "")
    assert ran.err == "guardrails: audit nightly: skipped, because its last run is not over\n"
    assert list((home / "reports" / "nightly").iterdir()) == []


def test_audits_are_listed_with_their_next_run(tmp_path: Path) -> None:
    home = desk(tmp_path)
    _, line = guardrails("audit", "list", cwd=home, COLUMNS="200").out.splitlines()
    assert line.split()[:6] == ["nightly", "30", "2", "*", "*", "*"]
    assert line.split()[6] == "-"
    assert line.split()[8] == "02:30"
    assert guardrails("audit", "run", "nightyl", cwd=home).err.startswith("guardrails: no audit 'nightyl' in")


def test_beat_tells_when_audits_are_due_and_ends_when_asked(tmp_path: Path) -> None:
    beat = start("beat", cwd=desk(tmp_path))
    assert beat.stderr is not None
    assert beat.stderr.readline().startswith("guardrails: audit nightly is due at ")
    beat.send_signal(signal.SIGTERM)
    _, err = beat.communicate(timeout=60)
    assert (beat.returncode, err) == (0, "")
