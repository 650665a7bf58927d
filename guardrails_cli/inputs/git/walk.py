"""Lists the blobs of a repository that are documents: staged ones, those a branch adds, or the whole history."""

import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from guardrails_cli.core.display import display_path
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status, Unscanned
from guardrails_cli.core.source import Commit, Lines
from guardrails_cli.inputs.git.blob import BlobSource, Repository
from guardrails_cli.inputs.git.blobs import NOT_HERE
from guardrails_cli.inputs.git.changes import HEADER, PATCH, RAW, Change, added_lines, changes, history
from guardrails_cli.inputs.git.process import Git, GitError, streaming
from guardrails_cli.inputs.git.repository import (
    checked_range,
    commit_of,
    find_repository,
    fork_point,
    head_tree,
    is_shallow,
)
from guardrails_cli.inputs.named_files import NamedFiles
from guardrails_cli.options.model import GitOptions, WalkOptions

_AT_ONCE = 256
"""Number of sizes per request: question and answer of so many fit into a pipe."""

_Found = tuple[Change, Commit | None]


class GitWalk:
    """Iterates over the blobs that are documents, in an order that depends on the repository alone.

    Yields a `Source` for each file and an `Unscanned` for anything else, as `inputs.walk.Walk` does. Hidden files and
    those matched by `.gitignore` count: they are tracked. If git fails on the way, the last item is an `Unscanned` that
    says so.

    Raises:
        ConfigError: if the paths are in no repository, or the revision does not exist.

    """

    def __init__(
        self, paths: tuple[str, ...], git: GitOptions, options: WalkOptions, left_out: Counter[str] | None = None
    ) -> None:
        self.repository, self._inside = find_repository(paths)
        self.left_out: Counter[str] = Counter() if left_out is None else left_out
        self.warnings: tuple[str, ...] = ()
        """Warnings for the user about the repository."""
        self._git = git
        self._named = NamedFiles(self.repository.folder, options)
        self._range: tuple[str, ...] = ()
        self._command: tuple[str, ...] = ()
        if git.history:
            self._range = (
                ("--end-of-options", checked_range(self.repository, git.revisions)) if git.revisions is not None else ()
            )
            if is_shallow(self.repository):
                self.warnings = ("this clone is shallow: its history is scanned only as far as it is there",)
        elif git.staged:
            self._command, self._trees = ("diff-index", "--cached"), [head_tree(self.repository)]
        else:
            forked = fork_point(self.repository, str(git.diff))
            self._command, self._trees = ("diff-tree",), [forked, commit_of(self.repository, "HEAD")]

    def below(self, paths: Sequence[str]) -> Iterator[BlobSource | Unscanned]:
        """Yield all documents: the paths of a scan are of one repository, so they come together."""
        del paths
        return iter(self)

    def __iter__(self) -> Iterator[BlobSource | Unscanned]:
        try:
            if self._git.history:
                yield from self._documents(self._history(), None)
            else:
                with streaming(self.repository, *self._diff(*PATCH)) as patch:
                    lines = added_lines(patch)
                with streaming(self.repository, *self._diff(*RAW)) as raw:
                    yield from self._documents(((change, None) for change in changes(raw)), lines)
        except GitError as error:
            yield Unscanned(
                display_path(self.repository.folder), 0, Status.FAILED, Reason(ReasonCode.UNREADABLE, str(error))
            )

    def _diff(self, *form: str) -> tuple[str, ...]:
        return (*self._command, "-M", *form, *self._trees, "--", *self._inside)

    def _history(self) -> Iterator[_Found]:
        """Yield each blob with the first commit that has it: parents come before their children."""
        seen: set[bytes] = set()
        commit = None
        for found in self._commits():
            if isinstance(found, Commit):
                commit = found
            elif (name := bytes.fromhex(found.oid)) not in seen:
                seen.add(name)
                yield found, commit

    def _commits(self) -> Iterator[Change | Commit]:
        listing = ("rev-list", "--reverse", "--topo-order", *(self._range or ("--all",)), "--")
        # -c: in a merge, only content that none of its parents has.
        form = ("--stdin", "--root", "-c", "--no-renames", f"--pretty={HEADER}", "--encoding=UTF-8", *RAW)
        with (
            streaming(self.repository, *listing) as commits,
            streaming(self.repository, "diff-tree", *form, "--", *self._inside, stdin=commits) as raw,
        ):
            yield from history(raw)

    def _documents(
        self, found: Iterator[_Found], lines: Mapping[tuple[str, str], Lines | None] | None
    ) -> Iterator[BlobSource | Unscanned]:
        wanted = (each for each in found if self._is_wanted(each[0]))
        with _Sizes(self.repository) as sizes:
            for group in _groups(wanted):
                known = sizes.of({change.oid for change, _ in group if change.obstacle is None})
                for change, commit in group:
                    document = self._document(change, commit, lines, known.get(change.oid))
                    if document is not None:
                        yield document

    def _is_wanted(self, change: Change) -> bool:
        reason = self._named.reason(os.fsdecode(change.path))
        if reason:
            self.left_out[reason] += 1
        return reason is None

    def _document(
        self,
        change: Change,
        commit: Commit | None,
        lines: Mapping[tuple[str, str], Lines | None] | None,
        size: int | None,
    ) -> BlobSource | Unscanned | None:
        """Return the document of a change, None if no line of it is new."""
        path = (commit.prefix if commit else "") + display_path(change.path)
        if change.obstacle is not None:
            return Unscanned(path, 0, Status.SKIPPED, change.obstacle)
        added = None
        if lines is not None and change.old is not None:
            added = () if change.old == change.oid else lines.get((change.old, change.oid))
            if added == ():
                return None
        if size is None:
            return Unscanned(path, 0, Status.FAILED, Reason(ReasonCode.UNREADABLE, NOT_HERE))
        stamp = change.oid + ("" if added is None else ":" + ",".join(f"{first}-{last}" for first, last in added))
        return BlobSource(path, change.oid, size, stamp, added=added, commit=commit, repository=self.repository)


def _groups(found: Iterable[_Found]) -> Iterator[list[_Found]]:
    """Yield the items in groups; if git fails on the way, all earlier items are yielded first."""
    group: list[_Found] = []
    fault = None
    try:
        for each in found:
            group.append(each)
            if len(group) >= _AT_ONCE:
                yield group
                group = []
    except GitError as error:
        fault = error
    if group:
        yield group
    if fault is not None:
        raise fault


class _Sizes:
    """Asks git for the sizes of objects."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._git = self._started()

    def _started(self) -> Git:
        return Git(self._repository, ("cat-file", "--batch-check"), None, subprocess.DEVNULL)

    def __enter__(self) -> "_Sizes":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._git.end()

    def of(self, oids: Iterable[str]) -> dict[str, int]:
        """Return the sizes of at most `_AT_ONCE` blobs; unknown ones are left out."""
        names = sorted(oids)
        sizes: dict[str, int] = {}
        while names:
            answers = self._answers(names)
            sizes |= {row[0].decode("ascii"): int(row[2]) for row in answers if len(row) == 3 and row[1] == b"blob"}
            if len(answers) < len(names):  # git ended at the next object: it is damaged, or missing
                self._git.end()
                self._git = self._started()
            names = names[len(answers) + 1 :]
        return sizes

    def _answers(self, names: list[str]) -> list[list[bytes]]:
        """Return git's answers about objects, in order, up to the one at which it ended."""
        answers: list[list[bytes]] = []
        with suppress(OSError):
            self._git.ask(*names)
        for _ in names:
            answer = self._git.stdout.readline().split()
            if not answer:
                break
            answers.append(answer)
        return answers
