"""Tasks that no scan minds: a copy of a message is not run beside it, a lost one is, a deadly one is given up."""

import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from celery.app.trace import build_tracer

from guardrails_cli.cluster.celery_app import app, configure
from guardrails_cli.cluster.keys import worker_key
from guardrails_cli.cluster.workers import worker_id
from tests.integration.disturbed import Redis, lines
from tests.integration.support import PATIENCE, worker

SHORT_SIGHT = (
    "from guardrails_cli.cluster.celery_app import app\napp.conf.broker_transport_options = {'visibility_timeout': 3}\n"
)
FAULTY = """
from guardrails_cli.api import specification
from guardrails_cli.cluster.celery_app import GuardrailsTask
GuardrailsTask.retry_backoff = GuardrailsTask.retry_backoff_max = 25
score = specification.score_risk
def faulty(*arguments):
    with open({trace!r}, "a") as trace:
        trace.write("run\\n")
    with open({trace!r}) as trace:
        if len(list(trace)) < 2:
            raise ConnectionError("away for a moment")
    return score(*arguments)
specification.score_risk = faulty
"""


@pytest.fixture
def redis() -> Iterator[Redis]:
    with Redis() as running:
        other_backend()
        configure(running.url)
        yield running
        app.close()
        other_backend()


def other_backend() -> None:
    """Have the application of this process forget which Redis it read results from."""
    vars(app._local).pop("backend", None)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_retry_that_waits_longer_than_the_visibility_timeout_runs_once(redis: Redis, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    prelude = SHORT_SIGHT + FAULTY.format(trace=str(trace))
    options = ("--model", "none", "--concurrency", "2")
    with worker(redis.url, *options, prelude=prelude), worker(redis.url, *options, prelude=prelude):
        sent = app.send_task("score_risk_async", ([],))
        begun = time.monotonic()
        while not sent.ready():
            assert time.monotonic() - begun < PATIENCE
            time.sleep(0.2)
        assert sent.get()["overall_score"] == 0
        assert time.monotonic() - begun > 20
        time.sleep(6)  # copies would run now
        assert lines(trace) == ["run", "run"]


def begin(task: str) -> None:
    """Run a task's message as a worker's process does."""
    import_module("guardrails_cli.tasks")
    function: Any = app.tasks["score_risk_async"]
    tracer: Any = build_tracer(function.name, function, app=function.app)
    tracer(task, ([],), {}, {"id": task, "retries": 0, "is_eager": False})


def test_a_copy_is_dropped_while_its_worker_lives_and_run_when_that_is_dead(redis: Redis) -> None:
    client = redis.client
    key = "guardrails:task:score_risk_async:one:0"
    client.set(key, "somebody 1")
    client.set(worker_key("somebody"), 1)
    begin("one")
    assert app.AsyncResult("one").state in ("PENDING", "STARTED")
    client.delete(worker_key("somebody"))
    begin("one")
    assert app.AsyncResult("one").state == "SUCCESS"
    assert client.get(key).decode() == f"{worker_id()} 2"


def test_what_ended_three_workers_is_given_up(redis: Redis) -> None:
    redis.client.set("guardrails:task:score_risk_async:two:0", "somebody 3")
    begin("two")
    found = app.AsyncResult("two")
    assert found.state == "FAILURE"
    assert str(found.result) == "its worker died while it ran, 3 times"
