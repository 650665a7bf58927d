"""Access to a broker: its URL, the password from elsewhere, and TLS."""

import os
import re
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from guardrails_cli.core.errors import ConfigError

ENV_PASSWORD = "GUARDRAILS_BROKER_PASSWORD"  # noqa: S105 - the variable's name
ENV_PASSWORD_FILE = "GUARDRAILS_BROKER_PASSWORD_FILE"  # noqa: S105
ENV_CA = "GUARDRAILS_BROKER_CA"
ENV_CERTIFICATE = "GUARDRAILS_BROKER_CERT"
ENV_CERTIFICATE_KEY = "GUARDRAILS_BROKER_CERT_KEY"
_NO_ENTRY = ("NOAUTH", "WRONGPASS", "HELLO must be called", "Authentication required")


def broker_url(url: str) -> str:
    """Return `url` in Celery's form, from any of `redis://`, `rediss://`, `unix://` and `redis+socket://`.

    Raises:
        ConfigError: if it is another URL.

    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ConfigError("the broker URL is not valid; write for example redis://host:6379/0") from None
    database = parts.path.strip("/") or "0"
    if parts.scheme == "unix":
        database = parse_qs(parts.query).get("db", ["0"])[0]
    if parts.scheme in ("redis", "rediss", "unix") and not re.fullmatch("[0-9]+", database):
        raise ConfigError("the broker URL must end with the number of a database, such as redis://host:6379/0")
    if parts.scheme in ("redis", "rediss") and parts.hostname:
        return _with_password(url)
    if parts.scheme == "unix" and parts.path:
        return f"redis+socket://{parts.path}?virtual_host={database}"
    if parts.scheme == "redis+socket" and parts.path:
        return url
    raise ConfigError(
        "the broker URL must begin with redis://, rediss:// or unix://; write for example redis://host:6379/0"
    )


def _with_password(url: str) -> str:
    """Return `url` with the password from the environment, if it has none: a URL is visible in the process list."""
    parts = urlsplit(url)
    password = None if parts.password else _password()
    if password is None:
        return url
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}:{quote(password, safe='')}@{host}").geturl()


def _password() -> str | None:
    file = os.environ.get(ENV_PASSWORD_FILE)
    if not file:
        return os.environ.get(ENV_PASSWORD) or None
    try:
        password = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"cannot read the broker's password {file}: {getattr(error, 'strerror', error)}") from None
    if not password:
        raise ConfigError(f"the broker's password file {file} is empty")
    return password


def tls_options(url: str) -> dict[str, Any] | None:
    """Return how to verify a `rediss://` broker and to authenticate to it, None for others.

    The broker's certificate must be valid for its host name and be signed by one of the system's authorities, or by the
    one in the file that `GUARDRAILS_BROKER_CA` names.

    Raises:
        ConfigError: if a file does not exist.

    """
    if not url.startswith("rediss://"):
        return None
    names = {"ssl_ca_certs": ENV_CA, "ssl_certfile": ENV_CERTIFICATE, "ssl_keyfile": ENV_CERTIFICATE_KEY}
    files = {option: os.environ[name] for option, name in names.items() if os.environ.get(name)}
    for option, file in files.items():
        if not Path(file).is_file():
            raise ConfigError(f"{names[option]}: no such file: {file}")
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True, **files}


def reason(error: BaseException) -> str:
    """Return a connection error in one line, with advice. Redis errors contain the address, never credentials."""
    line = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
    if "CERTIFICATE_VERIFY_FAILED" in line:
        return f"{line}; its certificate must be for this host name and of an authority in {ENV_CA}"
    if type(error).__name__ == "AuthenticationError" or line.startswith(_NO_ENTRY):
        return f"{line}; the user belongs into the URL, the password into {ENV_PASSWORD_FILE} or {ENV_PASSWORD}"
    return line
