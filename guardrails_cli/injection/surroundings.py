"""Surroundings that make the wording of an attack harmless: quoted as an example, or part of a program.

Both look at the lines around a place only, so that a chunk gives the same answer as the whole text.
"""

import re

_REACH = 240
"""Maximum distance, in characters, that is looked at to either side."""
_OPENING = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "«": "»", "‘": "’"}
_EXAMPLE = re.compile(
    r"(?:\b(?:such as|like|e\.g\.|i\.e\.|examples?|for instance|instances?|phrases?|(?:deny|block)[ -]?list\w*|"
    r"blocked|detects?|detected|flag(?:s|ged)?|rejects?|injections?|attacks?|attackers?|jailbreaks?|payloads?|malicious|"
    r"bad|suspicious|known|do not do this|z\. ?B\.|zum Beispiel|Beispiele?|par exemple|por ejemplo)\b)",
    re.IGNORECASE,
)
"""Words before a quotation that introduce it as an example."""
_CODE = re.compile(
    r"\s*(?:[})\]]+[;,)]*\s*$|(?:async )?def \w|class \w+[:({]|(?:from [\w.]+ )?import [\w.{*]|"
    r"(?:return|raise|assert)\b|"
    r"(?:if|elif|while|for|unless|foreach|switch|catch)\b.*[:{]\s*$|(?:else|try|finally|do)\b\s*[:{]?\s*$|"
    r"(?:function|const|let|var|public|private|static|my|our|sub|use|local|struct|fn|impl)\b.*[;{(=]\s*$|#include\b|"
    r"@\w[\w.]*|>>> |\.\.\. |=(?:head|item|over|back|cut)\b|"
    r"[$@%]?[\w.\[\]'\"$@%>-]{1,60}\s{0,4}(?:[-+|&]?=|:=|=>)\s|[$\w.>-]{1,60}\(.*[,;:)({]\s*$|.*[;{}]\s*$|.*\) ?->)"
)
"""Line of a program, without comments."""
_LEAST_LINES = 3
_LEAST_SHARE = 0.3


def is_example(text: str, start: int, end: int) -> bool:
    """Return whether text[start:end] is inside a quotation in its line that words before it introduce as an example."""
    low = max(text.rfind("\n", 0, start) + 1, start - _REACH)
    before = text[low:start]
    stop = text.find("\n", end, end + _REACH)
    after = text[end : stop if stop >= 0 else end + _REACH]
    for opening, closing in _OPENING.items():
        place = before.rfind(opening)
        inside = place >= 0 and closing not in before[place + 1 :] and closing in after
        if inside and not (opening == closing and before.count(opening) % 2 == 0) and _EXAMPLE.search(before[:place]):
            return True
    return False


def is_in_code(text: str, start: int, end: int) -> bool:
    """Return whether the lines around text[start:end] are those of a program."""
    low, high = max(0, start - _REACH), min(len(text), end + _REACH)
    lines = [line for line in text[low:high].split("\n")[1:-1] if line and not line.isspace()]
    found = sum(_CODE.match(line) is not None for line in lines)
    return found >= _LEAST_LINES and found >= _LEAST_SHARE * len(lines)
