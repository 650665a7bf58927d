"""Writes `docs/reference/` from the code: `python docs/reference.py`, after a change of options, types or rules."""

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from typer.models import ArgumentInfo, ParameterInfo

from guardrails_cli.cli import app
from guardrails_cli.cli.help import EXAMPLES, commands
from guardrails_cli.cli.settings_schema import settings
from guardrails_cli.core.entity_types import ENTITY_TYPES
from guardrails_cli.detect.catalogue.national import country_codes, identifiers
from guardrails_cli.policy.load import DEFAULT_FRAMEWORKS, builtin_packs
from guardrails_cli.services.explain import TypeExplained, explain

FOLDER = Path(__file__).resolve().parent / "reference"
MADE = "<!-- Made by docs/reference.py: do not edit. -->"


def pages() -> dict[str, str]:
    """Return the pages by file name."""
    return {
        "commands.md": _page("Commands", _commands()),
        "configuration.md": _page("Configuration keys", _configuration()),
        "entities.md": _page("Entity types", _entities()),
        "national-ids.md": _page("National identifiers", _national_ids()),
        "rules.md": _page("Rules", _rules()),
        "report.md": _page("The JSON report", _report()),
    }


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", MADE, "", *lines]).rstrip() + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_cell(value) for value in row)} |"
    yield ""


def _cell(value: object) -> str:
    return re.sub(r"\s+", " ", str(value)).replace("|", "\\|").replace("<", "&lt;").strip()


def _commands() -> Iterator[str]:
    yield "`guardrails --help`, and `--help` behind each command, say the same. Options of `scan`, `show` and"
    yield "`redact` may stand in [configuration files](configuration.md) too."
    yield ""
    for path, info in sorted(commands(app), key=lambda item: item[0]):
        yield f"## `guardrails {path}`"
        yield ""
        text = inspect.getdoc(info.callback) if getattr(info, "callback", None) else info.typer_instance.info.help
        yield str(text or "")
        yield ""
        if getattr(info, "callback", None):
            yield from _parameters(info.callback)
        if examples := EXAMPLES.get(path):
            yield from (f"- `{line}` · {what}" for line, what in examples)
            yield ""


def _parameters(command: Callable[..., None]) -> Iterator[str]:
    arguments, options = [], []
    for name, parameter in inspect.signature(command).parameters.items():
        kind, *extra = get_args(parameter.annotation) or (None,)
        info = next((one for one in extra if isinstance(one, ParameterInfo)), None)
        if isinstance(info, ArgumentInfo):
            arguments.append((f"`{info.metavar or name.upper()}`", info.help or ""))
        elif info is not None:
            options.append(_option(name, kind, info, parameter.default))
    if arguments:
        yield from _table(("Argument", "What it is"), arguments)
    if options:
        yield from _table(("Option", "Value", "What it does"), options)


def _option(name: str, kind: Any, info: ParameterInfo, default: object) -> tuple[str, str, str]:
    # Inside `Annotated` Typer has the first name where the default would be.
    flags = [str(text) for text in (info.default, *(info.param_decls or ())) if str(text).startswith("-")]
    long = next((flag for flag in flags if flag.startswith("--")), f"--{name.replace('_', '-')}")
    short = [str(text) for text in info.param_decls or () if not str(text).startswith("--")]
    names = ", ".join(f"`{each}`" for each in (long, *short))
    if get_origin(kind) in (Union, UnionType):
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is list:
        kind = get_args(kind)[0]
    choices = " ".join(str(item.value) for item in kind) if issubclass(kind, Enum) else ""
    value = "" if kind is bool else choices or info.metavar or {int: "integer", float: "number"}.get(kind, "string")
    text = str(info.help or "")
    told = "default" in text.lower() or default in (None, False, True, "", inspect.Parameter.empty)
    return names, value, text + ("" if told else f" [default: {default}]")


def _configuration() -> Iterator[str]:
    yield "What may stand in `guardrails.yaml`, in `[tool.guardrails]` of `pyproject.toml` and in the user's own file;"
    yield "each key has a variable `GUARDRAILS_` + its name. [Configuration](../configuration.md) says which counts."
    yield ""
    yield from _table(
        ("Key", "Type", "What it does"),
        (
            (
                f"`{name}`",
                ("list of " if one.many or one.joined else "") + (" ".join(one.choices) or one.type),
                one.help,
            )
            for name, one in sorted(settings().items())
        ),
    )


