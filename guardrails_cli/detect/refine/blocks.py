"""Rules for address blocks: the lines above an address name a person and an organization.

Letters, signatures and envelopes share this order (UPU S42: addressee, organization, delivery point): the lines
directly above a line that begins with an address are the addressee's name, then perhaps the organization's.
"""

import re
from collections.abc import Iterable, Iterator

from guardrails_cli.core.finding import Detection
from guardrails_cli.detect.ner.gazetteer import has_given_name, is_place, names

RECOGNIZER = "AddressBlock"
_ADDRESS = "AddressRecognizer"
_SCORE = 0.87
"""Just above a language model's 0.85."""
_SURE_ADDRESS = 0.9
_MAX_LINES = 3
_REACH = 200
_QUOTE = r"[>?*|# \t]{0,8}"
_INDENT = re.compile(_QUOTE)
_NAME_LINE = re.compile(rf"{_QUOTE}(?P<name>[^\W\d_][^\d\n:;@=<>(){{}}\[\]\"]{{1,58}}?)[ \t\r]*")


def address_blocks(text: str, detections: Iterable[Detection]) -> Iterator[Detection]:
    """Yield the people and organizations in the lines above the addresses among `detections`."""
    for found in detections:
        if found.recognizer == _ADDRESS and found.score >= _SURE_ADDRESS:
            line = text.rfind("\n", max(0, found.start - _REACH), found.start) + 1
            if line and _INDENT.fullmatch(text, line, found.start):
                yield from _lines_above(text, line - 1)


def _lines_above(text: str, end: int) -> Iterator[Detection]:
    """Yield the names in the consecutive lines that end at `end`."""
    names: list[tuple[int, int]] = []
    low = max(0, end - _REACH)
    skipped_blank = False
    while len(names) < _MAX_LINES and end > low:
        start = text.rfind("\n", low, end) + 1
        if start == 0 and low > 0:
            break
        match = _NAME_LINE.fullmatch(text, start, end)
        if match and _is_name(match["name"]):
            names.append(match.span("name"))
        elif names or skipped_blank or text[start:end].strip("> ?*|#\t\r"):
            break
        else:
            skipped_blank = True
        end = start - 1
    values = [text[slice(*span)] for span in names]
    for index, (span, value) in enumerate(zip(names, values, strict=True)):
        person = _is_person(value) and (index == len(names) - 1 or values.count(value) > 1)
        yield Detection("PERSON" if person else "ORGANIZATION", *span, _SCORE, RECOGNIZER, evidence=("address block",))


def _is_name(value: str) -> bool:
    words = value.split()
    return (
        len(words) <= 6
        and words[0][0].isupper()
        and not value.endswith((",", "!", "?"))
        and not is_place(value)
        and words[0].casefold().strip(",") not in names("no_names")
    )


def _is_person(value: str) -> bool:
    words = value.split()
    if "," in value or "&" in value or " and " in value or words[-1].casefold() in names("organization_words"):
        return False
    return 2 <= len(words) <= 4 and (len(words) < 4 or has_given_name(value))
