"""Parse git's output about changes: which blobs came in, where, and which of their lines are new."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import IO

import msgspec

from guardrails_cli.core.display import printable
from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.source import Commit, Lines
from guardrails_cli.inputs.git.process import GitError

RAW = ("-r", "-z", "--raw", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
PATCH = (
    "-r", "-p", "-U0", "--full-index", "--inter-hunk-context=0", "--diff-algorithm=myers", "--no-color",
    "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=all",
    "--diff-filter=MR",
)  # fmt: skip
"""Only files that existed before and after: in all others every line is new."""
HEADER = "format:commit %H %at %an"
_OBSTACLES = {
    b"120000": Reason(ReasonCode.LINK, "symbolic link, not followed"),
    b"160000": Reason(ReasonCode.SUBMODULE, "submodule, not followed"),
}
"""Reason why an entry is not a document, by its mode."""
_DELETED = b"000000"
_PIECE = 64 * 1024
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_LONE_RETURN = re.compile(rb"\r(?=[^\n])")
_INDEX = re.compile(rb"index ([0-9a-f]{40,64})\.\.([0-9a-f]{40,64})(?: [0-7]+)?\n")


class Change(msgspec.Struct, frozen=True):
    """A path whose content changed."""

    path: bytes
    mode: bytes
    oid: str
    old: str | None
    """Previous blob, also under another name; None if there was none or there were several."""
    unmerged: bool = False

    @property
    def obstacle(self) -> Reason | None:
        """Why it is not a document; None if it is one."""
        if self.unmerged:
            return Reason(ReasonCode.UNMERGED, "in conflict: not merged")
        return _OBSTACLES.get(self.mode)


def changes(stream: IO[bytes]) -> Iterator[Change]:
    """Yield the changes in raw output of git with `-z`."""
    for change in history(stream):
        if isinstance(change, Change):
            yield change


def history(stream: IO[bytes]) -> Iterator[Change | Commit]:
    """Yield commits, each followed by its changes, from raw output with `-z` and `HEADER`.

    Raises:
        GitError: if git's output has another form.

    """
    tokens = _tokens(stream)
    for token in tokens:
        if token.startswith(b"commit "):
            head, _, record = token.partition(b"\n")
            yield _commit(head)
        else:
            record = token
        if record.startswith(b":"):
            change = _change(record, tokens)
            if change is not None:
                yield change
        elif record:
            raise GitError("git prints what this program does not understand")


def _tokens(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the strings between NULs."""
    rest = b""
    while piece := stream.read(_PIECE):
        *whole, rest = (rest + piece).split(b"\0")
        yield from whole
    if rest:
        yield rest


def _commit(head: bytes) -> Commit:
    _, name, time, author = head.split(b" ", 3)
    try:
        date = datetime.fromtimestamp(int(time), UTC)
    except (ValueError, OverflowError, OSError):  # a commit may claim any time
        date = datetime.fromtimestamp(0, UTC)
    return Commit(name.decode("ascii"), printable(author.decode("utf-8", "backslashreplace")), date.isoformat())


def _change(record: bytes, tokens: Iterator[bytes]) -> Change | None:
    """Return the change in a raw record, None for a deletion. Takes its paths from the tokens."""
    parents = len(record) - len(record.lstrip(b":"))
    words = record[parents:].split(b" ")
    path = next(tokens, b"")
    if len(words) != 2 * parents + 3 or not path:
        raise GitError("git prints what this program does not understand")
    mode, oid, status = words[parents], words[-2].decode("ascii"), words[-1]
    if status[:1] in (b"R", b"C") and parents == 1:
        path = next(tokens, b"")
    if status == b"U":
        return Change(path, mode, oid, None, unmerged=True)
    if mode == _DELETED:
        return None
    kept = parents == 1 and status[:1] in (b"M", b"R")
    return Change(path, mode, oid, words[2].decode("ascii") if kept else None)


def added_lines(stream: IO[bytes]) -> Mapping[tuple[str, str], Lines | None]:
    """Return the new lines by old and new blob, from a patch made with `PATCH`; None if git cannot say.

    The counts of its hunks guide the parser, so that content is never taken for a part of the patch; names, which git
    quotes, are ignored. A lone carriage return ends a line here but not for git, so all lines of such a file are new.
    """
    found: dict[tuple[str, str], list[tuple[int, int]] | None] = {}
    pair = told = None
    for line in _lines(stream):
        if line.startswith(b"diff --git "):
            pair = None
        elif match := _INDEX.fullmatch(line):
            told = (match[1].decode("ascii"), match[2].decode("ascii"))
            pair = told if told not in found else None  # the same change under another name
            found.setdefault(told, [])
        elif line.startswith(b"Binary files ") and told is not None:
            found[told] = None
        elif match := _HUNK.match(line):
            removed, first, count = int(match[1] or 1), int(match[2]), int(match[3] or 1)
            has_returns = _skip(stream, removed + count)
            known = found.get(pair) if pair else None
            if pair and has_returns:
                found[pair] = None
            elif known is not None and count:
                known.append((first, first + count - 1))
    return {key: None if lines is None else tuple(lines) for key, lines in found.items()}


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines; of long ones only the beginning."""
    while line := stream.readline(_PIECE):
        yield line
        _finish(stream, line)


def _skip(stream: IO[bytes], count: int) -> bool:
    """Skip the lines of a hunk, and return whether one of them has a lone carriage return.

    Git's note about a missing line feed at the end of a file is not counted.
    """
    found = False
    while count > 0 and (line := stream.readline(_PIECE)):
        count -= not line.startswith(b"\\")
        found = found or _LONE_RETURN.search(line) is not None
        _finish(stream, line)
    return found


def _finish(stream: IO[bytes], line: bytes) -> None:
    """Skip the rest of a line that is longer than a piece."""
    while line and not line.endswith(b"\n"):
        line = stream.readline(_PIECE)
