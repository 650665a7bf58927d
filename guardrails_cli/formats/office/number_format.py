"""Numbers of spreadsheets as a person sees them, as far as it matters: all digits, dates in ISO form, masks.

A mask is a format that spreads the digits over fixed places, such as `000-00-0000` for a US social security number:
without it the number has neither its separators nor its leading zeros (ECMA-376 part 1, 18.8.30 and 18.8.31).
"""

import math
import re
from datetime import datetime, timedelta
from functools import lru_cache

BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.')
_BRACKETS = re.compile(r"\[[^\]]*\]")
_CONDITION = re.compile(r"\[(<=|<|>=|>)(\d{1,15})\]")
_DATE = re.compile(r"[dmyhs]", re.IGNORECASE)
_MASK = re.compile(r"[0#]*(?:[-() ./+]+[0#]+)+\)?|[-() +]*[0#]{2,}(?:[-() ./]+[0#]+)*|0{2,}")
_EPOCH = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_LAST_DAY = 2_958_466
"""First serial number after the year 9999."""


@lru_cache(maxsize=4096)
def is_date(code: str) -> bool:
    """Return whether a number format shows a day or a time."""
    return (
        bool(_DATE.search(_BRACKETS.sub("", _LITERAL.sub("", code.split(";", maxsplit=1)[0]))))
        and "General" not in code
    )


@lru_cache(maxsize=4096)
def masks(code: str) -> tuple[tuple[str, float, str], ...]:
    """Return the sections of a format that are masks, each as a comparison, its bound, and the mask."""
    found = []
    for section in code.split(";")[:2]:
        condition = _CONDITION.search(section)
        plain = _LITERAL.sub(lambda match: match[1] or match[2] or "", _BRACKETS.sub("", section))
        places = plain.count("0") + plain.count("#")
        if 2 <= places <= 20 and _MASK.fullmatch(plain) and not re.fullmatch(r"#*0?\.[0#]*|0\.[0#]*", plain):
            found.append((condition[1], float(condition[2]), plain) if condition else (">=", 0.0, plain))
    return tuple(found)


def shown(raw: str, code: str = "", *, date: bool = False, since_1904: bool = False) -> str:
    """Return a number as it is displayed.

    Args:
        raw: the number in the file.
        code: its number format.
        date: whether the format shows a day or a time.
        since_1904: whether days are counted from 1904.

    """
    if raw.isdigit() and not date and not code:
        return raw
    try:
        value = float(raw)
    except ValueError:
        return raw
    if date:
        return _day(value, _EPOCH_1904 if since_1904 else _EPOCH) or plain(value)
    if value >= 0 and value.is_integer():
        for comparison, bound, mask in masks(code):
            if _holds(value, comparison, bound):
                return _filled(str(int(value)), mask)
    return plain(value)


def plain(value: float) -> str:
    """Return a number with all its digits and no exponent, rounded to 15 digits as in spreadsheets unless whole."""
    if not math.isfinite(value):
        return str(value)
    if value.is_integer() and abs(value) < 1e22:
        return str(int(value))
    return f"{value:.15g}"


def _day(value: float, epoch: datetime) -> str | None:
    if not 0 <= value < _LAST_DAY:
        return None
    if epoch is _EPOCH and 1 <= value < 60:
        value += 1  # spreadsheets count 29 February 1900, which never existed
    try:
        moment = epoch + timedelta(seconds=round(value * 86400))
    except OverflowError:
        return None
    if value < 1:
        return moment.time().isoformat()
    return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat()


def _holds(value: float, comparison: str, bound: float) -> bool:
    return {"<": value < bound, "<=": value <= bound, ">": value > bound, ">=": value >= bound}[comparison]


def _filled(digits: str, mask: str) -> str:
    """Return the digits in the places of a mask, from the right; further digits precede it."""
    left = list(digits)
    found: list[str] = []
    for place in reversed(mask):
        if place not in "0#":
            found.append(place)
        elif left:
            found.append(left.pop())
        elif place == "0":
            found.append("0")
    return "".join(left) + "".join(reversed(found))
