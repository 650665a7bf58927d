"""Places in the file system and the fate of each, so that overlapping paths count none of them twice."""

import os
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise


def real_path(path: str) -> str:
    """Return the path with all links resolved; itself if no file can have that path."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path


def inside(folder: str) -> str:
    """Return the beginning of the paths of the folder's entries, as `os.scandir` builds them."""
    return os.path.join(folder, "")  # noqa: PTH118 - pathlib would drop the last slash


def overlapping(paths: Iterable[str]) -> bool:
    """Return whether one path is another or is inside it, so that a document could be found twice."""
    real = sorted(inside(real_path(path)) for path in paths)
    return any(later.startswith(earlier) for earlier, later in pairwise(real))


class Ledger:
    """Counts left-out places, and records taken ones.

    A place is the path of a file or folder without links above it: two hard links to one file are two places. Each is
    taken or left out once; one that one path leaves out and another takes is taken.
    is taken once or left out once, and what one path leaves out and another one takes is taken.
    """

    def __init__(self, remember: bool, left_out: Counter[str]) -> None:
        self.left_out = left_out
        self._remember = remember
        """Whether to record places. Off if no place can come twice, since each one takes memory."""
        self._taken: set[str] = set()
        self._left: dict[str, str] = {}

    def take(self, place: str) -> bool:
        """Take the place; return False if it was taken before."""
        if not self._remember:
            return True
        if place in self._taken:
            return False
        self._taken.add(place)
        if place in self._left:
            reason = self._left.pop(place)
            self.left_out[reason] -= 1
            if not self.left_out[reason]:
                del self.left_out[reason]
        return True

    def leave_out(self, place: str, reason: str) -> None:
        """Count the place among those left out for the reason, unless it was taken or counted before."""
        if self._remember:
            if place in self._taken or place in self._left:
                return
            self._left[place] = reason
        self.left_out[reason] += 1
