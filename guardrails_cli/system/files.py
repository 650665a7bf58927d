"""Files that are there whole or not at all."""

import os
import tempfile
from pathlib import Path


def put(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file beside its place and rename it: whoever reads it sees the old content or the new, never half of it.

    Raises:
        OSError: if that is not possible; the old content stays, and nothing else.

    """
    descriptor, name = tempfile.mkstemp(prefix=".guardrails-", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
