"""Options from configuration files, used where neither the command line nor the environment sets one."""

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from guardrails_cli.cli.settings_schema import settings
from guardrails_cli.cli.std_streams import complain
from guardrails_cli.options.config_file import ConfigFile, find, read, restricted, user_path

PANEL = "Configuration"
PREFIX = "GUARDRAILS_"
TOGETHER = (("broker", "inline", "jobs"), ("format", "output"), ("no-ner", "profile"))
"""Options that only make sense together: if one of a group is set, lower layers of that group are dropped."""
_LAYERS, _ORIGINS, _FILES = "guardrails.layers", "guardrails.origins", "guardrails.files"

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Take the options from this file, not from a guardrails.yaml found upwards from what is scanned.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
IsolatedOption = Annotated[
    bool,
    typer.Option(
        "--isolated",
        "--no-config",
        help="Take no options from configuration files, but for one named by --config.",
        rich_help_panel=PANEL,
    ),
]


@dataclass(frozen=True, slots=True)
class Layer:
    """Option values of one origin, by setting."""

    values: Mapping[str, Any]
    origin: str
    """Origin of the values, as shown to a person."""
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of an option's value: a smaller rank takes precedence."""

    rank: int
    text: str


def merge(layers: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, Any]]:
    """Return each setting's value with the index of the first layer that has it."""
    merged: dict[str, tuple[int, Any]] = {}
    for number, layer in enumerate(layers):
        for name, value in layer.items():
            merged.setdefault(name, (number, value))
    return merged


