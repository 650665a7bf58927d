"""Rules for dates: a date names a day, a year or a time of day; ages, spans and bare numbers are not dates."""

import re

_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}\b|\b\d{1,2}:\d{2}\b"
    r"|\b\d{1,2}\s?(?:[ap]\.?m\b)"
    r"|\b(?:jan(?:uary)?|feb(?:ruary)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?|(?-i:Mar(?:ch)?|May))\b"
    r"|\b(?:mon|tues?|wednes|thurs?|fri|satur|sun)day\b",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2}")
_BORN = re.compile(r"(?:born|birth|dob|geb|nasc|naci|nato|né)\D{0,24}$", re.IGNORECASE)
_NUMBER_RUN = re.compile(r"\d{5,}")
_CLOCK = re.compile(r"(?:T|,? )\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?(?: ?[AaPp][Mm]\b|Z|[ ]?[+-]\d{2}:?\d{2})?")
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}\.\d{1,2}\.\d{4}")


def date_span(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the span of the date in text[start:end], with a time of day after it; None if it is not a date."""
    value = text[start:end]
    if not _DATE.search(value) or _NUMBER_RUN.search(value):
        inner = _DAY.search(value)
        if inner is None:
            return None
        start, end = start + inner.start(), start + inner.end()
    if _DOTTED.fullmatch(text, start, end) and not _BORN.search(text[max(0, start - 40) : start]):
        return None  # three short numbers with dots are a version
    clock = _CLOCK.match(text, end, min(len(text), end + 40))
    return (start, clock.end()) if clock and _DAY.fullmatch(text, start, end) else (start, end)
