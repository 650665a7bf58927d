"""One document from scan to verified copy."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import IO, cast

from guardrails_cli import pipeline
from guardrails_cli.config import DetectOptions
from guardrails_cli.model import Finding, Mark, Pack, Source, Status
from guardrails_cli.policy.rulebook import Rulebook
from guardrails_cli.reading.events import Began, Closed, Piece, Refused
from guardrails_cli.reading.source import SourceReader
from guardrails_cli.rewriting.base import Choice, Rewriter, Rewritten, Scanned
from guardrails_cli.sources.base import RefusedError
from guardrails_cli.sources.pdf import NEEDS_OCR
from guardrails_cli.tally import Tally
from guardrails_cli.text import display_path

REWRITERS: dict[str, str] = {
    **dict.fromkeys(
        ("text", "csv", "json", "json lines", "xml", "html", "mail", "markdown", "yaml", "jupyter notebook"), "text"
    ),
    "pdf": "pdf",
}
"""By format, the module below `guardrails_cli.rewriting` that writes it."""
MAX_PASSES = 4
"""How often a copy is scanned and what is still found in it replaced as well, before it is given up."""
_ALL = 10**9


@dataclass(frozen=True, slots=True)
class Copy:
    """What became of one document."""

    path: str
    status: Status
    """FINDINGS where something was replaced, CLEAN where nothing was found, else there is no copy."""
    replacements: int = 0
    reason: str | None = None


class Sanitizer:
    """Writes sanitized copies. Use `with reader`: it reads the documents."""

    def __init__(self, reader: SourceReader, detect: DetectOptions, packs: Sequence[Pack], choice: Choice) -> None:
        self._reader = reader
        self._detect = replace(detect, show_values=True)
        self._rulebook = Rulebook(packs)
        self._choice = choice

    def copy(self, source: Source, target: Path, backup: Path | None = None) -> Copy:
        """Write a sanitized copy of a file to `target`, which appears only if it was verified.

        Args:
            source: the file.
            target: the copy; may be the file itself.
            backup: where the file goes before the copy takes its place.

        Returns:
            What was done, or why there is no copy. Nothing is left behind then.

        """
        try:
            scanned = self.scan(source)
            if not scanned.findings and backup is not None:
                return Copy(source.path, Status.CLEAN)
            count = self._write(source, target, backup, scanned)
        except RefusedError as error:
            return Copy(source.path, error.status, reason=str(error))
        except OSError as error:
            return Copy(source.path, Status.FAILED, reason=f"cannot write the copy: {error.strerror or 'error'}")
        return Copy(source.path, Status.FINDINGS if scanned.findings else Status.CLEAN, count)

    def _write(self, source: Source, target: Path, backup: Path | None, scanned: Scanned) -> int:
        """Write the copy, verified; return how many values were replaced."""
        if source.location is None:
            raise RefusedError("standard input cannot be copied; name a file")
        if backup is not None and backup.exists():
            raise RefusedError(f"{backup.name} is there already: move it away first", Status.FAILED)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".guardrails-", dir=target.parent))
        try:
            made = folder / target.name
            if scanned.findings:
                count = self._verified(source.location, made, scanned)
            else:
                count = 0
                with _open(source.location) as original, _create(made) as copy:
                    shutil.copyfileobj(original, copy)
            shutil.copymode(source.location, made)
            if backup is not None:
                target.rename(backup)
            made.replace(target)
            return count
        finally:
            for left in folder.iterdir():
                left.unlink()
            folder.rmdir()

    def _verified(self, location: str, made: Path, scanned: Scanned) -> int:
        """Rewrite until a scan finds nothing but what was written in place of values."""
        rewriter = rewriter_for(scanned.format)
        before = Path(location)
        count, written = 0, frozenset[str]()
        for number in range(MAX_PASSES):
            following = made if number == 0 else made.with_name(f"{number}-{made.name}")
            with _open(str(before)) as original, _create(following) as copy:
                done: Rewritten = rewriter.rewrite(original, copy, scanned, self._choice)
            count, written = count + done.replacements, written | done.written
            if following != made:
                following.replace(made)
            try:
                again = self.scan(Source(display_path(str(made)), str(made), made.stat().st_size))
            except RefusedError as error:
                if scanned.format == "pdf" and str(error) == NEEDS_OCR:
                    return count  # all that a reader finds in it are pictures
                raise
            left = tuple(found for found in again.findings if not _is_written(found, again.text, written))
            if not left:
                return count
            before, scanned = made, replace(again, findings=left)
        first = scanned.findings[0]
        raise RefusedError(
            f"{len(scanned.findings)} still found in the copy, first {first.entity_type} at {first.place}",
            Status.FAILED,
        )

    def scan(self, source: Source) -> Scanned:
        """Return the document with its text, places and findings.

        Raises:
            RefusedError: if it cannot be read, is of a format that cannot be rewritten, or holds other documents.

        """
        tally = Tally(self._rulebook, _ALL)
        text: list[str] = []
        marks: list[Mark] = []
        done: Closed | None = None
        for event in self._reader.read(source):
            if isinstance(event, Refused):
                raise RefusedError(event.record.reason, event.record.status)
            if isinstance(event, Began) and event.number > 0:
                raise RefusedError("it holds other documents: unpack it first")
            if isinstance(event, Piece):
                chunk = event.chunk
                start, end = chunk.core_start - chunk.start, chunk.core_end - chunk.start
                text.append(chunk.text[start : end if chunk.core_end >= 0 else None])
                marks += [
                    replace(mark, start=chunk.start + mark.start)
                    for mark in chunk.marks
                    if not marks or chunk.start + mark.start > marks[-1].start
                ]
                tally.add(pipeline.scan_chunk(chunk, self._detect))
            if isinstance(event, Closed):
                done = event
        if done is None:
            raise RefusedError("it could not be read", Status.FAILED)
        if done.document.failure:
            raise RefusedError(done.document.failure, Status.FAILED)
        record = tally.record(done.document)
        if record.findings and done.document.format not in REWRITERS:
            raise RefusedError(f"copies of the format {done.document.format} cannot be written")
        return Scanned(done.document.format, "".join(text), tuple(marks), record.findings)


def rewriter_for(name: str) -> Rewriter:
    """Return the module that writes copies of a format."""
    return cast(Rewriter, import_module(f"guardrails_cli.rewriting.{REWRITERS[name]}"))


def _is_written(finding: Finding, text: str, written: frozenset[str]) -> bool:
    """Return whether a finding is nothing but (a part of) what was written in place of a value."""
    value = finding.value or ""
    for one in written:
        at = one.find(value)
        while at >= 0:
            if text.startswith(one, max(0, finding.start - at)):
                return True
            at = one.find(value, at + 1)
    return False


def _open(location: str) -> IO[bytes]:
    return open(os.open(location, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")  # noqa: PTH123


def _create(path: Path) -> IO[bytes]:
    return open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w+b")  # noqa: PTH123
