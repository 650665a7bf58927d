"""Judge the value of a key that names a secret: a secret, or a placeholder, a reference, a word, a name."""

import re

from guardrails_cli.detect.pairs import forms
from guardrails_cli.detect.pairs.scanner import Key, Pair
from guardrails_cli.detect.recognizers import secret_values
from guardrails_cli.detect.recognizers.secret_keys import SecretKind, key_words, secret_kind, word_lists

_LEAST_WORD, _LEAST_SAID, _LEAST_TOKEN, _LEAST_RANDOM, _LEAST_SURE, _LONG = 4, 6, 8, 12, 16, 20
_NAMES_TOO = ("list", "arguments")
"""Forms of pairs that hold names of keys and settings as often as their values."""
_LEAST_MIXED, _SHA1 = 10, 40
"""Numbers of characters."""
_MOST_WORDS = 6
"""Maximum number of words in a passphrase."""
_HIGH_ENTROPY = 3.9
"""Bits per character; English words joined have less."""
_STRONG, _GOOD, _FAIR = 0.85, 0.75, 0.6
_REFERENCE = re.compile(
    r"(?:[$%@!]?[{(<\[%].*|\$\w+|.*\$\{.*|.*\$\(.*|.*\{\{.*|.*<[A-Za-z_ ]+>.*|%\w+%|!\w+.*|&\w+|\*+\w*|[#@]\w+@?"
    r"|(?:self|this|args?|opts?|options|config|settings|os|sys|process|env|ctx|request|req|params?|props|state|user"
    r"|data|var|local|module|secrets?|vault|ssm|kwargs|conf|cfg|app|form|model|event|e|obj|props|inputs|steps|each|row|item|account"
    r"|client|context|auth)(?:\.|\[|->|::)[\w.\[\]\"'>:-]+|[\w.]+\(.*|.*\)|[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*){2,}|arn:.*"
    r"|https?://[^:@]*|/[\w./-]{3,}|\./.*|[A-Za-z]:\\.*"
    r"|.*\.(?:pem|key|crt|cer|pub|txt|json|ya?ml|env|py|js|ts|java|xml|html|conf|cfg|ini|p12|jks|pfx|keytab|secret|pwd))",
    re.DOTALL,
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ESCAPES = re.compile(r"(?:\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[0-7]{1,3}|[abfnrtv\\]))+")
_HASH_LIKE = re.compile(
    r"\$(?:2[abxy]?|1|5|6|y|apr1|argon2\w{0,2}|pbkdf2[\w-]{0,12}|scrypt)\$.*|\{S?SHA\}.*|(?:pbkdf2|bcrypt|argon2)\w*\$.*"
)
_HEX = re.compile(r"[0-9a-f]{8,200}|[0-9A-F]{8,200}")
_TYPE_NAME = re.compile(
    r"(?:[A-Z][a-z]+){2,}|[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Z][a-z]+){1,2}(?:Str|String|Type|Field)|[A-Z][\w.]*\[.*\]"
)
_CODE_VALUE = re.compile(r"0x[0-9a-fA-F]{1,6}|##.*|\w+\{|[a-z][a-z0-9_]{0,40}\.[A-Z][a-z]\w{0,60}")
"""Values without quotes that are no literals of text: a small number, a comment, a structure, a class of a module."""
_NAME_IN_LIST = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+){2,}")
_CODE_WORD = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_NO_TOKEN = re.compile(r"[<>{}()\[\]\"'`|\\ ]|^(?:/|\./|https?:)")
_SNAKE = re.compile(r"[a-z]+(?:_[a-z]+)*(?:_[a-z0-9]*\d[a-z0-9]{0,3})?(?:_[a-z]+)+")
_SCREAMING = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


def judge_value(text: str, pair: Pair, kind: SecretKind, value: str) -> float:
    """Return the score of a value whose key names a secret of a kind; 0 if it is none."""
    if len(value) < 3 or secret_values.is_placeholder(value) or _repeats_key(pair.key.name, value):
        return 0.0
    if _is_code(text, pair, value):
        return 0.0
    if _HASH_LIKE.fullmatch(value):
        return _STRONG
    if _REFERENCE.fullmatch(value) or _ESCAPES.fullmatch(value):
        return 0.0
    if kind is SecretKind.PASSWORD:
        return _password_score(text, pair, value)
    return _token_score(pair, kind, value)


