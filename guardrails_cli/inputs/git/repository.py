"""Find the repository of a path, and the revisions that a user names."""

import os

from guardrails_cli.core.display import printable
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.inputs.git.blob import Repository
from guardrails_cli.inputs.git.process import LOCAL, GitError, run

_PLACES = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE")


def find_repository(paths: tuple[str, ...]) -> tuple[Repository, tuple[str, ...]]:
    """Return the repository of the paths, and the paths inside it; no paths if they are all of it.

    Raises:
        ConfigError: if they are in no repository or in several, or git cannot be used.

    """
    places = [_place(path) for path in paths]
    repository = places[0][0]
    for path, (other, _) in zip(paths, places, strict=True):
        if other != repository:
            raise ConfigError(f"{printable(paths[0])} and {printable(path)} are not of one repository; scan them apart")
    inside = tuple(dict.fromkeys(name for _, name in places))
    return repository, () if "" in inside else inside


def _place(path: str) -> tuple[Repository, str]:
    folder, name = (path, "") if os.path.isdir(path) else os.path.split(path)  # noqa: PTH112
    here = Repository(folder or ".")
    variables = _variables(here)
    here = Repository(here.folder, variables)
    if run(here, "rev-parse", "--is-inside-work-tree") == b"true\n":
        top = os.fsdecode(run(here, "rev-parse", "--show-toplevel").removesuffix(b"\n"))
        prefix = os.fsdecode(run(here, "rev-parse", "--show-prefix").removesuffix(b"\n"))
        return Repository(top, variables), (prefix + name).removesuffix("/")
    return Repository(os.fsdecode(run(here, "rev-parse", "--absolute-git-dir").removesuffix(b"\n")), variables), name


def _variables(here: Repository) -> tuple[tuple[str, str], ...]:
    """Return the environment's variables about the repository, as in a hook, if they are about this one.

    Relative names in them begin at the working directory, but git is run elsewhere.
    """
    given = tuple((name, value) for name in LOCAL if (value := os.environ.get(name)))
    if not given:
        return ()
    absolute = tuple(
        (name, value if name == "GIT_ALTERNATE_OBJECT_DIRECTORIES" else os.path.abspath(value))  # noqa: PTH100
        for name, value in given
    )
    try:
        own = run(here, "rev-parse", "--absolute-git-dir")
    except GitError:
        return absolute
    if run(Repository(".", absolute), "rev-parse", "--absolute-git-dir") != own:
        return ()
    # Found without them: GIT_DIR without GIT_WORK_TREE would make any folder the top of the work tree.
    return tuple((name, value) for name, value in absolute if name not in _PLACES)


def is_shallow(repository: Repository) -> bool:
    """Return whether the clone lacks part of the history."""
    return run(repository, "rev-parse", "--is-shallow-repository") == b"true\n"


def commit_of(repository: Repository, revision: str) -> str:
    """Return the id of the commit that a revision names.

    Raises:
        ConfigError: if it names none.

    """
    try:
        return run(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode(
            "ascii"
        ).strip()  # fmt: skip
    except GitError:
        raise ConfigError(f"no such commit: {printable(revision)!r}{_shallow_hint(repository)}") from None


def fork_point(repository: Repository, revision: str) -> str:
    """Return the last common commit of HEAD and a revision.

    Raises:
        ConfigError: if they have none in common, or the revision does not exist.

    """
    theirs, ours = commit_of(repository, revision), commit_of(repository, "HEAD")
    try:
        return run(repository, "merge-base", theirs, ours).decode("ascii").split("\n")[0]
    except GitError:
        raise ConfigError(
            f"HEAD and {printable(revision)} have no commit in common{_shallow_hint(repository)}"
        ) from None


def head_tree(repository: Repository) -> str:
    """Return the tree to compare the index with: HEAD's, or the empty tree before the first commit."""
    try:
        return commit_of(repository, "HEAD")
    except ConfigError:
        return run(repository, "hash-object", "-t", "tree", "--stdin").decode("ascii").strip()


def checked_range(repository: Repository, revisions: str) -> str:
    """Return a range of commits, such as `v1.0..HEAD`, if it is one.

    Raises:
        ConfigError: if it is not.

    """
    try:
        run(repository, "rev-list", "--max-count=1", "--end-of-options", revisions, "--")
    except GitError:
        raise ConfigError(
            f"no such range of commits: {printable(revisions)!r}; write for example v1.0..HEAD"
            f"{_shallow_hint(repository)}"
        ) from None
    return revisions


def _shallow_hint(repository: Repository) -> str:
    return "; this clone is shallow: fetch the history first (fetch-depth: 0)" if is_shallow(repository) else ""
