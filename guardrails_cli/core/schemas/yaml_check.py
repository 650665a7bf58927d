"""Check a user's YAML file against a JSON Schema; faults name file, line and key."""

import difflib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import yaml

from guardrails_cli.core.schemas import yaml_nodes as nodes

MoreFaults = Callable[[yaml.Node], Iterable[nodes.Fault]]


def check(
    data: bytes, name: str, what: str, schema: Mapping[str, Any], more: MoreFaults
) -> tuple[list[str], nodes.Parsed | None]:
    """Parse a file; return its faults, each as `file:line: key: what is wrong`, and its content where there are none.

    Args:
        data: the file's bytes.
        name: the file's name, for the messages.
        what: the kind of content, such as `pack`.
        schema: a JSON Schema, draft 2020-12, whose root is an object.
        more: called with the root of a readable file; returns the faults that a schema cannot catch.

    """
    try:
        parsed = nodes.parse(data)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return [f"{name}:{mark.line + 1 if mark else 1}: not valid YAML: {error.problem or error.context}"], None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return [f"{name}:1: not valid YAML: {type(error).__name__}"], None
    if parsed is None:
        keys = (*schema["required"], *schema.get("else", {}).get("required", ()))
        needed = " and ".join(repr(key) for key in keys if key in ("framework", "rules", "recognizers"))
        return [f"{name}:1: the file is empty; a {what} needs {needed}"], None
    root = parsed.root
    reason = nodes.unusable(root)
    if reason:
        return [f"{name}:1: not a usable {what}: {reason}"], None
    parsed = nodes.with_text_keys(parsed)
    faults = [fault for error in _schema_errors(parsed.content, schema) for fault in _faults(error, root, what)]
    faults += [*nodes.repeated_keys(root), *more(root)]
    if faults:
        return [f"{name}:{line}: {text}" for line, text in sorted(set(faults))], None
    return [], parsed


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the known word most like `word`, or an empty string."""
    by_fold = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return f"; did you mean {by_fold[close[0]]!r}?" if close else ""


def _schema_errors(content: object, schema: Mapping[str, Any]) -> Iterator[Any]:
    from jsonschema import Draft202012Validator, validators

    extend: Callable[..., Any] = validators.extend
    # JSON has neither NaN nor the infinities, and no bound of the schema excludes them; YAML has all three.
    checker = Draft202012Validator.TYPE_CHECKER.redefine(
        "number", lambda checker, value: checker.is_type(value, "integer") or _is_finite_float(value)
    )
    validator = extend(Draft202012Validator, type_checker=checker)
    yield from validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(content)


def _is_finite_float(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _faults(error: Any, root: yaml.Node, what: str) -> Iterator[nodes.Fault]:
    """Yield the faults, with the nearest valid spelling of an unknown word."""
    path = list(error.absolute_path)
    if error.validator == "additionalProperties":
        allowed = error.schema["properties"]
        for key in map(str, error.instance):
            if key not in allowed:
                line = nodes.line_of(root, [*path, key])
                yield line, f"{_key(path, what)}: unknown key {key!r}{nearest(key, allowed)}"
        return
    if "propertyNames" in error.absolute_schema_path:
        path.append(str(error.instance))
    yield nodes.line_of(root, path), f"{_key(path, what)}: {_message(error)}"


def _message(error: Any) -> str:
    allowed = error.validator_value if error.validator == "enum" else _choices(error)
    if allowed:
        given = str(error.instance)
        return f"{given[:40]!r} is not one of {', '.join(allowed)}{nearest(given, allowed)}"
    if error.validator == "format" and error.validator_value == "date":
        return f"{str(error.instance)[:40]!r} is not a date; write for example 2027-01-31"
    return str(error.message)[:200]


def _choices(error: Any) -> list[str]:
    """Return the words in a pattern such as `^(row|document)$`; none if it has another form."""
    match = (
        re.fullmatch(r"\^\((\w+(?:\|\w+)*)\)\$", str(error.validator_value)) if error.validator == "pattern" else None
    )
    return match[1].split("|") if match else []


def _key(path: Iterable[str | int], what: str) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or what
