"""Faults of the broker, and how long to retry for each."""

import ssl
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import redis
from kombu.exceptions import OperationalError

from guardrails_cli.cluster.broker_url import reason
from guardrails_cli.core.errors import BrokerError

R = TypeVar("R")

FAULTS = (redis.RedisError, OperationalError, OSError)
"""Exceptions that a call of the broker may raise."""
OUTAGE_SECONDS = 120.0
"""Seconds that the broker may be unreachable: long enough for a restart of a large one, or a failover."""
FULL_SECONDS = 120.0
"""Seconds that it may be full. Workers free memory by processing its messages."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_LASTING = (
    redis.AuthenticationError,
    redis.exceptions.AuthorizationError,
    redis.exceptions.NoPermissionError,
    ssl.SSLError,
)


def patiently(call: Callable[[], R], on_fault: Callable[[], None] = lambda: None) -> R:
    """Return the result of `call`, retrying while the broker is unreachable or full.

    Args:
        call: may be repeated, so a second run must do no harm.
        on_fault: called after each fault; an exception from it ends the retries.

    Raises:
        BrokerError: if a retry cannot help, or the fault lasts longer than `OUTAGE_SECONDS` or `FULL_SECONDS`.

    """
    begun = time.monotonic()
    pause = _FIRST_PAUSE
    while True:
        try:
            return call()
        except FAULTS as error:
            on_fault()
            full = is_full(error)
            if is_lasting(error) or time.monotonic() - begun > (FULL_SECONDS if full else OUTAGE_SECONDS):
                raise BrokerError(f"the broker {'is full' if full else 'was lost'}: {reason(error)}") from None
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def is_full(error: BaseException) -> bool:
    """Return whether the broker refused to store data for lack of memory (`maxmemory`)."""
    return any(
        isinstance(one, redis.exceptions.OutOfMemoryError) or "OOM command not allowed" in str(one)
        for one in _causes(error)
    )


def is_lasting(error: BaseException) -> bool:
    """Return whether a retry cannot help: the password, the rights or the certificate are wrong."""
    return any(isinstance(one, _LASTING) or "CERTIFICATE_VERIFY_FAILED" in str(one) for one in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
