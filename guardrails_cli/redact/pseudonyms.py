"""Realistic pseudonyms that keep a value's format; equal values have equal pseudonyms under one key.

Names are replaced word by word, so that `Jane Doe`, `DOE, Jane` and `Ms Doe` stay the same person. Identifiers come
from ranges that belong to nobody where such ranges exist; each maker names its source.
"""

import hashlib
import hmac
import re
import unicodedata
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
_HEX = re.compile(r"[0-9a-fA-F]")
_TRIES = 20
_TITLES = frozenset(_names("mr mrs ms miss mx dr prof professor sir dame lord lady jr sr herr frau mme phd md"))
"""Titles are nobody's name, and `Ms` is the same person as `Dr`."""
_MONTHS = _names("january february march april may june july august september october november december")
_WEEKDAYS = _names("monday tuesday wednesday thursday friday saturday sunday")
_OF_DATES = frozenset(_names("am pm t z utc gmt of the on at st nd rd th o clock"))
"""Words in dates that say nothing about the day."""
_CARDS = {
    "2": "222300",
    "30": "305693",
    "34": "378282",
    "35": "353011",
    "36": "305693",
    "37": "378282",
    "38": "305693",
    "4": "411111",
    "5": "555555",
    "6": "601111",
}
"""Prefix of the numbers that payment services publish for tests, by the beginning of a network's numbers."""
_NO_CARD = "999999"
_TWO_DIGIT_CODES = frozenset(
    _names("20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82")
    + _names("84 86 90 91 92 93 94 95 98")
)
"""ITU-T E.164: country codes of two digits; those that begin with 1 or 7 have one, the others three."""


def pseudonym(value: str, entity: str, key: bytes) -> str:
    """Return a pseudonym for `value` in its format; it is the same for the same value, type and key.

    It is never the value itself: a value with nothing to replace becomes the name of its type.
    """
    maker = _MAKERS.get(entity, _scrambled)
    for attempt in range(_TRIES):
        made = maker(value, _Stream(key, entity, value, attempt))
        if made.casefold() != value.casefold():
            return made
    return f"[{entity}]"


class _Stream:
    """Deterministic numbers from a key and a value."""

    def __init__(self, key: bytes, entity: str, value: str, attempt: int = 0) -> None:
        self._key = key
        self._attempt = attempt
        plain = " ".join(unicodedata.normalize("NFKC", value).split()).casefold()
        self._seed = f"{entity}\0{plain}{attempt or ''}".encode("utf-8", "surrogatepass")
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
        """Return the stream of a part of the value, which does not depend on the rest."""
        return _Stream(self._key, entity, value, self._attempt)


def _words(value: str, stream: _Stream) -> str:
    """Replace each word of a name with another of the same letter case; particles and initials too."""

    def other(match: re.Match[str]) -> str:
        word = match[0]
        if word.casefold() in _TITLES:
            return word
        own = stream.of("word", word)
        if len(word) == 1:
            return _cased(chr(ord("a") + own.below(26)), word)
        return _cased(_STEMS[own.below(len(_STEMS))] + _ENDS[own.below(len(_ENDS))], word)

    return _digits_replaced(_WORD.sub(other, unicodedata.normalize("NFC", value)), stream)


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.lower() if like.islower() else word[0].upper() + word[1:].lower()


def _digits_replaced(value: str, stream: _Stream) -> str:
    return _DIGIT.sub(lambda _: str(stream.below(10)), value)


def _scrambled(value: str, stream: _Stream) -> str:
    """Replace letters with letters of the same case and digits with digits; marks stay."""

    def other(match: re.Match[str]) -> str:
        return "".join(_cased(chr(ord("a") + stream.below(26)), char) for char in match[0])

    return _digits_replaced(_WORD.sub(other, value), stream)


def _with_digits(value: str, digits: str) -> str:
    """Return `value` with its digits replaced by `digits`, one by one."""
    rest = iter(digits)
    return _DIGIT.sub(lambda _: next(rest), value)


def _digits_of(value: str) -> str:
    """Return the digits of a value; digits of other scripts become ASCII."""
    return "".join(str(int(digit)) for digit in _DIGIT.findall(value))


def _card(value: str, stream: _Stream) -> str:
    """Keep the network and a valid check digit; the prefix is one of the numbers published for tests."""
    digits = _digits_of(value)
    prefix = _CARDS.get(digits[:2]) or _CARDS.get(digits[:1], _NO_CARD)
    return _with_luhn(value, prefix, stream)


def _imei(value: str, stream: _Stream) -> str:
    """Begin with 00, which GSMA TS.06 reserves for test devices."""
    return _with_luhn(value, "001010", stream)


def _with_luhn(value: str, prefix: str, stream: _Stream) -> str:
    count = len(_DIGIT.findall(value))
    if count < 2:
        return _scrambled(value, stream)
    body = (prefix + stream.digits(count))[: count - 1]
    total = sum(_doubled(int(digit)) if index % 2 == 0 else int(digit) for index, digit in enumerate(reversed(body)))
    return _with_digits(value, body + str(-total % 10))


def _doubled(digit: int) -> int:
    return 2 * digit - 9 if digit > 4 else 2 * digit


def _ssn(value: str, stream: _Stream) -> str:
    """Begin with 666: the Social Security Administration never assigns that area, and it is not an ITIN's."""
    count = len(_DIGIT.findall(value))
    return _with_digits(value, ("666" + stream.digits(count))[:count])


def _itin(value: str, stream: _Stream) -> str:
    """Keep the 9; the group is below 50, which the IRS does not use (Publication 1915)."""
    count = len(_DIGIT.findall(value))
    return _with_digits(value, ("9" + stream.digits(2) + "0" + stream.digits(count))[:count])


