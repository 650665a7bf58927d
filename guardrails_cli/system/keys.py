"""The keys of fingerprints and of redaction, from the environment or a file of the user's own."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.system.paths import state_folder

ENV_KEY = "GUARDRAILS_KEY"


def fingerprint_key() -> tuple[bytes, str | None]:
    """Return the key of the fingerprints, and a warning for the user or None.

    The key comes from `GUARDRAILS_KEY`, otherwise from a file in the user's state directory that is created at the
    first run and readable by the user alone. Reports with the same key can be compared; without the key nobody can test
    which Social Security number a fingerprint stands for (there are few enough to try them all against a plain hash).
    """
    master = _given_key()
    warning = None
    if not master:
        try:
            master = _stored_key()
        except OSError as error:
            master = secrets.token_bytes(32)
            warning = (
                f"cannot keep a fingerprint key ({error.strerror or error}); fingerprints of this run cannot be "
                f"compared with other runs. Set {ENV_KEY} to fix that."
            )
    return hmac.digest(master, b"guardrails fingerprint v1", hashlib.sha256), warning


def redaction_key(file: Path | None) -> tuple[bytes, str]:
    """Return the key of hashes, pseudonyms and sealed values, and where it comes from.

    Args:
        file: holds the key; None means `GUARDRAILS_KEY`, otherwise the file that is created at the first run.

    Raises:
        ConfigError: if there is no key: values sealed with a lost key are lost.

    """
    master, origin = _given_key(), ENV_KEY
    try:
        if file is not None:
            master, origin = file.read_bytes().strip(), str(file)
        elif not master:
            master, origin = _stored_key(), str(key_path())
    except OSError as error:
        raise ConfigError(f"cannot read the key {file or key_path()}: {error.strerror or error}") from None
    if not master:
        raise ConfigError(f"the key file {origin} is empty")
    return hmac.digest(master, b"guardrails redaction v1", hashlib.sha256), origin


def key_path() -> Path:
    """Return the path of the fingerprint key for when `GUARDRAILS_KEY` is not set."""
    return state_folder() / "fingerprint.key"


def _given_key() -> bytes:
    return os.environ.get(ENV_KEY, "").encode("utf-8", "surrogateescape")


def _stored_key() -> bytes:
    path = key_path()
    for _ in range(2):
        try:
            key = path.read_bytes()
        except FileNotFoundError:
            _create_key(path)
            continue
        if key:
            return key
        path.unlink()  # a crash between creation and writing left it empty
    return path.read_bytes()


def _create_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another run was faster: its key counts
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
