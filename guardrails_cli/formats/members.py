"""Names and refusals of members, shared by the readers of archives and mails."""

from collections.abc import Iterator
from io import BytesIO

from guardrails_cli.core.display import display_path
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.record import Status
from guardrails_cli.core.text import Segment
from guardrails_cli.formats.reader import MEMORY_BYTES, Blob, RefusedError, Stream

LINK = Reason(ReasonCode.LINK, "symbolic link, not followed")
ENCRYPTED = Reason(ReasonCode.ENCRYPTED, "encrypted")


class Names:
    """Gives each member of a document a path of its own, even if names repeat."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: dict[int, int] = {}
        """Number of uses of a name, by its hash: names are up to 64 KiB long, and there may be many."""

    def path(self, name: bytes | str) -> str:
        """Return the path of the next member with that name."""
        shown = display_path(name) or "(unnamed)"
        distinct = shown
        while count := self._seen.get(hash(distinct), 0):
            self._seen[hash(distinct)] = count + 1
            distinct = f"{shown} ({count + 1})"
        self._seen[hash(distinct)] = 1
        return f"{self._path}!{distinct}"


def refused(path: str, reason: Reason, size: int = 0, status: Status | None = None) -> Blob:
    """Return a member that is not read, with the reason."""
    return Blob(path, _Refusal(RefusedError(reason, status)), size)


class _Refusal:
    def __init__(self, error: RefusedError) -> None:
        self._error = error

    def read(self, _count: int) -> bytes:
        raise self._error


_LATE_CHARS = 1024 * 1024


class TextFirst:
    """Puts text before members, as readers must, if a document mixes them and can be read only once.

    Members are held for that, up to `MEMORY_BYTES` together. Text that comes later is not lost: it forms members of its
    own, called `text`.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._held: list[Blob] = []
        self._room = MEMORY_BYTES
        self._late: list[str] | None = None
        self._late_chars = 0

    def ordered(self, items: Iterator[Segment | Blob]) -> Iterator[Segment | Blob]:
        """Yield the items, text first. If an error interrupts them, held items are yielded before it is raised."""
        try:
            for item in items:
                if isinstance(item, Blob):
                    yield from self._member(item)
                elif self._late is None:
                    yield item
                else:
                    self._late.append(item.text)
                    self._late_chars += len(item.text)
                    if self._late_chars > _LATE_CHARS:
                        yield from self._text()
        except RefusedError:
            yield from self._rest()
            raise
        yield from self._rest()

    def _member(self, blob: Blob) -> Iterator[Blob]:
        if self._late is not None:
            yield from self._text()
            yield blob
            return
        if blob.refusal is not None:
            self._held.append(blob)
            return
        data = blob.read(self._room + 1)
        copy = Blob(blob.path, _Then(data, blob), blob.declared_size, format=blob.format)
        if len(data) <= self._room:
            self._room -= len(data)
            self._held.append(copy)
            return
        self._late = []
        yield from self._held
        self._held.clear()
        yield copy

    def _text(self) -> Iterator[Blob]:
        if self._late:
            data = "".join(self._late).encode("utf-8", "replace")
            self._late, self._late_chars = [], 0
            yield Blob(self._names.path("text"), BytesIO(data), len(data), format="text")

    def _rest(self) -> Iterator[Blob]:
        yield from self._held
        yield from self._text()


class _Then:
    """A stream whose first bytes were already read."""

    def __init__(self, data: bytes, stream: Stream) -> None:
        self._data = BytesIO(data)
        self._stream = stream

    def read(self, count: int) -> bytes:
        return self._data.read(count) or self._stream.read(count)
