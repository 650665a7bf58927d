"""The tree is the architecture: rooms import rooms above them in one table, heavy libraries stay at home."""

import ast
import configparser
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "guardrails_cli"
FACE = frozenset({"__init__", "__main__"})
"""The package itself and `python -m guardrails_cli`: they name what a program may call, and run the command line."""

ROOMS: dict[str, str] = {
    "core": "",
    "system": "core",
    "options": "core system",
    "formats": "core options",
    "detect": "core system options",
    "inputs": "core system options formats detect",
    "injection": "core",
    "policy": "core options formats",
    "risk": "core",
    "suppress": "core system options detect",
    "document": "core options formats detect inputs injection policy risk suppress",
    "results": "core system options inputs policy",
    "reports": "core system results",
    "redact": "core system options formats inputs policy document",
    "cluster": "core options formats detect inputs policy document results",
    "execute": "core system options inputs document results cluster",
    "scanning": "core system options detect inputs policy risk suppress document results cluster execute",
    "services": "core system options detect inputs injection policy suppress document results cluster scanning",
    "api": "core system options detect injection policy risk document results redact scanning",
    "tasks": "core system options detect cluster api",
    "cli": "core system options detect inputs policy suppress document results reports redact cluster execute "
    "scanning services tasks",
}
"""Each room with the rooms it imports, in the order of the house: a room imports only rooms in rows above its own."""

CONFINED = {
    "presidio_analyzer": "detect",
    "presidio_anonymizer": "detect",
    "spacy": "detect",
    "prometheus_client": "cluster",
    "celery": "cluster execute services tasks",
    "typer": "cli",
    "rich": "cli reports",
}
"""The only rooms that may import these libraries."""
DISTRIBUTION = {"rapidocr_onnxruntime": "rapidocr-onnxruntime"}
"""Distributions of libraries that need not be installed."""
NEWER = frozenset({"compression"})
"""Modules of the standard library of later versions of Python."""
MAX_MODULES = 16
"""The most modules that lie side by side in one folder."""
MAX_ROOMS = 20


@dataclass(frozen=True)
class Module:
    """One source file, by the name that it is imported by."""

    name: str
    path: Path
    is_package: bool

    @property
    def room(self) -> str:
        return room_of(self.name)


def room_of(name: str) -> str:
    """Return the first name below the package: `detect` for `guardrails_cli.detect.engine`."""
    return name.removeprefix(PACKAGE).lstrip(".").partition(".")[0]


def modules_below(folder: Path, name: str) -> Iterator[Module]:
    for path in sorted(folder.rglob("*.py")):
        inner = path.relative_to(folder).with_suffix("").parts
        is_package = inner[-1] == "__init__"
        yield Module(".".join([name, *(inner[:-1] if is_package else inner)]), path, is_package)


MODULES = [*modules_below(ROOT / PACKAGE, PACKAGE), *modules_below(ROOT / "tasks", f"{PACKAGE}.tasks")]
INSIDE = [module for module in MODULES if module.room not in {"", *FACE}]
NAMES = frozenset(module.name for module in MODULES)


@cache
def imports(module: Module) -> tuple[tuple[int, str], ...]:
    """Return line and full name of everything that a module imports, in functions too."""
    return tuple(imports_of(ast.parse(module.path.read_text(encoding="utf-8")), module))


