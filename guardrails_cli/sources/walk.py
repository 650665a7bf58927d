"""Which files below the given paths are documents, and why the others are not."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from guardrails_cli.config import WalkOptions
from guardrails_cli.model import Source, Status, Unscanned
from guardrails_cli.sources.ignore import IGNORE_FILES, Ignores, matcher
from guardrails_cli.text import display_path

STDIN = "-"
STDIN_NAME = "<stdin>"
VCS_DIRECTORIES = frozenset({".bzr", ".git", ".hg", ".jj", ".svn", "CVS", "_darcs"})

_Listing = tuple[Iterator[os.DirEntry[str]], Ignores]


class Walk:
    """Iterates over the documents below `paths`, each once, in an order that depends on names alone.

    Yields a `Source` for each regular file and an `Unscanned` for each thing that cannot be one. What the options
    leave out (hidden, ignored, excluded) is counted in `left_out`; a folder that is left out counts as one.
    A path that is given itself is a document whatever its name: only what is found below a folder is filtered.
    """

    def __init__(self, paths: Iterable[str], options: WalkOptions, own_files: Iterable[Path] = ()) -> None:
        self.left_out: Counter[str] = Counter()
        self._paths = list(dict.fromkeys(paths))
        self._options = options
        self._own = {os.path.realpath(path) for path in own_files}
        self._include = matcher(options.include) if options.include else None
        self._exclude = matcher(options.exclude)
        self._seen: set[tuple[int, int]] | None = set() if _overlapping(self._paths) else None

    def __iter__(self) -> Iterator[Source | Unscanned]:
        for path in self._paths:
            if path == STDIN:
                yield Source(STDIN_NAME, None, 0)
                continue
            try:
                status = os.stat(path)  # noqa: PTH116 - pathlib would drop the trailing slash that resolves a link
            except (OSError, ValueError) as error:
                yield _failed(path, error)
                continue
            if stat.S_ISDIR(status.st_mode):
                yield from self._directory(path)
            elif self._is_new(status):
                yield _document(path, status)

    def _directory(self, root: str) -> Iterator[Source | Unscanned]:
        ignores = Ignores.above(root) if self._options.ignore_files else Ignores()
        pending: list[_Listing] = []
        try:
            pending.append(self._list(root, ignores))
        except OSError as error:
            yield _failed(root, error)
        while pending:
            entries, ignores = pending[-1]
            entry = next(entries, None)
            if entry is None:
                pending.pop()
                continue
            try:
                is_directory = entry.is_dir(follow_symlinks=False)
                if self._is_left_out(entry, is_directory, root, ignores):
                    continue
                if is_directory:
                    pending.append(self._list(entry.path, ignores))
                    continue
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield _failed(entry.path, error)
                continue
            if self._is_new(status):
                yield _document(entry.path, status)

    def _list(self, path: str, ignores: Ignores) -> _Listing:
        with os.scandir(path) as scan:
            entries = sorted(scan, key=lambda entry: os.fsencode(entry.name))
        if self._options.ignore_files:
            names = {entry.name for entry in entries}
            ignores = ignores.inside(path, [name for name in IGNORE_FILES if name in names])
        return iter(entries), ignores

    def _is_left_out(self, entry: os.DirEntry[str], is_directory: bool, root: str, ignores: Ignores) -> bool:
        reason = self._reason(entry, is_directory, os.path.relpath(entry.path, root), ignores)
        if reason:
            self.left_out[reason] += 1
        return reason is not None

    def _reason(self, entry: os.DirEntry[str], is_directory: bool, below: str, ignores: Ignores) -> str | None:
        options = self._options
        if is_directory and entry.name in VCS_DIRECTORIES and not options.vcs:
            return "vcs"
        if entry.name.startswith(".") and not options.hidden and not (options.vcs and entry.name in VCS_DIRECTORIES):
            return "hidden"
        if ignores.match(entry.path, is_directory):
            return "ignored"
        if self._exclude.match_file(below + "/" * is_directory):
            return "excluded"
        if is_directory:
            return None
        if self._include and not self._include.match_file(below):
            return "not_included"
        if self._own and os.path.realpath(entry.path) in self._own:
            return "own_output"
        return None

    def _is_new(self, status: os.stat_result) -> bool:
        if self._seen is None:
            return True
        identity = (status.st_dev, status.st_ino)
        if identity in self._seen:
            return False
        self._seen.add(identity)
        return True


def _overlapping(paths: list[str]) -> bool:
    """Return whether one path lies inside another, so that a document could be found twice."""
    real = sorted(os.path.realpath(path) + os.sep for path in paths if path != STDIN)
    return any(later.startswith(earlier) for earlier, later in zip(real, real[1:], strict=False))


_KINDS = (
    (stat.S_ISLNK, "symbolic link, not followed"),
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISBLK, "block device"),
    (stat.S_ISCHR, "character device"),
)


def _document(path: str, status: os.stat_result) -> Source | Unscanned:
    if stat.S_ISREG(status.st_mode):
        return Source(display_path(path), path, status.st_size)
    kind = next((name for test, name in _KINDS if test(status.st_mode)), "not a regular file")
    return Unscanned(display_path(path), 0, Status.SKIPPED, kind)


def _failed(path: str, error: OSError | ValueError) -> Unscanned:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable path"
    return Unscanned(display_path(path), 0, Status.FAILED, f"cannot open: {reason}")
