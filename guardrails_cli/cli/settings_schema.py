"""The settings of configuration files: the options that the groups declare."""

from enum import Enum
from functools import cache
from pathlib import Path

from guardrails_cli.options.config_file import Setting
from guardrails_cli.options.declare import COMMA_SEPARATED, Declared
from guardrails_cli.options.groups import all_declared
from guardrails_cli.options.keywords import plain_type

_TYPES = {bool: "boolean", int: "integer", float: "number"}


def _setting(each: Declared) -> Setting:
    kind, many = plain_type(each)
    return Setting(
        name=each.long,
        parameter=each.name,
        type=_TYPES.get(kind, "string"),
        help=each.opt.help,
        choices=tuple(str(item.value) for item in kind) if issubclass(kind, Enum) else (),
        minimum=each.opt.minimum,
        maximum=each.opt.maximum,
        many=many,
        joined=each.opt.metavar == COMMA_SEPARATED,
        is_path=issubclass(kind, Path),
    )


@cache
def settings() -> dict[str, Setting]:
    """Return all settings: the options of `guardrails scan`."""
    return {setting.name: setting for setting in map(_setting, all_declared())}
