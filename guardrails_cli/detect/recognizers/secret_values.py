"""Distinguish secrets from words: passwords, tokens and random strings."""

import base64
import json
import math
import re
from collections import Counter

_PLACEHOLDER = re.compile(
    r"\W*|[*xX.•]+|(?:your|my|the|some|enter|insert|new|old|user|db|test)?[_-]?(?:password|passwd|passphrase|secret|pass|pwd|token|"
    r"key|string|required|optional|none|null|true|false|undefined|example|placeholder|redacted|hidden|invalid|incorrect)"
    r"(?:[_-]?(?:here|value|hash|field|string|required))?|[$%]?[{(<\[%].*|.*[}>\])]|\$\w+|%\w+%|<.*>",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+|[a-z]+(?:[_.-][a-z]+)+|[A-Z]+(?:_[A-Z]+)+")
MIN_ENTROPY = 3.2
"""Minimum entropy in bits per character."""
MIXED_ENTROPY = 4.0
"""Minimum entropy if there is only a single digit: Base64 has more than words have."""


def password(value: str) -> bool:
    """Return whether a value after `password =` is a password, not a placeholder, variable, word or call."""
    return not _PLACEHOLDER.fullmatch(value) and not _WORD.fullmatch(value)


def random_looking(value: str) -> bool:
    """Return whether a string has the letters and digits of a key: Shannon entropy of at least `MIN_ENTROPY`.

    Sixteen random hexadecimal digits are seldom below it, words followed by a number seldom above.
    """
    counts = Counter(value)
    entropy = -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
    digits = sum(character.isdigit() for character in value)
    mixed = digits > 1 or (digits == 1 and not value.islower() and not value.isupper() and entropy > MIXED_ENTROPY)
    return entropy >= MIN_ENTROPY and mixed and any(c.isalpha() for c in value) and password(value)


def jwt(value: str) -> bool:
    """Return whether the first part decodes to a JSON object that names its algorithm (RFC 7515, RFC 7519)."""
    first = value.split(".", 1)[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except ValueError:
        return False
    return isinstance(header, dict) and "alg" in header
