"""A user's own recognizers, read from YAML. Imports no Presidio, so that the command line can check them at once."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.schemas import yaml_nodes as nodes
from guardrails_cli.core.schemas.yaml_check import check
from guardrails_cli.detect.patterns.regex_safety import danger
from guardrails_cli.options.model import CustomPattern, CustomRecognizer


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a recognizer file."""
    text = files("guardrails_cli.core.schemas").joinpath("recognizers.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def load_recognizers(path: Path) -> tuple[CustomRecognizer, ...]:
    """Return the recognizers in the file `path`.

    Raises:
        ConfigError: if the file cannot be read or is not valid, or a regex could run away; one line per fault, with
            file, line and key.

    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read the recognizers {path}: {error.strerror}") from None
    faults, parsed = _checked(data, str(path))
    if parsed is None:
        raise ConfigError("\n".join(faults))
    return tuple(_recognizer(row) for row in parsed.content["recognizers"])


def validate(data: bytes, name: str) -> list[str]:
    """Return the faults of a recognizer file, each as `file:line: key: fault`; empty means valid."""
    return _checked(data, name)[0]


def _checked(data: bytes, name: str) -> tuple[list[str], nodes.Parsed | None]:
    return check(data, name, "file of recognizers", schema(), _more_faults)


def _more_faults(root: yaml.Node) -> Iterator[nodes.Fault]:
    """Yield faults that a schema cannot catch: a duplicate name, a regex that does not compile or could run away."""
    seen: set[str] = set()
    for recognizer in nodes.items(root, "recognizers"):
        for name in nodes.items(recognizer, "name"):
            if str(name.value) in seen:
                yield name.start_mark.line + 1, f"name: {name.value!r} is used twice"
            seen.add(str(name.value))
        for pattern in nodes.items(recognizer, "patterns"):
            for regex in nodes.items(pattern, "regex"):
                reason = danger(str(regex.value)[:1000])
                if reason:
                    yield regex.start_mark.line + 1, f"regex: {reason}"


def _recognizer(row: dict[str, Any]) -> CustomRecognizer:
    return CustomRecognizer(
        name=row["name"],
        entity_type=row["entity_type"],
        patterns=tuple(CustomPattern(each["regex"], float(each["score"])) for each in row.get("patterns", ())),
        deny_list=tuple(row.get("deny_list", ())),
        deny_list_score=float(row.get("deny_list_score", 1.0)),
        context=tuple(row.get("context", ())),
    )
