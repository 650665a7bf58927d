from collections.abc import Iterator

import pytest

from tests.redact.support import Redacting


@pytest.fixture(scope="package")
def redacting() -> Iterator[Redacting]:
    tool = Redacting()
    with tool.stack:
        yield tool
