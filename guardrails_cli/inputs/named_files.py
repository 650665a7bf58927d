"""Exclusion of files that are named one by one, by git or pre-commit."""

import os
from functools import lru_cache
from pathlib import Path

from guardrails_cli.core.globs import matcher
from guardrails_cli.inputs.ignore_files import Ignores
from guardrails_cli.options.model import WalkOptions

OWN_IGNORE = (".guardrailsignore",)
"""Ignore files that apply: git does not ignore tracked files, whatever `.gitignore` says."""
_FOLDERS_KEPT = 4096


class NamedFiles:
    """Decides which files of a folder are excluded, by the options and by `.guardrailsignore` in it and below.

    Args:
        top: the folder where all paths begin.
        options: exclusions.

    """

    def __init__(self, top: str, options: WalkOptions) -> None:
        self._place = top
        self._top = top if options.ignore_files else None
        self._include = matcher(options.include) if options.include else None
        self._exclude = matcher(options.exclude)
        self._ignores = lru_cache(_FOLDERS_KEPT)(self._read)

    def reason(self, path: str) -> str | None:
        """Return why the file `path`, relative to the top, is excluded; None if it is not."""
        if self._top is not None and self._ignored(path):
            return "ignored"
        if self._exclude.covers(path):
            return "excluded"
        if self._include and not self._include.covers(path):
            return "not_included"
        return None

    def reason_of(self, path: str) -> str | None:
        """Return why a file, relative to the working directory, is excluded; None if it is not, or is elsewhere."""
        folder, name = os.path.split(path)
        below = os.path.relpath(f"{os.path.realpath(folder)}{os.sep}{name}", self._place)
        return None if below.startswith("..") else self.reason(below)

    def _ignored(self, path: str) -> bool:
        parts = path.split("/")
        for depth in range(len(parts)):
            above, here = "/".join(parts[:depth]), "/".join(parts[: depth + 1])
            if self._ignores(above).match(self._full(here), is_directory=depth + 1 < len(parts)):
                return True
        return False

    def _read(self, folder: str) -> Ignores:
        """Return the patterns that apply in a folder."""
        above = self._ignores(folder.rpartition("/")[0]) if folder else Ignores()
        return above.inside(self._full(folder) if folder else str(self._top), OWN_IGNORE)

    def _full(self, path: str) -> str:
        return os.path.join(str(self._top), path)  # noqa: PTH118 - must begin as `inside` has it


def top_of(path: str) -> str:
    """Return the top folder of the working directory's repository, or the working directory if there is none."""
    real = Path(os.path.realpath(path))
    return str(next((folder for folder in (real, *real.parents) if (folder / ".git").exists()), real))
