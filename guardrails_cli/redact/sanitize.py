"""Sanitize one document, from scan to verified copy."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, cast

import msgspec
from msgspec.structs import replace

from guardrails_cli.core.finding import Finding
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status
from guardrails_cli.core.source import Source
from guardrails_cli.formats.reader import RefusedError
from guardrails_cli.inputs.reading.source_reader import SourceReader
from guardrails_cli.inputs.registry import local_path
from guardrails_cli.options.model import DetectOptions
from guardrails_cli.policy.packs import Pack
from guardrails_cli.redact import replace_file
from guardrails_cli.redact.inspect import Looker
from guardrails_cli.redact.writers.writer import Choice, Rewriter, Rewritten, Scanned
from guardrails_cli.system.files import open_now

REWRITERS: dict[str, str] = {
    **dict.fromkeys(
        ("text", "csv", "json", "json lines", "xml", "html", "mail", "markdown", "yaml", "jupyter notebook"), "text"
    ),
    **dict.fromkeys(("docx", "xlsx", "pptx"), "office"),
    "pdf": "pdf",
}
"""Module below `guardrails_cli.redact.writers` that writes a format, by format."""
MAX_PASSES = 4
"""Maximum number of times that a copy is scanned and its remaining findings are replaced before it is given up."""
FAULTS = (OSError, ValueError, LookupError, RecursionError, MemoryError)
"""Unforeseen exceptions that a document may cause in its writer: they cost this document its copy, not the run."""


class Copy(msgspec.Struct, frozen=True):
    """The result for one document."""

    path: str
    status: Status
    """FINDINGS if something was replaced, CLEAN if nothing was found; otherwise there is no copy."""
    replacements: int = 0
    reason: Reason | None = None
    notes: tuple[str, ...] = ()
    """Warnings about the copy: unread parts, and parts of the original that it lacks."""


class Sanitizer:
    """Writes sanitized copies. Use `with reader`: it reads the documents.

    Replaced are the findings of a scan with `detect`, and those that a violated rule of `packs` wants redacted, below
    the thresholds of `detect` too. Unread pictures refuse a copy, unless `keep_pictures`.
    """

    def __init__(
        self,
        reader: SourceReader,
        detect: DetectOptions,
        packs: Sequence[Pack],
        choice: Choice,
        *,
        keep_pictures: bool = False,
    ) -> None:
        self._looker = Looker(reader, detect, packs, keep_pictures=keep_pictures)
        self._choice = choice

    def copy(self, source: Source, target: Path, backup: Path | None = None) -> Copy:
        """Write a sanitized copy of a file to `target`, which appears only if it was verified.

        Args:
            source: the file.
            target: the copy; may be the file itself.
            backup: place of the original before the copy takes its place.

        Returns:
            Result of the copy, or the reason why there is none; nothing is left behind then.

        """
        try:
            scanned = self.scan(source)
            if not scanned.findings and backup is not None:
                return Copy(source.path, Status.CLEAN)
            done = self._write(source, target, backup, scanned)
        except RefusedError as error:
            return Copy(source.path, error.status, reason=error.reason)
        except FAULTS as error:
            return Copy(source.path, Status.FAILED, reason=fault(error))
        status = Status.FINDINGS if scanned.findings else Status.CLEAN
        return Copy(source.path, status, done.replacements, notes=(*scanned.notes, *done.notes))

    def _write(self, source: Source, target: Path, backup: Path | None, scanned: Scanned) -> Rewritten:
        """Write and verify the copy; return the replacements."""
        place = file_of(source)
        replace_file.check(place, target, backup)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".guardrails-", dir=target.parent))
        try:
            made = folder / target.name
            if scanned.findings:
                done = self._verified(source, place, made, scanned)
            else:
                done = Rewritten(0, frozenset())
                with open_now(place) as original, _create(made) as copy:
                    shutil.copyfileobj(original, copy)
            replace_file.put(made, place, target, backup)
            return done
        finally:
            for left in folder.iterdir():
                left.unlink()
            folder.rmdir()

    def _verified(self, source: Source, place: str, made: Path, scanned: Scanned) -> Rewritten:
        """Rewrite until a scan finds only replacements."""
        rewriter = rewriter_for(scanned.format)
        before = Path(place)
        total = Rewritten(0, frozenset())
        for number in range(MAX_PASSES):
            following = made if number == 0 else made.with_name(f"{number}-{made.name}")
            with open_now(str(before)) as original, _create(following) as copy:
                whole = replace(scanned, findings=tuple(self._with_overlapping(scanned)))
                done: Rewritten = rewriter.rewrite(original, copy, whole, self._choice)
            total = total.and_then(done)
            if following != made:
                following.replace(made)
            try:
                # Use the original's path, because rules may be limited to paths.
                again = self.scan(Source(source.path, str(made), made.stat().st_size))
            except RefusedError as error:
                if scanned.format == "pdf" and error.reason.code is ReasonCode.NEEDS_OCR:
                    return total  # the remaining findings are in pictures
                raise
            is_written = _Written(total.written, again.text)
            left = tuple(found for found in again.findings if not is_written(found))
            if not left:
                return total
            before, scanned = made, replace(again, findings=left)
        first = scanned.findings[0]
        sentence = f"{len(scanned.findings)} still found in the copy, first {first.entity_type} at {first.place}"
        raise RefusedError(Reason(ReasonCode.VALUES_LEFT, sentence))

    def scan(self, source: Source) -> Scanned:
        """Return the document with its text, places and findings.

        Raises:
            RefusedError: if it cannot be read, its format cannot be rewritten, or it holds something that may not stay.

        """
        scanned = self._looker.look(source)
        if scanned.findings and scanned.format not in REWRITERS:
            raise RefusedError(
                Reason(ReasonCode.UNSUPPORTED, f"copies of the format {scanned.format} cannot be written")
            )
        return scanned

    def _with_overlapping(self, scanned: Scanned) -> Iterator[Finding]:
        """Yield the findings, and detections that lost to one of them but reach further: they are values too."""
        for found in scanned.findings:
            yield found
            for other in found.alternatives:
                if other.score >= self._looker.min_score and (other.start < found.start or other.end > found.end):
                    value = scanned.text[other.start : other.end]
                    yield replace(found, entity_type=other.entity_type, start=other.start, end=other.end, value=value)


def file_of(source: Source) -> str:
    """Return the source's file.

    Raises:
        RefusedError: if it has none: only files can be copied or replaced.

    """
    place = local_path(source)
    if place is None:
        raise RefusedError(Reason(ReasonCode.SPECIAL_FILE, "standard input cannot be copied; name a file"))
    return place


def fault(error: Exception) -> Reason:
    """Return the fault in words of our own: the error's might quote the document."""
    if isinstance(error, OSError):
        return Reason(ReasonCode.UNWRITABLE, f"cannot write the copy: {error.strerror or 'error'}")
    return Reason(ReasonCode.REWRITING_FAILED, f"it cannot be rewritten ({type(error).__name__})")


def rewriter_for(name: str) -> Rewriter:
    """Return the module that writes copies in a format."""
    return cast(Rewriter, import_module(f"guardrails_cli.redact.writers.{REWRITERS[name]}"))


class _Written:
    """Matches findings that are only (part of) a replacement."""

    def __init__(self, written: frozenset[str], text: str) -> None:
        self._written = written
        self._lengths = sorted({len(each) for each in written})
        self._text = text

    def __call__(self, found: Finding) -> bool:
        if found.value in self._written:
            return True
        return any(
            self._text[start : start + length] in self._written
            for length in self._lengths
            for start in range(max(0, found.end - length), found.start + 1)
        )


def _create(path: Path) -> IO[bytes]:
    return open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w+b")  # noqa: PTH123
