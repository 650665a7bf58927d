"""Where a document is read from."""

from dataclasses import dataclass, field
from typing import TypeAlias

FILE = "file"
"""The name of the input of files; see `inputs.registry`."""
Lines: TypeAlias = tuple[tuple[int, int], ...]
"""First and last of each run of lines, from 1, in order."""


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
class Source:
    """A place a document can be read from, as its input listed it. Inputs derive from it what they need to open it."""

    path: str
    """As the report shows it: valid Unicode, with undecodable bytes as backslash escapes."""
    location: str
    """The name that its input opens it by: of a file (undecodable bytes as in `os.fsdecode`), a URL, an object's id."""
    size_bytes: int
    stamp: str | None = field(default=None, compare=False)
    """Changes when the content does, such as size, times and inode of a file; None where nothing tells of a change."""
    input: str = FILE
    """The name of the input that listed it and opens it."""
    added: Lines | None = None
    """The lines that count; None means all."""
    commit: Commit | None = None
    """The first commit that has it, where that was looked for."""
