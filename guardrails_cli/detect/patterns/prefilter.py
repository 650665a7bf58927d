"""One Hyperscan automaton over the heads of all patterns: a single pass shows where each of them may match.

Hyperscan only supplies places; `regex_shape` and `candidate_windows` explain why no match is lost. If it cannot be
imported `load` returns None, and the patterns search the whole text themselves, with the same results, more slowly.
"""

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Sequence
from typing import Any

from guardrails_cli.system import private_cache


class RefusedError(Exception):
    """An expression is too large or complex for Hyperscan."""


class Prefilter:
    """The automaton, with working memory that belongs to this process alone."""

    def __init__(self, database: Any, count: int) -> None:
        self._database = database
        self._count = count
        self._process = -1

    def hits(self, data: bytes) -> list[list[int]]:
        """Return where the matches of each expression end in `data`, ascending; an end may occur twice."""
        if self._process != os.getpid():  # working memory must not be shared with the parent process
            import hyperscan

            self._database.scratch = hyperscan.Scratch(self._database)
            self._process = os.getpid()
        found: list[list[int]] = [[] for _ in range(self._count)]
        adders = [ends.append for ends in found]

        def add(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            adders[number](end)

        self._database.scan(data, match_event_handler=add)
        for ends in found:
            ends.sort()  # nearly always sorted already, but Hyperscan does not promise it
        return found


def load(expressions: Sequence[str], presence_only: bool = False) -> Prefilter | None:
    """Return the automaton for byte expressions, from the user's cache or newly compiled; None without Hyperscan.

    Args:
        expressions: byte expressions to search for.
        presence_only: report at most one match of each expression.

    Raises:
        RefusedError: if Hyperscan rejects one of them, see `accepts`.

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
            pass  # made by another build of Hyperscan
    database = _compiled(expressions, presence_only)
    private_cache.write(name, hyperscan.dumpb(database))
    return Prefilter(database, len(expressions))


def accepts(expression: str) -> bool:
    """Return whether Hyperscan accepts an expression; some are too large for it."""
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
    """Return the features of this processor: an automaton is compiled for the processor that it runs on."""
    import hyperscan

    empty = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    empty.compile(expressions=[b"a"], ids=[0], elements=1, flags=[0])
    return str(empty.info())