def imports_of(tree: ast.AST, module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = origin(node, module)
            inner = (f"{base}.{alias.name}" for alias in node.names)
            yield from ((node.lineno, name if name in NAMES else base) for name in inner)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from ((node.lineno, str(arg.value)) for arg in node.args[:1] if isinstance(arg, ast.Constant))


def origin(node: ast.ImportFrom, module: Module) -> str:
    """Return the full name of what is imported from, relative imports resolved."""
    if not node.level:
        return node.module or ""
    above = module.name.split(".")
    above = above[: len(above) - node.level + module.is_package]
    return ".".join([*above, node.module] if node.module else above)


def edges() -> dict[str, dict[str, str]]:
    """Return, by room, the other rooms that it imports, each with a place where it does."""
    found: dict[str, dict[str, str]] = {room: {} for room in ROOMS}
    for module in INSIDE:
        for line, name in imports(module):
            library, other = name.partition(".")[0], room_of(name)
            if library == PACKAGE and other not in {"", module.room}:
                place = f"{module.path.relative_to(ROOT)}:{line} imports {name}"
                found.setdefault(module.room, {}).setdefault(other, place)
    return found


def test_every_module_lies_in_a_room_of_the_table() -> None:
    assert {module.room for module in INSIDE} == set(ROOMS)


def test_a_room_imports_only_rooms_above_it_in_the_table() -> None:
    order = list(ROOMS)
    upward = {
        room: other for room, row in ROOMS.items() for other in row.split() if order.index(other) >= order.index(room)
    }
    assert upward == {}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_exactly_what_its_row_says(room: str) -> None:
    found = edges()[room]
    wanted = set(ROOMS[room].split())
    assert {other: place for other, place in found.items() if other not in wanted} == {}
    assert wanted - set(found) == set(), "the row names rooms that are not imported any more"


def test_libraries_are_imported_only_where_they_belong() -> None:
    wrong = [
        f"{module.path.relative_to(ROOT)}:{line} imports {name}"
        for module in INSIDE
        for line, name in imports(module)
        if module.room not in CONFINED.get(name.partition(".")[0], module.room).split()
        or name.partition(".")[0] in {"tasks", "policies", "tests", "benchmarks"}
    ]
    assert wrong == []


def test_every_library_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = (project["optional-dependencies"][name] for name in ("ocr", "metrics", "s3", "gcs", "azure", "http"))
    declared = {re.split(r"[^\w.-]", text)[0].lower() for text in chain(project["dependencies"], *extras)}
    distributions = packages_distributions()
    undeclared = {
        f"{module.path.relative_to(ROOT)}:{line} imports {name}"
        for module in MODULES
        for line, name in imports(module)
        if (library := name.partition(".")[0]) not in {*sys.stdlib_module_names, PACKAGE, *NEWER}
        and not {DISTRIBUTION.get(library, library), *map(normal, distributions.get(library, ()))} & declared
    }
    assert undeclared == set()


def normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_the_documentation_shows_this_table() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)/` \|.*\| ([^|]*) \|$", page, re.MULTILINE)
    assert rows == [(room, " ".join(ROOMS[room].split()) or "nothing") for room in ROOMS]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import guardrails_cli.cluster", "guardrails_cli.cluster"),
        ("def f():\n  from guardrails_cli.cli import app", "guardrails_cli.cli"),
        ("from ..scanning import run", "guardrails_cli.scanning.run"),
        ("from . import engine", "guardrails_cli.detect.engine"),
        ("import_module('guardrails_cli.tasks')", "guardrails_cli.tasks"),
    ],
)
def test_every_form_of_import_is_seen(source: str, name: str) -> None:
    module = Module(f"{PACKAGE}.detect.x", ROOT / "x.py", is_package=False)
    assert list(imports_of(ast.parse(source), module)) == [(source.count("\n") + 1, name)]


def test_the_house_has_few_rooms_and_each_folder_few_modules() -> None:
    folders = {module.path.parent for module in INSIDE}
    crowded = {
        str(folder.relative_to(ROOT)): count
        for folder in folders
        if (count := sum(path.name != "__init__.py" for path in folder.glob("*.py"))) > MAX_MODULES
    }
    assert crowded == {}
    assert len({module.room for module in INSIDE if module.room != "tasks"}) <= MAX_ROOMS


def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_setup_cfg_names_every_folder_with_code_or_policies() -> None:
    folders = {
        ".".join([PACKAGE, *path.parent.relative_to(ROOT / PACKAGE).parts]) for path in (ROOT / PACKAGE).rglob("*.py")
    }
    folders |= {".".join([PACKAGE, *path.parent.relative_to(ROOT).parts]) for path in (ROOT / "tasks").rglob("*.py")}
    assert set(setup_cfg()["options"]["packages"].split()) == folders | {f"{PACKAGE}._policies"}


def test_every_folder_with_code_is_a_package() -> None:
    folders = {module.path.parent for module in MODULES}
    assert [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_folder_of_policies_holds_data_only() -> None:
    assert list((ROOT / "policies").rglob("*.py")) == []


def test_every_mapped_package_has_its_folder() -> None:
    mapping = dict(line.split(" = ") for line in setup_cfg()["options"]["package_dir"].strip().splitlines())
    assert mapping == {PACKAGE: PACKAGE, f"{PACKAGE}.tasks": "tasks", f"{PACKAGE}._policies": "policies"}
    assert all((ROOT / folder).is_dir() for folder in mapping.values())


if __name__ == "__main__":  # prints the table as the imports are now
    for room, others in edges().items():
        sys.stdout.write(f'    "{room}": "{" ".join(other for other in edges() if other in others)}",\n')
