"""Restore the original from a copy with sealed values."""

import os
import shutil
import tempfile
from pathlib import Path

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.formats.reader import RefusedError
from guardrails_cli.inputs.reading.events import Closed, Refused
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.redact import replace_file
from guardrails_cli.redact.sanitize import FAULTS, REWRITERS, Copy, fault, file_of, rewriter_for


def restored(
    reader: SourceReader, source: Source | Unscanned, target: Path, key: bytes, backup: Path | None = None
) -> Copy:
    """Write a copy of a file to `target` with its sealed values opened; a file without any is copied as it is.

    With a backup, the place to keep the file, `target` may be the file itself; it stays if no value was opened.
    """
    if isinstance(source, Unscanned):
        return Copy(source.path, source.status, reason=source.reason)
    try:
        opened, failed = _write(reader, source, target, key, backup)
    except RefusedError as error:
        return Copy(source.path, error.status, reason=error.reason)
    except FAULTS as error:
        return Copy(source.path, Status.FAILED, reason=fault(error))
    if failed:
        sentence = f"{failed} values cannot be opened: of another key, or changed"
        return Copy(source.path, Status.FAILED, opened, Reason(ReasonCode.WRONG_KEY, sentence))
    return Copy(source.path, Status.FINDINGS if opened else Status.CLEAN, opened)


def _write(reader: SourceReader, source: Source, target: Path, key: bytes, backup: Path | None) -> tuple[int, int]:
    place = file_of(source)
    name = ""
    for event in reader.read(source):
        if isinstance(event, Closed):
            name = event.document.format
        elif isinstance(event, Refused):
            name = ""
            break
    replace_file.check(place, target, backup)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, made = tempfile.mkstemp(prefix=".guardrails-", dir=target.parent)
    try:
        with open(place, "rb") as original, os.fdopen(descriptor, "w+b") as copy:  # noqa: PTH123
            if name in REWRITERS:
                counts = rewriter_for(name).restore(original, copy, key)
            else:
                shutil.copyfileobj(original, copy)
                counts = (0, 0)
        if not counts[1] and (counts[0] or backup is None):
            replace_file.put(Path(made), place, target, backup)
        return counts
    finally:
        Path(made).unlink(missing_ok=True)
