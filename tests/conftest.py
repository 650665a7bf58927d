"""What all tests share: no state outside their own folder."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the fingerprint key out of the real home: where `XDG_STATE_HOME` points to now."""
    home = tmp_path_factory.mktemp("state")
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
