"""Check whether two installations give the same results: the facts about each, and the differences.

A worker that differs from the client would not fail, it would find something else. So each worker registers its build
in the broker, a client compares it with its own before it sends work, and every message states its requirements: a
worker that came later, or changed, refuses it.
"""

import hashlib
import importlib.metadata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from guardrails_cli.cluster.messages import WIRE_VERSION
from guardrails_cli.core.errors import ConfigError, MismatchError
from guardrails_cli.core.version import __version__
from guardrails_cli.detect.ner.model_files import EXPECTED_SHA256, find_model, tree_sha256
from guardrails_cli.policy.files import builtin_folder

Build = Mapping[str, str]
"""Facts about an installation, by the names in `_WHAT` and `model NAME`. A fact on one side only is not a difference: a
worker loads a model on demand, and reports then if it is not the same."""

_WHAT = {
    "wire": "wire version",
    "version": "guardrails version",
    "code": "code and data",
    "libraries": "detection libraries",
    "policies": "built-in policies",
    "key": "cluster key",
    "readers": "libraries of readers",
}
PACKAGE = Path(__file__).parents[1]
"""Folder of the whole package, which is compared as one: a list of relevant modules would be outdated by every move."""
_REMEDY = {
    "model": "install the same model on both sides",
    "key": "give both sides the same key, see GUARDRAILS_CLUSTER_KEY in docs/cluster.md",
}
_INSTALL = "install the same version of guardrails and of its dependencies on both sides"
_DETECTION_LIBRARIES = ("presidio-analyzer", "spacy", "regex", "phonenumbers", "python-stdnum")
_READER_LIBRARIES = (
    "apsw", "arro3-core", "arro3-io", "charset-normalizer", "lxml", "olefile", "pillow", "pypdfium2",
    "python-calamine", "pyyaml",
)  # fmt: skip


@lru_cache(maxsize=1)
def build() -> dict[str, str]:
    """Return the facts that decide this installation's results, whatever a run asks for."""
    return {
        "wire": str(WIRE_VERSION),
        "version": __version__,
        "code": _tree_hash(PACKAGE),
        "libraries": _versions(_DETECTION_LIBRARIES),
        "policies": _tree_hash(builtin_folder()),
        "readers": hashlib.sha256(_versions(_READER_LIBRARIES).encode()).hexdigest()[:16],
    }


@lru_cache(maxsize=8)
def model_build(name: str | None) -> dict[str, str]:
    """Return version and weights of a model, under its name; empty if there is none.

    Raises:
        ConfigError: if it is not installed.

    """
    if name is None:
        return {}
    files = find_model(name)
    # Weights are checked against the expected hash when loaded, so it need not be computed here.
    weights = EXPECTED_SHA256.get(name) or tree_sha256(files.folder)
    return {f"model {Path(name).name}": f"{files.version} {weights[:16]}"}


def needs(model: str | None) -> dict[str, str]:
    """Return the requirements for a worker that scans for this installation with `model`.

    Raises:
        ConfigError: if the model is not installed.

    """
    return {name: value for name, value in build().items() if name != "readers"} | model_build(model)


def differences(wanted: Build, found: Build) -> Iterator[str]:
    """Yield the differences between facts that both sides have, in words."""
    for name, value in wanted.items():
        other = found.get(name)
        if other is not None and other != value:
            remedy = _REMEDY.get(name.partition(" ")[0], _INSTALL)
            yield f"{_WHAT.get(name, name)}: it has {other}, needed is {value}; {remedy}"


def check(wanted: Build, model: str | None) -> None:
    """Check that this process meets a message's requirements.

    Raises:
        MismatchError: if it does not.

    """
    try:
        own = needs(model)
    except ConfigError as error:
        raise MismatchError(str(error)) from None
    different = list(differences(wanted, own | {"readers": build()["readers"]}))
    if different:
        raise MismatchError(different[0])


def _versions(names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {_version(name)}" for name in names)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _tree_hash(folder: Path) -> str:
    """Return a hash over code and data in a folder, whatever its version: a checkout may be modified."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".yaml", ".json"):
            total.update(path.relative_to(folder).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]
