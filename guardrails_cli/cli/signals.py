"""Handling of Ctrl-C, SIGTERM and SIGHUP during a scan and while its reports are completed."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType


@contextlib.contextmanager
def stoppable(request: Callable[[], None]) -> Iterator[None]:
    """Call `request` at each Ctrl-C, SIGTERM or SIGHUP in this context."""
    # Even if ignored, as in a script's background: whoever sends it means it.
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # respect `nohup`
        numbers.append(signal.SIGHUP)
    with _handled(numbers, lambda _number, _frame: request()):
        yield


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Defer signals while a report is completed."""
    with _handled([signal.SIGINT, signal.SIGTERM, signal.SIGHUP], signal.SIG_IGN):
        yield


@contextlib.contextmanager
def _handled(
    numbers: list[signal.Signals], handler: Callable[[int, FrameType | None], None] | signal.Handlers
) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, handled in before.items():
            signal.signal(number, handled)
