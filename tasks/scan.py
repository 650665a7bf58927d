"""The batch scan's task: one message carries several chunks, each with a result of its own."""

from typing import Any

from guardrails_cli.batch import answer, is_wanted, scan_units
from guardrails_cli.celery_app import app, backend_client

from .guard import guarded


@app.task(name="scan_batch_async", ignore_result=True, store_errors_even_if_ignored=True)
@guarded
def scan_batch_async(message: dict[str, Any]) -> None:
    """Scan the units of a message and append their results to the run's stream."""
    client = backend_client(app)
    if is_wanted(client, message):
        answer(client, message, scan_units(message))
