"""The Celery tasks: thin wrappers of `guardrails_cli.api.specification` and `guardrails_cli.document.scan_chunk`.

`celery -A tasks worker` works in a checkout, `celery -A guardrails_cli.tasks worker` and `guardrails worker` anywhere.
"""

from guardrails_cli.cluster.celery_app import app

from . import scan, specification, telemetry, worker_start

__all__ = ["app", "scan", "specification", "telemetry", "worker_start"]
