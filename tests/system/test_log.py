"""Logs for machines: one object a line, and never what a document says."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from guardrails_cli.core.errors import InputError
from guardrails_cli.system import log as logs

PLANTED = "219-09-9999"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logs.use(logs.TEXT)
    logging.captureWarnings(False)
    logging.root.handlers[:], logging.root.level = handlers, level


def entries(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_an_entry_has_time_level_event_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logs.use("json")
    logs.say("two\nlines", "note", "warning", documents=3)
    [entry] = entries(capsys.readouterr().err)
    assert entry.pop("time")[10] == "T"
    assert entry == {"level": "warning", "event": "note", "message": "two\nlines", "documents": 3}


def test_people_get_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.say("all is well", "note", documents=3)
    assert capsys.readouterr().err == "guardrails: all is well\n"


@pytest.mark.parametrize("format_", ["json", "text"])
@pytest.mark.parametrize(
    ("name", "message", "arguments"),
    [
        ("celery.worker.consumer.consumer", "The full contents of the message body was: %s", (PLANTED,)),
        ("celery.worker.consumer.consumer", "Received invalid task message: %s", ({"text": PLANTED},)),
        ("celery.app.trace", "Task %(name)s[%(id)s] succeeded in %(runtime)ss: %(return_value)s",
         ({"name": "n", "id": "1", "runtime": 0.5, "return_value": PLANTED, "args": PLANTED},)),
        ("celery.app.trace", "Task %(name)s[%(id)s] %(description)s: %(exc)s",
         ({"name": "n", "id": "1", "description": "raised unexpected", "exc": f"ValueError('{PLANTED}')"},)),
        ("celery.pool", "Task handler raised error: %r", (ValueError(PLANTED),)),
        ("celery.pool", "%s %d {}", (PLANTED,)),
        ("pypdfium2", f"cannot parse {PLANTED}", ()),
        ("py.warnings", "%s", (f"odd value {PLANTED}",)),
        ("celery.x", ValueError(PLANTED), ()),
    ],
)  # fmt: skip
def test_what_libraries_log_is_without_content(
    format_: str, name: str, message: Any, arguments: tuple[Any, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.use(format_)
    logs.install(logging.DEBUG)
    try:
        int(PLANTED)
    except ValueError:
        logging.getLogger(name).exception(message, *arguments)
    told = capsys.readouterr().err
    assert PLANTED not in told
    assert "ValueError at test_log.py:" in told


def test_celery_s_tasks_are_events(capsys: pytest.CaptureFixture[str]) -> None:
    logs.use("json")
    logs.install(logging.INFO)
    log = logging.getLogger("celery.app.trace")
    log.info("Task %(name)s[%(id)s] received", {"name": "detect_pii_async", "id": "7", "args": PLANTED})
    log.info("Task %(name)s[%(id)s] succeeded in %(runtime)ss: %(return_value)s",
             {"name": "detect_pii_async", "id": "7", "runtime": 0.25, "return_value": PLANTED})  # fmt: skip
    log.error("Task %(name)s[%(id)s] %(description)s: %(exc)s",
              {"name": "detect_pii_async", "id": "7", "description": "raised expected",
               "exc": repr(InputError("text must be a string, not int"))})  # fmt: skip
    received, succeeded, failed = entries(capsys.readouterr().err)
    assert (received["event"], received["task"], received["task_id"]) == ("task_received", "detect_pii_async", "7")
    assert (succeeded["event"], succeeded["seconds"]) == ("task_succeeded", 0.25)
    assert (failed["event"], failed["level"]) == ("task_failed", "error")
    assert "text must be a string" in failed["error"]


def test_where_a_worker_connects_to_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    logs.use("json")
    logs.install(logging.INFO)
    logging.getLogger("celery.worker.consumer.connection").info("Connected to %s", "redis://queue:6379/0")
    [entry] = entries(capsys.readouterr().err)
    assert entry["message"] == "Connected to redis://queue:6379/0"


@pytest.mark.parametrize(
    ("arguments", "environment", "format_"),
    [
        (["scan", ".", "--log-format", "json"], {}, "json"),
        (["scan", "--log-format=json", "."], {}, "json"),
        (["scan", "."], {"GUARDRAILS_LOG_FORMAT": "json"}, "json"),
        (["scan", ".", "--log-format", "text"], {"GUARDRAILS_LOG_FORMAT": "json"}, "text"),
        (["scan", ".", "--log-format"], {}, "text"),
        (["scan", "json"], {}, "text"),
    ],
)
def test_the_format_is_known_before_anything_can_go_wrong(
    arguments: list[str], environment: dict[str, str], format_: str
) -> None:
    assert logs.wanted(arguments, environment) == format_
