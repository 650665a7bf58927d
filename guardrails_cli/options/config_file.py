"""Configuration files: their content, where they are looked for, and which are trusted."""

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from guardrails_cli.core.errors import ConfigError
from guardrails_cli.system.files import open_regular
from guardrails_cli.system.paths import config_folder

FILE_NAME = "guardrails.yaml"
PYPROJECT = "pyproject.toml"
NEVER_FOUND = frozenset(
    {
        *("broker", "context", "metrics", "model", "notify", "notify-private"),
        *("output", "password", "show-values", "state"),
        *("staged", "diff", "git-history", "git-range"),
    }
)
"""Settings that a file without `--config` may not have: each sends data elsewhere, writes files, shows raw values,
loads code, or scans other paths. A file that came with the scanned documents must not decide on that."""
MAX_BYTES = 1024 * 1024
"""Bytes of a configuration file; a longer file is ignored."""
AUDIT_NAME = "^[a-z0-9][a-z0-9_-]{0,63}$"
"""An audit's name becomes a file's."""
_ROOTS = (".git", ".hg", ".svn")
"""Folders that mark the top of a repository; no file above it is looked for."""


@dataclass(frozen=True, slots=True)
class Setting:
    """An option that a configuration file can set."""

    name: str
    """Name on the command line, without the dashes."""
    parameter: str
    """Parameter of the command's function."""
    type: str
    """Type in JSON Schema: `boolean`, `integer`, `number` or `string`."""
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    many: bool = False
    """Whether it may be given several times."""
    joined: bool = False
    """Whether it is one text of comma-separated names."""
    is_path: bool = False


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A configuration file that is known to be valid."""

    path: Path
    values: Mapping[str, Any]
    """Values by setting, in the command line's form, with absolute paths."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Lines by setting, from 1."""
    audits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Audits by name: `paths`, `crontab` and settings."""


def schema(settings: Mapping[str, Setting]) -> dict[str, Any]:
    """Return the JSON Schema, draft 2020-12, of a configuration file."""
    options = {name: _schema_of(setting) for name, setting in sorted(settings.items())}
    audit = {
        "paths": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "description": "Files and folders to scan; relative ones begin at the folder of this file.",
        },
        "crontab": {
            "type": "string",
            "description": "When: minute, hour, day of the month, month, day of the week, as in '30 2 * * *'.",
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Guardrails configuration",
        "description": f"`{FILE_NAME}`, or the table `tool.guardrails` of a {PYPROJECT}.",
        "type": "object",
        "properties": options
        | {
            "audits": {
                "type": "object",
                "description": "By name, scans that are repeated; each may set every option as it needs.",
                "propertyNames": {"pattern": AUDIT_NAME},
                "additionalProperties": {
                    "type": "object",
                    "properties": audit | options,
                    "required": ["paths"],
                    "additionalProperties": False,
                },
            }
        },
        "required": [],
        "additionalProperties": False,
    }


def _schema_of(setting: Setting) -> dict[str, Any]:
    item: dict[str, Any] = {"enum": list(setting.choices)} if setting.choices else {"type": setting.type}
    item |= {key: value for key in ("minimum", "maximum") if (value := getattr(setting, key)) is not None}
    described = {"description": setting.help.replace("Comma-separated ", "The ", 1)}
    return {"type": "array", "items": item} | described if setting.many or setting.joined else item | described


def user_path() -> Path:
    """Return the path of the user's own configuration; it need not exist."""
    return config_folder() / "config.yaml"


def candidates(scanned: str) -> Iterator[Path]:
    """Yield the files that may configure a scan of `scanned`, the nearest first, up to the root of the repository."""
    try:
        start = Path(os.path.realpath("." if scanned == "-" else scanned))
    except (OSError, ValueError):  # the working directory is gone, or no file can have such a name
        return
    for folder in (start, *start.parents):
        yield folder / FILE_NAME
        yield folder / PYPROJECT
        if any(os.path.lexists(folder / name) for name in _ROOTS):
            return


def find(scanned: str, settings: Mapping[str, Setting]) -> tuple[ConfigFile | None, list[str]]:
    """Return the nearest trusted file that configures a scan of `scanned`, and warnings for the user.

    Raises:
        ConfigError: if that file is not valid.

    """
    told: list[str] = []
    for path in candidates(scanned):
        data = _content(path)
        if data is None or (path.name == PYPROJECT and not _has_table(data)):
            continue
        fault = distrust(path)
        if fault is None:
            return read(path, settings, data), told
        told.append(f"{path} is not used: {fault}; if it is yours, name it with --config")
    return None, told


def distrust(path: Path) -> str | None:
    """Return why a file without `--config` must not be used, or None: others could have written it."""
    try:
        states = [("it", path.lstat()), ("it", path.stat()), ("its folder", path.parent.stat())]
    except OSError as error:
        return str(error.strerror)
    for what, state in states:
        sticky = stat.S_ISDIR(state.st_mode) and state.st_mode & stat.S_ISVTX
        if state.st_uid not in (0, os.geteuid()):
            if what == "it":
                return "it belongs to another user"
        elif not stat.S_ISLNK(state.st_mode) and not sticky and _others_write(state):
            return f"others may write to {what}"
    return None


