"""The log on stderr: lines for people, or one JSON object per line for machines. Neither holds document content.

Libraries log their input: Celery repeats the body of an unknown message, a traceback ends with the text that could not
be parsed. So of foreign records only the wording is kept, with numbers and the few words that are known to be harmless;
of an exception, its type and where it was raised.
"""

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from guardrails_cli.core import errors
from guardrails_cli.core.display import printable

ENV_LOG_FORMAT = "GUARDRAILS_LOG_FORMAT"
TEXT, JSON = "text", "json"
TEXT_LINE = "[%(asctime)s: %(levelname)s/%(processName)s] %(message)s"
"""Celery's own format."""
FRAMES = 20
"""Number of innermost frames kept of a traceback."""

_HARMLESS_KEYS = frozenset({"description", "hostname", "id", "name", "runtime"})
"""Harmless arguments of Celery's tracer; the others are results, arguments and messages of exceptions."""
_HARMLESS_WORDING = (
    "Connected to %s",
    "consumer: Cannot connect to %s",
    "Process %r pid:%r exited with %r",
    "%s ready.",
)
"""Beginnings of records whose words are addresses without password, host names and process names."""
_LAZY = frozenset({"billiard", "celery", "guardrails_cli", "kombu", "multiprocessing", "redis"})
"""Loggers with constant wordings and separate arguments; the wording of other loggers is left out."""
_OURS = tuple(name for name, value in vars(errors).items() if isinstance(value, type) and name.endswith("Error"))
_TASK = re.compile(r"Task %\(name\)s\[%\(id\)s\] (?:%\(description\)s|(\w+))")
_TASK_EVENTS = {"received": "task_received", "succeeded": "task_succeeded", "retry": "task_retried"}

_chosen = TEXT


def use(name: str) -> None:
    """Write the log as `text` or `json` from now on, that of libraries included."""
    global _chosen  # noqa: PLW0603 - a process has one stderr
    _chosen = name
    if name == JSON:
        install(logging.ERROR)  # their lesser messages are not about the scan


def is_json() -> bool:
    """Return whether the log is for machines."""
    return _chosen == JSON


def wanted(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the log format that a command line asks for, before it is parsed: parsing may already log."""
    for number, word in enumerate(arguments):
        if word == "--log-format":
            return JSON if arguments[number + 1 : number + 2] == [JSON] else TEXT
        if word.startswith("--log-format="):
            return JSON if word.endswith(f"={JSON}") else TEXT
    return JSON if environment.get(ENV_LOG_FORMAT) == JSON else TEXT


def say(text: str, event: str = "message", level: str = "info", **fields: Any) -> None:
    """Write one entry to stderr; raises OSError if nobody reads it.

    Args:
        text: message for people, safe for a terminal.
        event: name of the event, in one word.
        level: `info`, `warning` or `error`.
        fields: numbers and words for machines, without content.

    """
    written = entry(event, level, message=text, **fields) if is_json() else f"guardrails: {text}"
    print(written, file=sys.stderr, flush=True)  # noqa: T201


def entry(event: str, level: str, created: float | None = None, **fields: Any) -> str:
    """Return one JSON object in one line; `created` is in seconds since 1970, None means now."""
    time = datetime.now(UTC) if created is None else datetime.fromtimestamp(created, UTC)
    head = {"time": time.isoformat(timespec="milliseconds"), "level": level, "event": event}
    return json.dumps(head | fields, ensure_ascii=True, default=str)


def install(level: int, file: str | None = None) -> None:
    """Write everything logged in this process in the chosen format, without content.

    Args:
        level: the lowest level to write, as `logging` numbers them.
        file: path to write to; None means stderr.

    """
    handler = logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler(sys.stderr)
    handler.addFilter(scrub)
    handler.setFormatter(_JsonFormatter() if is_json() else logging.Formatter(TEXT_LINE))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in list(logging.root.manager.loggerDict):  # some libraries bring handlers of their own
        for own in logging.getLogger(name).handlers[:]:
            logging.getLogger(name).removeHandler(own)
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)  # it warns of each recognizer for another language


def scrub(record: logging.LogRecord) -> bool:
    """Remove possible content from a record; return True, as a filter of `logging` that lets it pass."""
    template = record.msg if isinstance(record.msg, str) else f"<{type(record.msg).__name__}>"
    values: Any = record.args
    if isinstance(values, Mapping):
        values = {key: _word(key, value) for key, value in values.items()}
        record.task = _task_fields(template, values)
    elif values and not template.startswith(_HARMLESS_WORDING):
        values = tuple(_harmless(value) for value in values)
    if record.name.partition(".")[0] in _LAZY:
        text = _filled(template, values)
    else:
        text = f"an entry of {record.name}, line {record.lineno} of {record.filename}"
    if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
        kind, way = type(record.exc_info[1]).__name__, places(record.exc_info[1])
        record.error, record.raised_at = kind, way
        text += f" ({kind} at {', '.join(way[-1:]) or 'an unknown place'})"
    record.msg, record.args = printable(text.strip()), None
    record.exc_info = record.exc_text = record.stack_info = None
    return True


def _filled(template: str, values: Any) -> str:
    try:
        return template % values if values else template
    except (TypeError, ValueError, KeyError):  # a wording that does not fit its arguments
        return template


def _task_fields(template: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data about a task in an entry of Celery's tracer; empty for other entries."""
    task = _TASK.match(template)
    if task is None:
        return {}
    named = {"task": "name", "task_id": "id", "seconds": "runtime", "error": "exc"}
    fields = {field: values[key] for field, key in named.items() if key in values}
    return {"event": _TASK_EVENTS.get(task[1] or "", "task_failed")} | fields


def places(error: BaseException | None) -> list[str]:
    """Return the places that an exception passed, innermost last, as `file:line function`, without source lines."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:] if error else []
    return [f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]  # noqa: PTH119


def _word(key: str, value: Any) -> Any:
    if key in _HARMLESS_KEYS:
        return value
    if key == "exc" and isinstance(value, str):
        name = re.match(r"\w+", value)
        # Our own errors never hold content; of others only the type is logged.
        return value if name and name[0] in _OURS else f"<{name[0] if name else 'error'}>"
    return "" if key == "traceback" else _harmless(value)


def _harmless(value: Any) -> Any:
    """Return a number as it is, our own error as its text, and anything else as the name of its type."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, errors.GuardrailsError):
        return str(value)
    return f"<{type(value).__name__}>"


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return the scrubbed record as one JSON object."""
        fields: dict[str, Any] = {"event": "log", "message": record.msg, "logger": record.name, "pid": record.process}
        fields |= {name: getattr(record, name) for name in ("error", "raised_at") if hasattr(record, name)}
        fields |= getattr(record, "task", {})
        return entry(fields.pop("event"), record.levelname.lower(), record.created, **fields)
