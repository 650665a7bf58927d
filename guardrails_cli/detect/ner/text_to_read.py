"""Select the parts of a text that can hold a name, so that the language model need not read the rest.

Running text is read as it stands, in stretches of whole lines. In a line of data (a log, a table, JSON, source code)
only the fragments with a capitalised word are read, each by itself, and every token that has a digit is replaced by the
same one: a fragment's names thus depend on its own words only, and a fragment seen before need not be read again.
Sentences of running text are skipped if they begin with a function word and have no other capital, no digit and no word
of time. The cost: names in lower case and single words in capitals are missed in lines of data and skipped sentences,
and the model does not see what surrounds a fragment. The thorough profile reads everything.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from guardrails_cli.detect.presidio.context import STOP_WORDS

_LINE = re.compile(r"[^\n]*\n?")
_PLAIN = re.compile(r"[^\W\d_]|[ \t]")
_CODE = re.compile(r"[=(){}\[\]<>;_|\\]")
_MIN_PLAIN = 0.75
_MAX_CODE = 0.05
"""Shares of a line's characters in running text: letters and spaces at least, brackets and the like at most."""
_FRAGMENT = re.compile(r"[^\W_][\w'’&-]*(?:(?:, |\. | |\.(?=[^\W\d_]\.))[^\W_][\w'’&-]*)*")
"""Consecutive words, with the punctuation that occurs inside names and dates."""
_SENTENCE_END = re.compile(r"[.!?]['\")]?\s+(?=[A-Z])|\n\s*\n")
_FIRST_WORD = re.compile(r"\s*([A-Z][a-z]*)\b")
_TELLING = re.compile(
    r"[^\x00-@\[-`a-z{-\x7f]|[0-9]|\b(?:to|yester)?day|\b(?:tomorrow|tonight|night|noon|morning|evening|afternoon|week|"
    r"month|quarter|year|decade|centur|hour|minute|second|ago\b|spring|summer|autumn|winter|annual|dail)"
)
"""Signs of a name or date: a capital, a digit, a character beyond ASCII, a word of time."""
_WITH_DIGIT = re.compile(r"\w*\d\w*")


class Stretch(msgspec.Struct, frozen=True):
    """A part of the text for the model to read."""

    start: int
    end: int
    running: bool
    """Whether it is running text; otherwise a fragment, read in its `canonical` form."""


def stretches(text: str) -> Iterator[Stretch]:
    """Yield the parts of `text` that can hold a name, in order."""
    begin = None
    for match in _LINE.finditer(text):
        start, end = match.span()
        line = match.group()
        if not line.strip():
            continue  # an empty line ends nothing: the text on both sides is read together
        if is_running(line):
            begin = start if begin is None else begin
            until = end
            continue
        if begin is not None:
            yield from _sentences(text, begin, until)
            begin = None
        for found in _FRAGMENT.finditer(line):
            if _can_hold_name(found.group()):
                yield Stretch(start + found.start(), start + found.end(), running=False)
    if begin is not None:
        yield from _sentences(text, begin, until)


def _sentences(text: str, start: int, end: int) -> Iterator[Stretch]:
    """Yield running text without the sentences that cannot hold a name or a date."""
    begin = None
    ends = [match.end() for match in _SENTENCE_END.finditer(text, start, end)]
    for first, last in pairwise([start, *ends, *([] if ends and ends[-1] == end else [end])]):
        if _can_be_left_out(text[first:last]):
            if begin is not None:
                yield Stretch(begin, first, running=True)
                begin = None
        elif begin is None:
            begin = first
    if begin is not None:
        yield Stretch(begin, end, running=True)


def _can_be_left_out(sentence: str) -> bool:
    match = _FIRST_WORD.match(sentence)
    if match is None or match.group(1).lower() not in STOP_WORDS:
        return False
    return _TELLING.search(sentence, match.end()) is None


def is_running(line: str) -> bool:
    """Return whether a line is running text rather than data."""
    length = len(line.strip())
    plain = len(_PLAIN.findall(line.strip()))
    return plain >= _MIN_PLAIN * length and len(_CODE.findall(line)) <= _MAX_CODE * length


def canonical(fragment: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the fragment with each token that has a digit as `0`, and (start there, start in the fragment) pairs.

    The pairs ascend from (0, 0). Between two pairs both texts run in step, except for the replaced token.
    """
    pieces: list[str] = []
    steps = [(0, 0)]
    position = length = 0
    for match in _WITH_DIGIT.finditer(fragment):
        pieces += [fragment[position : match.start()], "0"]
        length += match.start() - position + 1
        position = match.end()
        steps.append((length, position))
    return "".join([*pieces, fragment[position:]]), steps


def original(place: int, steps: list[tuple[int, int]]) -> int:
    """Return the place in the fragment that corresponds to `place` in its canonical form."""
    there, here = max(step for step in steps if step[0] <= place)
    return here + place - there


def _can_hold_name(fragment: str) -> bool:
    words = re.findall(r"[^\W\d_]{2,}", fragment)
    if any(not word.islower() and not word.isupper() for word in words):
        return True
    capitals = [word.isupper() for word in words]
    return any(one and other for one, other in pairwise(capitals))
