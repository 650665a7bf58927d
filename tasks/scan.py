"""The batch scan's task: one message carries several chunks, each with a result of its own."""

from typing import Any

from celery import Task

from guardrails_cli import compat
from guardrails_cli.batch import answer, is_wanted, scan_units
from guardrails_cli.celery_app import app, backend_client
from guardrails_cli.envelope import ANSWER, MESSAGE, cluster_key, seal, unseal
from guardrails_cli.errors import MismatchError

from .guard import guarded
from .lifecycle import readable_roots


@app.task(name="scan_batch_async", bind=True, ignore_result=True, store_errors_even_if_ignored=True)
@guarded
def scan_batch_async(self: "Task[Any, Any]", message: dict[str, Any]) -> None:
    """Scan the units of a message and append their results to the run's stream."""
    client = backend_client(app)
    if not is_wanted(client, message):
        return
    key = cluster_key()
    try:
        body = unseal(message, key, MESSAGE)
        compat.check(body["needs"], body["options"]["model"])
    except MismatchError as error:
        raise MismatchError(f"worker {self.request.hostname} refuses the work: {error}") from None
    answers = scan_units(body, readable_roots())
    answer(client, seal(answers, key, message["run"], message["batch"], ANSWER))
