"""`guardrails tasks` and what it asks, on a real broker and real workers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from jsonschema import Draft202012Validator

from guardrails_cli.cluster.celery_app import app, configure
from guardrails_cli.cluster.monitor import Monitor
from tests.integration.support import ROOT, guardrails, wait_until, worker

SCHEMA = json.loads((ROOT / "guardrails_cli" / "core" / "schemas" / "jobs.schema.json").read_text(encoding="utf-8"))
TEXT = "Her social security number is 219-09-9999."


def checked(value: Any, name: str) -> Any:
    Draft202012Validator(
        {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    ).validate(value)
    return value


@pytest.fixture
def client(workers: str) -> Iterator["Celery[Any]"]:
    yield configure(workers)
    app.close()


def tasks(*arguments: str, name: str, broker: str) -> tuple[int, Any]:
    ran = guardrails("tasks", *arguments, "--json", "--broker", broker)
    return ran.code, checked(json.loads(ran.out), name)


def test_workers_and_what_they_do(client: "Celery[Any]", workers: str) -> None:
    client.send_task("score_risk_async", ([],)).get(timeout=60)
    monitor = Monitor(workers)
    wait_until(lambda: monitor.workers()["total_workers"] == 2, "both workers are ready")
    told = checked(monitor.workers(), "workers")
    assert told["total_workers"] == len(told["workers"]) == 2
    for one in told["stats"].values():
        assert one["pool"]["max-concurrency"] == len(one["pool"]["processes"]) == 1
        assert one["queues"] == ["compliance", "default", "detection", "redaction", "scoring"]
    stats = checked(monitor.stats(), "stats")
    assert (stats["processes"], stats["running"]) == (2, 0)
    assert stats["received"]["score_risk_async"] >= 1
    assert stats["broker"]["used_memory"] > 100_000
    assert tasks("pending", name="pending", broker=workers) == (
        0,
        {"pending_count": 0, "queues": stats["queues"], "unacknowledged": 0, "workers_active": 2},
    )


def test_a_result_is_masked_unless_asked_for(client: "Celery[Any]", workers: str) -> None:
    sent = client.send_task("detect_pii_async", (TEXT,))
    ran = guardrails("tasks", "result", sent.id, "--broker", workers)
    assert ran.code == 0, ran.err
    assert ran.report["entities"][0]["value"] == "***-**-****"
    assert "219-09" not in guardrails("tasks", "status", sent.id, "--broker", workers).out
    told = checked(Monitor(workers).status(sent.id), "task")
    assert told["status"] == "SUCCESS"
    assert told["submitted_at"] < told["finished_at"]
    ran = guardrails("tasks", "result", sent.id, "--broker", workers, "--show-values")
    assert ran.report["entities"][0]["value"] == "219-09-9999"


def test_a_failure_is_told_with_its_reason(client: "Celery[Any]", workers: str) -> None:
    sent = client.send_task("redact_async", (TEXT, [], "paint"))
    code, told = tasks("result", sent.id, name="task", broker=workers)
    assert (code, told["status"], told["error"], told["result"]) == (4, "FAILURE", "InputError", None)
    assert "paint" in told["message"]


@pytest.mark.slow
def test_a_task_cancelled_before_any_worker_is_up_is_never_run(server: str) -> None:
    foreign = Celery(broker=server, backend=server)  # not ours: knows the tasks by name only
    foreign.conf.task_default_queue = "scoring"
    cancelled, kept = (foreign.send_task("score_risk_async", ([],)) for _ in range(2))
    code, told = tasks("pending", name="pending", broker=server)
    assert (code, told["pending_count"], told["queues"]["scoring"], told["workers_active"]) == (0, 2, 2, 0)
    code, told = tasks("result", cancelled.id, "--timeout", "0.1", name="task", broker=server)
    assert (code, told["status"], told["submitted_at"]) == (5, "PENDING", None)
    code, told = tasks("cancel", cancelled.id, name="cancelled", broker=server)
    assert (code, told["status"], told["task_id"]) == (0, "cancelled", cancelled.id)
    with worker(server, "--queues", "scoring", "--concurrency", "1"):
        assert kept.get(timeout=60)["status"] == "success"
        wait_until(lambda: str(cancelled.state) == "REVOKED", "the worker has left it out")
        code, told = tasks("status", cancelled.id, name="task", broker=server)
        assert (code, told["status"]) == (0, "CANCELLED")
        assert tasks("cancel", kept.id, name="cancelled", broker=server) == (
            2,
            {"status": "SUCCESS", "task_id": kept.id, "message": "Task has ended already"},
        )


def test_a_broker_that_is_away_is_one_clear_line() -> None:
    ran = guardrails("tasks", "workers", "--broker", "redis://me:hunter2@127.0.0.1:1/0")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("guardrails: cannot reach the broker redis://127.0.0.1:1/0")
