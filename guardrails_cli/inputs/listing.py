"""The documents of a scan: those below each of its paths, in order, whatever inputs the paths belong to."""

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

    Yields a `Source` for each document and an `Unscanned` for each entry that cannot be one. Documents excluded by
    options are counted in `left_out`.

    Args:
        paths: files, folders, URLs, `-` for standard input; repositories if there are options for git.
        walk: selects the documents below them.
        own_files: the files that the scan itself writes.
        git: content of a repository to take; None lists files.

    Raises:
        ConfigError: if a required library is not installed, a pattern is not valid, or git cannot be used.

    """

    def __init__(
        self, paths: Iterable[str], walk: WalkOptions, own_files: Iterable[Path] = (), git: GitOptions | None = None
    ) -> None:
        for patterns in (walk.include, walk.exclude):
            matcher(patterns)  # report a wrong pattern even if no input uses it, as with standard input alone
        selection = Selection(walk, git, tuple(own_files))
        self._paths = [(input_of(path, git), path) for path in dict.fromkeys(paths)]
        self._listers: dict[str, Lister] = {
            one.name: one.lister([path for other, path in self._paths if other is one], selection)
            for one in dict.fromkeys(one for one, _ in self._paths)
        }
        self.left_out: Counter[str] = selection.left_out
        """Numbers of left-out documents by reason; complete at the end of the listing."""
        self.warnings = tuple(warning for lister in self._listers.values() for warning in lister.warnings)
        """Warnings for the user about the places."""

    def __iter__(self) -> Iterator[Source | Unscanned]:
        for one, run in groupby(self._paths, key=lambda pair: pair[0]):
            yield from self._listers[one.name].below([path for _, path in run])
