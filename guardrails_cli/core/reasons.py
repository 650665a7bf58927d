"""Reasons why a document was not scanned, a copy not written or an executor chosen: a sentence with a stable code.

Programs read the code, people the sentence. `ReasonCode` is the one table of codes; docs/reports.md lists it.
"""

import errno
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, Self

Means = Literal["skipped", "failed"]


class ReasonCode(StrEnum):
    """The codes. Each has one sentence, and the status of a document that could not be read at all because of it.

    A document that was read in part is failed, whatever the code. Codes are only added within a major version of the
    report's schema.
    """

    means: Means | None
    """Status that it leads to; None if it is about a run, not a document."""
    about: str
    """One sentence for the documentation."""

    def __new__(cls, value: str, means: Means | None, about: str) -> Self:
        """Make a row of the table."""
        code = str.__new__(cls, value)
        code._value_ = value
        code.means = means
        code.about = about
        return code

    # Kinds of documents.
    BINARY = "binary", "skipped", "The file is not text and of no format that has a reader."
    ENCRYPTED = "encrypted", "skipped", "The document is encrypted, and no password that was given opens it."
    NEEDS_OCR = "needs_ocr", "skipped", "The document holds pictures only, and no OCR is installed."
    PAGES_NEED_OCR = "pages_need_ocr", "failed", "Some pages are pictures and were not read; all others were."
    UNSUPPORTED = "unsupported", "skipped", "The format, its version or its compression has no reader or writer."
    LINK = "link", "skipped", "The entry is a symbolic or hard link, and links are not followed."
    SPECIAL_FILE = "special_file", "skipped", "The entry is a device, a pipe, a socket or standard input, not a file."
    SUBMODULE = "submodule", "skipped", "The entry is a git submodule, which is a repository of its own."
    UNMERGED = "unmerged", "skipped", "The file is in conflict: git has several versions of it."
    STORED_ELSEWHERE = "stored_elsewhere", "skipped", "The file is a Git LFS pointer; its content is elsewhere."
    DAMAGED = "damaged", "failed", "The document breaks the rules of its format, or ends too early."

    # Limits.
    TOO_LARGE = "too_large", "skipped", "The document is larger than `--max-size`, or too large to be held in memory."
    TOO_DEEP = "too_deep", "skipped", "The document lies deeper inside others than `--max-depth` allows."
    TOO_NESTED = "too_nested", "failed", "The document's own structure is nested too deeply to be read."
    TOO_MANY_MEMBERS = "too_many_members", "failed", "The file holds more documents than `--max-members` allows."
    TOO_MUCH_UNPACKED = "too_much_unpacked", "failed", "The file unpacks to more than `--max-expanded` allows."
    RATIO = "ratio", "failed", "The data expand to more times their size than `--max-ratio` allows."
    OUT_OF_MEMORY = "out_of_memory", "failed", "Unpacking, reading or analysing the document needs too much memory."

    # The document's source.
    NOT_FOUND = "not_found", "failed", "The file was gone when it was opened."
    ACCESS_DENIED = "access_denied", "failed", "The file or folder may not be read."
    UNREADABLE = "unreadable", "failed", "The system, the object store or git could not give the content."
    CHANGED = "changed", "failed", "The file was replaced by another while the scan ran."
    NOT_SHARED = "not_shared", "failed", "The workers cannot read the file, and its content must not be sent."

    # Failures of the process at work.
    READER_DIED = "reader_died", "failed", "The process that read the document crashed or could not start."
    WORKER_DIED = "worker_died", "failed", "The worker that scanned the document died, several times."
    WORKER_UNUSABLE = "worker_unusable", "failed", "The worker could not scan at all, for want of a model for example."
    TIMED_OUT = "timed_out", "failed", "Reading, scanning or rewriting the document took longer than it may."
    ANALYSIS_FAILED = "analysis_failed", "failed", "The analysis broke with an internal error."
    BROKER_LOST = "broker_lost", "failed", "The run ended early because the broker or its workers were lost."
    INTERRUPTED = "interrupted", "skipped", "The run was stopped before the document was scanned."

    # Reasons of `redact` and `restore` to write no copy.
    NOT_REWRITABLE = "not_rewritable", "skipped", "The document cannot be written again without loss."
    NOT_REPLACEABLE = "not_replaceable", "skipped", "A value stands where it cannot be replaced or covered."
    HOLDS_DOCUMENTS = "holds_documents", "skipped", "The file holds other documents, which are not rewritten in place."
    UNREAD_PICTURES = "unread_pictures", "skipped", "The file holds pictures that were not read."
    VALUES_LEFT = "values_left", "failed", "A scan of the copy still found values."
    WOULD_OVERWRITE = "would_overwrite", "failed", "The copy or backup would take the place of a file."
    HARD_LINKS = "hard_links", "failed", "The file has other names, under which it would stay as it is."
    UNWRITABLE = "unwritable", "failed", "The copy could not be written."
    REWRITING_FAILED = "rewriting_failed", "failed", "Rewriting the document broke with an internal error."
    WRONG_KEY = "wrong_key", "failed", "Sealed values cannot be opened: another key, or changed."

    # Choice of an executor.
    AS_ASKED = "as_asked", None, "An option names the executor."
    NOTHING_TO_SCAN = "nothing_to_scan", None, "There is no document."
    SMALL_SCAN = "small_scan", None, "Workers would take longer to start than to scan."
    NO_SERVER = "no_server", None, "No server for local workers is installed, so one process scans."
    LOCAL_WORKERS = "local_workers", None, "Local workers scan, on an embedded server."


CODES: Mapping[str, ReasonCode] = MappingProxyType({code.value: code for code in ReasonCode})
"""Codes by their names in reports and messages."""


class Reason(str):
    """A sentence for a person, without any content of a document, that carries its code."""

    __slots__ = ("code",)

    code: ReasonCode

    def __new__(cls, code: ReasonCode, sentence: str) -> Self:
        """Return the sentence with its code."""
        reason = super().__new__(cls, sentence)
        reason.code = code
        return reason

    def __getnewargs__(self) -> tuple[ReasonCode, str]:  # type: ignore[override]  # copies and pickles keep the code
        return self.code, str(self)

    @property
    def row(self) -> list[str]:
        """Form in messages."""
        return [self.code.value, str(self)]

    @classmethod
    def of_row(cls, row: list[str]) -> Self:
        """Return the reason with the form `row`."""
        code, sentence = row
        return cls(CODES[code], sentence)

    @classmethod
    def of_error(cls, error: Exception, sentence: str) -> Self:
        """Return the sentence with the code of an error raised by the system or an object store."""
        number = getattr(error, "errno", None)
        if isinstance(error, FileNotFoundError) or number == errno.ENOENT:
            return cls(ReasonCode.NOT_FOUND, sentence)
        if isinstance(error, PermissionError) or number in (errno.EACCES, errno.EPERM):
            return cls(ReasonCode.ACCESS_DENIED, sentence)
        return cls(ReasonCode.UNREADABLE, sentence)


def known_code(value: str | None) -> ReasonCode | None:
    """Return the code in a saved report; None if it has none, or one that a later version has added."""
    return None if value is None else CODES.get(value)
