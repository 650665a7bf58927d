"""The boundary around tasks: no exception leaves a task with a document's content in it."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import ParamSpec, TypeVar

from billiard.exceptions import SoftTimeLimitExceeded
from celery.exceptions import CeleryError
from kombu.exceptions import KombuError

from guardrails_cli.cluster.celery_app import TRANSIENT
from guardrails_cli.cluster.envelope import cluster_key
from guardrails_cli.core.errors import DocumentError, GuardrailsError, InputError
from guardrails_cli.options.model import ENV_CLUSTER_KEY

P = ParamSpec("P")
R = TypeVar("R")

_HARMLESS = (GuardrailsError, SoftTimeLimitExceeded, CeleryError, KombuError, *TRANSIENT)
"""Errors about the task, not its text, which pass unchanged."""


def guarded(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` with foreign exceptions replaced by a DocumentError that names only their type.

    Libraries quote the text that they fail on. A MemoryError is replaced as well: when one leaves a task, a Celery
    worker lives on but takes no more work. Arguments that the function does not have are an InputError.
    """
    parameters = signature(function)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            parameters.bind(*args, **kwargs)
        except TypeError as error:
            raise InputError(f"wrong arguments: {error}") from None
        try:
            return function(*args, **kwargs)
        except _HARMLESS:
            raise
        except MemoryError:
            raise DocumentError("not enough memory to analyse this text") from None
        except Exception as error:  # noqa: BLE001 - no exception may carry text out
            raise DocumentError(f"analysis failed with an internal error ({type(error).__name__})") from None

    return call


def in_clear(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` for a task whose text is readable in the broker: a worker with a cluster key refuses it."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if cluster_key() is not None:
            raise InputError(
                f"this worker has a cluster key and takes encrypted work only; start another without {ENV_CLUSTER_KEY}"
            )
        return function(*args, **kwargs)

    return call
