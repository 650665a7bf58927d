"""Declaration of an option: a field of a group, annotated with the data for command line and configuration files."""

from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

COMMA_SEPARATED = "NAME,…"
"""Metavar of an option that takes several names in one text; a configuration file lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opt:
    """The data of an option besides its name, type and default."""

    help: str
    panel: str
    """Panel of `--help`."""
    flags: tuple[str, ...] = ()
    """Flags; empty means `--name`, with `-` for `_`."""
    env: str | None = None
    """Variable named in the help; every option also has one made from its name."""
    metavar: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    case_sensitive: bool = True
    show_default: bool = True
    completion: str | None = None
    """Name of a function in `cli.completion`."""
    size: bool = False
    """Whether it is a number of bytes, with a unit or without."""
    program: bool = True
    """Whether the Python API has it; False for what a command prints, writes and returns."""


@dataclass(frozen=True, slots=True)
class Declared:
    """An option as a group declares it."""

    name: str
    type: Any
    default: Any
    opt: Opt

    @property
    def long(self) -> str:
        """Name of the option on the command line, without the dashes."""
        flag = next((flag for flag in self.opt.flags if flag.startswith("--")), f"--{self.name}")
        return flag.lstrip("-").replace("_", "-")

    @property
    def keyword(self) -> str:
        """Name of the option in a Python call."""
        return self.long.replace("-", "_")


@cache
def declared(group: type) -> tuple[Declared, ...]:
    """Return the options of a group in the order in which help lists them."""
    hints = get_type_hints(group, include_extras=True)
    found = []
    for field in fields(group):
        annotation = hints[field.name]
        if get_origin(annotation) is not Annotated:
            raise TypeError(f"{group.__name__}.{field.name} is not declared with Opt")
        kind, opt = get_args(annotation)[:2]
        found.append(Declared(field.name, kind, field.default, opt))
    return tuple(found)
