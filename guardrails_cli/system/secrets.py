"""Secrets that an orchestrator provides as files: `GUARDRAILS_KEY_FILE` names a file that holds `GUARDRAILS_KEY`."""

import os
from collections.abc import Mapping

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.system.files import open_now

SECRETS = ("GUARDRAILS_KEY", "GUARDRAILS_PASSWORD", "GUARDRAILS_WEBHOOK_SECRET")
MAX_BYTES = 64 * 1024


def from_files(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets in files, by variable; the line break at a file's end is dropped.

    Args:
        environment: its `…_FILE` variables name the files.

    Raises:
        ConfigError: if a file cannot be read, or a secret is given in both ways.

    """
    found = {}
    for variable in SECRETS:
        path = environment.get(f"{variable}_FILE")
        if not path:
            continue
        if environment.get(variable):
            raise ConfigError(f"{variable} and {variable}_FILE are both set; unset one")
        try:
            with open_now(path) as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise ConfigError(f"{variable}_FILE: cannot read {path}: {error.strerror}") from None
        if len(data) > MAX_BYTES or b"\0" in data:
            raise ConfigError(f"{variable}_FILE: {path} is too long for a secret, or not text")
        found[variable] = os.fsdecode(data.removesuffix(b"\n").removesuffix(b"\r"))
    return found
