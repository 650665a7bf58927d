"""Start of a worker: the engine is loaded once, before the fork, and shared by all children."""

import gc
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from celery.signals import worker_init, worker_process_init, worker_ready, worker_shutdown

from guardrails_cli.cluster import build, workers
from guardrails_cli.cluster.by_reference import Access, local_secret
from guardrails_cli.cluster.celery_app import app, backend_client
from guardrails_cli.cluster.envelope import cluster_key, key_check
from guardrails_cli.core.errors import ConfigError, ExitCode
from guardrails_cli.options.model import (
    DEFAULT_MODEL,
    DEFAULT_PROFILE,
    ENV_COUNTRIES,
    ENV_LANGUAGE,
    ENV_MODEL,
    ENV_PROFILE,
    ENV_ROOTS,
    EngineOptions,
)
from guardrails_cli.system import log
from guardrails_cli.system.processes import die_with_parent

NO_MODEL = "none"
DETECTING = frozenset({"default", "detection"})
"""Queues whose tasks detect; the tasks of other queues load no language model."""


def preload_options() -> EngineOptions:
    """Return the engine to load at the start, from the environment; others are loaded on demand."""
    model = os.environ.get(ENV_MODEL) or DEFAULT_MODEL
    countries = os.environ.get(ENV_COUNTRIES)
    return EngineOptions(
        os.environ.get(ENV_LANGUAGE) or "en",
        None if model == NO_MODEL else model,
        os.environ.get(ENV_PROFILE) or DEFAULT_PROFILE,
        tuple(code for code in countries.split(",") if code) if countries is not None else None,
    )


def needs_engine(queues: Iterable[str]) -> bool:
    """Return whether tasks of these queues detect anything."""
    return not DETECTING.isdisjoint(queues)


@worker_init.connect
def preload(sender: Any = None, **_: Any) -> None:
    """Load the engine in the parent, if this worker's queues need one. If that fails, the worker ends."""
    workers.worker_id()  # before the fork: children claim batches in its name
    local_secret()
    if sender is not None and not needs_engine(sender.app.amqp.queues.consume_from):
        return
    from guardrails_cli.detect.engine import load_engine

    try:
        load_engine(preload_options())
        build.build()
    except ConfigError as error:
        with suppress(OSError):  # an exception here, unlike an exit, would be logged and the worker go on
            log.say(str(error), level="error")
        sys.exit(ExitCode.USAGE)
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so copying, pages that the children share


@worker_process_init.connect
def bind_to_parent(**_: Any) -> None:
    """Make the kernel end this child when its worker dies, however that happens."""
    die_with_parent()


def readable_roots() -> tuple[str, ...]:
    """Return the folders and URLs below which this worker may read; none without a key, since anybody could ask."""
    if cluster_key() is None:
        return ()
    return tuple(root for root in os.environ.get(ENV_ROOTS, "").split("\n") if root)


def access() -> Access:
    """Return which documents this worker may read itself."""
    return Access(readable_roots(), local_secret())


@worker_ready.connect
def join_registry(sender: Any, **_: Any) -> None:
    """Register this worker, for as long as it lives."""
    worker = workers.Worker(
        name=str(sender.hostname),
        build=build.build() | build.model_build(preload_options().model) | {"key": key_check(cluster_key())},
        queues=tuple(sorted(sender.app.amqp.queues.consume_from)),
        roots=readable_roots(),
    )
    leave = workers.stay(lambda: backend_client(app), worker)  # which is another client in each thread
    worker_shutdown.connect(lambda **_: leave(), weak=False)
