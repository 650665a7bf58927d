"""The Celery tasks: thin skins over `guardrails_cli.operations` and `guardrails_cli.pipeline`.

`celery -A tasks worker` works in a checkout, `celery -A guardrails_cli.tasks worker` and `guardrails worker` anywhere.
"""

from guardrails_cli.celery_app import app

from . import lifecycle, scan, specification, watching

__all__ = ["app", "lifecycle", "scan", "specification", "watching"]
