"""Access to a broker."""

from pathlib import Path

import pytest

from guardrails_cli.cluster import broker_url
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.urls import public_url


def test_the_password_comes_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert broker_url.broker_url("redis://host:6379/0") == "redis://host:6379/0"
    monkeypatch.setenv(broker_url.ENV_PASSWORD, "p@ss/word")
    assert broker_url.broker_url("rediss://ann@host:6379/0") == "rediss://ann:p%40ss%2Fword@host:6379/0"
    assert broker_url.broker_url("redis://:own@host/0") == "redis://:own@host/0"
    assert broker_url.broker_url("unix:///run/redis.sock") == "redis+socket:///run/redis.sock?virtual_host=0"
    (tmp_path / "password").write_text("from a file\n")
    monkeypatch.setenv(broker_url.ENV_PASSWORD_FILE, str(tmp_path / "password"))
    url = broker_url.broker_url("redis://host/0")
    assert url == "redis://:from%20a%20file@host/0"
    assert public_url(url) == "redis://host/0"
    (tmp_path / "password").write_text("")
    with pytest.raises(ConfigError, match="is empty"):
        broker_url.broker_url("redis://host/0")
    monkeypatch.setenv(broker_url.ENV_PASSWORD_FILE, str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="cannot read the broker's password"):
        broker_url.broker_url("redis://host/0")


def test_certificates_are_always_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ssl

    assert broker_url.tls_options("redis://host/0") is None
    options = broker_url.tls_options("rediss://host/0")
    assert options == {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    monkeypatch.setenv(broker_url.ENV_CA, str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="GUARDRAILS_BROKER_CA: no such file"):
        broker_url.tls_options("rediss://host/0")
