"""The library for programs: `from guardrails_cli import scan, scan_text`. docs/api.md describes it.

The keywords are the options of `guardrails scan` with `_` for `-`, and mean the same. Where the command line takes a
comma-separated or repeated option, a list is taken too.
"""

import hashlib
import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self, Unpack

from guardrails_cli.api.keywords import ScanKeywords, StrPath, TextKeywords
from guardrails_cli.core.errors import BrokerError, ConfigError
from guardrails_cli.core.reasons import Reason
from guardrails_cli.core.record import DocumentResult
from guardrails_cli.core.text import Document, Segment
from guardrails_cli.document.scan_chunk import scan_segments
from guardrails_cli.options.choices import Transfer
from guardrails_cli.options.declare import Declared
from guardrails_cli.options.keywords import arguments, choices, for_programs, for_text
from guardrails_cli.policy.load import select_packs
from guardrails_cli.results.summary import Summary
from guardrails_cli.scanning.options import (
    check_one_way,
    check_paths,
    detect_options,
    git_options,
    given_paths,
    names,
    scan_options,
)
from guardrails_cli.scanning.run import Outcome, Scan
from guardrails_cli.system.keys import fingerprint_key
from guardrails_cli.system.stop import StopFlag


class Results:
    """The records of a scan, one for each document, as they become known; iterate over it once.

    Nothing runs before the first record is asked for. `close()`, or leaving it as a context manager, ends the scan at
    once and leaves no process behind; so does forgetting it.

    Raises:
        BrokerError: while iterating, if the workers or the broker are lost: after the records of all documents begun,
            those not finished with the status FAILED.

    """

    def __init__(self, job: Scan) -> None:
        self._job = job
        self._records = job.records(_Silent(), StopFlag())
        self._outcome: Outcome | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> DocumentResult:
        """Return the next document's record."""
        try:
            return next(self._records)
        except StopIteration as end:
            if isinstance(end.value, Outcome):
                self._outcome = end.value
                if end.value.error:
                    raise BrokerError(end.value.error) from None
            raise StopIteration from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the scan, and stop all that it started. Whatever comes later is not scanned."""
        self._records.close()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about the policies, such as an expired exemption."""
        return self._job.plan.warnings

    @property
    def summary(self) -> Summary | None:
        """The counts over all documents; None before the last one was taken."""
        return self._outcome.summary if self._outcome else None


def scan(*paths: StrPath, **options: Unpack[ScanKeywords]) -> Results:
    """Scan files and folders as `guardrails scan` does, and return an iterator over the documents' records.

    No configuration file and no variable but `GUARDRAILS_KEY` is read, and a journal is kept only if `resume`,
    `incremental` or `state` ask for one.

    Args:
        paths: files and folders; `-` is standard input.
        options: the options of `guardrails scan`.

    Raises:
        ConfigError: if an option, a policy pack or the model cannot be used, or none of the paths exists.

    """
    chosen = choices(options, for_programs())
    check_one_way(chosen.execution)
    if chosen.execution.transfer is Transfer.reference and not chosen.execution.broker:
        raise ConfigError("transfer='reference' is for workers elsewhere; it needs a broker")
    part = chosen.git
    git = git_options(part.staged, part.diff, part.git_history, part.git_range)
    where = tuple(given_paths([os.fspath(path) for path in paths], git) if paths or git else ())
    check_paths(where)
    journal = chosen.journal
    kept = journal.resume or journal.incremental or journal.state is not None
    chosen = replace(chosen, journal=replace(journal, no_journal=not kept))
    return Results(Scan(scan_options(where, chosen, fingerprint_key()[0], git)))


def scan_text(text: str, *, name: str = "<text>", **options: Unpack[TextKeywords]) -> DocumentResult:
    """Scan one string as a plain text file with that content, in this process, and return its record.

    The first call loads the language model, about two seconds; `profile="fast"` does without.

    Args:
        text: any string; offsets in the record are code points of it.
        name: the record's path; policy packs may have conditions on it.
        options: options of `guardrails scan` that apply to a text.

    Raises:
        ConfigError: if an option, a policy pack or the model cannot be used.

    """
    chosen = choices(options, for_text())
    detect = detect_options(chosen.detection, chosen.output.show_values, fingerprint_key()[0])
    data = text.encode("utf-8", "surrogatepass")
    document = Document(name, len(data), hashlib.sha256(data).hexdigest(), "utf-8")
    packs = select_packs(names(chosen.policies.frameworks), tuple(chosen.policies.policy or ()))
    return scan_segments(document, [Segment(text)], detect, packs)


class _Silent:
    """A listener that says nothing."""

    def counts(self, summary: Summary) -> None:
        pass

    def chosen(self, executor: str, why: Reason) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def record(self, record: DocumentResult) -> None:
        pass

    def tick(self, partly: int) -> None:
        pass

    def follow(self, oldest: Callable[[], tuple[str, float] | None]) -> None:
        pass


def _signature(function: Callable[..., object], known: Mapping[str, Declared]) -> None:
    """Show the keywords of a function in its signature and its documentation, as `help` prints them."""
    own = inspect.signature(function)
    kept = [each for each in own.parameters.values() if each.kind is not each.VAR_KEYWORD]
    shown = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=each.default) for name, each in known.items()
    ]
    function.__signature__ = own.replace(parameters=[*kept, *shown])  # type: ignore[attr-defined]
    about, _, rest = (function.__doc__ or "").partition("        options: ")
    function.__doc__ = f"{about}{arguments(known)}\n{rest.partition(chr(10))[2]}"


_signature(scan, for_programs())
_signature(scan_text, for_text())
