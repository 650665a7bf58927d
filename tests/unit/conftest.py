"""What all unit tests share: properties without a clock, and who may be refused."""

import os

import pytest
from hypothesis import settings

settings.register_profile("unit", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("unit")


@pytest.fixture
def permissions_count(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip the test where the system asks nobody for permission, as it does not ask root."""
    path = tmp_path_factory.mktemp("permissions") / "nobody's"
    path.touch(mode=0o000)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read and write everything")
