"""What the readers of archives and mails share: the names of members, and members that are not read."""

from guardrails_cli.model import Status
from guardrails_cli.sources.base import Blob, RefusedError
from guardrails_cli.text import display_path

LINK = "symbolic link, not followed"
ENCRYPTED = "encrypted"


class Names:
    """Gives the members of one document their paths, each its own even where they have one name."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: dict[int, int] = {}
        """By hash of the name, how many have it: names are up to 64 KiB long, and there may be many."""

    def path(self, name: bytes | str) -> str:
        """Return the path of the next member with that name."""
        shown = display_path(name) or "(unnamed)"
        distinct = shown
        while count := self._seen.get(hash(distinct), 0):
            self._seen[hash(distinct)] = count + 1
            distinct = f"{shown} ({count + 1})"
        self._seen[hash(distinct)] = 1
        return f"{self._path}!{distinct}"


def refused(path: str, reason: str, size: int = 0, status: Status = Status.SKIPPED) -> Blob:
    """Return a member that is not read, for a reason."""
    return Blob(path, _Refusal(RefusedError(reason, status)), size)


class _Refusal:
    def __init__(self, error: RefusedError) -> None:
        self._error = error

    def read(self, _count: int) -> bytes:
        raise self._error
