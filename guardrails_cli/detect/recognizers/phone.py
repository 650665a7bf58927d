"""Telephone numbers exactly as Presidio's PhoneRecognizer finds them, but without one search per region.

Candidates, stretches that look like a number, are the same for every region until one is found to be a number. So they
are collected once, and most are dismissed once for all regions: a candidate without a part that is a valid number in a
region cannot match there. Only the rest goes to `phonenumbers.PhoneNumberMatcher` itself.

Candidates never contain a line feed, and without an extension ("ext 12") only the characters `RUN`; so the matches in
one line, or in one run of such characters with no extension near, do not depend on the rest of the text. The one
exception is the matcher's limit on failed tries, see `may_exhaust_tries`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from guardrails_cli.detect.patterns.candidate_windows import run_left
from guardrails_cli.detect.recognizers.phone_candidates import FEWEST_DIGITS, RUN, Candidate, next_candidate

if TYPE_CHECKING:
    from guardrails_cli.detect.recognizers.phone_numbers import Numbers

RUN_EXPRESSION = rf"[0-9](?:[-xX /().\[\]~+]*[0-9]){{{FEWEST_DIGITS - 1},}}[-xX /().\[\]~+]*[^-0-9xX /().\[\]~+]"
"""Ends after each run, except at the end of the text, with enough digits for a number in any country."""
EXTENSION_EXPRESSION = r"[0-9][ \t,]*(?:;|[xX#~]|[eE]?[xX][tT]|[aA][nN][eE][xX][oO]|[iI][nN][tT])"
"""Ends where an extension could begin."""
_ENOUGH_DIGITS = re.compile(rf"(?:\d[^\d\n]*){{{FEWEST_DIGITS}}}")
_MAX_TRIES = 65535

Span = tuple[int, int]


def may_exhaust_tries(text: str) -> bool:
    """Return whether the matcher could give up on `text` because of its number of failed tries.

    Each candidate costs one try, plus at most three for each character at which it can be split.
    """
    if 3 * len(text) < _MAX_TRIES:
        return False
    data = text.encode("ascii", "replace")
    digits = len(data) - len(data.translate(None, b"0123456789"))
    splits = len(data) - len(data.translate(None, b" -/(.?\t\r\x0b\x0c\x1c\x1d\x1e\x1f"))
    return digits + 3 * splits >= _MAX_TRIES


def matches(
    text: str, regions: Sequence[str], leniency: int, runs: Sequence[int] | None, extensions: Sequence[int] | None
) -> list[Span]:
    """Return the places of numbers in any of the regions, as `PhoneNumberMatcher` finds them, unordered, with repeats.

    Args:
        text: a text on which the matcher does not give up, see `may_exhaust_tries`.
        regions: two-letter codes.
        leniency: the matcher's, 0 to 3.
        runs: matches of `RUN_EXPRESSION` in ASCII text; None if unknown.
        extensions: matches of `EXTENSION_EXPRESSION`; None if unknown.

    """
    units = _lines(text) if runs is None or extensions is None else _units(text, runs, extensions)
    found: list[Span] = []
    numbers = None
    for start, end in units:
        numbers = numbers or _numbers(tuple(regions), leniency)
        found += _in_unit(numbers, text, start, end)
    return found


def _in_unit(numbers: "Numbers", text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the matches of all regions; while each is a whole candidate, no region needs a search of its own."""
    possible = numbers.possible_in(text[start:end])
    whole: list[Span] | None = []
    alive: set[str] = set()
    for offset, found, regions in possible:
        candidate = Candidate(start + offset, found)
        if numbers.is_dismissed(candidate, text):
            continue
        alive.update(regions)
        if whole is not None and numbers.is_whole(candidate.text) and numbers.stands_free(candidate, text):
            whole.append((candidate.start, candidate.start + len(candidate.text)))
        else:
            whole = None
    if whole is not None:
        yield from whole
    else:
        for region in sorted(alive):
            yield from _matches_in(numbers, text, start, end, region)


def _matches_in(numbers: "Numbers", text: str, start: int, end: int, region: str) -> Iterator[Span]:
    """Run the matcher's loop without the candidates that are ruled out."""
    matcher = numbers.matcher(text, region)
    index = start
    while (candidate := next_candidate(numbers.pattern, text, index, end)) is not None:
        match = None
        if region in numbers.regions_of(candidate.text):
            match = matcher._extract_match(candidate.text, candidate.start)
        if match is None:
            index = candidate.start + len(candidate.text)
        else:
            yield match.start, match.end
            index = match.end


def _lines(text: str) -> Iterator[Span]:
    """Yield the lines with enough digits for a number."""
    match = _ENOUGH_DIGITS.search(text)
    while match:
        following = text.find("\n", match.end() - 1)
        end = following if following >= 0 else len(text)
        yield text.rfind("\n", 0, match.start()) + 1, end
        match = _ENOUGH_DIGITS.search(text, end)


def _units(text: str, runs: Sequence[int], extensions: Sequence[int]) -> Iterator[Span]:
    """Yield the stretches to search: whole lines where an extension may be, runs elsewhere."""
    data = text.encode("ascii")
    lines: list[Span] = []
    for place in extensions:
        if not lines or place > lines[-1][1]:
            following = data.find(b"\n", place)
            lines.append((data.rfind(b"\n", 0, place) + 1, following if following >= 0 else len(data)))
    yield from lines
    ends = [place - 1 for place in runs]
    if data and data[-1] in RUN:
        ends.append(len(data))
    previous = 0
    position = 0
    for end in ends:
        start = run_left(data, end, RUN, previous)
        previous = end
        while position < len(lines) and lines[position][1] < start:
            position += 1
        if position == len(lines) or not lines[position][0] <= start <= lines[position][1]:
            yield start, end


@lru_cache(maxsize=4)
def _numbers(regions: tuple[str, ...], leniency: int) -> "Numbers":
    from guardrails_cli.detect.recognizers.phone_numbers import Numbers

    return Numbers(regions, leniency)
