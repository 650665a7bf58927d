"""The Celery application and its settings: the numbers are the specification's."""

import os
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import redis
from celery import Celery, Task
from celery.exceptions import Ignore
from celery.signals import before_task_publish
from kombu import Queue

from guardrails_cli.cluster.broker_url import broker_url, tls_options
from guardrails_cli.cluster.claims import begin_task
from guardrails_cli.cluster.keys import TASK_SECONDS, cancelled_key, submitted_key
from guardrails_cli.cluster.retry import FAULTS
from guardrails_cli.core.errors import DocumentError, GuardrailsError
from guardrails_cli.core.urls import public_url
from guardrails_cli.options.model import ENV_BROKER

__all__ = ["app", "backend_client", "broker_url", "configure", "public_url"]

DEFAULT_BROKER = "redis://localhost:6379/0"
QUEUES = ("default", "detection", "compliance", "redaction", "scoring")
TASKS = ("detect_pii_async", "check_compliance_async", "redact_async", "score_risk_async", "analyze_complete_async")
"""Tasks of the specification."""
SOFT_LIMIT, HARD_LIMIT = 300, 600
"""Seconds that one task may take: it gets an exception at the soft limit and is killed at the hard one."""
MAX_DELIVERIES = 3
"""Number of workers that a task may kill."""
TRANSIENT = (ConnectionError, TimeoutError)
"""Faults that a retry may help. Bad input and programming errors are not among them."""


class GuardrailsTask(Task):  # type: ignore[type-arg]
    """Limits and retries of all tasks; no argument or result is ever written to a log or an event."""

    autoretry_for = TRANSIENT
    max_retries = 3
    retry_backoff = 60  # 60 x 2^n seconds: 60, 120, 240
    retry_backoff_max = 240
    retry_jitter = False
    soft_time_limit = SOFT_LIMIT
    time_limit = HARD_LIMIT
    throws = (GuardrailsError,)  # expected: logged as one line, without a traceback
    resultrepr_maxsize = 1  # shorter than any value, since Celery logs results at INFO
    runs_once = True
    """Whether copies of a message are dropped here; a task may have a better method of its own."""

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:  # noqa: ARG002 - Celery's signature
        """Drop cancelled tasks and copies of a message, and give up a task that has killed several workers.

        Raises:
            Ignore: if it was cancelled while no worker was up to hear of it, or another worker is working on it.
            DocumentError: if `MAX_DELIVERIES` workers began it and died.

        """
        if not self.runs_once or self.request.is_eager:
            return
        with suppress(redis.RedisError):
            if backend_client(self.app).exists(cancelled_key(task_id)):
                self.backend.mark_as_revoked(task_id, "cancelled", store_result=True)
                raise Ignore
        begun = 1
        with suppress(*FAULTS):  # rather twice than never
            begun = begin_task(backend_client(app), f"{self.name}:{task_id}:{self.request.retries}")
        if begun == 0:
            raise Ignore
        if begun > MAX_DELIVERIES:
            raise DocumentError(f"its worker died while it ran, {MAX_DELIVERIES} times")

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Send the task without its arguments in the message headers, which logs and events repeat."""
        options.setdefault("argsrepr", "-")
        options.setdefault("kwargsrepr", "-")
        return super().apply_async(*args, **options)


_SETTINGS: dict[str, Any] = {
    "task_serializer": "json",
    "result_serializer": "json",
    "event_serializer": "json",
    "accept_content": ["json"],
    "result_accept_content": ["json"],
    "task_default_queue": "default",
    "task_create_missing_queues": False,
    "task_queues": [Queue(name, routing_key=name) for name in QUEUES],
    "task_routes": {
        "detect_pii_async": {"queue": "detection"},
        "check_compliance_async": {"queue": "compliance"},
        "redact_async": {"queue": "redaction"},
        "score_risk_async": {"queue": "scoring"},
        "analyze_complete_async.compliance": {"queue": "compliance"},
        "analyze_complete_async.scoring": {"queue": "scoring"},
    },
    "task_track_started": True,
    "task_acks_late": True,
    "task_time_limit": 30 * 60,
    "task_soft_time_limit": 25 * 60,
    "worker_prefetch_multiplier": 1,
    # Above the longest retry countdown (240 s) plus the hard limit: a message must not return while it is worked on.
    "broker_transport_options": {"visibility_timeout": 3600, "socket_connect_timeout": 10},
    "redis_socket_connect_timeout": 10,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,  # a worker survives any outage
    "broker_channel_error_retry": True,  # and a full broker
    "worker_redirect_stdouts": False,
    "result_expires": 3600,
}
"""Settings of every application, whatever its broker."""


def configure(url: str) -> "Celery[GuardrailsTask]":
    """Configure the application for the broker `url` and return it.

    Raises:
        ConfigError: if the URL is not usable.

    """
    connection = _connection(url)
    if app.conf.broker_url != connection["broker_url"]:
        # Celery keeps connections and backend of the first broker for the life of the application.
        app._after_fork()  # type: ignore[attr-defined]
        app._backend_cache, app._local = None, threading.local()  # type: ignore[attr-defined]
    app.conf.update(connection)
    return app


def client(url: str) -> "Celery[GuardrailsTask]":
    """Return a separate application for the broker `url`: scans of one process may use several at a time.

    Raises:
        ConfigError: if the URL is not usable.

    """
    own = _application()
    own.conf.update(_connection(url))
    return own


def _application() -> "Celery[GuardrailsTask]":
    made: Celery[GuardrailsTask] = Celery("guardrails", task_cls=GuardrailsTask, set_as_current=False)
    made.conf.update(_SETTINGS)
    return made


def _connection(url: str) -> dict[str, Any]:
    """Return the settings for access to the broker `url`."""
    url = broker_url(url)
    tls = None if "ssl_cert_reqs" in url else tls_options(url)
    return {"broker_url": url, "result_backend": url, "broker_use_ssl": tls or False, "redis_backend_use_ssl": tls}


def backend_client(app: "Celery[Any]") -> Any:
    """Return the Redis client of the result backend, which reconnects by itself."""
    return app.backend.client  # type: ignore[attr-defined]  # celery-types knows the base class only


def impatient_client(app: "Celery[Any]", seconds: float = 2.0) -> Any:
    """Return another client of the result backend that gives up after `seconds`."""
    backend: Any = app.backend
    limits = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    return backend._create_client(**{**backend.connparams, **limits})


app = _application()
configure(os.environ.get(ENV_BROKER) or DEFAULT_BROKER)


@before_task_publish.connect
def note_submission(headers: Any = None, **_: Any) -> None:
    """Record the time of a task's submission, which Celery does not."""
    if isinstance(headers, dict) and headers.get("task") in TASKS and headers.get("id"):
        with suppress(redis.RedisError):
            backend_client(app).set(
                submitted_key(headers["id"]), datetime.now(UTC).isoformat(timespec="milliseconds"), ex=TASK_SECONDS,
                nx=True,
            )  # fmt: skip
