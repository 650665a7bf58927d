"""Secrets by the names of their keys: every form of pair in which a key's name promises a secret, judged by its value."""

import re
from collections.abc import Sequence

from guardrails_cli.detect.pairs import forms
from guardrails_cli.detect.pairs.scanner import Key, Pair, key_at, pairs_of
from guardrails_cli.detect.recognizers import secret_values
from guardrails_cli.detect.recognizers.recognizer import Evidence, ValueRecognizer
from guardrails_cli.detect.recognizers.secret_keys import SecretKind, key_words, secret_kind
from guardrails_cli.detect.results import Raw, remove_duplicates

TEST_SCORE = 0.3
"""Score of a value of documentation or tests, by a key's name alone."""
_STRONG, _GOOD, _FAIR = 0.85, 0.75, 0.6
_PASSWORDS = (
    r"pass(?:word|wd|phrase|wort|code|key|w(?:rd)?)?|pwd|psw|pswd|psswd|pw|pword|mdp|mot[ ]de[ ]passe|contrasena"
    r"|senha|wachtwoord|kennwort|parola|clave|palavra[ -](?:passe|chave)|haslo|heslo|losenord|salasana"
    r"|requirepass|masterauth"
)
_ACCENTED = r"[cC]ontrase[ñÑ]a|CONTRASEÑA|[hH]asło|[lL]ösenord|[пП]ароль|ПАРОЛЬ"
"""Not in the group without letter case: such letters would make a wide search of it."""
_OTHERS = (
    r"secrets?|tokens?|jwt|bearer|credentials?|creds?|salt|seed|nonce|verifier|t?otp|_?auth|authorization|hmac|psk|pat"
    r"|(?:api|secret|private|access|signing|sign|signature|encryption|encrypt|decryption|cipher|crypto|master|auth|account|shared"
    r"|storage|service|session|app|application|consumer|client|subscription|licen[cs]e|hmac|aes|des|rsa|jwt|jws|webhook|admin"
    r"|deploy|ssh|user|bot|server|integration|write|merchant|gateway|aws|azure|gcp|google|maps|github|openai|anthropic|sendgrid"
    r"|twilio|mailgun|datadog|dd|sentry|firebase|cloudflare|heroku|slack|instrumentation|captcha|cookie|kms|data|activation"
    r"|preshared|s3|function|security|developer|test|partner|license|token)[ _.-]?keys?"
)
_AFTER = r"[A-Za-z0-9_.-]{0,16}(?:\\{0,3}[\"'`]|&quot;)?[\])\x7d]{0,2}[\"']?"
_PASSWORD_MARK = r"[ \t]{0,20}(?:[:=,>|(\t<?;]|\r?\n[ \t]{1,40}[\"']?(?i:val|def|text|cont|data)|\|\||or\b|[\x7b\uff1a]|[ \t](?:[\"'0-9A-Za-z!-/@]))"
_OTHER_MARK = r"[ \t]{0,20}(?:[:=,>|(\t<?;]|\r?\n[ \t]{1,40}[\"']?(?i:val|def|text|cont|data)|\|\||or\b|[\x7b\uff1a]|[ \t](?:[\"']|[0-9A-Za-z]{1,40}))"
_ENGLISH = re.compile(r"[A-Za-z]+(?:[ ][A-Za-z]+){1,}[.?!:…]*|.*[ ].*[ ].*[ ].*")
_REFERENCE = re.compile(
    r"(?:[$%@!]?[{(<\[%].*|\$\w+|.*\$\{.*|.*\$\(.*|.*\{\{.*|.*<[A-Za-z_ ]+>.*|%\w+%|!\w+.*|&\w+|\*+\w*|[#@]\w+@?"
    r"|(?:self|this|args?|opts?|options|config|settings|os|sys|process|env|ctx|request|req|params?|props|state|user|data|var|local|module"
    r"|secrets?|vault|ssm|kwargs|conf|cfg|app|form|model|event|e|obj|props|inputs|steps|each|row|item|account|client|context|auth"
    r")(?:\.|\[|->|::)[\w.\[\]\"'>:-]+|[\w.]+\(.*|.*\)|[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*){2,}|arn:.*|https?://[^:@]*|/[\w./-]{3,}|\./.*|[A-Za-z]:\\.*"
    r"|.*\.(?:pem|key|crt|cer|pub|txt|json|ya?ml|env|py|js|ts|java|xml|html|conf|cfg|ini|p12|jks|pfx|keytab|secret|pwd))",
    re.DOTALL,
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ESCAPES = re.compile(r"(?:\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[0-7]{1,3}|[abfnrtv\\]))+")
_HASH_LIKE = re.compile(
    r"\$(?:2[abxy]?|1|5|6|y|apr1|argon2\w{0,2}|pbkdf2[\w-]{0,12}|scrypt)\$.*|\{S?SHA\}.*|(?:pbkdf2|bcrypt|argon2)\w*\$.*"
)
_TYPE_NAME = re.compile(
    r"(?:[A-Z][a-z]+){2,}|[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Z][a-z]+){1,2}(?:Str|String|Type|Field)|[A-Z][\w.]*\[.*\]"
)
_CODE_WORD = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_SNAKE = re.compile(r"[a-z]+(?:_[a-z]+)*(?:_[a-z0-9]*\d[a-z0-9]{0,3})?(?:_[a-z]+)+")
_SCREAMING = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


class SecretPairRecognizer(ValueRecognizer):
    """Finds the secrets of pairs whose key names one."""

    def judge(self, text: str, spans: Sequence[Sequence[tuple[int, int]]]) -> list[Raw]:
        """Return the secrets of the keys at the places given."""
        found = []
        for start, end in (place for places in spans for place in places):
            word = _WORDS[self.entity].match(text, start)
            if word:
                key = key_at(text, start, min(word.end(), end))
                found += [raw for raw in self._secrets(text, key) if raw is not None]
        return remove_duplicates(found)

    def _secrets(self, text: str, key: Key) -> list[Raw | None]:
        if text[max(0, key.start - 2) : key.start] == "::":
            return []  # the name of a type
        kind = secret_kind(key.name, key.words_before)
        if kind is None or (kind is SecretKind.PASSWORD) != (self.entity == "PASSWORD"):
            return []
        return [self._judged(text, pair, kind) for pair in pairs_of(text, key)]

    def _judged(self, text: str, pair: Pair, kind: SecretKind) -> Raw | None:
        value = text[pair.value.start : pair.value.end]
        score = judge_value(text, pair, kind, value)
        if score <= 0:
            return None
        evidence = [f'key "{pair.key.name[:40]}"', pair.form]
        if secret_values.is_test_value(value):
            score = TEST_SCORE
            evidence.append("test value")
        return Raw(self.entity, pair.value.start, pair.value.end, score, self.name, tuple(evidence))


def judge_value(text: str, pair: Pair, kind: SecretKind, value: str) -> float:
    """Return the score of a value whose key names a secret of a kind; 0 if it is none."""
    if len(value) < 3 or secret_values.is_placeholder(value) or _repeats_key(pair.key.name, value):
        return 0.0
    if _HASH_LIKE.fullmatch(value):
        return _STRONG
    if _REFERENCE.fullmatch(value) or _ESCAPES.fullmatch(value):
        return 0.0
    if kind is SecretKind.PASSWORD:
        return _password_score(text, pair, value)
    return _token_score(pair, kind, value)


def _repeats_key(key: str, value: str) -> bool:
    """Return whether a value only says again what its key does, as the texts of a form do: `password`, `my_password`."""
    words = key_words(value)
    if "password" in words and len(words) > 2 and not any(c.isdigit() for c in value):
        return True
    return (
        bool(words)
        and (secret_kind(value) is not None and not any(c.isdigit() for c in value))
        and (len(words) < 4 or words == key_words(key))
    )


def _password_score(text: str, pair: Pair, value: str) -> float:
    digit = any(character.isdigit() for character in value)
    mark = any(not character.isalnum() and character not in "_-. " for character in value)
    strong = len(value) >= 4 and (digit or mark) and not value.isdigit()
    if pair.form == "said":
        return (
            _GOOD
            if len(value) >= 6
            and digit
            and not value.isdigit()
            and not value[0].isdigit()
            or (strong and pair.value.quoted)
            else 0.0
        )
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
        return (
            _FAIR
            if len(value) >= 4 and pair.form in ("assigned", "option", "row", "command") and pair.value.ends_line
            else 0.0
        )
    if strong and not _looks_like_code(value):
        return _GOOD
    if not _may_be_word(value) or not value.islower():
        return 0.0
    between = text[pair.key.end : pair.value.start]
    if (
        pair.form in ("assigned",)
        and pair.value.ends_line
        and forms.is_setting(text, pair.key.start)
        and between in ("=", ": ")
    ):
        return _FAIR
    option = pair.form == "option" and between == "="
    return _FAIR if option or pair.form == "shell default" else 0.0


def _may_be_word(value: str) -> bool:
    return len(value) >= 4 and not _SCREAMING.fullmatch(value) and not _TYPE_NAME.fullmatch(value)


def _is_spaced_password(value: str) -> bool:
    """Return whether a quoted value with spaces is a passphrase, not a sentence or a label."""
    words = value.split()
    if value[0].isupper() or len(words) > 6 or value[-1] in ".?!:" or not all(word.isalnum() for word in words):
        return False
    return words[-1].isdigit() or not set(map(str.casefold, words)) & _SENTENCE


_SENTENCE = frozenset(
    "a an the is are of for to in on at be must your my his her and or not please enter with from this that if has have can new old "
    "password secret token key user username invalid wrong reset change forgot confirm current login required".split()
)


def _looks_like_code(value: str) -> bool:
    return bool(_CODE_WORD.fullmatch(value)) and not any(c.isdigit() for c in value)


def _token_score(pair: Pair, kind: SecretKind, value: str) -> float:
    if " " in value and kind is SecretKind.SECRET and pair.value.quoted and _is_spaced_password(value):
        return _FAIR
    if " " in value or len(value) < 8 or pair.form == "said" or "..." in value:
        return 0.0
    if any(character in value for character in "<>{}()[]\"'`|\\ ") or value.startswith(("/", "./", "http:", "https:")):
        return 0.0
    digits = sum(character.isdigit() for character in value)
    letters = sum(character.isalpha() for character in value)
    if not letters or _SCREAMING.fullmatch(value):
        return 0.0
    if _UUID.fullmatch(value) and (kind is SecretKind.RANDOM or (kind is SecretKind.TOKEN and not _opens(pair.key))):
        return 0.0  # an identifier
    if pair.form == "arguments" and (value[-3:] == "Key" or (value.isalpha() and value.islower())):
        return 0.0  # the next of a list of names
    if not pair.value.quoted and _SNAKE.fullmatch(value):
        return 0.0  # a variable
    random = secret_values.random_looking(value) and not secret_values.is_wordy(value)
    if kind is SecretKind.RANDOM and not pair.value.quoted and ":" in value:
        return 0.0  # the name of an artifact
    if kind is SecretKind.RANDOM:
        return _GOOD if random and len(value) >= 12 else 0.0
    if random and len(value) >= 12:
        return _STRONG if len(value) >= 16 else _GOOD
    if digits >= 2 and len(value) >= 12 and not secret_values.is_wordy(value):
        return _GOOD
    if (
        digits >= 1
        and len(value) >= 16
        and pair.value.quoted
        and not _looks_like_code(value)
        and kind is not SecretKind.TOKEN
    ):
        return _FAIR
    if kind is not SecretKind.RANDOM and pair.value.quoted and not _looks_like_name(value, kind):
        return _FAIR
    if secret_values.entropy(value) >= 3.9 and len(value) >= 20 and not secret_values.is_wordy(value):
        return _GOOD
    return 0.0


def _opens(key: Key) -> bool:
    """Return whether a token's key says that it opens an account; others number requests and pages."""
    words = key_words(key.name)
    return len(words) < 2 or not _OPENING.isdisjoint(words)


_OPENING = frozenset("access auth api refresh bearer bot user personal secret oauth deploy admin security".split())


def _looks_like_name(value: str, kind: SecretKind) -> bool:
    """Return whether a quoted value without digits is a name or a word; a `secret` may be a word."""
    if not value.isascii() or not value.isalnum() or _TYPE_NAME.fullmatch(value):
        return True
    if kind is SecretKind.SECRET:
        return not value.islower() and secret_values.is_wordy(value)
    return len(value) < 12 or value.islower() or value.isupper() or secret_values.is_wordy(value)


_WORDS = {
    "PASSWORD": re.compile(rf"(?:{_PASSWORDS}|{_ACCENTED})s?", re.IGNORECASE),
    "API_KEY": re.compile(rf"(?:{_OTHERS})", re.IGNORECASE),
}


def secret_pair_recognizers() -> list[ValueRecognizer]:
    """Return the recognizers of secrets by their keys' names."""
    return [
        SecretPairRecognizer(
            "PASSWORD",
            (
                Evidence(
                    "password",
                    rf"(?:(?i:{_PASSWORDS})|{_ACCENTED}){_AFTER}{_PASSWORD_MARK}",
                    _GOOD,
                    needs=_NEEDS_PASSWORD,
                ),
            ),
            name="PasswordPairRecognizer",
        ),
        SecretPairRecognizer(
            "API_KEY",
            (Evidence("secret", rf"(?i:{_OTHERS}){_AFTER}{_OTHER_MARK}", _GOOD, needs=_NEEDS_OTHER),),
            name="SecretPairRecognizer",
        ),
    ]


_NEEDS_PASSWORD = (
    "pass",
    "pwd",
    "psw",
    "pw",
    "mdp",
    "contrase",
    "senha",
    "wachtwoord",
    "kennwort",
    "parola",
    "clave",
    "palavra",
    "has",
    "heslo",
    "senord",
    "salasana",
    "пароль",
    "masterauth",
)
_NEEDS_OTHER = (
    "secret",
    "token",
    "key",
    "jwt",
    "bearer",
    "cred",
    "salt",
    "seed",
    "nonce",
    "verifier",
    "otp",
    "auth",
    "hmac",
    "psk",
    "pat",
)
