"""The documents of a scan: those below each of its paths, in their order, whatever inputs the paths belong to."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from guardrails_cli.core.globs import matcher
from guardrails_cli.core.record import Unscanned
from guardrails_cli.core.source import Source
from guardrails_cli.inputs.input import Lister, Selection
from guardrails_cli.inputs.registry import input_of
from guardrails_cli.options.model import GitOptions, WalkOptions


class Listing:
    """Iterates over the documents below `paths`, each once.

    Yields a `Source` for each document and an `Unscanned` for each thing that cannot be one. Documents that the options
    leave out are counted in `left_out`.

    Args:
        paths: files, folders, URLs, `-` for standard input; repositories if there are options for git.
        walk: which of the documents below them to take.
        own_files: the files that the scan itself writes.
        git: which content of a repository to take; None means that files are listed.

    Raises:
        ConfigError: if a library that is needed is not installed, a pattern is not valid, or git cannot be used.

    """

    def __init__(
        self, paths: Iterable[str], walk: WalkOptions, own_files: Iterable[Path] = (), git: GitOptions | None = None
    ) -> None:
        for patterns in (walk.include, walk.exclude):
            matcher(patterns)  # a wrong one is reported even where no input looks at it, as with standard input alone
        selection = Selection(walk, git, tuple(own_files))
        self._paths = [(input_of(path, git), path) for path in dict.fromkeys(paths)]
        self._listers: dict[str, Lister] = {
            one.name: one.lister([path for other, path in self._paths if other is one], selection)
            for one in dict.fromkeys(one for one, _ in self._paths)
        }
        self.left_out: Counter[str] = selection.left_out
        """Number of documents left out, by reason; complete once everything was listed."""
        self.warnings = tuple(warning for lister in self._listers.values() for warning in lister.warnings)
        """Warnings for the user about the places."""

    def __iter__(self) -> Iterator[Source | Unscanned]:
        for one, run in groupby(self._paths, key=lambda pair: pair[0]):
            yield from self._listers[one.name].below([path for _, path in run])
