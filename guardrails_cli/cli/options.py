"""The options of commands, as Typer takes them; `guardrails_cli.options` declares them."""

import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from guardrails_cli.cli import completion
from guardrails_cli.options.choices import Format, Level, LogFormat, Profile, Transfer
from guardrails_cli.options.declare import Declared, declared
from guardrails_cli.options.judging import DetectionFlags, PolicyFlags, SuppressionFlags
from guardrails_cli.options.running import ExecutionFlags, OutputFlags
from guardrails_cli.options.sources import FileFlags, LimitFlags
from guardrails_cli.scanning.options import (
    check_paths,
    detect_options,
    git_options,
    given_paths,
    known_types,
    names,
    own_recognizers,
)

__all__ = [
    "Format",
    "Level",
    "LogFormat",
    "Profile",
    "Transfer",
    "check_paths",
    "detect_options",
    "git_options",
    "given_paths",
    "known_types",
    "names",
    "own_recognizers",
]  # besides the options


def option(group: type, name: str) -> Any:
    """Return one option of a group for a command that does not take the whole group."""
    return _typer_option(next(each for each in declared(group) if each.name == name))


def _typer_option(each: Declared) -> Any:
    opt = each.opt
    return typer.Option(
        *opt.flags,
        help=opt.help,
        rich_help_panel=opt.panel,
        envvar=opt.env,
        show_envvar=True,
        metavar=opt.metavar,
        min=opt.minimum,
        max=opt.maximum,
        case_sensitive=opt.case_sensitive,
        show_default=opt.show_default,
        autocompletion=getattr(completion, opt.completion) if opt.completion else None,
    )


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command with the options of each group in place of the parameter that takes the group."""
    parameters: list[inspect.Parameter] = []
    groups: dict[str, type] = {}
    for name, parameter in inspect.signature(command).parameters.items():
        if is_dataclass(parameter.annotation) and isinstance(parameter.annotation, type):
            groups[name] = parameter.annotation
            parameters += (
                parameter.replace(
                    name=each.name, default=each.default, annotation=Annotated[each.type, _typer_option(each)]
                )
                for each in declared(parameter.annotation)
            )
        else:
            parameters.append(parameter)

    @wraps(command)
    def run(**given: Any) -> None:
        values = {
            name: group(**{each.name: given.pop(each.name) for each in declared(group)})
            for name, group in groups.items()
        }
        command(**given, **values)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="Files and folders to scan; - is standard input.", show_default=False),
]
PathsOrHere = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Files and folders to scan; - is standard input. A Git option takes them from the repository; "
        "default: all of the one here.",
        show_default=False,
    ),
]
Formats = Annotated[list[Format] | None, option(OutputFlags, "format_")]
Outputs = Annotated[list[Path] | None, option(OutputFlags, "output")]
ShowValues = Annotated[bool, option(OutputFlags, "show_values")]
Includes = Annotated[list[str] | None, option(FileFlags, "include")]
Excludes = Annotated[list[str] | None, option(FileFlags, "exclude")]
Hidden = Annotated[bool, option(FileFlags, "hidden")]
NoIgnore = Annotated[bool, option(FileFlags, "no_ignore")]
Passwords = Annotated[list[str] | None, option(LimitFlags, "password")]
ProfileName = Annotated[Profile | None, option(DetectionFlags, "profile")]
Entities = Annotated[str | None, option(DetectionFlags, "entities")]
ExcludeEntities = Annotated[str | None, option(DetectionFlags, "exclude_entities")]
MinScore = Annotated[float | None, option(DetectionFlags, "min_score")]
Countries = Annotated[str | None, option(DetectionFlags, "country")]
Language = Annotated[str, option(DetectionFlags, "language")]
ModelName = Annotated[str, option(DetectionFlags, "model")]
RecognizerFiles = Annotated[list[Path] | None, option(DetectionFlags, "recognizers")]
Frameworks = Annotated[str | None, option(PolicyFlags, "frameworks")]
PolicyFiles = Annotated[list[Path] | None, option(PolicyFlags, "policy")]
AllowFiles = Annotated[list[Path] | None, option(SuppressionFlags, "allow")]
Jobs = Annotated[int | None, option(ExecutionFlags, "jobs")]
