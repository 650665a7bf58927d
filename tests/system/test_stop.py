"""Asking a scan to stop: once gently, twice at once, but never in the middle of what has to be whole."""

import pytest

from guardrails_cli.core.errors import StopNow
from guardrails_cli.system.stop import StopFlag


def test_the_first_request_is_heard_once_and_raises_nothing() -> None:
    heard: list[str] = []
    stop = StopFlag()
    stop.heard = lambda: heard.append("once")
    with stop.interruptible():
        stop.request()
    assert stop.requested
    assert heard == ["once"]


def test_the_second_request_raises_where_that_is_safe_and_only_once() -> None:
    stop = StopFlag()
    stop.request()
    with pytest.raises(StopNow), stop.interruptible():
        stop.request()
    stop.request()
    stop.request()


def test_a_second_request_elsewhere_waits_for_the_next_safe_place() -> None:
    stop = StopFlag()
    stop.request()
    stop.request()
    reached = False
    with pytest.raises(StopNow), stop.interruptible():
        reached = True
    assert not reached
