"""Places and names of a table's cells in a text. Pure functions over strings."""

import re
from functools import cache

_FAR = 4096
"""Maximum reach of a quoted cell after a place in it, in characters; longer rows come cell by cell."""


def cell_at(text: str, start: int, offset: int, delimiter: str) -> tuple[int, int]:
    """Return the number, from 0, and the start of the cell with text[offset] in the row that begins at `start`.

    A cell that begins with a quote extends to the closing one (RFC 4180), over delimiters and line breaks.
    """
    if text.find('"', start, offset) < 0:
        return text.count(delimiter, start, offset), max(start, text.rfind(delimiter, start, offset) + 1)
    pattern = cell_pattern(delimiter)
    index, begin, limit = 0, start, min(len(text), offset + _FAR)
    while True:
        match = pattern.match(text, begin, limit)
        end = match.end() if match else begin
        if end >= offset or text[end] != delimiter:
            return index, begin
        index, begin = index + 1, end + 1


@cache
def cell_pattern(delimiter: str) -> re.Pattern[str]:
    """Return the regex for one cell with its quotes, up to the delimiter or the end of the row."""
    other = re.escape(delimiter)
    return re.compile(rf' *+"(?:[^"]++|"")*+"[^{other}\n]*+|[^{other}\n]*+')


def letters(index: int) -> str:
    """Return a spreadsheet's name of the column with the number `index`, from 0: A, B, …, Z, AA and so on."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
