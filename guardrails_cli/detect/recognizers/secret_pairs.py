"""Secrets by the names of their keys: in every form of pair, judged by key and value together."""

import re
from collections.abc import Sequence

from guardrails_cli.detect.pairs.scanner import Key, Pair, key_at, pairs_of
from guardrails_cli.detect.recognizers.recognizer import Evidence, ValueRecognizer
from guardrails_cli.detect.recognizers.secret_keys import SecretKind, secret_kind
from guardrails_cli.detect.recognizers.secret_values import TEST_SCORE, is_stand_in, is_test_value
from guardrails_cli.detect.recognizers.secret_verdict import judge_value
from guardrails_cli.detect.results import Raw, remove_duplicates

STAND_IN_SCORE = 0.3
"""Score of a value that stands for one to be filled in, such as `changeme`."""
_LONGEST_NAME = 40
_GOOD = 0.75
_PASSWORDS = (
    r"pass(?:word|wd|phrase|wort|code|key|w(?:rd)?)?|pwd|psw|pswd|psswd|pw|pword|mdp|mot[ ]de[ ]passe|contrasena"
    r"|senha|wachtwoord|kennwort|parola|clave|palavra[ -](?:passe|chave)|haslo|heslo|losenord|salasana"
    r"|requirepass|masterauth"
)
_ACCENTED = r"[cC]ontrase[ñÑ]a|CONTRASEÑA|[hH]asło|[lL]ösenord|[пП]ароль|ПАРОЛЬ"
"""Not in the group without letter case: such letters would make a wide search of it."""
_OTHERS = (
    r"secrets?|tokens?|jwt|bearer|credentials?|creds?|salt|seed|nonce|verifier|t?otp|_?auth|authorization|hmac|psk|pat"
    r"|(?:api|secret|private|access|signing|sign|signature|encryption|encrypt|decryption|cipher|crypto|master|auth"
    r"|account|shared"
    r"|storage|service|session|app|application|consumer|client|subscription|licen[cs]e|hmac|aes|des|rsa|jwt|jws|webhook|admin"
    r"|deploy|ssh|user|bot|server|integration|write|merchant|gateway|aws|azure|gcp|google|maps|github|openai|anthropic"
    r"|sendgrid"
    r"|twilio|mailgun|datadog|dd|sentry|firebase|cloudflare|heroku|slack|instrumentation|captcha|cookie|kms|data|activation"
    r"|preshared|s3|function|security|developer|test|partner|license|token)[ _.-]?keys?"
)
_ANY_KEY = (
    r"(?i:keys?)[\"'`]?\]?[ \t]{0,20}(?:=>|:=|[:=])[ \t]{0,20}"
    r"(?:[\"'`][A-Za-z0-9+/_=-]{24,100}[\"'`]|[0-9a-f]{32,128}\b)"
)
_AFTER = r"[A-Za-z0-9_.-]{0,16}(?:\\{0,3}[\"'`]|&quot;)?[\])\x7d]{0,2}[\"']?"
_MARK = r"[ \t]{0,20}(?:[:=,>|(\t<?;]|\r?\n[ \t]{1,40}[\"']?(?i:val|def|text|cont|data)|\|\||or\b|[\x7b\uff1a]"
"""Marks that may follow a key; the brace by its number, because the search takes the character for a fuzzy match."""
_PASSWORD_MARK = _MARK + r"|[ \t](?:[\"'0-9A-Za-z!-/@]))"
_OTHER_MARK = _MARK + r"|[ \t](?:[\"']|[0-9A-Za-z]{1,40}))"


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
        evidence: tuple[str, ...] = (f'key "{pair.key.name[:_LONGEST_NAME]}"', pair.form)
        if is_stand_in(value) or is_test_value(value):
            score = STAND_IN_SCORE if is_stand_in(value) else TEST_SCORE
            evidence = (*evidence, "test value")
        return Raw(self.entity, pair.value.start, pair.value.end, score, self.name, evidence)


_WORDS = {
    "PASSWORD": re.compile(rf"(?:{_PASSWORDS}|{_ACCENTED})s?", re.IGNORECASE),
    "API_KEY": re.compile(rf"(?:{_OTHERS}|keys?)", re.IGNORECASE),
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
            (
                Evidence("secret", rf"(?i:{_OTHERS}){_AFTER}{_OTHER_MARK}", _GOOD, needs=_NEEDS_OTHER),
                Evidence("key", _ANY_KEY, _GOOD, needs=("key",)),
            ),
            name="SecretPairRecognizer",
        ),
    ]


_NEEDS_PASSWORD = (
    *("pass", "pwd", "psw", "pw", "mdp", "contrase", "senha", "wachtwoord", "kennwort", "parola", "clave", "palavra"),
    *("haslo", "hasło", "heslo", "senord", "salasana", "пароль", "masterauth"),
)
_NEEDS_OTHER = (
    *("secret", "token", "key", "jwt", "bearer", "cred", "salt", "seed", "nonce", "verifier", "otp", "auth", "hmac"),
    *("psk", "pat"),
)
