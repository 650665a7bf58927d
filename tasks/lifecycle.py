"""What happens when a worker starts: the engine is loaded once, before the fork, and shared by all children."""

import gc
import os
import sys
from contextlib import suppress
from typing import Any

from celery.signals import worker_init, worker_process_init

from guardrails_cli import logs
from guardrails_cli.config import (
    DEFAULT_MODEL,
    DEFAULT_PROFILE,
    ENV_COUNTRIES,
    ENV_LANGUAGE,
    ENV_MODEL,
    ENV_PROFILE,
    EngineOptions,
)
from guardrails_cli.errors import ConfigError, ExitCode
from guardrails_cli.processes import die_with_parent

NO_MODEL = "none"


def preload_options() -> EngineOptions:
    """Return the engine that this worker loads at its start, from its environment; others are loaded when asked for."""
    model = os.environ.get(ENV_MODEL) or DEFAULT_MODEL
    countries = os.environ.get(ENV_COUNTRIES)
    return EngineOptions(
        os.environ.get(ENV_LANGUAGE) or "en",
        None if model == NO_MODEL else model,
        os.environ.get(ENV_PROFILE) or DEFAULT_PROFILE,
        tuple(code for code in countries.split(",") if code) if countries is not None else None,
    )


@worker_init.connect
def preload(**_: Any) -> None:
    """Load the engine in the parent. A worker without an engine is of no use: it ends with the reason."""
    from guardrails_cli.detect.engine import load_engine

    try:
        load_engine(preload_options())
    except ConfigError as error:
        with suppress(OSError):  # an exception here, unlike an exit, would be logged and the worker go on
            logs.say(str(error), level="error")
        sys.exit(ExitCode.USAGE)
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so copying, pages that the children share


@worker_process_init.connect
def bind_to_parent(**_: Any) -> None:
    """Have the kernel end this child when its worker dies, however that happens."""
    die_with_parent()
