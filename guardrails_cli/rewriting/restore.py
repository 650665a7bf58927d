"""From a copy with sealed values back to the original."""

import os
import shutil
import tempfile
from pathlib import Path

from guardrails_cli.model import Source, Status, Unscanned
from guardrails_cli.reading.events import Closed, Refused
from guardrails_cli.reading.source import SourceReader
from guardrails_cli.rewriting.job import REWRITERS, Copy, rewriter_for
from guardrails_cli.sources.base import RefusedError


def restored(reader: SourceReader, source: Source | Unscanned, target: Path, key: bytes) -> Copy:
    """Write a copy of a file to `target` with its sealed values opened; what has none is copied as it is."""
    if isinstance(source, Unscanned):
        return Copy(source.path, source.status, reason=source.reason)
    try:
        opened, failed = _write(reader, source, target, key)
    except RefusedError as error:
        return Copy(source.path, error.status, reason=str(error))
    except OSError as error:
        return Copy(source.path, Status.FAILED, reason=f"cannot write the copy: {error.strerror or 'error'}")
    if failed:
        return Copy(source.path, Status.FAILED, opened, f"{failed} values cannot be opened: of another key, or changed")
    return Copy(source.path, Status.FINDINGS if opened else Status.CLEAN, opened)


def _write(reader: SourceReader, source: Source, target: Path, key: bytes) -> tuple[int, int]:
    if source.location is None:
        raise RefusedError("standard input cannot be copied; name a file")
    name = ""
    for event in reader.read(source):
        if isinstance(event, Closed):
            name = event.document.format
        elif isinstance(event, Refused):
            name = ""
            break
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, made = tempfile.mkstemp(prefix=".guardrails-", dir=target.parent)
    try:
        with open(source.location, "rb") as original, os.fdopen(descriptor, "w+b") as copy:  # noqa: PTH123
            if name in REWRITERS:
                counts = rewriter_for(name).restore(original, copy, key)
            else:
                shutil.copyfileobj(original, copy)
                counts = (0, 0)
        shutil.copymode(source.location, made)
        if not counts[1]:
            Path(made).replace(target)
        return counts
    finally:
        Path(made).unlink(missing_ok=True)
