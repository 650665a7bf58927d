"""How long to wait before the next attempt when a call has failed."""

from random import uniform
from time import sleep


def delays(first=0.5, factor=2.0, longest=30.0, attempts=6):
    """Yield the delays between attempts, each longer than the one before, up to a limit."""
    delay = first
    for _ in range(attempts - 1):
        yield min(delay, longest)
        delay *= factor


def with_jitter(delay, share=0.2):
    """Return the delay, a little longer or shorter, so that clients do not all come back at once."""
    return delay * (1 + uniform(-share, share))


def call(function, retry_on=(ConnectionError, TimeoutError)):
    """Call the function until it succeeds; raise its last error if it never does."""
    for delay in delays():
        try:
            return function()
        except retry_on:
            wait = with_jitter(delay)
            sleep(wait)
    return function()


def worth_a_retry(status):
    """Return whether an HTTP status says that the same request may succeed if it is sent again."""
    return status == 429 or status >= 500
