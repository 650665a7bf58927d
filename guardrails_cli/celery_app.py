"""The Celery application and its settings: the numbers are the specification's."""

import os
import re
import ssl
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from celery import Celery, Task
from kombu import Queue

from guardrails_cli.config import ENV_BROKER
from guardrails_cli.errors import ConfigError, GuardrailsError

DEFAULT_BROKER = "redis://localhost:6379/0"
QUEUES = ("default", "detection", "compliance", "redaction", "scoring")
SOFT_LIMIT, HARD_LIMIT = 300, 600
"""Seconds that one task may take: it gets an exception at the soft limit and is killed at the hard one."""
TRANSIENT = (ConnectionError, TimeoutError)
"""Faults that may be gone at the next try. Bad input and programming errors are not among them."""

_ONE_AT_A_TIME = Lock()


class GuardrailsTask(Task):  # type: ignore[type-arg]
    """What all tasks share: limits, retries, and that no argument or result is ever written to a log or an event."""

    autoretry_for = TRANSIENT
    max_retries = 3
    retry_backoff = 60  # 60 x 2^n seconds: 60, 120, 240
    retry_backoff_max = 240
    retry_jitter = False
    soft_time_limit = SOFT_LIMIT
    time_limit = HARD_LIMIT
    throws = (GuardrailsError,)  # expected: logged as one line, without a traceback
    resultrepr_maxsize = 1  # shorter than any value: Celery logs results at INFO

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Send the task with its arguments left out of the message headers, which logs and events repeat."""
        options.setdefault("argsrepr", "-")
        options.setdefault("kwargsrepr", "-")
        return super().apply_async(*args, **options)


def broker_url(url: str) -> str:
    """Return `url` as Celery takes it, from any of `redis://`, `rediss://`, `unix://` and `redis+socket://`.

    Raises:
        ConfigError: for any other URL.

    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ConfigError("the broker URL is not valid; write for example redis://host:6379/0") from None
    database = parts.path.strip("/") or "0"
    if parts.scheme == "unix":
        database = parse_qs(parts.query).get("db", ["0"])[0]
    if parts.scheme in ("redis", "rediss", "unix") and not re.fullmatch("[0-9]+", database):
        raise ConfigError("the broker URL must end with the number of a database, such as redis://host:6379/0")
    if parts.scheme in ("redis", "rediss") and parts.hostname:
        return url
    if parts.scheme == "unix" and parts.path:
        return f"redis+socket://{parts.path}?virtual_host={database}"
    if parts.scheme == "redis+socket" and parts.path:
        return url
    raise ConfigError(
        "the broker URL must begin with redis://, rediss:// or unix://; write for example redis://host:6379/0"
    )


def public_url(url: str) -> str:
    """Return `url` without its user name and password, fit to be shown."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl()


def configure(url: str) -> "Celery[GuardrailsTask]":
    """Point the application at the broker `url` and return it.

    Raises:
        ConfigError: if the URL is not usable.

    """
    url = broker_url(url)
    app.conf.update(broker_url=url, result_backend=url)
    if url.startswith("rediss://") and "ssl_cert_reqs" not in url:
        app.conf.broker_use_ssl = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
        app.conf.redis_backend_use_ssl = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    return app


def client(url: str) -> "Celery[GuardrailsTask]":
    """Return an application of its own for the broker `url`: scans of one process may use several, also at a time.

    Raises:
        ConfigError: if the URL is not usable.

    """
    with _ONE_AT_A_TIME:
        own: Celery[GuardrailsTask] = Celery("guardrails", task_cls=GuardrailsTask, set_as_current=False)
        own.conf.update(configure(url).conf.changes or {})
    return own


def backend_client(app: "Celery[Any]") -> Any:
    """Return the Redis client of the result backend, which reconnects by itself."""
    return app.backend.client  # type: ignore[attr-defined]  # celery-types knows the base class only


app = Celery("guardrails", task_cls=GuardrailsTask, set_as_current=False)
app.conf.update(
    task_serializer="json",
    result_serializer="json",
    event_serializer="json",
    accept_content=["json"],
    result_accept_content=["json"],
    task_default_queue="default",
    task_create_missing_queues=False,
    task_queues=[Queue(name, routing_key=name) for name in QUEUES],
    task_routes={
        "detect_pii_async": {"queue": "detection"},
        "check_compliance_async": {"queue": "compliance"},
        "redact_async": {"queue": "redaction"},
        "score_risk_async": {"queue": "scoring"},
        "analyze_complete_async.compliance": {"queue": "compliance"},
        "analyze_complete_async.scoring": {"queue": "scoring"},
    },
    task_track_started=True,
    task_acks_late=True,
    task_time_limit=30 * 60,
    task_soft_time_limit=25 * 60,
    worker_prefetch_multiplier=1,
    # Above the longest retry countdown (240 s) plus the hard limit: a message must not come back while it is worked on.
    broker_transport_options={"visibility_timeout": 3600},
    broker_connection_retry_on_startup=True,
    worker_redirect_stdouts=False,
    result_expires=3600,
)
configure(os.environ.get(ENV_BROKER) or DEFAULT_BROKER)
