"""Which names of keys promise a secret."""

import pytest

from guardrails_cli.detect.recognizers.secret_keys import SecretKind, key_words, secret_kind

KINDS = [
    ("password", SecretKind.PASSWORD),
    ("trustStorePassword", SecretKind.PASSWORD),
    ("LDAP_BIND_PW", SecretKind.PASSWORD),
    ("dbpassword", SecretKind.PASSWORD),
    ("ansible_become_pass", SecretKind.PASSWORD),
    ("rootPwd2", SecretKind.PASSWORD),
    ("contraseña", SecretKind.PASSWORD),
    ("JwtSecret", SecretKind.SECRET),
    ("SECRET_KEY_BASE", SecretKind.KEY),
    ("app.secret", SecretKind.SECRET),
    ("X-API-Key", SecretKind.KEY),
    ("signingKey", SecretKind.KEY),
    ("npm_token", SecretKind.TOKEN),
    ("passwordSalt", SecretKind.RANDOM),
]
NONE = [
    "password_file", "passwordPath", "token_url",
    "secret_id", "secretName", "password_length", "password_policy", "publicKey",
    "token_type", "max_tokens", "key_size", "password_field", "compass",
    "bypass", "primary_key", "cache_key", "next_token", "pad_token",
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_name_promises_a_secret(name: str, kind: SecretKind) -> None:
    assert secret_kind(name) is kind


@pytest.mark.parametrize("name", NONE)
def test_a_name_promises_none(name: str) -> None:
    assert secret_kind(name) is None


def test_words_before_a_key_qualify_it() -> None:
    assert secret_kind("passe", "mot de") is SecretKind.PASSWORD
    assert secret_kind("key", "API") is SecretKind.KEY
    assert secret_kind("key", "public") is None


def test_a_name_is_cut_at_case_changes_and_marks() -> None:
    assert key_words("myDBPassword-old_2") == ["my", "db", "password", "old", "2"]