def _entities() -> Iterator[str]:
    packs = builtin_packs()
    known = {name: explain(name, packs) for name in sorted(ENTITY_TYPES)}
    types = {name: one for name, one in known.items() if isinstance(one, TypeExplained)}
    yield "The severity is that of a finding that no rule raises. `guardrails explain TYPE` says more: scores, words."
    yield "More types come with `--country` and `--profile thorough`; `guardrails entities` lists what is found here."
    yield ""
    yield from _table(
        ("Type", "Severity", "Sensitivity", "What it is", "Standard"),
        ((f"`{name}`", one.severity, one.sensitivity, one.what, one.standard) for name, one in types.items()),
    )
    yield "## Known misses and rules"
    yield ""
    yield from _table(
        ("Type", "What is missed", "Rules that name it"),
        ((f"`{name}`", one.misses, ", ".join(rule.rule_id for rule in one.rules)) for name, one in types.items()),
    )


def _national_ids() -> Iterator[str]:
    yield f"The identifiers of {len(country_codes())} countries are found by default behind a label, which may be"
    yield "the name of a column or key. [Detection](../detection.md#national-identifiers) explains the scores and the"
    yield "ambiguous labels. A check such as `br.cpf` is a module of python-stdnum."
    yield ""
    yield from _table(
        ("Country", "Identifier", "Type", "Labels", "Ambiguous labels", "Check", "Source"),
        (
            (
                ", ".join(each.countries),
                each.name,
                f"`{each.entity}`",
                ", ".join(each.labels),
                ", ".join(each.ambiguous),
                f"`{each.check_name}`" if each.check_name else "none",
                each.source,
            )
            for each in identifiers()
        ),
    )


def _rules() -> Iterator[str]:
    yield "All built-in packs. `guardrails explain RULE` says more; [policies](../policies.md) how packs are written."
    yield ""
    for pack in builtin_packs():
        usual = " Checked by default." if pack.framework in DEFAULT_FRAMEWORKS else ""
        yield f"## {pack.framework}: {pack.title}"
        yield ""
        yield f"{pack.source}, version {pack.version}.{usual}"
        yield ""
        yield from _table(
            ("Rule", "Name", "Severity", "Action", "Citation", "Why, and what to do"),
            (
                (
                    f"`{rule.rule_id}`",
                    rule.name,
                    rule.severity.name if rule.detectable else "not checked",
                    rule.action.value if rule.detectable else "",
                    rule.citation,
                    ". ".join(filter(None, (rule.rationale, rule.remediation, rule.note))),
                )
                for rule in pack.rules
            ),
        )


def _report() -> Iterator[str]:
    schema = json.loads(files("guardrails_cli.core.schemas").joinpath("report.schema.json").read_text(encoding="utf-8"))
    yield f"{schema['description']} The schema is `guardrails_cli/core/schemas/report.schema.json`."
    yield "[Reports](../reports.md) says what it means."
    yield ""
    parts = {"The report": schema, **{name: part for name, part in schema["$defs"].items() if "properties" in part}}
    for name, part in parts.items():
        yield f"## {name}"
        yield ""
        yield from _table(("Key", "Type", "What it is"), _properties(part))


def _properties(part: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str, str]]:
    for key, value in part["properties"].items():
        optional = "" if key in part.get("required", ()) else ", optional"
        yield f"`{above}{key}`", _type(value) + optional, value.get("description", "")
        inner = value.get("items", value)
        for each in (inner, *inner.get("anyOf", ())):
            if "properties" in each:
                yield from _properties(each, f"{above}{key}{'[]' if 'items' in value else ''}.")


def _type(value: Mapping[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"]).rpartition("/")[2]
    if "anyOf" in value:
        return " or ".join(_type(each) for each in value["anyOf"])
    if "enum" in value:
        return " ".join(map(str, value["enum"]))
    if "const" in value:
        return str(value["const"])
    kind = value.get("type", "any")
    if kind == "array":
        return f"array of {_type(value.get('items', {}))}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
