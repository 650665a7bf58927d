"""One Hyperscan automaton over the heads of all patterns: one pass says where each of them may match.

Hyperscan is used for nothing but places; see `shape` and `windows` for why no match is lost. Where it cannot be
imported `load` returns None, and the patterns search the whole text themselves: the same answer, more slowly.
"""

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Sequence
from typing import Any

from guardrails_cli.system import private_cache


class RefusedError(Exception):
    """An expression is more than Hyperscan can compile."""


class Prefilter:
    """The automaton, and working memory that belongs to this process alone."""

    def __init__(self, database: Any, count: int) -> None:
        self._database = database
        self._count = count
        self._process = -1

    def hits(self, data: bytes) -> list[list[int]]:
        """Return for each expression where its matches in `data` end, ascending; an end may come up twice."""
        if self._process != os.getpid():  # working memory must not be shared with the process that this was forked from
            import hyperscan

            self._database.scratch = hyperscan.Scratch(self._database)
            self._process = os.getpid()
        found: list[list[int]] = [[] for _ in range(self._count)]
        adders = [ends.append for ends in found]

        def add(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            adders[number](end)

        self._database.scan(data, match_event_handler=add)
        for ends in found:
            ends.sort()  # nearly always in order already, which Hyperscan does not promise
        return found


def load(expressions: Sequence[str], presence_only: bool = False) -> Prefilter | None:
    """Return the automaton for byte expressions, from the user's cache or compiled anew; None without Hyperscan.

    Args:
        expressions: what to look for.
        presence_only: tell of each expression one match at most.

    Raises:
        RefusedError: if Hyperscan does not take one of them, see `accepts`.

    """
    try:
        import hyperscan
    except ImportError:
        return None
    name = f"automaton-{_fingerprint(expressions, presence_only)}.hs"
    stored = private_cache.read(name)
    if stored is not None:
        try:
            return Prefilter(hyperscan.loadb(stored, mode=hyperscan.HS_MODE_BLOCK), len(expressions))
        except hyperscan.error:
            pass  # of another build of Hyperscan
    database = _compiled(expressions, presence_only)
    private_cache.write(name, hyperscan.dumpb(database))
    return Prefilter(database, len(expressions))


def accepts(expression: str) -> bool:
    """Tell whether Hyperscan takes an expression; some are too large for it."""
    try:
        _compiled([expression])
    except RefusedError:
        return False
    return True


def _compiled(expressions: Sequence[str], presence_only: bool = False) -> Any:
    import hyperscan

    flags = hyperscan.HS_FLAG_DOTALL | (hyperscan.HS_FLAG_SINGLEMATCH if presence_only else 0)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[expression.encode("ascii") for expression in expressions],
            ids=list(range(len(expressions))),
            elements=len(expressions),
            flags=[flags] * len(expressions),
        )
    except hyperscan.error as error:
        raise RefusedError(str(error)) from error
    return database


def _fingerprint(expressions: Sequence[str], presence_only: bool) -> str:
    version = importlib.metadata.version("hyperscan")
    total = hashlib.sha256(f"{version}\0{platform.machine()}\0{platform.system()}\0{_cpu_features()}".encode())
    total.update(bytes([presence_only]))
    for expression in expressions:
        total.update(expression.encode("ascii") + b"\0")
    return total.hexdigest()[:32]


def _cpu_features() -> str:
    """Return what distinguishes processors for Hyperscan: an automaton is compiled for the one it finds."""
    import hyperscan

    empty = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    empty.compile(expressions=[b"a"], ids=[0], elements=1, flags=[0])
    return str(empty.info())
