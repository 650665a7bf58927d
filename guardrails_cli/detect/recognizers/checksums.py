"""Check digits: each function says whether a value, with its separators, passes its standard's check."""

import hashlib

from guardrails_cli.detect.ner.gazetteer import spelled

_SEPARATORS = str.maketrans("", "", " -./")
_VIN_LETTERS = ("", "AJ", "BKS", "CLT", "DMU", "ENV", "FW", "GPX", "HY", "RZ")
_VIN_VALUES = {letter: value for value, letters in enumerate(_VIN_LETTERS) for letter in letters}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def luhn(value: str) -> bool:
    """ISO/IEC 7812-1 annex B: every second digit from the right doubled, the sum of all digits a multiple of ten."""
    digits = [int(character) for character in value.translate(_SEPARATORS) if character.isdigit()]
    doubled = [sum(divmod(digit * 2, 10)) for digit in digits[-2::-2]]
    return len(digits) > 1 and len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def npi(value: str) -> bool:
    """45 CFR 162.406: ten digits, Luhn with the prefix 80840 (80 health, 840 United States)."""
    digits = value.translate(_SEPARATORS)
    return len(digits) == 10 and digits[0] in "12" and luhn("80840" + digits)


def dea(value: str) -> bool:
    """21 CFR 1301, DEA number: the sum of digits 1, 3, 5 and twice that of 2, 4, 6 ends in the seventh digit."""
    digits = [int(character) for character in value[2:]]
    return any(digits) and (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]


def iban(value: str) -> bool:
    """ISO 13616-1 and ISO 7064 mod 97-10: letters as numbers from 10, the first four characters moved to the end."""
    code = "".join(value.split()).replace("-", "").upper()
    digits = "".join(str(int(character, 36)) for character in code[4:] + code[:4])
    return 15 <= len(code) <= 34 and code[:2] in spelled("country_codes") and int(digits) % 97 == 1


def bech32(value: str) -> bool:
    """BIP 173 and BIP 350: the checksum polynomial over the human-readable part and the data is 1, or 0x2bc830a3."""
    prefix, _, data = value.lower().rpartition("1")
    values = [ord(character) >> 5 for character in prefix] + [0] + [ord(character) & 31 for character in prefix]
    values += [_BECH32.find(character) for character in data]
    checksum = 1
    for each in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ each
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            checksum ^= generator if top >> bit & 1 else 0
    return -1 not in values and checksum in (1, 0x2BC830A3)


def nhs(value: str) -> bool:
    """NHS Data Dictionary: nine digits weighted 10 to 2; 11 less the sum modulo 11, where 10 is invalid."""
    digits = [int(character) for character in value.translate(_SEPARATORS)]
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return len(digits) == 10 and len(set(digits)) > 1 and check % 11 == digits[9] and check != 10


def vin(value: str) -> bool:
    """49 CFR 565.15 (ISO 3779): the ninth of 17 characters is the weighted sum of all modulo 11."""
    if len(value) != 17 or not any(character.isdigit() for character in value) or value.isdigit():
        return False
    total = sum(
        weight * (int(character) if character.isdigit() else _VIN_VALUES[character])
        for weight, character in zip(_VIN_WEIGHTS, value.upper(), strict=True)
    )
    return value[8].upper() == "0123456789X"[total % 11]


def aba(value: str) -> bool:
    """ANSI X9.100: nine digits weighted 3, 7, 1, a multiple of ten; the first two are a Federal Reserve district."""
    digits = [int(character) for character in value.translate(_SEPARATORS)]
    district = digits[0] * 10 + digits[1]
    valid = district <= 12 or 21 <= district <= 32 or 61 <= district <= 72 or district == 80
    total = sum(digit * weight for digit, weight in zip(digits, (3, 7, 1) * 3, strict=True))
    return valid and any(digits) and total % 10 == 0


def bic(value: str) -> bool:
    """ISO 9362: the fifth and sixth character are a country (ISO 3166-1)."""
    return value[4:6].upper() in spelled("country_codes")


def payment_card(value: str) -> bool:
    """ISO/IEC 7812: Luhn, 12 to 19 digits, and an issuer's range and length as the card schemes publish them."""
    digits = value.translate(_SEPARATORS)
    size, two, four = len(digits), int(digits[:2]), int(digits[:4])
    known = (
        (digits[0] == "4" and size in (13, 16, 19))  # Visa
        or ((51 <= two <= 55 or 2221 <= four <= 2720) and size == 16)  # Mastercard
        or (two in (34, 37) and size == 15)  # American Express
        or ((two in (36, 38, 39) or 3000 <= four <= 3059) and 14 <= size <= 19)  # Diners Club
        or (3528 <= four <= 3589 and 16 <= size <= 19)
        or (four in (2131, 1800) and size == 15)  # JCB
        or ((two == 50 or 56 <= two <= 58 or digits[0] == "6") and 12 <= size <= 19)  # Maestro, Discover, UnionPay
    )
    return known and luhn(digits)


def base58check(value: str) -> bool:
    """Bitcoin's Base58Check: the last four bytes begin the double SHA-256 of the others; 0x80 begins a private key."""
    number = 0
    for character in value:
        number = number * 58 + _BASE58.index(character)
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    body, check = data[:-4], data[-4:]
    return data[:1] == b"\x80" and hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4] == check


def track(value: str) -> bool:
    """ISO/IEC 7813: the card number of track 1 or 2 passes Luhn, the expiry's month is one."""
    number, _, rest = value.lstrip("%B;").replace("=", "^", 1).partition("^")
    expiry = rest.rpartition("^")[2] if "^" in rest else rest
    return luhn(number) and 1 <= int(expiry[2:4]) <= 12
