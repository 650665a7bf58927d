"""Check digits of national identifiers that python-stdnum has no module for."""

import re
from collections.abc import Sequence

_SEPARATORS = re.compile(r"[ ./()-]")
_NINO_PREFIX = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]", re.IGNORECASE)
_SG_LETTERS = {"S": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}
_TW_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


def au_medicare(value: str) -> bool:
    """Services Australia: eight digits weighted 1, 3, 7, 9 twice; the sum modulo 10 is the ninth digit."""
    digits = _digits(value)
    return _weighted(digits[:8], (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == digits[8]


def hkid(value: str) -> bool:
    """Cap. 177: one or two letters and six digits weighted 9 to 2; with the check character a multiple of 11."""
    plain = _plain(value)
    numbers = [36] * (len(plain) == 8) + [int(character, 36) for character in plain[:-1]]
    check = 10 if plain[-1] == "A" else int(plain[-1], 36)
    return check <= 10 and (_weighted(numbers, range(9, 1, -1)) + check) % 11 == 0


def ir_melli(value: str) -> bool:
    """Iranian national code: nine digits weighted 10 to 2; the rest modulo 11, or 11 less it, is the tenth."""
    digits = _digits(value)
    rest = _weighted(digits[:9], range(10, 1, -1)) % 11
    return len(digits) == 10 and len(set(digits)) > 1 and digits[9] == (rest if rest < 2 else 11 - rest)


def nino(value: str) -> bool:
    """HMRC NIM39110: the prefixes that are issued."""
    return bool(_NINO_PREFIX.match(value))


def sg_nric(value: str) -> bool:
    """National Registration Act: seven digits weighted 2, 7, 6, 5, 4, 3, 2; modulo 11 gives the last letter."""
    plain = _plain(value)
    century = {"T": 4, "G": 4, "M": 3}.get(plain[0], 0)
    rest = (_weighted([int(digit) for digit in plain[1:8]], (2, 7, 6, 5, 4, 3, 2)) + century) % 11
    letters = _SG_LETTERS[{"T": "S", "G": "F"}.get(plain[0], plain[0])]
    return plain[-1] == letters[rest]


def snils(value: str) -> bool:
    """Federal Law 27-FZ: nine digits weighted 9 to 1; the sum modulo 101, where 100 is 0, is the check number."""
    digits = _digits(value)
    return any(digits) and _weighted(digits[:9], range(9, 0, -1)) % 101 % 100 == digits[9] * 10 + digits[10]


def tw_id(value: str) -> bool:
    """Household Registration Act: the letter as 10 to 35, nine digits; weighted 1, 9 to 1, 1, a multiple of 10."""
    first = _TW_LETTERS.index(value[0].upper()) + 10
    digits = [*divmod(first, 10), *_digits(value)]
    return _weighted(digits, (1, *range(9, 0, -1), 1)) % 10 == 0


def uy_ci(value: str) -> bool:
    """Law 14.762: seven digits weighted 2, 9, 8, 7, 6, 3, 4; with the check digit a multiple of 10."""
    digits = _digits(value)
    digits = [0] * (8 - len(digits)) + digits
    return any(digits) and (_weighted(digits[:7], (2, 9, 8, 7, 6, 3, 4)) + digits[7]) % 10 == 0


def _plain(value: str) -> str:
    return _SEPARATORS.sub("", value).upper()


def _digits(value: str) -> list[int]:
    return [int(character) for character in value if character.isdigit()]


def _weighted(numbers: Sequence[int], weights: Sequence[int]) -> int:
    return sum(number * weight for number, weight in zip(numbers, weights, strict=False))
