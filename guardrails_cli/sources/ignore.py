"""Ignore files: `.gitignore`, `.ignore` and `.guardrailsignore`, by the gitignore rules of the `pathspec` library."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from guardrails_cli.errors import ConfigError

IGNORE_FILES = (".gitignore", ".ignore", ".guardrailsignore")
"""In rising precedence, as ripgrep has it: the tool's own file has the last word."""


def matcher(patterns: Iterable[str]) -> GitIgnoreSpec:
    """Return a matcher of gitignore patterns.

    Raises:
        ConfigError: if a pattern is not valid.
    """
    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError as error:
        raise ConfigError(f"not a usable pattern: {error}") from None


@dataclass(frozen=True, slots=True)
class _Level:
    """One folder's ignore files, with how to turn a path of the walk into one relative to that folder."""

    spec: GitIgnoreSpec
    strip: int
    """How many characters of the walk's path to drop."""
    prefix: str = ""
    """What to put in their place."""


@dataclass(frozen=True, slots=True)
class Ignores:
    """The ignore files that apply in one folder: its own and those of the folders above it, innermost first."""

    levels: tuple[_Level, ...] = ()

    @classmethod
    def above(cls, root: str) -> "Ignores":
        """Return the ignore files above the folder `root`, up to the top of the git work tree that holds it."""
        real = Path(os.path.realpath(root))
        if (real / ".git").exists():
            return cls()
        top = next((depth for depth, folder in enumerate(real.parents) if (folder / ".git").exists()), None)
        levels = []
        for folder in real.parents[: top + 1] if top is not None else ():
            if spec := _read(folder, IGNORE_FILES):
                levels.append(_Level(spec, _length(root), f"{real.relative_to(folder).as_posix()}/"))
        return cls(tuple(levels))

    def inside(self, folder: str, names: Iterable[str]) -> "Ignores":
        """Return what applies inside `folder`, which holds the ignore files `names` (in rising precedence)."""
        spec = _read(Path(folder), names)
        return Ignores((_Level(spec, _length(folder)), *self.levels)) if spec else self

    def match(self, path: str, is_directory: bool) -> bool:
        """Return whether `path` is to be left out; the innermost file with an opinion decides."""
        for level in self.levels:
            verdict = level.spec.check_file(level.prefix + path[level.strip :] + "/" * is_directory).include
            if verdict is not None:
                return verdict
        return False


def _length(folder: str) -> int:
    return len(os.path.join(folder, ""))  # noqa: PTH118 - as `os.scandir` builds the paths of its entries


def _read(folder: Path, names: Iterable[str]) -> GitIgnoreSpec | None:
    lines: list[str] = []
    for name in names:
        try:
            lines += (folder / name).read_text(encoding="utf-8-sig", errors="surrogateescape").splitlines()
        except OSError:
            continue  # an ignore file that cannot be read leaves nothing out: more is scanned, not less
    return _lenient(lines)


def _lenient(lines: list[str]) -> GitIgnoreSpec | None:
    """Return the spec of those lines that are valid patterns, as git does; None if nothing is left."""
    try:
        spec = GitIgnoreSpec.from_lines(lines)
    except ValueError:
        valid = []
        for line in lines:
            try:
                GitIgnoreSpec.from_lines([line])
            except ValueError:
                continue
            valid.append(line)
        spec = GitIgnoreSpec.from_lines(valid)
    return spec if any(pattern.include is not None for pattern in spec.patterns) else None
