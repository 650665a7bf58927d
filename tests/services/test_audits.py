"""Audits: their state, their lock, their schedule."""

import stat
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.results.differences import Known
from guardrails_cli.results.summary import Summary
from guardrails_cli.scanning.run import Outcome
from guardrails_cli.services.audits import (
    Audit,
    Earlier,
    Overlap,
    Watch,
    alone,
    audit_named,
    earlier,
    filled,
    folder,
    keep,
)
from guardrails_cli.services.schedule import Beat, next_run, schedules
from tests.builders import a_finding, a_record

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def audit(name: str = "nightly", crontab: str | None = "30 2 * * *", **values: object) -> Audit:
    return Audit(name, ("/srv/share",), crontab, values, Path("guardrails.yaml"))


def test_names_of_reports_are_filled_in() -> None:
    values = filled(audit(output=["/r/{name}/{date}T{time}.json", "/r/{odd}.csv"], profile="fast"), NOW)
    assert values == {"output": ["/r/nightly/2026-03-04T050607.json", "/r/{odd}.csv"], "profile": "fast"}


def test_an_unknown_audit_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no audit 'nihgtly' in x\.yaml; did you mean 'nightly'"):
        audit_named("nihgtly", {"nightly": audit()}, "x.yaml")


def test_the_state_comes_back_as_it_was_kept_and_only_the_user_may_read_it() -> None:
    state = Earlier("2026-03-04T05:06:07+00:00", "key", "options", frozenset({Known("a\ud800", "US_SSN", "0" * 32)}))
    with alone("nightly"):
        keep("nightly", state)
    assert earlier("nightly") == state
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder().iterdir()} == {0o600}
    assert sorted(path.name for path in folder().iterdir()) == ["nightly.json.gz", "nightly.lock"]


def test_audits_of_the_same_name_in_two_files_are_two() -> None:
    one = Audit("nightly", ("a",), None, {}, Path("a/guardrails.yaml"))
    two = Audit("nightly", ("a",), None, {}, Path("b/guardrails.yaml"))
    assert one.slot != two.slot
    assert one.slot == Audit("nightly", ("b",), None, {}, Path("x/../a/guardrails.yaml")).slot


def test_a_damaged_state_counts_as_none() -> None:
    assert earlier("nightly") is None
    with alone("nightly"):
        for data in (b"", b"\x1f\x8b\x08", b"{}"):
            (folder() / "nightly.json.gz").write_bytes(data)
            assert earlier("nightly") is None


def test_an_audit_runs_alone() -> None:
    with alone("nightly"):
        with pytest.raises(Overlap), alone("nightly"):
            pass
        with alone("weekly"):
            pass
    with alone("nightly"):
        pass


RUN: dict[str, Any] = {
    "version": "1",
    "model": None,
    "policies": [],
    "options": {},
    "finished_at": "2026-03-04T05:06:07+00:00",
}


def closed(*records: DocumentResult, key: bytes = b"k", options: str = "", **outcome: Any) -> Watch:
    watch = Watch(audit(), key)
    for record in records:
        watch.add(record)
    ended = {"interrupted": False, "error": None} | outcome
    watch.close(Outcome(Summary(), RUN | {"options": options}, **ended))
    with alone(audit().slot):
        assert watch.keep() is None
    return watch


def test_runs_are_compared_with_the_last_one_that_came_to_its_end() -> None:
    first = closed(a_record("a", a_finding()))
    assert first.notes() == ["Audit nightly: the first run, so there is nothing to compare with"]
    assert closed(interrupted=True).changes is None
    assert closed(error="the broker died").changes is None
    again = closed(a_record("a", a_finding()))
    assert again.notes() == ["Since the audit of 2026-03-04 05:06 UTC: 0 new, 0 fixed, 1 still there"]


def test_what_could_not_be_read_is_remembered_until_it_can() -> None:
    closed(a_record("a", a_finding()))
    failed = closed(a_record("a", status=Status.FAILED))
    assert failed.changes is not None
    assert len(failed.changes.unknown) == 1
    fixed = closed(a_record("a")).changes
    assert fixed is not None
    assert len(fixed.fixed) == 1


def test_another_key_cannot_be_compared_and_other_options_are_told() -> None:
    closed(a_record("a", a_finding()))
    other = closed(a_record("a", a_finding()), options="other")
    assert not other.same_options
    assert "options, policies or version are not the same" in other.notes()[0]
    assert closed(a_record("a", a_finding()), key=b"another").since is None


@pytest.mark.parametrize(
    ("crontab", "due"),
    [
        ("30 2 * * *", datetime(2026, 3, 5, 2, 30)),
        ("*/15 * * * *", datetime(2026, 3, 4, 5, 15)),
        ("0 6 * * mon", datetime(2026, 3, 9, 6, 0)),
        ("0  0 1 1 *", datetime(2027, 1, 1, 0, 0)),
    ],
)
def test_the_next_run_is_what_the_crontab_says(crontab: str, due: datetime) -> None:
    local = NOW.replace(tzinfo=None).astimezone()
    found = next_run(audit(crontab=crontab), local)
    assert found is not None
    assert found.replace(tzinfo=None) == due


def test_an_audit_without_crontab_is_never_due() -> None:
    assert next_run(audit(crontab=None), NOW) is None
    assert schedules({"a": audit(crontab=None)}) == []


@pytest.mark.parametrize("crontab", ["", "daily", "61 * * * *", "* * * *", "* * * * * *", "a b c d e"])
def test_what_is_no_crontab_is_refused(crontab: str) -> None:
    with pytest.raises(ConfigError, match=r"guardrails.yaml: audits.nightly.crontab: .*is no crontab"):
        next_run(audit(crontab=crontab), NOW)


def test_beat_starts_what_is_due_and_tells_how_it_ended(tmp_path: Path) -> None:
    told: list[str] = []
    beat = Beat(
        [audit("due"), audit("later")],
        lambda name: [sys.executable, "-c", f"open({str(tmp_path / name)!r}, 'w'); raise SystemExit(3)"],
        told.append,
    )
    entry = beat._scheduler.schedule["due"]
    assert entry.last_run_at is not None
    entry.last_run_at -= timedelta(days=2)

    def watch() -> None:
        for _ in range(600):
            if len(told) > 1 or beat.stop.wait(0.1):
                break
        beat.stop.set()

    thread = threading.Thread(target=watch)
    thread.start()
    beat.run()
    thread.join()
    assert told == ["audit due starts", "audit due ended with exit code 3"]
    assert [path.name for path in tmp_path.iterdir()] == ["due"]
