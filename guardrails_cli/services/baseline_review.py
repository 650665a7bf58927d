"""Create, update and review a baseline: the work of `guardrails baseline`, without the terminal."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from msgspec import structs

from guardrails_cli.core.display import INSIDE
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.record import DocumentResult, Status
from guardrails_cli.document.excerpts import Excerpt, excerpts
from guardrails_cli.options.model import DetectOptions, Limits, ScanOptions
from guardrails_cli.results.saved_report import SavedReport
from guardrails_cli.scanning.run import Listener, Outcome, Scan
from guardrails_cli.suppress.baseline import Baseline, Identity, Key, Known, Verdict, found_in, save, updated
from guardrails_cli.suppress.relative_paths import Root
from guardrails_cli.system.stop import StopFlag


@dataclass(slots=True)
class Collected:
    """The findings of scans, as a baseline holds them."""

    identity: Identity
    root: Root
    counts: Counter[Key] = field(default_factory=Counter)
    scanned: set[str] = field(default_factory=set)
    """Documents scanned to their end, by their path from the baseline's folder."""

    def add(self, record: DocumentResult) -> None:
        """Add a document's record."""
        path = self.root.relative(record.path)
        if record.status in (Status.FINDINGS, Status.CLEAN):
            self.scanned.add(path)
        self.counts.update(dict(found_in(path, record.findings, self.identity)))


def scan(
    options: ScanOptions, file: Path, identity: Identity, listener: Listener, stop: StopFlag
) -> tuple[Collected, Outcome]:
    """Return all findings of a scan, for the baseline in `file`."""
    detect = replace(options.detect, salt=identity.salt)
    collected = Collected(identity, Root(file))
    job = Scan(replace(options, detect=detect, max_listed=sys.maxsize), [file])
    return collected, job.run(listener, collected.add, stop)


def from_report(report: Path, file: Path, identity: Identity) -> Collected:
    """Return the findings in a saved JSON report, for the baseline in `file`.

    Raises:
        ConfigError: if it cannot be read, does not list all findings, or its fingerprints have another key.

    """
    if identity.salt:
        raise ConfigError("a report's fingerprints are of use on the machine of the scan only; set GUARDRAILS_KEY "
                          "for the scan and here, or create the baseline from a scan")  # fmt: skip
    collected = Collected(identity, Root(file))
    for record in SavedReport(report).documents():
        if record.unlisted:
            raise ConfigError(f"{report} does not list all findings of {record.path}: scan with a higher --max-listed")
        collected.add(record)
    return collected


def update(old: Baseline, collected: Collected, *, add: bool) -> Baseline:
    """Return the baseline without fixed findings, and with new ones if `add`."""
    paths = {path for path, _, _ in old.entries}
    gone = {path for path in paths if not collected.root.is_there(path)}
    # A member that is no longer in its archive has no record.
    scanned = {path for path in paths if path.partition(INSIDE)[0] in collected.scanned} | collected.scanned
    return updated(old, collected.counts, gone, scanned, add)


class Triage:
    """A review of a baseline's entries: each answer is saved at once and can be undone.

    Args:
        baseline: the baseline to review.
        file: its file.
        again: whether to ask about entries with a verdict too.

    """

    def __init__(self, baseline: Baseline, file: Path, *, again: bool = False) -> None:
        self._baseline = baseline
        self._file = file
        self._keys = [key for key, known in sorted(baseline.entries.items()) if again or known.verdict is None]
        self._answers: list[Known] = []
        """Entries before they were answered, in order."""

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def place(self) -> int:
        """Number of reviewed entries."""
        return len(self._answers)

    @property
    def current(self) -> Key | None:
        """Entry to review; None after the last one."""
        return self._keys[self.place] if self.place < len(self._keys) else None

    def known(self, key: Key) -> Known:
        """Return the count and verdict of an entry."""
        return self._baseline.entries[key]

    def answer(self, verdict: Verdict | None) -> None:
        """Set the current entry's verdict, or leave it with None, and go on."""
        key = self._keys[self.place]
        before = self._baseline.entries[key]
        self._answers.append(before)
        if verdict is not None:
            self._put(key, structs.replace(before, verdict=verdict))

    def undo(self) -> bool:
        """Undo the last answer and return to its entry; return False if there is none."""
        if not self._answers:
            return False
        before = self._answers.pop()
        self._put(self._keys[self.place], before)
        return True

    def _put(self, key: Key, known: Known) -> None:
        if self._baseline.entries[key] != known:
            self._baseline.entries[key] = known
            save(self._baseline, self._file)


class Surroundings:
    """Finds the text around the entries of a baseline, one document at a time.

    Args:
        file: the baseline's file.
        identity: the baseline's identity.
        options: what to look for; as in the scan that made the baseline.

    """

    def __init__(self, file: Path, identity: Identity, options: DetectOptions) -> None:
        self._root = Root(file)
        self._identity = identity
        self._options = replace(options, salt=identity.salt)
        self._path: str | None = None
        self._found: dict[Key, Excerpt] = {}

    def of(self, key: Key, lines: int) -> Excerpt:
        """Return the first finding of an entry, with `lines` lines above and below.

        Raises:
            ConfigError: if it no longer exists, with the reason.

        """
        path = key[0]
        if path != self._path:
            self._path, self._found = path, {}
            for found, excerpt in self._excerpts(path, lines):
                self._found.setdefault(found, excerpt)
        if key not in self._found:
            raise ConfigError("it is not found there any more; `guardrails baseline update` drops it")
        return self._found[key]

    def _excerpts(self, path: str, lines: int) -> Iterator[tuple[Key, Excerpt]]:
        place = os.path.normpath(os.path.join(self._root.folder, path))  # noqa: PTH118 - a name of any kind
        for excerpt in excerpts(place, "", self._options, Limits(), lines):
            finding = excerpt.finding
            yield (path, finding.entity_type, self._identity.of(finding)), structs.replace(excerpt, path=path)


def stats(baseline: Baseline) -> Sequence[tuple[str, int, int, int, int]]:
    """Return type, total, real, false and unreviewed findings by entity type."""
    counts: dict[str, Counter[Verdict | None]] = {}
    for (_, entity, _), known in baseline.entries.items():
        counts.setdefault(entity, Counter())[known.verdict] += known.count
    return [
        (name, sum(row.values()), row[Verdict.TRUE], row[Verdict.FALSE], row[None])
        for name, row in sorted(counts.items())
    ]
