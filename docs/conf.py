"""Sphinx: `sphinx-build -W -b html docs build/docs` makes the pages; the extra `docs` has what it needs."""

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

project = "Guardrails"
author = "The Guardrails maintainers"
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
extensions = ["myst_parser"]
html_theme = "furo"
html_title = f"Guardrails {release}"
html_show_sphinx = False
templates_path: list[str] = []
exclude_patterns = ["*.py"]
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure"]

_OUTSIDE = re.compile(r"\[([^\]]*)\]\(\.\./(?!reference/)[^)]*\)")


def setup(app: Any) -> None:
    """Have links to files of the repository, which are no pages, become their words."""
    app.connect("source-read", _without_links)


def _without_links(app: Any, name: str, source: list[str]) -> None:
    del app
    if "/" not in name:
        source[0] = _OUTSIDE.sub(r"\1", source[0])