def _others_write(state: os.stat_result) -> bool:
    """Return whether anybody besides owner and root may write; a group of the user alone does not count."""
    return bool(state.st_mode & stat.S_IWOTH) or bool(state.st_mode & stat.S_IWGRP and not _is_private(state.st_gid))


def _is_private(group: int) -> bool:
    import grp
    import pwd

    if group == 0:
        return True
    try:
        user, known = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return user.pw_gid == group and known.gr_name == user.pw_name and set(known.gr_mem) <= {user.pw_name}


def restricted(config: ConfigFile) -> tuple[ConfigFile, list[str]]:
    """Return a found file without the settings that only a named one may have, and warnings for the user."""
    told = [
        f"{config.path}:{config.lines[name]}: {name} is not taken from a file that was only found; "
        "name the file with --config"
        for name in sorted(NEVER_FOUND.intersection(config.values))
    ]
    values = {name: value for name, value in config.values.items() if name not in NEVER_FOUND}
    return replace(config, values=values), told


def read(path: Path, settings: Mapping[str, Setting], data: bytes | None = None) -> ConfigFile:
    """Return the content of a configuration file.

    Args:
        path: path of a YAML file, or of a TOML file with a table `tool.guardrails`.
        settings: settings that it may have.
        data: its bytes if they are known.

    Raises:
        ConfigError: if it cannot be read or is not valid; one line per fault, with file, line and key.

    """
    from guardrails_cli.core.schemas import yaml_nodes as nodes
    from guardrails_cli.core.schemas.yaml_check import check

    data = _content(path) if data is None else data
    if data is None:
        raise ConfigError(f"cannot read the configuration {path}: there is no such file, or it is too large")
    if path.suffix.lower() == ".toml":
        data = _as_yaml(data, path)
    if _is_empty(data):
        return ConfigFile(path, {})
    faults, parsed = check(data, str(path), "configuration", schema(settings), lambda _: ())
    if parsed is None:
        raise ConfigError("\n".join(faults))
    content, root = parsed.content, parsed.root
    folder = Path(os.path.realpath(path.parent))
    audits = content.pop("audits", {})
    return ConfigFile(
        path,
        {name: _value(settings[name], value, folder) for name, value in content.items()},
        {name: nodes.line_of(root, [name]) for name in content},
        {name: _audit(audit, settings, folder) for name, audit in audits.items()},
    )


def _audit(audit: Mapping[str, Any], settings: Mapping[str, Setting], folder: Path) -> dict[str, Any]:
    return {
        name: _value(settings[name], value, folder) if name in settings else value for name, value in audit.items()
    } | {"paths": [_absolute(path, folder) for path in audit["paths"]]}


def _value(setting: Setting, value: Any, folder: Path) -> Any:
    if setting.joined:
        return ",".join(value)
    if setting.is_path:
        return [_absolute(item, folder) for item in value] if setting.many else _absolute(value, folder)
    return value


def _absolute(path: str, folder: Path) -> str:
    if path == "-" or re.match(r"[a-z][a-z0-9+.-]+://", path):
        return path
    return os.path.normpath(folder / Path(path).expanduser())


def _content(path: Path) -> bytes | None:
    """Return the bytes of a regular file of sensible size, otherwise None."""
    try:
        opened = open_regular(path)
        if opened is None:
            return None
        with opened[0] as file:
            data = file.read(MAX_BYTES + 1)
    except OSError:
        return None
    return data if len(data) <= MAX_BYTES else None


def _is_empty(data: bytes) -> bool:
    """Return whether it contains only comments."""
    return all(not line.strip() or line.lstrip().startswith(b"#") for line in data.splitlines())


def _has_table(data: bytes) -> bool:
    if b"guardrails" not in data:
        return False
    import tomllib

    try:
        return "guardrails" in tomllib.loads(data.decode()).get("tool", {})
    except (ValueError, AttributeError, RecursionError):
        return False  # other tools will report its faults


def _as_yaml(data: bytes, path: Path) -> bytes:
    """Return the table `tool.guardrails` as YAML with each key in the line that it has in the TOML.

    So the faults of both are found and reported in one way.
    """
    import tomllib

    try:
        text = data.decode()
        table = tomllib.loads(text).get("tool", {}).get("guardrails", {})
    except (ValueError, AttributeError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {str(error)[:200]}") from None
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.guardrails: not a table")
    if not table:
        return b""
    lines, at = _toml_lines(text), 1
    parts = ["{"]
    for line, key in sorted((lines.get(key, 1), key) for key in table):
        parts.append("\n" * (line - at) + f"{_quoted(key)}: {_quoted(table[key])}, ")
        at = max(at, line)
    return "".join([*parts, "}"]).encode()


def _quoted(value: Any) -> str:
    """Return a value as YAML in one line: JSON with escapes for what YAML takes for line breaks or refuses."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _toml_lines(text: str) -> dict[str, int]:
    """Return the lines of the keys in `tool.guardrails`, as far as lines that begin with a key or a header show.

    Neither `tomllib` nor `tomlkit` returns line numbers.
    """
    found: dict[str, int] = {}
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        if header:
            way = header[1].replace('"', "").split(".")
            inside = way == ["tool", "guardrails"]
            if way[:2] == ["tool", "guardrails"] and len(way) > 2:
                found.setdefault(way[2].strip(), number)
        elif inside and (key := re.match(r"\s*[\"']?([\w-]+)[\"']?\s*[.=]", line)):
            found.setdefault(key[1], number)
    return found
