"""The batch scan's task: one message carries several chunks, each with a result of its own."""

import uuid
from typing import Any

from celery import Task

from guardrails_cli.cluster import build
from guardrails_cli.cluster.batch import answer, scan_units
from guardrails_cli.cluster.celery_app import app, backend_client
from guardrails_cli.cluster.claims import claim
from guardrails_cli.cluster.envelope import ANSWER, MESSAGE, cluster_key, seal, unseal
from guardrails_cli.cluster.retry import patiently
from guardrails_cli.core.errors import MismatchError

from .exception_boundary import guarded
from .worker_start import access


# Never retried by Celery: the client hands out lost batches again, under another name.
@app.task(
    name="scan_batch_async",
    bind=True,
    ignore_result=True,
    store_errors_even_if_ignored=True,
    autoretry_for=(),
    runs_once=False,
)
@guarded
def scan_batch_async(self: "Task[Any, Any]", message: dict[str, Any]) -> None:
    """Scan the units of a message and append their results to the run's stream; a batch begun before is dropped."""
    client, token, key = backend_client(app), uuid.uuid4().hex, cluster_key()
    if not patiently(lambda: claim(client, message, token)):
        return
    try:
        body = unseal(message, key, MESSAGE)
        build.check(body["needs"], body["options"]["engine"]["model"])
    except MismatchError as error:
        raise MismatchError(f"worker {self.request.hostname} refuses the work: {error}") from None
    sealed = seal(scan_units(body, access()), key, message["run"], message["batch"], ANSWER)
    patiently(lambda: answer(client, sealed))
