"""Secrets that an orchestrator hands over as files: `GUARDRAILS_KEY_FILE` names one that holds `GUARDRAILS_KEY`."""

import os
from collections.abc import Mapping

from guardrails_cli.errors import ConfigError

PREFIX, SUFFIX = "GUARDRAILS_", "_FILE"
MAX_BYTES = 64 * 1024


def from_files(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that files hold; the end of the file's last line is not part of one.

    Args:
        environment: whose `GUARDRAILS_…_FILE` variables name the files. A variable that is set itself has no file.

    Raises:
        ConfigError: if one cannot be read, or both are set.

    """
    found = {}
    for name, path in environment.items():
        variable = name.removesuffix(SUFFIX)
        if not name.startswith(PREFIX) or variable == name or not path:
            continue
        if environment.get(variable):
            raise ConfigError(f"{variable} and {name} are both set; unset one")
        try:
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), encoding="utf-8") as file:  # noqa: PTH123
                text = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise ConfigError(f"{name}: cannot read {path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ConfigError(f"{name}: {path} is not UTF-8 text") from None
        value = text.removesuffix("\n").removesuffix("\r")
        if len(text) > MAX_BYTES or "\0" in value:
            raise ConfigError(f"{name}: {path} holds no secret: it is too long or binary")
        found[variable] = value
    return found
