"""The stretches of text that `phonenumbers.PhoneNumberMatcher` considers as telephone numbers."""

import re
from typing import Any, NamedTuple

RUN = b"0123456789-xX /().[]~+"
"""ASCII characters of a candidate without extension."""
FEWEST_DIGITS = 4
_SECOND_NUMBER = re.compile(r"[\\/] *x")


class Candidate(NamedTuple):
    """A stretch of text that looks like a number."""

    start: int
    text: str


def next_candidate(pattern: Any, text: str, index: int, end: int) -> Candidate | None:
    """Return the first stretch in text[index:end] that the matcher would consider."""
    match = pattern.search(text, index, end)
    if match is None:
        return None
    found = match.group()
    second = _SECOND_NUMBER.search(found)
    return Candidate(match.start(), found[: second.start()] if second else found)
