"""What a program may call: `from guardrails_cli import scan, scan_text`. docs/api.md describes it.

The keywords are the options of `guardrails scan` with `_` for `-`, and mean the same. Where the command line takes a
comma-separated or repeated option, a list is taken too.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from guardrails_cli.core.errors import BrokerError, ConfigError
from guardrails_cli.core.reasons import Reason
from guardrails_cli.core.record import DocumentResult
from guardrails_cli.core.text import Document, Segment
from guardrails_cli.document.scan_chunk import scan_segments
from guardrails_cli.options.model import (
    DEFAULT_MODEL,
    MAX_DEPTH,
    MAX_EXPANDED_BYTES,
    MAX_LISTED,
    MAX_MEMBERS,
    MAX_RATIO,
    TRANSFERS,
    DetectOptions,
    JournalOptions,
    Limits,
    ScanOptions,
    WalkOptions,
    parse_size,
)
from guardrails_cli.policy.load import select_packs
from guardrails_cli.results.summary import Summary
from guardrails_cli.scanning.options import check_paths, detect_options, git_options, given_paths, names
from guardrails_cli.scanning.run import Outcome, Scan
from guardrails_cli.system.keys import fingerprint_key
from guardrails_cli.system.stop import StopFlag

StrPath = str | os.PathLike[str]
Names = str | Iterable[str]


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
        """What the user should know of the policies, such as that an exception has expired."""
        return self._job.plan.warnings

    @property
    def summary(self) -> Summary | None:
        """The counts over all documents; None before the last one was taken."""
        return self._outcome.summary if self._outcome else None


def scan(
    *paths: StrPath,
    include: Names = (),
    exclude: Names = (),
    hidden: bool = False,
    vcs: bool = False,
    no_ignore: bool = False,
    force_exclude: bool = False,
    staged: bool = False,
    diff: str | None = None,
    git_history: bool = False,
    git_range: str | None = None,
    max_size: int | str | None = None,
    max_depth: int = MAX_DEPTH,
    max_members: int = MAX_MEMBERS,
    max_expanded: int | str = MAX_EXPANDED_BYTES,
    max_ratio: int = MAX_RATIO,
    max_listed: int = MAX_LISTED,
    context: int = 0,
    password: Names = (),
    profile: str | None = None,
    entities: Names | None = None,
    exclude_entities: Names | None = None,
    min_score: float | None = None,
    country: Names | None = None,
    language: str = "en",
    model: str = DEFAULT_MODEL,
    no_ner: bool = False,
    recognizers: StrPath | Iterable[StrPath] = (),
    frameworks: Names | None = None,
    policy: StrPath | Iterable[StrPath] = (),
    risk: StrPath | None = None,
    baseline: StrPath | None = None,
    allow: StrPath | Iterable[StrPath] = (),
    show_suppressed: bool = False,
    no_suppress: bool = False,
    show_values: bool = False,
    jobs: int | None = None,
    broker: str | None = None,
    transfer: str = "auto",
    inline: bool = False,
    resume: bool = False,
    incremental: bool = False,
    state: StrPath | None = None,
) -> Results:
    """Scan files and folders as `guardrails scan` does, and return an iterator over the documents' records.

    No configuration file and no variable but `GUARDRAILS_KEY` is read, and a journal is kept only if `resume`,
    `incremental` or `state` ask for one.

    Args:
        paths: of files and folders; `-` is standard input.
        include: globs in the syntax of gitignore; only files that match one.
        exclude: globs of files and folders to leave out.
        hidden: whether to scan hidden files.
        vcs: whether to scan the folders of version control.
        no_ignore: whether to scan what ignore files name.
        force_exclude: whether files that are named themselves may be left out, too.
        staged: whether to scan what is staged in a git repository instead of files.
        diff: a git reference; what was added since then is scanned instead of files.
        git_history: whether to scan all versions of a git repository instead of files.
        git_range: those of the commits in a range, such as `v1..main`.
        max_size: bytes, or a size such as `10MB`; larger files are skipped.
        max_depth: documents inside each other to go into.
        max_members: documents inside one file to read.
        max_expanded: bytes, or a size, that all documents inside one file may have.
        max_ratio: how many times its packed size a document inside a file may have.
        max_listed: findings of one document to list; further ones are counted.
        context: characters around each finding that the records hold, other findings in them masked.
        password: to try on encrypted documents.
        profile: `fast`, `balanced` (the default) or `thorough`.
        entities: the types to look for; None means all.
        exclude_entities: the types to leave out.
        min_score: 0 to 1; findings below it are left out.
        country: codes of the countries whose identifiers to look for.
        language: a two-letter code.
        model: an installed spaCy model.
        no_ner: the same as the profile `fast`.
        recognizers: files with recognizers of your own.
        frameworks: to check; None means the usual ones.
        policy: files with policy packs of your own.
        risk: a file with numbers of your own for the risk.
        baseline: a file; only what is not in it counts.
        allow: files with allow lists.
        show_suppressed: whether the records list what is suppressed.
        no_suppress: whether everything counts, whatever comments, allow lists and the baseline say.
        show_values: whether the records hold the raw values.
        jobs: local worker processes.
        broker: URL of a Redis with workers.
        transfer: how documents reach them: `auto`, `reference` or `content`.
        inline: whether to scan in this process.
        resume: whether to go on with the last scan of this kind.
        incremental: whether to scan only what has changed.
        state: file of the journal.

    Raises:
        ConfigError: if an option, a policy pack or the model cannot be used, or none of the paths exists.

    """
    given = [name for name, value in {"inline": inline, "jobs": jobs, "broker": broker}.items() if value]
    if len(given) > 1:
        raise ConfigError(f"{' and '.join(given)} exclude each other")
    if jobs is not None and jobs < 1:
        raise ConfigError(f"jobs is {jobs}; it must be 1 or more")
    if transfer not in TRANSFERS:
        raise ConfigError(f"not a transfer: {transfer!r}; there are {', '.join(TRANSFERS)}")
    if transfer == "reference" and not broker:
        raise ConfigError("transfer='reference' is for workers elsewhere; it needs a broker")
    git = git_options(staged, diff, git_history, git_range)
    where = tuple(given_paths([os.fspath(path) for path in paths], git) if paths or git else ())
    check_paths(where)
    journaled = resume or incremental or state is not None
    return Results(
        Scan(
            ScanOptions(
                paths=where,
                walk=WalkOptions(_texts(include), _texts(exclude), hidden, vcs, not no_ignore, force_exclude),
                detect=replace(
                    _detect(
                        profile, language, model, country, recognizers, entities, exclude_entities, min_score, no_ner,
                        show_values,
                    ),
                    context=context,
                ),
                limits=Limits(
                    max_bytes=None if max_size is None else _size(max_size),
                    depth=max_depth,
                    members=max_members,
                    expanded_bytes=_size(max_expanded),
                    ratio=max_ratio,
                    passwords=_texts(password),
                ),
                max_listed=max_listed,
                frameworks=names(_joined(frameworks)),
                policies=_files(policy),
                risk=None if risk is None else Path(risk),
                baseline=None if baseline is None else Path(baseline),
                allow=_files(allow),
                show_suppressed=show_suppressed,
                suppress=not no_suppress,
                journal=JournalOptions(None if state is None else Path(state), not journaled, resume, incremental),
                broker=broker or None,
                transfer=transfer,
                inline=inline,
                git=git,
                jobs=jobs,
            )
        )
    )  # fmt: skip


def scan_text(
    text: str,
    *,
    name: str = "<text>",
    profile: str | None = None,
    entities: Names | None = None,
    exclude_entities: Names | None = None,
    min_score: float | None = None,
    country: Names | None = None,
    language: str = "en",
    model: str = DEFAULT_MODEL,
    no_ner: bool = False,
    recognizers: StrPath | Iterable[StrPath] = (),
    frameworks: Names | None = None,
    policy: StrPath | Iterable[StrPath] = (),
    show_values: bool = False,
) -> DocumentResult:
    """Scan one string as a plain text file with that content, in this process, and return its record.

    The first call loads the language model, about two seconds; `profile="fast"` does without.

    Args:
        text: any string; offsets in the record are code points of it.
        name: the record's path; policy packs may have conditions on it.
        profile: this and the others as `scan` takes them.
        entities: see `scan`.
        exclude_entities: see `scan`.
        min_score: see `scan`.
        country: see `scan`.
        language: see `scan`.
        model: see `scan`.
        no_ner: see `scan`.
        recognizers: see `scan`.
        frameworks: see `scan`.
        policy: see `scan`.
        show_values: see `scan`.

    Raises:
        ConfigError: if an option, a policy pack or the model cannot be used.

    """
    detect = _detect(
        profile, language, model, country, recognizers, entities, exclude_entities, min_score, no_ner, show_values
    )
    data = text.encode("utf-8", "surrogatepass")
    document = Document(name, len(data), hashlib.sha256(data).hexdigest(), "utf-8")
    packs = select_packs(names(_joined(frameworks)), _files(policy))
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


def _detect(
    profile: str | None,
    language: str,
    model: str,
    country: Names | None,
    recognizers: StrPath | Iterable[StrPath],
    entities: Names | None,
    exclude_entities: Names | None,
    min_score: float | None,
    no_ner: bool,
    show_values: bool,
) -> DetectOptions:
    if min_score is not None and not 0 <= min_score <= 1:
        raise ConfigError(f"min_score is {min_score}; it must be 0 to 1")
    return detect_options(
        profile,
        language,
        model,
        _joined(country),
        list(_files(recognizers)),
        _joined(entities),
        _joined(exclude_entities),
        min_score,
        no_ner,
        show_values,
        fingerprint_key()[0],
    )


def _texts(given: Names) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _joined(given: Names | None) -> str | None:
    return given if given is None or isinstance(given, str) else ",".join(given)


def _files(given: StrPath | Iterable[StrPath]) -> tuple[Path, ...]:
    files: Sequence[StrPath] = [given] if isinstance(given, str | os.PathLike) else list(given)
    return tuple(Path(file) for file in files)


def _size(given: int | str) -> int:
    return parse_size(str(given))
