"""Paths in a shared file, relative to the folder of that file."""

import os
from pathlib import Path

from guardrails_cli.core.display import INSIDE


class Root:
    """A folder that the paths in a file are relative to."""

    def __init__(self, file: Path) -> None:
        self.folder = os.path.realpath(file.parent)
        self._folders: dict[str, str] = {}

    def relative(self, path: str) -> str:
        """Return a document's path from here, with `/`; anything but a file's name, such as `<stdin>`, stays.

        Args:
            path: as reports have it, with the path inside a file after `INSIDE`.

        """
        if path.startswith("<"):
            return path
        outer, mark, inner = path.partition(INSIDE)
        folder, name = os.path.split(outer)
        if folder not in self._folders:
            self._folders[folder] = os.path.relpath(os.path.realpath(folder or "."), self.folder)
        below = self._folders[folder]
        shown = name if below == "." else f"{below}/{name}"
        return shown.replace(os.sep, "/") + mark + inner

    def is_there(self, path: str) -> bool:
        """Return whether the file of a document exists; its path is relative to this folder."""
        place = os.path.join(self.folder, path)  # noqa: PTH118 - a name of any kind
        while not os.path.lexists(place):
            place, mark, _ = place.rpartition(INSIDE)
            if not mark:
                return path.startswith("<")
        return True
