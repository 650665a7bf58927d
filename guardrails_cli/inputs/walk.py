"""Select the files below the given paths that are documents, with reasons for the others."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from guardrails_cli.core.display import display_path
from guardrails_cli.core.globs import matcher
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.inputs.ignore_files import IGNORE_FILES, Ignores
from guardrails_cli.inputs.named_files import NamedFiles, top_of
from guardrails_cli.inputs.places import Ledger, inside, overlapping, real_path
from guardrails_cli.options.model import WalkOptions

VCS_DIRECTORIES = frozenset({".bzr", ".git", ".hg", ".jj", ".svn", "CVS", "_darcs"})

_Listing = tuple[Iterator[os.DirEntry[str]], Ignores]


class Walk:
    """Iterates over the documents below `paths`, each once, in an order that depends on names alone.

    Yields a `Source` for each regular file and an `Unscanned` for each entry that cannot be one. Files excluded by
    options (hidden, ignored, excluded) are counted in `left_out`; an excluded folder counts as one. A path that is
    given itself is a document whatever its name: only entries below a folder are filtered, unless the options say
    otherwise.

    Args:
        paths: paths of files and folders.
        options: exclusions.
        own_files: the files that the scan itself writes.
        left_out: counts exclusions by reason; None means a new counter.

    """

    def __init__(
        self,
        paths: Iterable[str],
        options: WalkOptions,
        own_files: Iterable[Path] = (),
        left_out: Counter[str] | None = None,
    ) -> None:
        self._paths = list(dict.fromkeys(paths))
        self._options = options
        self._own = {place for path in own_files for place in _places(path)}
        self._include = matcher(options.include) if options.include else None
        self._exclude = matcher(options.exclude)
        self.left_out: Counter[str] = Counter() if left_out is None else left_out
        self._ledger = Ledger(overlapping(self._paths), self.left_out)
        self.warnings: tuple[str, ...] = ()
        self._named = NamedFiles(top_of("."), options) if options.force_exclude else None

    def __iter__(self) -> Iterator[Source | Unscanned]:
        return self.below(self._paths)

    def below(self, paths: Iterable[str]) -> Iterator[Source | Unscanned]:
        """Yield the documents below some of the paths."""
        for path in paths:
            try:
                status = os.stat(path)  # noqa: PTH116 - pathlib would drop the trailing slash that resolves a link
            except (OSError, ValueError) as error:
                yield _failed(path, error)
                continue
            if stat.S_ISDIR(status.st_mode):
                yield from self._directory(path)
            elif self._named is not None and (reason := self._named.reason_of(path)):
                self._ledger.leave_out(real_path(path), reason)
            elif self._ledger.take(real_path(path)):
                yield _document(path, status)

    def _directory(self, root: str) -> Iterator[Source | Unscanned]:
        place = real_path(root)
        try:
            ignores = Ignores.above(root) if self._options.ignore_files else Ignores()
            listing = self._list(root, ignores)
        except OSError as error:
            if self._ledger.take(place):
                yield _failed(root, error)
            return
        self._ledger.take(place)
        yield from self._entries(listing, len(inside(root)), inside(place))

    def _entries(self, listing: _Listing, begin: int, real: str) -> Iterator[Source | Unscanned]:
        """Yield the entries of a folder; the place of an entry is `real` and its path from the index `begin`."""
        pending = [listing]
        while pending:
            entries, ignores = pending[-1]
            entry = next(entries, None)
            if entry is None:
                pending.pop()
                continue
            below = entry.path[begin:]
            try:
                is_directory = entry.is_dir(follow_symlinks=False)
                reason = self._reason(entry, is_directory, real, below, ignores)
                if reason:
                    self._ledger.leave_out(real + below, reason)
                    continue
                if is_directory:
                    pending.append(self._list(entry.path, ignores))
                    self._ledger.take(real + below)
                    continue
                found = _document(entry.path, entry.stat(follow_symlinks=False))
            except OSError as error:
                found = _failed(entry.path, error)
            if self._ledger.take(real + below):
                yield found

    def _list(self, path: str, ignores: Ignores) -> _Listing:
        with os.scandir(path) as scan:
            entries = sorted(scan, key=lambda entry: os.fsencode(entry.name))
        if self._options.ignore_files:
            names = {entry.name for entry in entries}
            ignores = ignores.inside(path, [name for name in IGNORE_FILES if name in names])
        return iter(entries), ignores

    def _reason(
        self, entry: os.DirEntry[str], is_directory: bool, real: str, below: str, ignores: Ignores
    ) -> str | None:
        """Return why the entry, which is `below` the folder `real`, is excluded, or None."""
        options = self._options
        if is_directory and entry.name in VCS_DIRECTORIES and not options.vcs:
            return "vcs"
        if entry.name.startswith(".") and not options.hidden and not (options.vcs and entry.name in VCS_DIRECTORIES):
            return "hidden"
        if ignores.match(entry.path, is_directory):
            return "ignored"
        if self._exclude.verdict(below, is_directory):
            return "excluded"
        if is_directory:
            return None
        if self._include and not self._include.covers(below):
            return "not_included"
        return "own_output" if real + below in self._own else None


def _places(path: Path) -> tuple[str, str]:
    """Return the target of the path, and its own place: two places if it is a link."""
    return real_path(str(path)), inside(real_path(str(path.parent))) + path.name


_KINDS = (
    (stat.S_ISLNK, "symbolic link, not followed"),
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISBLK, "block device"),
    (stat.S_ISCHR, "character device"),
)


def _document(path: str, status: os.stat_result) -> Source | Unscanned:
    if stat.S_ISREG(status.st_mode):
        stamp = f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}"
        return Source(display_path(path), path, status.st_size, stamp)
    kind = next((name for test, name in _KINDS if test(status.st_mode)), "not a regular file")
    return Unscanned(display_path(path), 0, Status.SKIPPED, Reason(ReasonCode.SPECIAL_FILE, kind))


def _failed(path: str, error: OSError | ValueError) -> Unscanned:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable path"
    return Unscanned(display_path(path), 0, Status.FAILED, Reason.of_error(error, f"cannot open: {reason}"))
