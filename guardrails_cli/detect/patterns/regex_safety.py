"""Reject regular expressions that can run away before they meet a user's documents.

A backtracking engine takes unbounded time where one text can be matched in many ways: exponential time for a repetition
inside a repetition, as in `(a+)+`, quadratic or worse for adjacent repetitions that take the same characters, as in
`.*.*x`. Nested repetitions are found in the pattern; for the others the pattern is tried.
"""

import re
import time
import warnings
from collections.abc import Iterator
from typing import Any

import regex

FLAGS = regex.IGNORECASE | regex.MULTILINE | regex.DOTALL
"""Flags with which Presidio searches."""
TRIAL_CHARACTERS = 2_000
TRIAL_SECONDS = 0.25
"""Seconds per trial. A quadratic pattern needs a tenth of it and passes, since Presidio's own time-out bounds it; a
cubic one does not pass.
"""
_MANY = 32
"""Repetitions; fewer cannot cost much by nesting."""
_SAMPLES = "aA0 -_.@:/,\n"


def danger(pattern: str) -> str | None:
    """Return why a pattern must not be used, for its author to read; None if it is safe."""
    try:
        compiled = regex.compile(pattern, FLAGS)
    except (regex.error, OverflowError, RecursionError) as error:
        return f"not a regular expression: {error}"
    if any(not match[0] for probe in ("", " a 1") for match in compiled.finditer(probe)):
        return "it matches the empty text, which is everywhere"
    if _nested(pattern):
        return "a repetition inside a repetition can take exponential time; bound one of them, as in {1,20}"
    slow = next((sample for sample in _trials(pattern) if not _is_quick(compiled, sample)), None)
    if slow is not None:
        like = f"{TRIAL_CHARACTERS} characters like {slow[:12]!r}"
        return f"it takes over {TRIAL_SECONDS} s on {like}; bound its repetitions"
    return None


def _is_quick(compiled: "regex.Pattern[str]", sample: str) -> bool:
    begun = time.perf_counter()
    try:
        for _ in compiled.finditer(sample, timeout=TRIAL_SECONDS):
            pass
    except TimeoutError:
        return False
    return time.perf_counter() - begun < TRIAL_SECONDS


def _trials(pattern: str) -> Iterator[str]:
    """Yield long texts that almost match: single characters and the pattern's own literals, over and over."""
    literals = re.findall(r"[A-Za-z0-9@._-]{1,12}", re.sub(r"\\[A-Za-z]|\{[^}]*\}|\(\?[^:)]*", " ", pattern))
    end = "\x00" + "".join(reversed(literals))  # otherwise the engine notices at once that a literal is missing
    for unit in dict.fromkeys([*_SAMPLES, *literals[:8], "a.", "1-", "a ", "a1", "x@"]):
        yield (unit * (TRIAL_CHARACTERS // len(unit) + 1))[:TRIAL_CHARACTERS] + end


def _nested(pattern: str) -> bool:
    """Return whether an unbounded repetition contains another; False if Python's own parser cannot read the pattern."""
    from re import _parser  # type: ignore[attr-defined]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parsed = _parser.parse(pattern)
        except (re.error, OverflowError, RecursionError):
            return False
    return _repeats(parsed, inside=False)


def _repeats(items: Any, *, inside: bool) -> bool:
    for operation, argument in items:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            many = int(argument[1]) >= _MANY
            if many and inside:
                return True
            if _repeats(argument[2], inside=many and not _has_fixed_part(argument[2])):
                return True
        elif any(_repeats(part, inside=inside) for part in _parts(name, argument)):
            return True
    return False


def _has_fixed_part(items: Any) -> bool:
    """Return whether something fixed separates the repetitions, as a dot before each word; trials judge these."""
    return any(
        str(operation) == "LITERAL" or (str(operation) == "SUBPATTERN" and _has_fixed_part(argument[3]))
        for operation, argument in items
    )


def _parts(name: str, argument: Any) -> list[Any]:
    """Return the patterns inside a group, branch or assertion."""
    if name == "SUBPATTERN":
        return [argument[3]]
    if name == "BRANCH":
        return list(argument[1])
    if name in ("ASSERT", "ASSERT_NOT"):
        return [argument[1]]
    return [argument] if name == "ATOMIC_GROUP" else []
