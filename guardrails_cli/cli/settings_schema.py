"""The settings of configuration files: the options of `guardrails scan`, as its function declares them."""

import inspect
from collections.abc import Callable
from enum import Enum
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from typer.models import OptionInfo

from guardrails_cli.cli.options import COMMA_SEPARATED
from guardrails_cli.options.config_file import Setting

_TYPES = {bool: "boolean", int: "integer", float: "number"}


def settings_of(command: Callable[..., None]) -> dict[str, Setting]:
    """Return the settings for a command's options, as its function declares them."""
    found = {}
    for name, parameter in inspect.signature(command).parameters.items():
        if get_origin(parameter.annotation) is Annotated:
            annotation, info = get_args(parameter.annotation)[:2]
            if isinstance(info, OptionInfo):
                setting = _setting(name, annotation, info)
                found[setting.name] = setting
    return found


def _setting(name: str, annotation: Any, info: OptionInfo) -> Setting:
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    many = get_origin(annotation) is list
    kind = get_args(annotation)[0] if many else annotation
    # In `Annotated` Typer has the first name in place of the default.
    names = [str(text) for text in (info.default, *(info.param_decls or ()))]
    long = [text for text in names if text.startswith("--")]
    return Setting(
        name=long[0].lstrip("-") if long else name.replace("_", "-"),
        parameter=name,
        type=_TYPES.get(kind, "string"),
        help=str(info.help or ""),
        choices=tuple(str(item.value) for item in kind) if issubclass(kind, Enum) else (),
        minimum=info.min,
        maximum=info.max,
        many=many,
        joined=info.metavar == COMMA_SEPARATED,
        is_path=issubclass(kind, Path),
    )


@cache
def settings() -> dict[str, Setting]:
    """Return all settings: the options of `guardrails scan`."""
    from guardrails_cli.cli.commands.scan import scan

    return settings_of(scan)
