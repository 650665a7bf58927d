"""Git repositories as sources: blobs that are staged, that a branch adds, or all of the history."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import cast

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.source import Source
from guardrails_cli.inputs.git.blob import BlobSource
from guardrails_cli.inputs.git.blobs import Blobs
from guardrails_cli.inputs.git.walk import GitWalk
from guardrails_cli.inputs.input import Input, Opener, OpenSource, Selection
from guardrails_cli.inputs.stdin import STDIN


class GitRepositories(Input):
    """The input of git repositories. A scan asks for it with an option, for all of its paths."""

    name = "git"

    def takes(self, path: str) -> bool:
        """Return False: the same path without the option names a folder."""
        del path
        return False

    def lister(self, paths: Sequence[str], selection: Selection) -> GitWalk:
        """Return a walk through the repository of the paths."""
        if selection.git is None:
            raise ConfigError("no git option says what of the repository is wanted")
        if STDIN in paths:
            raise ConfigError("standard input is no git repository: leave - out, or leave the git option out")
        return GitWalk(tuple(paths), selection.git, selection.walk, selection.left_out)

    def opener(self, stack: ExitStack) -> Opener:
        """Return the opener of blobs from one running git."""
        blobs = stack.enter_context(Blobs())

        def opened(source: Source) -> OpenSource:
            blob = cast("BlobSource", source)
            return OpenSource(blobs.open(blob.repository, blob.location), None)

        return opened
