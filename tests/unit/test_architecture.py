"""The tree is the architecture: imports go one way, heavy libraries stay at home, `setup.cfg` names all."""

import ast
import configparser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "guardrails_cli"

LAYERS: tuple[frozenset[str], ...] = (
    frozenset(
        {
            "",
            "model",
            "packs",
            "cells",
            "changes",
            "data_files",
            "errors",
            "logs",
            "text",
            "urls",
            "whole_files",
            "entities",
            "brokers",
            "config",
            "core",
            "processes",
            "secret_files",
            "settings",
            "timing",
            "yaml_faults",
            "yaml_nodes",
        }
    ),
    frozenset(
        {
            "aggregate",
            "detect",
            "findings",
            "git",
            "injection",
            "metrics",
            "notify",
            "policy",
            "progress",
            "redact",
            "reports",
            "risk",
            "sources",
            "suppress",
            "wire",
        }
    ),
    frozenset({"tally"}),
    frozenset(
        {"chosen", "explain", "pipeline", "journal", "operations", "reading", "envelope", "roster", "compat", "saved"}
    ),
    frozenset({"batch", "pack_examples", "references"}),
    frozenset({"claims", "patience"}),
    frozenset({"celery_app"}),
    frozenset({"tasks"}),
    frozenset({"executors"}),
    frozenset({"excerpts", "jobs", "monitoring", "rewriting", "scanning"}),
    frozenset({"audits", "library", "starter", "triage"}),
    frozenset({"schedule"}),
    frozenset({"api", "cli", "__main__"}),
)
"""From the bottom up, by the first name below the package; the empty name is the package itself."""

CONFINED = {
    "presidio_analyzer": frozenset({"detect"}),
    "presidio_anonymizer": frozenset({"detect"}),
    "spacy": frozenset({"detect"}),
    "prometheus_client": frozenset({"metrics"}),
    "celery": frozenset({"batch", "celery_app", "executors", "schedule", "tasks"}),
    "typer": frozenset({"cli"}),
    "rich": frozenset({"cli", "reports"}),
}
"""By library: the only parts that may import it."""


@dataclass(frozen=True)
class Module:
    """One source file, by the name that it is imported by."""

    name: str
    path: Path
    is_package: bool

    @property
    def part(self) -> str:
        return part_of(self.name)


def part_of(name: str) -> str:
    """Return the first name below the package: `detect` for `guardrails_cli.detect.engine`."""
    return name.removeprefix(PACKAGE).lstrip(".").partition(".")[0]


def layer_of(part: str) -> int | None:
    return next((number for number, layer in enumerate(LAYERS) if part in layer), None)


def modules_below(folder: Path, name: str) -> Iterator[Module]:
    for path in sorted(folder.rglob("*.py")):
        inner = path.relative_to(folder).with_suffix("").parts
        is_package = inner[-1] == "__init__"
        yield Module(".".join([name, *(inner[:-1] if is_package else inner)]), path, is_package)


MODULES = [*modules_below(ROOT / PACKAGE, PACKAGE), *modules_below(ROOT / "tasks", f"{PACKAGE}.tasks")]
NAMES = frozenset(module.name for module in MODULES)


def imports(tree: ast.AST, module: Module) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything imported, in functions and by `import_module` as well."""
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


def culprits(source: str, module: Module) -> list[str]:
    """Return what is wrong with a module's imports, one line each, with the place to look at."""
    own = layer_of(module.part)
    assert own is not None, f"{module.name} has no layer: give {module.part!r} one in LAYERS"
    found = []
    for line, name in imports(ast.parse(source), module):
        place = f"{module.path.relative_to(ROOT)}:{line}: {module.part or PACKAGE} must not import"
        library = name.partition(".")[0]
        if library == PACKAGE:
            layer = layer_of(part_of(name))
            if layer is None:
                found.append(f"{place} {name}, which has no layer")
            elif layer > own and module.part:  # the package itself names what a program may call
                found.append(f"{place} {name}, which is above it")
        elif library in ("tasks", "policies", "tests", "benchmarks"):
            found.append(f"{place} {name}, which is no installed name")
        elif module.part not in CONFINED.get(library, {module.part}):
            found.append(f"{place} {library}; only {', '.join(sorted(CONFINED[library]))} may")
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_imports_only_what_it_may(module: Module) -> None:
    assert culprits(module.path.read_text(encoding="utf-8"), module) == []


@pytest.mark.parametrize(
    ("name", "source", "culprit"),
    [
        ("model", "import guardrails_cli.wire", "guardrails_cli.wire, which is above it"),
        ("risk", "from guardrails_cli import pipeline", "guardrails_cli.pipeline, which is above it"),
        (
            "wire",
            "def f():\n  from guardrails_cli.cli import scan",
            "guardrails_cli.cli.scan, which is above it",
        ),
        ("batch", "from guardrails_cli.tasks import app", "guardrails_cli.tasks, which is above it"),
        ("detect.x", "from ..scanning import Scan", "guardrails_cli.scanning, which is above it"),
        ("batch", "import_module('guardrails_cli.cli')", "guardrails_cli.cli, which is above it"),
        ("scanning", "import tasks", "tasks, which is no installed name"),
        ("scanning", "from tasks.scan import x", "tasks.scan, which is no installed name"),
        ("redact.x", "import spacy.tokens", "spacy; only detect may"),
        ("pipeline", "from celery import Celery", "celery; only batch, celery_app, executors, schedule, tasks may"),
        ("scanning", "import rich", "rich; only cli, reports may"),
        ("progress", "import typer", "typer; only cli may"),
    ],
)
def test_a_forbidden_import_is_named_with_its_culprit(name: str, source: str, culprit: str) -> None:
    module = Module(f"{PACKAGE}.{name}", ROOT / "x.py", is_package=False)
    line = source.count("\n") + 1
    assert culprits(source, module) == [f"x.py:{line}: {module.part} must not import {culprit}"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("wire", "from guardrails_cli.aggregate import Summary"),
        (
            "detect.x",
            "import spacy\nfrom . import chunks\nfrom .chunks import split\nfrom ..model import Chunk",
        ),
        (
            "cli.x",
            "import typer, rich\nfrom guardrails_cli import __version__\nfrom ..scanning import Scan",
        ),
        (
            "executors.x",
            "import celery\nfrom guardrails_cli import tasks\nimport_module('guardrails_cli.tasks')",
        ),
        ("model", "import enum, dataclasses"),
    ],
)
def test_an_import_from_the_same_or_a_lower_layer_is_fine(name: str, source: str) -> None:
    assert culprits(source, Module(f"{PACKAGE}.{name}", ROOT / "x.py", is_package=False)) == []


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
