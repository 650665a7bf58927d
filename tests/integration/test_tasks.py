"""The specification's tasks on a real worker: shapes, queues, limits, retries."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import jsonschema
import pytest
from celery import Celery
from celery.result import AsyncResult

from guardrails_cli.cluster.celery_app import QUEUES, app, configure
from guardrails_cli.core.errors import InputError
from guardrails_cli.options.model import MAX_TEXT_BYTES
from tests.integration.support import PATIENCE, ROOT, environment, wait_until, worker

TEXT = "Maria Gonzales, social security number 219-09-9999, card 4111 1111 1111 1111, maria@example.com"
SCHEMA = json.loads((ROOT / "guardrails_cli" / "core" / "schemas" / "tasks.schema.json").read_text(encoding="utf-8"))
QUEUE_OF = {
    "detect_pii_async": "detection",
    "check_compliance_async": "compliance",
    "redact_async": "redaction",
    "score_risk_async": "scoring",
    "analyze_complete_async": "default",
}


@pytest.fixture
def client(workers: str) -> Iterator["Celery[Any]"]:
    yield configure(workers)
    app.close()


def call(client: "Celery[Any]", name: str, *arguments: object, **options: object) -> Any:
    """Send a task to the workers and return what it returns, checked against its schema."""
    sent: AsyncResult[Any] = client.send_task(name, arguments, kwargs=options)
    returned = sent.get(timeout=PATIENCE)
    jsonschema.validate(returned, {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})
    return returned


def test_the_schema_describes_each_task_of_the_specification() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(QUEUE_OF) <= set(SCHEMA["$defs"])


@pytest.mark.parametrize("name", QUEUE_OF)
def test_every_task_has_its_queue_and_limits(name: str) -> None:
    import_module("guardrails_cli.tasks")  # registers them

    task: Any = app.tasks[name]
    assert app.amqp.router.route({}, name)["queue"].name == QUEUE_OF[name]
    assert (task.soft_time_limit, task.time_limit, task.max_retries) == (300, 600, 3)
    assert [task.retry_backoff * 2**n for n in range(3)] == [60, 120, 240]
    assert task.retry_backoff_max == 240
    assert not task.retry_jitter
    assert InputError not in task.autoretry_for


def test_settings_are_those_of_the_specification() -> None:
    assert {queue.name for queue in app.conf.task_queues} == set(QUEUES)
    assert (app.conf.task_soft_time_limit, app.conf.task_time_limit) == (25 * 60, 30 * 60)
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.task_acks_late
    assert app.conf.accept_content == app.conf.result_accept_content == ["json"]
    assert app.conf.task_serializer == app.conf.result_serializer == "json"


def test_detect_pii(client: "Celery[Any]") -> None:
    found = call(client, "detect_pii_async", TEXT)
    values = {entity["type"]: entity["value"] for entity in found["entities"]}
    assert values["US_SSN"] == "219-09-9999"
    assert values["PERSON"] == "Maria Gonzales"
    assert found["entity_count"] == len(found["entities"])
    assert found["text_length"] == len(TEXT)
    for entity in found["entities"]:
        start, end = entity["position"]
        assert TEXT[start:end] == entity["value"]


def test_the_steps_of_an_analysis_one_by_one_and_in_a_chain(client: "Celery[Any]") -> None:
    detected = call(client, "detect_pii_async", TEXT)
    checked = call(client, "check_compliance_async", TEXT, detected["entities"], ["HIPAA", "PCI_DSS"])
    assert checked["frameworks_checked"] == ["HIPAA", "PCI_DSS"]
    assert {"HIPAA", "PCI_DSS"} == {violation["framework"] for violation in checked["violations"]}
    risk = call(client, "score_risk_async", detected["entities"], 0.0, checked["violations"])
    assert risk["overall_level"] == "CRITICAL"
    whole = call(client, "analyze_complete_async", TEXT, ["HIPAA", "PCI_DSS"])
    assert whole["pii"] == {"detected": detected["entity_count"], "entities": detected["entities"]}
    assert whole["compliance"]["violations"] == checked["violation_count"]
    assert whole["risk"]["overall_score"] == risk["overall_score"]


@pytest.mark.parametrize("strategy", ["mask", "token", "partial", "hash"])
def test_redact(client: "Celery[Any]", strategy: str) -> None:
    entities = call(client, "detect_pii_async", TEXT)["entities"]
    redacted = call(client, "redact_async", TEXT, entities, strategy=strategy)
    assert redacted["redacted_length"] == len(redacted["redacted_text"])
    assert "219-09-9999" not in redacted["redacted_text"]
    assert "Maria Gonzales" not in redacted["redacted_text"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("detect_pii_async", []),
        ("detect_pii_async", [TEXT, "en"]),
        ("detect_pii_async", [5]),
        ("detect_pii_async", ["a" * (MAX_TEXT_BYTES + 1)]),
        ("analyze_complete_async", ["é" * MAX_TEXT_BYTES]),
        ("check_compliance_async", [TEXT, "none"]),
        ("check_compliance_async", [TEXT, [], ["HIPPA"]]),
        ("redact_async", [TEXT, [], "shred"]),
        ("redact_async", ["short", [{"type": "PERSON", "position": [0, 99]}]]),
        ("score_risk_async", [[], 7.5]),
    ],
)
def test_bad_input_fails_at_once_and_is_not_retried(client: "Celery[Any]", name: str, arguments: list[Any]) -> None:
    sent: AsyncResult[Any] = client.send_task(name, arguments)
    with pytest.raises(Exception, match=r"\w") as caught:
        sent.get(timeout=PATIENCE)
    assert type(caught.value).__name__ == "InputError"
    assert sent.state == "FAILURE"
    assert "219-09-9999" not in str(sent.traceback)


def test_text_of_50_kb_passes(client: "Celery[Any]") -> None:
    text = ("nothing of note was said in that hour " * 2000)[:MAX_TEXT_BYTES]
    assert call(client, "detect_pii_async", text)["text_length"] == MAX_TEXT_BYTES


def test_no_argument_is_in_the_headers_of_a_message(server: str) -> None:
    send = (
        "from guardrails_cli.cluster.celery_app import app, backend_client\nimport guardrails_cli.tasks\n"
        f"app.tasks['detect_pii_async'].apply_async(({TEXT!r},))\n"
        "print(backend_client(app).lindex('detection', 0).decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", send], capture_output=True, env=environment(GUARDRAILS_BROKER_URL=server), check=True
    )
    message = json.loads(done.stdout)
    assert message["headers"]["task"] == "detect_pii_async"
    assert "219-09-9999" not in json.dumps(message["headers"])


def test_transient_faults_are_retried(server: str) -> None:
    prelude = (
        "from guardrails_cli.api import specification\n"
        "def down(*_): raise ConnectionError('the network is down')\n"
        "specification.detect_pii = down\n"
    )
    with worker(server, "--model", "none", prelude=prelude), Celery(broker=server, backend=server) as client:
        sent: AsyncResult[Any] = client.send_task("detect_pii_async", [TEXT], queue="detection")
        wait_until(lambda: sent.state == "RETRY", "the task is to be retried")
        sent.forget()
