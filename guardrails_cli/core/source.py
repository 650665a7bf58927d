"""A document before it is read, as an input lists it."""

from dataclasses import dataclass, field
from typing import TypeAlias

FILE = "file"
"""The name of the input of files; see `inputs.registry`."""
Lines: TypeAlias = tuple[tuple[int, int], ...]
"""First and last line of each run, from 1, in order."""


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
class Source:
    """A place a document can be read from, as its input listed it. Inputs derive from it what they need to open it."""

    path: str
    """Path in reports: valid Unicode, with undecodable bytes as backslash escapes."""
    location: str
    """Name that its input opens it by: a file's (undecodable bytes as in `os.fsdecode`), a URL, an object's id."""
    size_bytes: int
    stamp: str | None = field(default=None, compare=False)
    """Changes when the content does, such as size, times and inode of a file; None if nothing shows a change."""
    input: str = FILE
    """Name of the input that listed it and opens it."""
    added: Lines | None = None
    """Lines that count; None means all."""
    commit: Commit | None = None
    """First commit that has it; None if it was not looked for."""