def _is_code(text: str, pair: Pair, value: str) -> bool:
    """Return whether a value is a part of an expression, not a literal."""
    if pair.form == "arguments" and (forms.is_judged(text, pair.key.start) or _NAME_IN_LIST.fullmatch(value)):
        return True
    if pair.value.quoted:
        return False
    after = text[pair.value.end : pair.value.end + 1]
    return "::" in value or (value[-1] == "-" and after == ">") or bool(_CODE_VALUE.fullmatch(value))


def _repeats_key(key: str, value: str) -> bool:
    """Return whether a value only says again what its key does, as the texts of a form do: `my_password`."""
    words = key_words(value)
    if "password" in words and len(words) > 2 and not any(c.isdigit() for c in value):
        return True
    if len(words) == 1 and value.islower():
        return value in _names() or value == "".join(key_words(key))
    return (
        bool(words)
        and (secret_kind(value) is not None and not any(c.isdigit() for c in value))
        and (len(words) < 4 or words == key_words(key))
    )


def _names() -> frozenset[str]:
    lists = word_lists()
    return lists["password"] | lists["secret"] | lists["token"] | lists["key"]


def _password_score(text: str, pair: Pair, value: str) -> float:
    digit = any(character.isdigit() for character in value)
    mark = any(not character.isalnum() and character not in "_-. " for character in value)
    strong = len(value) >= _LEAST_WORD and (digit or mark) and not value.isdigit()
    if pair.form == "said":
        mixed = len(value) >= _LEAST_SAID and digit and not value[0].isdigit()
        return _GOOD if mixed or (strong and pair.value.quoted) else 0.0
    if pair.form in ("arguments", "list", "fallback"):
        call = pair.form != "arguments" or forms.is_call(text, pair.key.start)
        return _GOOD if " " not in value and ((strong and digit) or (call and _may_be_word(value))) else 0.0
    if " " in value:
        return _FAIR if pair.value.quoted and _is_spaced_password(value) else 0.0
    if pair.value.quoted:
        return _STRONG if strong else (_GOOD if _may_be_word(value) else 0.0)
    return _bare_password_score(text, pair, value, strong=strong)


def _bare_password_score(text: str, pair: Pair, value: str, *, strong: bool) -> float:
    if value.isdigit():
        alone = pair.form in ("assigned", "option", "row", "command") and pair.value.ends_line
        return _FAIR if len(value) >= _LEAST_WORD and alone else 0.0
    if strong and not _looks_like_code(value):
        return _GOOD
    return _FAIR if _is_bare_word(text, pair, value) else 0.0


def _is_bare_word(text: str, pair: Pair, value: str) -> bool:
    """Return whether a word without quotes is a password because of how its key stands: variables look alike."""
    if len(value) < _LEAST_WORD or _SCREAMING.fullmatch(value) or not (value.islower() or value[0].isupper()):
        return False
    between = text[pair.key.end : pair.value.start]
    setting = pair.form == "assigned" and pair.value.ends_line and forms.is_setting(text, pair.key.start)
    if between == "=":
        after = text[pair.value.end : pair.value.end + 1]
        environment = pair.key.name.isupper() and (not after or after in " \t\r\n\"'")
        return setting or environment or pair.form == "option"
    if not value.islower() or not _may_be_word(value):
        return False
    if pair.form == "shell default":
        return True
    return setting and (between == ": " or (between.strip() == "=" and forms.in_section(text, pair.key.start)))


def _may_be_word(value: str) -> bool:
    return len(value) >= _LEAST_WORD and not _SCREAMING.fullmatch(value) and not _TYPE_NAME.fullmatch(value)


def _is_spaced_password(value: str) -> bool:
    """Return whether a quoted value with spaces is a passphrase, not a sentence or a label."""
    words = value.split()
    if (
        value[0].isupper()
        or len(words) > _MOST_WORDS
        or value[-1] in ".?!:"
        or not all(word.isalnum() for word in words)
    ):
        return False
    return words[-1].isdigit() or not set(map(str.casefold, words)) & word_lists()["sentence"]


def _looks_like_code(value: str) -> bool:
    return bool(_CODE_WORD.fullmatch(value)) and not any(c.isdigit() for c in value)


