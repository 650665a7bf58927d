"""The form of detection options in messages. A message carries `WIRE_VERSION`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from guardrails_cli.core.json import JsonObject
from guardrails_cli.options.model import AllowedValues, CustomPattern, CustomRecognizer, DetectOptions, EngineOptions

WIRE_VERSION = 6


def encode_options(options: DetectOptions) -> JsonObject:
    """Return the form of `options` for a message."""
    return {
        "language": options.engine.language,
        "model": options.engine.model,
        "profile": options.engine.profile,
        "countries": _listed(options.engine.countries),
        "recognizers": [asdict(recognizer) for recognizer in options.engine.recognizers],
        "entities": list(options.entities),
        "excluded": list(options.excluded),
        "min_score": options.min_score,
        "show_values": options.show_values,
        "context": options.context,
        "key": options.key.hex(),
        "salt": options.salt.hex(),
        "allowed": [[entry.number, list(entry.values), entry.regex] for entry in options.allowed],
        "directives": options.directives,
    }


def _listed(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


def decode_options(data: Mapping[str, Any]) -> DetectOptions:
    """Return the options that `encode_options` encoded."""
    return DetectOptions(
        engine=EngineOptions(
            data["language"],
            data["model"],
            data["profile"],
            None if data["countries"] is None else tuple(data["countries"]),
            tuple(map(_custom, data["recognizers"])),
        ),
        entities=tuple(data["entities"]),
        excluded=tuple(data["excluded"]),
        min_score=data["min_score"],
        show_values=data["show_values"],
        context=data["context"],
        key=bytes.fromhex(data["key"]),
        salt=bytes.fromhex(data["salt"]),
        allowed=tuple(AllowedValues(number, tuple(values), regex) for number, values, regex in data["allowed"]),
        directives=data["directives"],
    )


def _custom(row: Mapping[str, Any]) -> CustomRecognizer:
    return CustomRecognizer(
        name=row["name"],
        entity_type=row["entity_type"],
        patterns=tuple(CustomPattern(**pattern) for pattern in row["patterns"]),
        deny_list=tuple(row["deny_list"]),
        deny_list_score=row["deny_list_score"],
        context=tuple(row["context"]),
    )
