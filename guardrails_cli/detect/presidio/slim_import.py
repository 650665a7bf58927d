"""Import Presidio as a scanner needs it: without network access, and a recognizer's checks without everything else.

`import presidio_analyzer` takes more than a second, nearly all of it for spaCy, which no check of a pattern needs.
Where a scan finds patterns only, a recognizer's module is imported by itself: stand-in modules replace the packages
around it and fetch a name from its submodule on demand. The interpreter sees them only during such an import; a later
import of Presidio gets all of it, as installed.
"""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

_ROOT = "presidio_analyzer"
_WITHOUT_CODE = frozenset({f"{_ROOT}.nlp_engine", "requests", "requests_file"})
"""Modules that recognizers name for annotations only, and `requests`, with which tldextract must not download."""
_CONFINED = (_ROOT, "requests", "requests_file")
_kept: dict[str, ModuleType] = {}


def prepare() -> None:
    """Import all of Presidio so that none of its recognizers opens a connection or writes a cache of its own."""
    import tldextract

    _unplug(tldextract)
    importlib.import_module(_ROOT)


def recognizer_class(module: str, name: str) -> Any:
    """Return the class of a recognizer, importing as little of Presidio as it needs."""
    if _ROOT in sys.modules or not module.startswith(f"{_ROOT}."):
        prepare()
        found: Any = importlib.import_module(module)
    else:
        with _apart():
            found = importlib.import_module(module)
            if "tldextract" in sys.modules:
                _unplug(sys.modules["tldextract"])
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _unplug(tldextract: Any) -> None:
    """Make tldextract use its bundled snapshot.

    Presidio validates mail domains with it. It would download the public suffix list and cache it on disk; but a
    scanner of other people's data opens no connection, and its results must not depend on one.
    """
    if getattr(tldextract.tldextract.TLD_EXTRACTOR, "suffix_list_urls", True):
        tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
    tldextract.extract = tldextract.tldextract.TLD_EXTRACTOR


@contextmanager
def _apart() -> Iterator[None]:
    """Let imports fill a set of modules that is removed afterwards."""
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_confined(name)}
    sys.modules.update(_kept)
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        _kept.update({name: sys.modules.pop(name) for name in list(sys.modules) if _is_confined(name)})
        sys.modules.update(before)


def _is_confined(name: str) -> bool:
    return name.partition(".")[0] in _CONFINED


class _Finder:
    """Finds Presidio's packages without running their `__init__`."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        del target
        if name in _WITHOUT_CODE:
            return ModuleSpec(name, _Hollow())
        if name != _ROOT and not name.startswith(f"{_ROOT}."):
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is None or spec.submodule_search_locations is None or spec.origin is None:
            return spec
        lazy = ModuleSpec(name, _Lazy(Path(spec.origin)), is_package=True)
        lazy.submodule_search_locations = list(spec.submodule_search_locations)
        return lazy


class _Lazy(Loader):
    """Makes a package that fetches each name from its submodule on demand, as its `__init__` says."""

    def __init__(self, source: Path) -> None:
        self._source = source

    def exec_module(self, module: ModuleType) -> None:
        tree = ast.parse(self._source.read_bytes())
        homes: dict[str, tuple[str, str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                home = importlib.util.resolve_name("." * node.level + (node.module or ""), module.__name__)
                homes |= {alias.asname or alias.name: (home, alias.name) for alias in node.names}

        def fetch(name: str) -> Any:
            if name not in homes:
                raise AttributeError(name)
            home, original = homes[name]
            return getattr(importlib.import_module(home), original)

        module.__dict__["__getattr__"] = fetch


class _Hollow(Loader):
    """Makes an empty module that answers to any name."""

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__getattr__"] = _hollow_name


def _hollow_name(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (_Idle,), {})


class _Idle:
    """Accepts any call and does nothing."""

    def __init__(self, *_args: object, **_named: object) -> None:
        pass

    def __getattr__(self, name: str) -> "_Idle":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_args: object, **_named: object) -> "_Idle":
        return self
