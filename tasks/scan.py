"""The batch scan's task: one message carries several chunks, each with a result of its own."""

import uuid
from typing import Any

from guardrails_cli.batch import answer, scan_units
from guardrails_cli.celery_app import app, backend_client
from guardrails_cli.claims import claim
from guardrails_cli.patience import patiently

from .guard import guarded


# Never retried by Celery: the client hands out again what is lost, under another name.
@app.task(
    name="scan_batch_async", ignore_result=True, store_errors_even_if_ignored=True, autoretry_for=(), runs_once=False
)
@guarded
def scan_batch_async(message: dict[str, Any]) -> None:
    """Scan the units of a message and append their results to the run's stream; what was begun before is dropped."""
    client, token = backend_client(app), uuid.uuid4().hex
    if patiently(lambda: claim(client, message, token)):
        results = scan_units(message)
        patiently(lambda: answer(client, message, results))