def _nhs(value: str, stream: _Stream) -> str:
    """Begin with 999, which the NHS reserves for tests; the check digit is valid (modulus 11)."""
    if len(_DIGIT.findall(value)) != 10:
        return _scrambled(value, stream)
    while True:
        body = "999" + stream.digits(6)
        check = -sum(int(digit) * weight for digit, weight in zip(body, range(10, 1, -1), strict=True)) % 11
        if check < 10:
            return _with_digits(value, f"{body}{check}")


def _iban(value: str, stream: _Stream) -> str:
    """Keep the country and valid check digits (ISO 13616); the bank is 0000 or XXXX, which does not exist."""
    places = [index for index, char in enumerate(value) if char.isascii() and char.isalnum()]
    if len(places) < 8 or not (value[places[0]] + value[places[1]]).isalpha():
        return _scrambled(value, stream)
    chars = [value[index] for index in places]
    bank = ["0" if char.isdigit() else "X" for char in chars[4:8]]
    account = [str(stream.below(10)) if char.isdigit() else chr(ord("A") + stream.below(26)) for char in chars[8:]]
    number = "".join(str(int(char, 36)) for char in [*bank, *account, *chars[:2], "0", "0"])
    made = [*chars[:2], *f"{98 - int(number) % 97:02}", *bank, *account]
    result = list(value)
    for index, char in zip(places, made, strict=True):
        result[index] = char.lower() if value[index].islower() else char
    return "".join(result)


def _phone(value: str, stream: _Stream) -> str:
    """Keep country code and format: 555-01xx of the NANP, 7700 900xxx of the UK (Ofcom), else a number from 000 on.

    The first two are reserved for fiction; national numbers do not begin with 000.
    """
    digits = _digits_of(value)
    international = value.lstrip(" (").startswith("+")
    if international and not digits.startswith("1"):
        code = digits[: 1 if digits.startswith("7") else 2 if digits[:2] in _TWO_DIGIT_CODES else 3]
        rest = len(digits) - len(code)
        prefix = "7700900" if (code, rest) == ("44", 10) else "000"
        return _with_digits(value, (code + prefix + stream.digits(rest))[: len(digits)])
    if len(digits) in (10, 11) or international:
        code = digits[: max(0, len(digits) - 10)]
        return _with_digits(
            value, f"{code}{2 + stream.below(8)}{stream.digits(2)}55501{stream.digits(2)}"[: len(digits)]
        )
    prefix = "55501" if len(digits) == 7 else "000"
    return _with_digits(value, (prefix + stream.digits(len(digits)))[: len(digits)])


def _mail(value: str, stream: _Stream) -> str:
    local = value.partition("@")[0]
    words = _words(local, stream).lower()
    return f"{words}{stream.digits(3)}@example.{('com', 'net', 'org')[stream.below(3)]}"


def _address(value: str, stream: _Stream) -> str:
    """Take an address in one of the networks for documentation (RFC 3849, RFC 5737)."""
    if ":" in value:
        return f"2001:db8::{stream.below(65_536):x}:{stream.below(65_536):x}"
    return f"{('192.0.2', '198.51.100', '203.0.113')[stream.below(3)]}.{1 + stream.below(254)}"


def _mac(value: str, stream: _Stream) -> str:
    """Begin with 02: locally administered (IEEE 802), so no vendor's."""
    digits = iter("02" + "".join(f"{stream.below(16):x}" for _ in value))
    upper = value.upper() == value
    return _HEX.sub(lambda _: next(digits).upper() if upper else next(digits), value)


def _web(_value: str, stream: _Stream) -> str:
    return f"https://example.com/{stream.below(2**31):08x}"


def _date(value: str, stream: _Stream) -> str:
    """Move an ISO 8601 date by up to two years; in others change numbers and names within the limits of dates."""
    match = _ISO.fullmatch(value)
    if match:
        try:
            return (date(*map(int, match.groups())) - timedelta(days=1 + stream.below(_DAYS))).isoformat()
        except (ValueError, OverflowError):
            pass
    return re.sub(r"\d+|[^\W\d_]+", lambda found: _part_of_date(found[0], stream), value)


def _part_of_date(part: str, stream: _Stream) -> str:
    if not part.isdecimal():
        return _word_of_date(part, stream)
    length = len(part)
    if length == 8:
        return f"19{stream.below(100):02}{1 + stream.below(12):02}{1 + stream.below(28):02}"
    if length == 4:
        return f"19{stream.below(100):02}"
    return f"{1 + stream.below(12 if length == 2 else 9):0{length}}" if length <= 2 else stream.digits(length)


def _word_of_date(word: str, stream: _Stream) -> str:
    """Return another month or weekday, abbreviated in the same way; other words letter by letter."""
    plain = word.casefold()
    if plain in _OF_DATES:
        return word
    for known in (_MONTHS, _WEEKDAYS):
        if len(plain) >= 3 and any(name.startswith(plain) for name in known):
            other = known[stream.below(len(known))]
            return _cased(other if plain in known and len(plain) > 3 else other[:3], word)
    return _scrambled(word, stream)


_MAKERS: dict[str, Callable[[str, _Stream], str]] = {
    **dict.fromkeys(("PERSON", "LOCATION", "ORGANIZATION", "NRP"), _words),
    **dict.fromkeys(("DATE_TIME", "DATE_OF_BIRTH"), _date),
    "CREDIT_CARD": _card,
    "EMAIL_ADDRESS": _mail,
    "IBAN_CODE": _iban,
    "IMEI": _imei,
    "IP_ADDRESS": _address,
    "MAC_ADDRESS": _mac,
    "PHONE_NUMBER": _phone,
    "UK_NHS": _nhs,
    "URL": _web,
    "US_ITIN": _itin,
    "US_SSN": _ssn,
}
