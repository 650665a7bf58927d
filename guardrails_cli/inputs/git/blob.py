"""A repository, and a blob of one as a source."""

from dataclasses import dataclass

from guardrails_cli.core.source import Source


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository and the environment to run git in."""

    folder: str
    """Folder that git is run in: the top of the work tree, or the repository itself if it is bare."""
    variables: tuple[tuple[str, str], ...] = ()
    """Variables of git's environment, as a hook has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobSource(Source):
    """A file's content as git keeps it. Its location is the blob's id."""

    input: str = "git"
    repository: Repository
