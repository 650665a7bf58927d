"""Find the keys in a text whose names end like one of a set: at the marks that formats put behind a key.

Every mark of a long text is visited, so the last characters of the word before it are looked up first; hardly any
word passes that.
"""

import re
import string
from collections.abc import Callable, Iterator

from guardrails_cli.detect.pairs.scanner import Key

TAIL = 3
"""Number of a key's last characters that are looked up first."""
_NAMED = r"(?=[ \t]{0,4}(?:[,;{>]|/>|\n|[\w:.-]{1,30}[ \t]?=))"
"""What follows a key that is the value of `name` or `key`."""
_CELL = r"(?<=[\w:\"'`*. ].)"
# Each alternative begins with a character of its own, so that `re` passes over all others without a step.
_MARK = re.compile(
    rf":|=|\"{_NAMED}|'{_NAMED}"
    r"|</(?=[\w.:-]{1,30}>\s{0,80}<(?!/))"
    r"|\n(?=[ \t]{1,40}(?:[vV]al|default|data|text|content|string))"
    rf"|\t{_CELL}|\|{_CELL}|,(?<=[A-Za-z:\"],)(?=[A-Z\d(+\"])"
)
_ELEMENT = re.compile(r"<(?:[\w.-]{1,30}:)?([A-Za-z][\w.-]{1,30})(?=[\s>])")
_BLANK, _QUOTES = " \t", "\"'`"
_BEFORE_MARK = _BLANK + _QUOTES + ":"
_SPACES = 4
"""Maximum number of spaces between a key and its mark."""
_KEY = re.compile(r"(?<![\w.])[A-Za-z][A-Za-z0-9_ .-]{1,30}$")
_KEY_CHARACTERS = string.ascii_letters + string.digits + "_ .-"
_LONGEST_KEY = 32


def keys(text: str, may_end: Callable[[str], bool], wanted: Callable[[str], bool]) -> Iterator[Key]:
    """Yield the keys whose names are wanted; a key may come twice.

    Args:
        text: any string.
        may_end: whether a wanted name may end with some characters, `TAIL` at most; the characters before it may be
            among them.
        wanted: whether a name is wanted.

    """
    for match in _MARK.finditer(text):
        mark = match.start()
        end, quote = mark, ""
        if mark and (text[mark - 1] in _BEFORE_MARK or text[mark] in _QUOTES):
            end, quote = _end_of_key(text, mark)
        if not may_end(text[max(0, end - TAIL) : end]):
            continue
        key = _key(text, end, quote)
        if key is not None:
            first = _attribute(text, *key) if match[0] == "=" else key[0]
            if wanted(text[first : key[1]]):
                yield Key(text[first : key[1]], first, key[1])
    for match in _ELEMENT.finditer(text):
        if wanted(match[1]):
            yield Key(match[1], *match.span(1))


def _end_of_key(text: str, mark: int) -> tuple[int, str]:
    """Return the end of the key before a mark, and the quotation mark there if any."""
    place = mark
    if text[mark] in _QUOTES:
        place += 1
    else:
        low = max(0, mark - _SPACES)
        while place > low and text[place - 1] in _BLANK:
            place -= 1
    if not place or text[place - 1] not in _QUOTES:
        return place, ""
    quote = text[place - 1]
    while place > 1 and text[place - 2] == "\\":
        place -= 1
    return place - 1, quote


def _key(text: str, end: int, quote: str) -> tuple[int, int] | None:
    """Return the longest key that ends at `end`, or before a line feed there; a quoted one begins with its quote."""
    low = max(0, end - _LONGEST_KEY)
    run = text[low:end].removesuffix("\n").rstrip(_KEY_CHARACTERS)
    match = _KEY.search(text, low + len(run), end)
    if match is None or (quote and text[match.start() - 1 : match.start()] not in (quote, "/")):
        return None
    return match.span()


def _attribute(text: str, start: int, end: int) -> int:
    """Return the start of the key without the words before it: the name of an attribute follows its element's."""
    return max(start, text.rfind(" ", start, end) + 1)
