"""JSON as this program writes it."""

import json
from typing import Any

JsonObject = dict[str, Any]


def dumps(value: object) -> str:
    """Return compact JSON, readable as it is: no escapes but those that JSON demands."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
