"""Foldable groups in the logs of CI systems, in which no printed text acts as a command."""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO

Marks = tuple[str, str]


def _github(title: str) -> Marks:
    """Return a group in GitHub Actions' syntax.

    A line such as `::error::…`, by which a file's name could command the system, stays plain text because commands are
    stopped by a word that nobody can guess.
    """
    word = secrets.token_hex(16)
    return f"::group::{title}\n::stop-commands::{word}\n", f"::{word}::\n::endgroup::\n"


def _gitlab(title: str) -> Marks:
    name = f"guardrails_{secrets.token_hex(4)}"
    now = int(time.time())
    begin = f"\x1b[0Ksection_start:{now}:{name}[collapsed=true]\r\x1b[0K{title}\n"
    return begin, f"\x1b[0Ksection_end:{now}:{name}\r\x1b[0K\n"


_SYSTEMS: dict[str, Callable[[str], Marks]] = {"GITHUB_ACTIONS": _github, "GITLAB_CI": _gitlab}
"""Group syntax by the environment variable that is `true` on the system."""


@contextmanager
def folded(stream: IO[str], title: str, environment: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Fold everything written to `stream` in this context under a title, if the log can fold."""
    system = next((make for name, make in _SYSTEMS.items() if environment.get(name) == "true"), None)
    begin, end = system(title) if system else ("", "")
    stream.write(begin)
    try:
        yield
    finally:
        stream.write(end)
