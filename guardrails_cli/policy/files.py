"""Read pack files and the packs that they extend, merged into one content."""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

import guardrails_cli
from guardrails_cli.core.errors import ConfigError
from guardrails_cli.core.schemas import yaml_nodes as nodes
from guardrails_cli.core.schemas.yaml_check import nearest


def builtin_folder() -> Path:
    """Return the folder of the built-in packs: inside the package, or beside it in a checkout."""
    package = Path(guardrails_cli.__file__).parent
    installed = package / "_policies"
    return installed if installed.is_dir() else package.parent / "policies"


@cache
def builtin_files() -> dict[str, Path]:
    """Return the files of the built-in packs by framework, after which each file is named."""
    return {path.stem.upper(): path for path in sorted(builtin_folder().glob("*.yaml"))}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy pack."""
    text = (builtin_folder() / "schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


class Row(msgspec.Struct):
    """A rule as its file has it, with its place."""

    content: dict[str, Any]
    path: Path
    keys: tuple[str | int, ...]
    """Path of keys in its file."""
    places: dict[str, tuple[Path, tuple[str | int, ...]]] = msgspec.field(default_factory=dict)
    """Keys that another pack changed: that pack's file and the path of keys there."""

    def place(self, key: str) -> tuple[Path, tuple[str | int, ...]]:
        """Return the file that holds the rule's value of `key`, and the path of keys there."""
        return self.places.get(key, (self.path, (*self.keys, key)))


class Content(msgspec.Struct):
    """The content of a pack's file, merged with the packs that it extends."""

    path: Path
    header: dict[str, str]
    groups: dict[str, list[str]]
    rows: dict[str, Row]
    """Rules by id."""
    own: dict[str, Any]
    """Content of the file itself."""
    roots: dict[Path, yaml.Node]
    """Nodes of each file, which hold its line numbers."""
    inherited: frozenset[str] = frozenset()
    """Rule ids of the pack that it extends."""
    extends: tuple[str, ...] = ()
    """Frameworks that it builds on, nearest first."""
    digests: tuple[bytes, ...] = ()
    """Digests of the files, base first."""

    @property
    def sha256(self) -> str:
        """Hash of the file's bytes; hash of all files' digests if there are several."""
        return self.digests[0].hex() if len(self.digests) == 1 else hashlib.sha256(b"".join(self.digests)).hexdigest()


def read_pack(path: Path) -> bytes:
    """Return the bytes of a pack's file.

    Raises:
        ConfigError: if it cannot be read.

    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read the policy {path}: {error.strerror}") from None


@cache
def builtin_content(framework: str) -> Content:
    """Return the content of a built-in pack; a test checks these, not each run."""
    path = builtin_files()[framework]
    data = path.read_bytes()
    parsed = nodes.parse_valid(data)
    extends = parsed.content.get("extends")
    return compose(data, path, parsed, builtin_content(extends) if extends else None)


def base_path(name: str, path: Path) -> Path:
    """Return the file that `extends: name` in the pack `path` refers to.

    Raises:
        ConfigError: if the name is neither a built-in framework nor looks like a file.

    """
    builtin = builtin_files()
    if name in builtin:
        return builtin[name]
    if Path(name).suffix.lower() in (".yaml", ".yml"):
        return path.parent / name
    raise ConfigError(f"no built-in pack {name!r}{nearest(name, builtin)}; a file's name ends in .yaml")


def compose(data: bytes, path: Path, parsed: nodes.Parsed, base: Content | None) -> Content:
    """Return the content of a valid pack, merged with the packs that it extends.

    Args:
        data: the file's bytes.
        path: the file's path.
        parsed: the parsed file.
        base: the content of the pack that it extends.

    """
    own = parsed.content
    header = {key: own[key] for key in ("framework", "title", "version", "source") if key in own}
    content = Content(
        path,
        {**(base.header if base else {}), **header},
        {**(base.groups if base else {}), **own.get("groups", {})},
        {**(base.rows if base else {})},
        own,
        {**(base.roots if base else {}), path: parsed.root},
        frozenset(base.rows if base else ()),
        (base.header["framework"], *base.extends) if base else (),
        (*(base.digests if base else ()), hashlib.sha256(data).digest()),
    )
    for number, row in enumerate(own.get("rules", ())):
        content.rows[row["id"]] = Row(row, path, ("rules", number))
    for rule_id in own.get("disable", ()):
        content.rows.pop(rule_id, None)
    for rule_id, changes in own.get("change", {}).items():
        if rule_id in content.rows:
            content.rows[rule_id] = _changed(content.rows[rule_id], changes, path, rule_id)
    return content


def _changed(row: Row, changes: dict[str, Any], path: Path, rule_id: str) -> Row:
    places = {key: (path, ("change", rule_id, key)) for key in changes}
    return Row({**row.content, **changes}, row.path, row.keys, {**row.places, **places})


def own_rows(content: Content) -> Iterator[tuple[str, Row]]:
    """Yield the rules that the pack's own file defines or changes, with their ids."""
    for rule_id, row in content.rows.items():
        if row.path == content.path or any(place[0] == content.path for place in row.places.values()):
            yield rule_id, row
