"""The neighbourhood that a rule may look at: the line, or in a long line the part around the detection.

Rules that see no more than this give the same results for a chunk as for the whole text, because a chunk's margin is
far wider.
"""

import re

REACH = 400
"""Reach in characters on either side of a detection."""

_CODE = re.compile(
    r"^\s*(?:def |class \w+[(:]|import \w|from \S+ import |#include|#define|package |using \w+;|@\w+|>>> )"
    r"|\b[A-Za-z_][\w.]*\([^\s()]*[,)]"  # a call
    r"|\w\s?(?:[-+*/|&]?=|==|!=|:=|=>|->|<=|>=|&&|\|\|)\s?\S"  # an assignment or comparison
    r"|[{};]\s*$|^\s*[}\])]|\w\(self\b|\bself\.|::\w"
    r"|\b[a-z0-9]+_[a-z0-9_]+\b|\b\w+\.\w+\("
)


def line_bounds(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the line that holds text[start:end], cut at `REACH` characters on either side."""
    low, high = max(0, start - REACH), min(len(text), end + REACH)
    return text.rfind("\n", low, start) + 1 or low, _or(text.find("\n", end, high), high)


def before(text: str, start: int, reach: int = 40) -> str:
    """Return the text before `start` on its line, at most `reach` characters."""
    low = max(0, start - reach)
    return text[text.rfind("\n", low, start) + 1 or low : start]


def after(text: str, end: int, reach: int = 40) -> str:
    """Return the text after `end` on its line, at most `reach` characters."""
    high = min(len(text), end + reach)
    return text[end : _or(text.find("\n", end, high), high)]


def looks_like_code(line: str) -> bool:
    """Return whether a line is program text rather than prose: it calls, assigns, defines or ends a statement."""
    return bool(_CODE.search(line))


def _or(found: int, otherwise: int) -> int:
    return otherwise if found < 0 else found
