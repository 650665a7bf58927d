from collections.abc import Iterator

import pytest

from .support import Redacting


@pytest.fixture(scope="package")
def redacting() -> Iterator[Redacting]:
    tool = Redacting()
    with tool.stack:
        yield tool