def configured(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command with the options --config and --isolated, which `Configured` reads before all others."""

    @wraps(command)
    def run(*arguments: Any, config: Path | None, isolated: bool, **options: Any) -> None:
        del config, isolated
        command(*arguments, **options)

    signature = inspect.signature(command)
    own = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, default, annotation in (("config", None, ConfigOption), ("isolated", False, IsolatedOption))
    ]
    run.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *own])  # type: ignore[attr-defined]
    run.__annotations__ = {**command.__annotations__, "config": ConfigOption, "isolated": IsolatedOption}
    return run


class Configured(TyperCommand):
    """A command whose options may come from the environment and from configuration files.

    Every option has a variable `GUARDRAILS_<OPTION>` and every switch an opposite: `--no-hidden`, `--ignore`.
    """

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        for option in self._options():
            own = PREFIX + _name(option).upper().replace("-", "_")
            given = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
            option.envvar = list(dict.fromkeys([*given, own]))
            option.show_envvar = bool(given)

    def _options(self) -> list[Any]:
        return [param for param in self.params if param.param_type_name == "option" and param.name != "help"]

    def make_parser(self, ctx: Any) -> Any:
        """Add each switch's opposite, which --help does not list."""
        parser = super().make_parser(ctx)
        for option in self._options():
            if option.is_flag and not option.secondary_opts:
                name = _name(option)
                opposite = name.removeprefix("no-") if name.startswith("no-") else f"no-{name}"
                if not any(f"--{opposite}" in other.opts for other in self._options()):
                    parser.add_option(
                        obj=option, opts=[f"--{opposite}"], dest=option.name, action="store_const", const=False
                    )
        return parser

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments on top of the configuration."""
        given = {} if ctx.resilient_parsing else self.make_parser(ctx).parse_args(args=list(args))[0]
        if given and not given.get("help"):
            self._load(ctx, given)
        try:
            rest = super().parse_args(ctx, args)
        except Exception as error:
            self._name_variable(ctx, getattr(error, "param", None))
            raise
        if _ORIGINS in ctx.meta:
            self._settle(ctx)
            self._announce(ctx)
        return rest

    def _name_variable(self, ctx: Any, option: Any) -> None:
        """Make the message about a bad value name the variable that holds it."""
        source = ctx.get_parameter_source(option.name) if option in self._options() else None
        if source is not None and source.name == "ENVIRONMENT":
            option.envvar, option.show_envvar = _variable(option), True

    def _load(self, ctx: Any, given: Mapping[str, Any]) -> None:
        """Apply the configuration below the command line and the environment."""
        layers = ctx.meta.get(_LAYERS)
        if layers is None:
            layers = self._layers(ctx, given)
        own = {_name(option): option for option in self._options()}
        origins: dict[str, Origin] = {}
        ctx.default_map = {}
        for name, (number, value) in merge([layer.values for layer in layers]).items():
            if name in own:
                layer = layers[number]
                place = f"{layer.origin}:{layer.lines[name]}" if name in layer.lines else layer.origin
                origins[name] = Origin(2 + number, place)
                ctx.default_map[own[name].name] = value
        ctx.meta[_ORIGINS] = origins

    def _layers(self, ctx: Any, given: Mapping[str, Any]) -> list[Layer]:
        isolated = given.get("isolated", _is_set(PREFIX + "ISOLATED"))
        named = given.get("config") or os.environ.get(PREFIX + "CONFIG")
        paths = next((given.get(param.name) for param in self.params if param.param_type_name == "argument"), None)
        first = paths if isinstance(paths, str) else next(iter(paths or ()), ".")
        files, found = [], None
        if named:
            files.append(read(Path(named), settings()))
        elif not isolated:
            found, told = find(str(first), settings())
            if found is not None:
                found, more = restricted(found)
                files.append(found)
                told += more
            for line in told:
                complain(line)
        own = None if isolated else user_file()
        files += [own] if own else []
        ctx.meta[_FILES] = found
        return [layer_of(file) for file in files]

    def _settle(self, ctx: Any) -> None:
        """Drop the options of each group that come from a lower layer than the group's highest."""
        origins = ctx.meta[_ORIGINS]
        own = {_name(option): option for option in self._options()}
        for name, option in own.items():
            source = ctx.get_parameter_source(option.name).name
            if source in ("COMMANDLINE", "ENVIRONMENT"):
                flag = source == "COMMANDLINE"
                origins[name] = Origin(0, "command line") if flag else Origin(1, _variable(option))
        for group in TOGETHER:
            chosen = [name for name in group if name in origins and name in own and ctx.params[own[name].name]]
            best = min((origins[name].rank for name in chosen), default=0)
            for name in chosen:
                if origins[name].rank > best:
                    ctx.params[own[name].name] = False if own[name].is_flag else None
                    del origins[name]

    def _announce(self, ctx: Any) -> None:
        found = ctx.meta.get(_FILES)
        if found is not None and found.values and not ctx.params.get("quiet"):
            complain(f"options from {found.path}; --isolated does without")


def origins(context: Any) -> dict[str, Origin]:
    """Return the origin of each option's value; a missing option has its default."""
    return dict(context.meta[_ORIGINS])


def user_file() -> ConfigFile | None:
    """Return the user's own configuration; None if there is none or others could have written it.

    Raises:
        ConfigError: if it is not valid.

    """
    from guardrails_cli.options.config_file import distrust

    path = user_path()
    if not os.path.lexists(path):
        return None
    fault = distrust(path)
    if fault:
        complain(f"{path} is not used: {fault}")
        return None
    return read(path, settings())


def layer_of(file: ConfigFile) -> Layer:
    """Return a file's values as a layer."""
    path = str(file.path)
    with suppress(OSError):  # the working directory may be gone
        path = path.removeprefix(f"{Path.cwd()}{os.sep}")
    return Layer(file.values, path, file.lines)


def use_layers(context: Any, layers: Sequence[Layer]) -> None:
    """Make commands below `context` use these layers instead of files."""
    context.meta[_LAYERS] = list(layers)


def _is_set(variable: str) -> bool:
    return os.environ.get(variable, "").lower() in ("1", "true", "t", "yes", "y", "on")


def _variable(option: Any) -> str:
    """Return the environment variable that set an option's value."""
    return str(next(each for each in option.envvar if os.environ.get(each)))


def _name(option: Any) -> str:
    """Return an option's name on the command line and in configuration files."""
    return str(next(text for text in option.opts if text.startswith("--"))).lstrip("-")
