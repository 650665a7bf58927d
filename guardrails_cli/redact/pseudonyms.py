"""Realistic stand-ins that keep a value's format: equal values get equal ones, under one key.

Names are replaced word by word, so that `Jane Doe` and `Ms Doe` stay the same person. What can belong to somebody comes
from ranges that are nobody's where there are any: example.com (RFC 2606), 192.0.2.0/24 (RFC 5737), 2001:db8::/32
(RFC 3849), telephone numbers 555-01xx (NANP), Social Security numbers from 900 on (never assigned).
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import date, timedelta


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_STEMS = _names(
    "Alder Ash Barn Beck Bell Birch Black Brad Bram Brook Burn Cald Carl Chad Clay Cob Cran Dal Den Dun Eck Elm "
    "Fair Farn Fern Fox Gar Glen Gran Green Had Hal Ham Hart Haw Hazel Heath Hol Hum Ken Kirk Lang Lark Lin Lock "
    "Mal Mar Mel Mill Mor Nor Oak Old Pem Pen Pres Rad Raven Red Rock Rush Sand Sel Sher Stan Stone Suth Thorn "
    "Tren Wal War Wen West Whit Wild Win Wood Wy York"
)
_ENDS = _names(
    "bank berg born bridge brook bury by cliff combe cote croft dale den field ford gate ham hill holm hurst ings "
    "land leigh ley lock low man mere mond more ridge side stead stone ton vale wall ward well wick wood worth"
)
_WORD = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DAYS = 730
_LUHN = frozenset({"CREDIT_CARD", "IMEI"})


def pseudonym(value: str, entity: str, key: bytes) -> str:
    """Return a stand-in for `value`, of its format; the same one for the same value, type and key."""
    return _MAKERS.get(entity, _scrambled)(value, _Stream(key, entity, value))


class _Stream:
    """Numbers that a key and a value decide."""

    def __init__(self, key: bytes, entity: str, value: str) -> None:
        self._key = key
        self._seed = f"{entity}\0{' '.join(value.split()).casefold()}".encode("utf-8", "surrogatepass")
        self._count = 0
        self._held = b""

    def below(self, bound: int) -> int:
        """Return the next number from 0 to below `bound`, which is far below 2^32."""
        if len(self._held) < 4:
            self._held += hmac.digest(self._key, self._seed + self._count.to_bytes(4, "big"), hashlib.sha256)
            self._count += 1
        number, self._held = int.from_bytes(self._held[:4], "big"), self._held[4:]
        return number % bound

    def digits(self, count: int) -> str:
        return "".join(str(self.below(10)) for _ in range(count))

    def of(self, entity: str, value: str) -> "_Stream":
        """Return the stream of a part of the value, which is the same whatever it is a part of."""
        return _Stream(self._key, entity, value)


def _words(value: str, stream: _Stream) -> str:
    """Replace each word of a name by another one of the same letter case; particles and initials too."""

    def other(match: re.Match[str]) -> str:
        word = match[0]
        own = stream.of("word", word)
        if len(word) == 1:
            return _cased(chr(ord("a") + own.below(26)), word)
        return _cased(_STEMS[own.below(len(_STEMS))] + _ENDS[own.below(len(_ENDS))], word)

    return _digits_replaced(_WORD.sub(other, value), stream)


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.lower() if like.islower() else word[0].upper() + word[1:].lower()


def _digits_replaced(value: str, stream: _Stream) -> str:
    return _DIGIT.sub(lambda _: str(stream.below(10)), value)


def _scrambled(value: str, stream: _Stream) -> str:
    """Replace letters by letters of the same case and digits by digits; marks stay."""

    def other(match: re.Match[str]) -> str:
        return "".join(_cased(chr(ord("a") + stream.below(26)), char) for char in match[0])

    return _digits_replaced(_WORD.sub(other, value), stream)


def _with_digits(value: str, digits: str) -> str:
    """Return `value` with its digits replaced by these, one by one."""
    rest = iter(digits)
    return _DIGIT.sub(lambda _: next(rest), value)


def _card(value: str, stream: _Stream) -> str:
    """Keep the first digit, which tells the network, and the check digit right."""
    count = len(_DIGIT.findall(value))
    if count < 2:
        return _scrambled(value, stream)
    first = next(iter(_DIGIT.findall(value)))
    body = str(int(first)) + stream.digits(count - 2)
    total = sum(_doubled(int(digit)) if index % 2 == 0 else int(digit) for index, digit in enumerate(reversed(body)))
    return _with_digits(value, body + str(-total % 10))


def _doubled(digit: int) -> int:
    return 2 * digit - 9 if digit > 4 else 2 * digit


def _ssn(value: str, stream: _Stream) -> str:
    count = len(_DIGIT.findall(value))
    return _with_digits(value, "9" + stream.digits(max(0, count - 1)))


def _phone(value: str, stream: _Stream) -> str:
    """Keep the country code and format; the number is of the range kept for fiction."""
    count = len(_DIGIT.findall(value))
    if count < 10:
        return _with_digits(value, stream.digits(count))
    code = "".join(str(int(digit)) for digit in _DIGIT.findall(value)[: count - 10])
    return _with_digits(value, f"{code}{2 + stream.below(8)}{stream.digits(2)}55501{stream.digits(2)}")


def _mail(value: str, stream: _Stream) -> str:
    local = value.partition("@")[0]
    words = _words(local, stream).lower()
    return f"{words}{stream.digits(3)}@example.{('com', 'net', 'org')[stream.below(3)]}"


def _address(value: str, stream: _Stream) -> str:
    if ":" in value:
        return f"2001:db8::{stream.below(65_536):x}:{stream.below(65_536):x}"
    return f"192.0.2.{1 + stream.below(254)}"


def _web(_value: str, stream: _Stream) -> str:
    return f"https://example.com/{stream.below(2**31):08x}"


def _date(value: str, stream: _Stream) -> str:
    """Move the date by up to two years, other dates than ISO's digit by digit within what months and days can be."""
    match = _ISO.fullmatch(value)
    if match:
        try:
            moved = date(*map(int, match.groups())) - timedelta(days=1 + stream.below(_DAYS))
        except (ValueError, OverflowError):
            return _digits_replaced(value, stream)
        return moved.isoformat()

    def other(found: re.Match[str]) -> str:
        length = len(found[0])
        if length == 4:
            return f"19{stream.below(100):02}"
        return f"{1 + stream.below(12 if length == 2 else 9):0{length}}" if length <= 2 else stream.digits(length)

    return re.sub(r"\d+", other, value)


_MAKERS: dict[str, Callable[[str, _Stream], str]] = {
    **dict.fromkeys(("PERSON", "LOCATION", "ORGANIZATION", "NRP"), _words),
    **dict.fromkeys(_LUHN, _card),
    **dict.fromkeys(("US_SSN", "US_ITIN"), _ssn),
    **dict.fromkeys(("DATE_TIME", "DATE_OF_BIRTH"), _date),
    "EMAIL_ADDRESS": _mail,
    "IP_ADDRESS": _address,
    "PHONE_NUMBER": _phone,
    "URL": _web,
}
