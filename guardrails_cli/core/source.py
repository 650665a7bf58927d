"""Where a document is read from: a file, standard input, an object, or a blob of a git repository."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository, as git is told to find it."""

    folder: str
    """Where git is run: the top of the work tree, or the repository itself if it is bare."""
    variables: tuple[tuple[str, str], ...] = ()
    """Of git's environment, as a hook has them."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that brought a document into a repository."""

    id: str
    author: str
    """Their name, fit for one line."""
    date: str
    """When it was written: ISO 8601, UTC."""

    @property
    def prefix(self) -> str:
        """What the paths of its documents begin with, so that `git show` takes them."""
        return f"{self.id[:12]}:"

    @property
    def label(self) -> str:
        """All of it in one line for a person."""
        return f"commit {self.id[:12]}, {self.author}, {self.date[:10]}"


@dataclass(frozen=True, slots=True)
class GitBlob:
    """A file's content as git keeps it."""

    repository: Repository
    oid: str
    added: tuple[tuple[int, int], ...] | None = None
    """The lines that count, first and last of each run, from 1, in order; None means all."""
    commit: Commit | None = None
    """The first one that has it; None if it was not looked for."""


@dataclass(frozen=True, slots=True)
class Source:
    """A place a document can be read from, as the walk found it."""

    path: str
    """As the report shows it: valid Unicode, with undecodable bytes as backslash escapes."""
    location: str | None
    """The file system's own name for it (undecodable bytes as in `os.fsdecode`); None is standard input or a blob."""
    size_bytes: int
    stamp: str | None = field(default=None, compare=False)
    """Changes when the file does: size, times and inode. None where there is no telling."""
    blob: GitBlob | None = None
    """Where it is read from if that is a git repository."""
