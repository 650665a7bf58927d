"""The JSON form that this program writes."""

import json
from typing import Any

JsonObject = dict[str, Any]


def dumps(value: object) -> str:
    """Return compact, readable JSON: only the escapes that JSON demands."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
