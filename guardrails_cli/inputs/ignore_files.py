"""Ignore files: `.gitignore`, `.ignore` and `.guardrailsignore`, by the rules of git."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from guardrails_cli.core.globs import Patterns
from guardrails_cli.inputs.places import inside

IGNORE_FILES = (".gitignore", ".ignore", ".guardrailsignore")
"""Ignore files by ascending precedence, as in ripgrep: the tool's own file has the last word."""


class _Level(msgspec.Struct, frozen=True):
    """One folder's ignore files, and the change of a path of the walk to one relative to that folder."""

    patterns: Patterns
    strip: int
    """Number of characters to remove from the walk's path."""
    prefix: str = ""
    """Prefix to add in their place."""


class Ignores(msgspec.Struct, frozen=True):
    """The ignore files that apply in one folder: its own and those of the folders above it, innermost first."""

    levels: tuple[_Level, ...] = ()

    @classmethod
    def above(cls, root: str) -> "Ignores":
        """Return the ignore files above the folder `root`, up to the top of the git work tree that holds it.

        If they exclude `root` or a folder above it, none of them counts: naming it asks for its content.

        Raises:
            OSError: if a folder on the way up may not be searched.

        """
        real = Path(os.path.realpath(root))
        if (real / ".git").exists():
            return cls()
        top = next((depth for depth, folder in enumerate(real.parents) if (folder / ".git").exists()), None)
        folders = real.parents[: top + 1] if top is not None else ()
        read = [(folder, patterns) for folder in folders if (patterns := _read(folder, IGNORE_FILES))]
        if any(_ignored(folder, read) for folder in (real, *folders[:-1])):
            return cls()
        strip = len(inside(root))
        return cls(tuple(_Level(patterns, strip, f"{_below(real, folder)}/") for folder, patterns in read))

    def inside(self, folder: str, names: Iterable[str]) -> "Ignores":
        """Return the ignore files for `folder`, which holds those in `names` (in ascending precedence)."""
        patterns = _read(Path(folder), names)
        return Ignores((_Level(patterns, len(inside(folder))), *self.levels)) if patterns else self

    def match(self, path: str, is_directory: bool) -> bool:
        """Return whether `path` is excluded; the innermost file with a matching pattern decides."""
        for level in self.levels:
            verdict = level.patterns.verdict(level.prefix + path[level.strip :], is_directory)
            if verdict is not None:
                return verdict
        return False


def _ignored(place: Path, read: Iterable[tuple[Path, Patterns]]) -> bool:
    """Return whether the ignore files `read`, innermost folder first, exclude the folder `place`."""
    verdicts = (
        patterns.verdict(_below(place, folder), is_directory=True)
        for folder, patterns in read
        if folder in place.parents
    )
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _below(place: Path, folder: Path) -> str:
    return place.relative_to(folder).as_posix()


def _read(folder: Path, names: Iterable[str]) -> Patterns:
    lines: list[str] = []
    for name in names:
        try:
            # Git ends a line only at a line feed; Python would accept ten more line ends.
            lines += (folder / name).read_bytes().decode("utf-8-sig", "surrogateescape").split("\n")
        except OSError:
            continue  # an unreadable ignore file excludes nothing: more is scanned, not less
    return _lenient(lines)


def _lenient(lines: list[str]) -> Patterns:
    """Return the lines that are valid patterns; git ignores the others, too."""
    try:
        return Patterns(lines)
    except ValueError:
        return Patterns(line for line in lines if _is_valid(line))


def _is_valid(line: str) -> bool:
    try:
        Patterns([line])
    except ValueError:
        return False
    return True