def _token_score(pair: Pair, kind: SecretKind, value: str) -> float:
    if " " in value and kind is SecretKind.SECRET and pair.value.quoted and _is_spaced_password(value):
        return _FAIR
    if _is_no_token(pair, kind, value):
        return 0.0
    wordy = secret_values.is_wordy(value)
    random = secret_values.random_looking(value) and not wordy and len(value) >= _LEAST_RANDOM
    if kind is SecretKind.OTHER_KEY:
        return _FAIR if random and _is_key_material(pair, value) else 0.0
    alone = pair.value.quoted and pair.form not in _NAMES_TOO
    mixed = alone and len(value) >= _LEAST_MIXED and secret_values.is_mixed(value)
    if kind is SecretKind.RANDOM:
        return _GOOD if random or (mixed and len(value) >= _LEAST_RANDOM) or _is_nonce(pair, value) else 0.0
    if random:
        return _STRONG if len(value) >= _LEAST_SURE else _GOOD
    if mixed or (alone and kind is not SecretKind.TOKEN and secret_values.is_padded(value)):
        return _GOOD
    return _unmixed_score(pair, kind, value, wordy=wordy)


def _is_nonce(pair: Pair, value: str) -> bool:
    """Return whether a value is a short number in hexadecimal digits, used once in OAuth and Digest authentication."""
    named = key_words(pair.key.name)[-1:] in (["nonce"], ["verifier"])
    letters = sum(character.isalpha() for character in value)
    return named and pair.value.quoted and bool(_HEX.fullmatch(value)) and 2 <= letters <= len(value) - 2


def _is_key_material(pair: Pair, value: str) -> bool:
    """Return whether a value of a key of any name looks like one for ciphers, not like a digest or public key."""
    if _HEX.fullmatch(value):
        return len(value) != _SHA1 and len(key_words(pair.key.name)) > 1
    return pair.value.quoted and secret_values.is_mixed(value) and not value.startswith(("MII", "AAAA"))


def _unmixed_score(pair: Pair, kind: SecretKind, value: str, *, wordy: bool) -> float:
    """Return the score of a token with fewer digits or less entropy than random ones have."""
    digits = sum(character.isdigit() for character in value)
    if digits > 1 and len(value) >= _LEAST_RANDOM and not wordy:
        return _GOOD
    longer_than_words = len(value) >= _LONG and value.isalnum() and value.islower() and kind is not SecretKind.TOKEN
    if longer_than_words and pair.form not in _NAMES_TOO and (pair.value.quoted or pair.value.ends_line):
        return _FAIR
    named = _looks_like_code(value) or kind is SecretKind.TOKEN
    if digits and len(value) >= _LEAST_SURE and pair.value.quoted and not named:
        return _FAIR
    if not digits and pair.value.quoted and not _looks_like_name(value, kind):
        return _FAIR
    return _GOOD if secret_values.entropy(value) >= _HIGH_ENTROPY and len(value) >= _LONG and not wordy else 0.0


def _is_no_token(pair: Pair, kind: SecretKind, value: str) -> bool:
    """Return whether a value cannot be a token: a path, a sentence, a constant's name, an identifier, a variable."""
    if len(value) < _LEAST_TOKEN or pair.form == "said" or "..." in value or _NO_TOKEN.search(value):
        return True
    if not any(character.isalpha() for character in value) or _SCREAMING.fullmatch(value):
        return True
    if _UUID.fullmatch(value):
        return kind is SecretKind.RANDOM or (kind is SecretKind.TOKEN and not _opens(pair.key))
    if pair.form == "arguments":
        return value.endswith("Key") or (value.isalpha() and value.islower())  # the next of a list of names
    if pair.value.quoted:
        return False
    return bool(_SNAKE.fullmatch(value)) or (kind is SecretKind.RANDOM and ":" in value)


def _opens(key: Key) -> bool:
    """Return whether a token's key says that it opens an account; others number requests and pages."""
    words = [word for word in key_words(key.name) if word not in word_lists()["neutral"]]
    return len(words) < 2 or not word_lists()["opening"].isdisjoint(words)


def _looks_like_name(value: str, kind: SecretKind) -> bool:
    """Return whether a quoted value without digits is a name or a word; a `secret` may be a word."""
    if not value.isascii() or not value.isalnum() or _TYPE_NAME.fullmatch(value):
        return True
    if kind is SecretKind.SECRET:
        return not value.islower() and secret_values.is_wordy(value)
    return len(value) < 12 or value.islower() or value.isupper() or secret_values.is_wordy(value)
