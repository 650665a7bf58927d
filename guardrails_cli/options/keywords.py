"""Options as keywords of a Python call, derived from their declaration.

`python -m guardrails_cli.options.keywords` writes `api/keywords.py`, the static types of the keywords, anew; a test
compares that file with the declaration.
"""

import os
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.options.declare import COMMA_SEPARATED, Declared, declared
from guardrails_cli.options.groups import Choices, groups
from guardrails_cli.options.judging import DetectionFlags, PolicyFlags

T = TypeVar("T")


def for_programs() -> dict[str, Declared]:
    """Return the options that a program may use, by keyword; those about a command's output are left out."""
    return {each.keyword: each for group in groups() for each in declared(group) if each.opt.program}


def for_text() -> dict[str, Declared]:
    """Return the options that apply to a single text, by keyword."""
    wanted = {id(each.opt) for group in (DetectionFlags, PolicyFlags) for each in declared(group)}
    return {
        name: each
        for name, each in for_programs().items()
        if (id(each.opt) in wanted and name != "risk") or name == "show_values"
    }


def choices(keywords: Mapping[str, object], known: Mapping[str, Declared]) -> Choices:
    """Return what the keywords of a call choose.

    Args:
        keywords: the call's, by name.
        known: the options that the function has.

    Raises:
        TypeError: if the function has no such keyword.
        ConfigError: if a value is out of its range.

    """
    for name in keywords:
        if name not in known:
            raise TypeError(f"got an unexpected keyword argument {name!r}")
    given = {known[name].name: _value(known[name], value) for name, value in keywords.items()}
    made = {
        field: group(**{each.name: given[each.name] for each in declared(group) if each.name in given})
        for field, group in Choices.fields().items()
    }
    return Choices(**made)


def _value(option: Declared, value: Any) -> Any:
    """Return a keyword's value as the command line would have it."""
    kind, many = plain_type(option)
    if value is None:
        return option.default
    if option.opt.metavar == COMMA_SEPARATED:
        return value if isinstance(value, str) else ",".join(value)
    if many:
        items: Iterable[Any] = [value] if isinstance(value, str | os.PathLike) else list(value)
        return [Path(each) if kind is Path else each for each in items]
    if issubclass(kind, Enum):
        return _choice(option, kind, value)
    if kind is Path:
        return Path(value)
    if option.opt.size:
        return str(value)
    _check_range(option, value)
    return value


def _choice(option: Declared, kind: type[Enum], value: Any) -> Enum:
    words = [each.value for each in kind]
    if value not in words:
        raise ConfigError(f"not a {option.keyword}: {value!r}; there are {', '.join(words)}")
    return kind(value)


def _check_range(option: Declared, value: Any) -> None:
    low, high = option.opt.minimum, option.opt.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"{low:g} or more" if high is None else f"{low:g} to {high:g}"
        raise ConfigError(f"{option.keyword} is {value}; it must be {bounds}")


def plain_type(option: Declared) -> tuple[Any, bool]:
    """Return the type of an option's values without `None` and `list`, and whether it takes several."""
    kind = option.type
    if get_origin(kind) in (Union, UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    return (get_args(kind)[0], True) if get_origin(kind) is list else (kind, False)


def static_type(option: Declared) -> str:
    """Return the type of an option's keyword as source text."""
    kind, many = plain_type(option)
    if option.opt.metavar == COMMA_SEPARATED:
        return "Names | None"
    if many:
        return "Files" if kind is Path else "Names"
    if option.opt.size:
        return "int | str | None"
    name = "StrPath" if kind is Path else "str" if issubclass(kind, Enum) else kind.__name__
    return name if option.default is not None else f"{name} | None"


def arguments(known: Mapping[str, Declared]) -> str:
    """Return the description of keywords for a docstring, one for each option."""
    return "\n".join(f"        {name}: {each.opt.help}" for name, each in known.items())


def source() -> str:
    """Return the content of `api/keywords.py`."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield '"""Static types of keywords. Written by `python -m guardrails_cli.options.keywords`; do not edit."""'
    yield ""
    yield "import os"
    yield "from collections.abc import Iterable"
    yield "from typing import TypedDict"
    yield ""
    yield "StrPath = str | os.PathLike[str]"
    yield "Names = str | Iterable[str]"
    yield "Files = StrPath | Iterable[StrPath]"
    for name, about, known in (
        ("ScanKeywords", "The options of `scan`.", for_programs()),
        ("TextKeywords", "The options of `scan_text`.", for_text()),
    ):
        yield from ("", "", f"class {name}(TypedDict, total=False):", f'    """{about}"""', "")
        for keyword, option in known.items():
            yield f"    {keyword}: {static_type(option)}"
            lines = textwrap.wrap(option.opt.help, 113)
            yield '    """' + "\n    ".join(lines) + '"""'


def main() -> None:
    """Write the file anew."""
    target = Path(__file__).parents[1] / "api" / "keywords.py"
    target.write_text(source(), encoding="utf-8")
    sys.stdout.write(f"{target} written\n")


if __name__ == "__main__":
    main()
