"""The settings of configuration files: the options that the groups declare."""

from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Union, get_args, get_origin

from guardrails_cli.options.config_file import Setting
from guardrails_cli.options.declare import COMMA_SEPARATED, Declared
from guardrails_cli.options.groups import all_declared

_TYPES = {bool: "boolean", int: "integer", float: "number"}


def _setting(each: Declared) -> Setting:
    annotation = each.type
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    many = get_origin(annotation) is list
    kind = get_args(annotation)[0] if many else annotation
    long = [text for text in each.opt.flags if text.startswith("--")]
    return Setting(
        name=long[0].lstrip("-") if long else each.name.replace("_", "-"),
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
