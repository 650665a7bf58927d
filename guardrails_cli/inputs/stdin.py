"""Standard input as a source: one stream, read once, without an identity."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.inputs.input import Input, Lister, Opener, OpenSource, Selection

STDIN = "-"
"""Path of standard input, on the command line and as the location of its source."""
STDIN_NAME = "<stdin>"


class StandardInput(Input):
    """The input of standard input."""

    name = "stdin"
    countable = False

    def takes(self, path: str) -> bool:
        """Return whether the path is `-`; a file of that name is `./-`."""
        return path == STDIN

    def lister(self, paths: Sequence[str], selection: Selection) -> Lister:
        """Return the lister of the one source."""
        del paths, selection
        return _Lister()

    def opener(self, stack: ExitStack) -> Opener:
        """Return the opener of copies of the descriptor."""
        del stack
        return _open


class _Lister:
    warnings: tuple[str, ...] = ()

    def below(self, paths: Sequence[str]) -> Iterator[Source | Unscanned]:
        for path in paths:
            yield Source(STDIN_NAME, path, 0, input=StandardInput.name)


def _open(source: Source) -> OpenSource:
    del source
    return OpenSource(open(os.dup(0), "rb"), None)  # noqa: PTH123 - a descriptor has no path; the caller closes it
