"""The origin of a document: a file, standard input, an object, or a blob of a git repository."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository, as git is told to find it."""

    folder: str
    """Folder to run git in: the top of the work tree, or the repository itself if it is bare."""
    variables: tuple[tuple[str, str], ...] = ()
    """Variables of git's environment, as a hook has them."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that brought a document into a repository."""

    id: str
    author: str
    """Name of the author, fit for one line."""
    date: str
    """Time of the commit: ISO 8601, UTC."""

    @property
    def prefix(self) -> str:
        """Beginning of its documents' paths, in a form that `git show` accepts."""
        return f"{self.id[:12]}:"

    @property
    def label(self) -> str:
        """One-line description for a person."""
        return f"commit {self.id[:12]}, {self.author}, {self.date[:10]}"


@dataclass(frozen=True, slots=True)
class GitBlob:
    """A file's content stored in git."""

    repository: Repository
    oid: str
    added: tuple[tuple[int, int], ...] | None = None
    """Lines that count, first and last of each run, from 1, in order; None means all."""
    commit: Commit | None = None
    """First commit that has it; None if it was not looked for."""


@dataclass(frozen=True, slots=True)
class Source:
    """A place a document can be read from, as the walk found it."""

    path: str
    """Path in reports: valid Unicode, with undecodable bytes as backslash escapes."""
    location: str | None
    """Name in the file system (undecodable bytes as in `os.fsdecode`); None is standard input or a blob."""
    size_bytes: int
    stamp: str | None = field(default=None, compare=False)
    """Size, times and inode, which change when the file does; None if they are unknown."""
    blob: GitBlob | None = None
    """Blob to read, if the document is in a git repository."""
