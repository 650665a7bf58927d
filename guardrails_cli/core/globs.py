"""Gitignore patterns, translated by the `pathspec` library and applied as git applies them."""

import re
from collections.abc import Iterable

from pathspec import GitIgnoreSpec

from guardrails_cli.core.errors import ConfigError

_LINE_BREAK = "\ud800"
"""Replacement of a line break, which the library's regexes take for the end; no file name decodes to it."""

_FOLDER_MARK = "ps_d"
"""Group in the library's regexes for the slash after a folder that a pattern matches."""


class Patterns:
    """Gitignore patterns, of which the last match decides. Accepts any name that a file can have.

    Raises:
        ValueError: if a pattern is not valid.

    """

    def __init__(self, lines: Iterable[str]) -> None:
        # The library's other backends encode names strictly: a name that is not UTF-8 would be an error.
        self._spec = GitIgnoreSpec.from_lines((_on_one_line(line) for line in lines), backend="simple")
        self._reversed = [
            (pattern.regex, pattern.include) for pattern in reversed(list(self._spec.patterns)) if pattern.regex
        ]

    def __bool__(self) -> bool:
        return bool(self._reversed)

    def covers(self, path: str) -> bool:
        """Return whether the file `path` or a folder that it is in matches."""
        return self._spec.match_file(_on_one_line(path))

    def verdict(self, path: str, is_directory: bool) -> bool | None:
        """Return whether `path` itself matches, or None if no pattern matches it.

        This is git's question on its way down. The library answers for whole paths only, where `*` outweighs the `!*/`
        that should let folders through.
        """
        path = _on_one_line(path)
        return next((include for regex, include in self._reversed if _matches(regex, path, is_directory)), None)


def _matches(regex: re.Pattern[str], path: str, is_directory: bool) -> bool:
    match = regex.search(path)
    if match and not match.groupdict().get(_FOLDER_MARK):
        return True
    found = regex.finditer(f"{path}/") if is_directory else ()
    return any(match.groupdict().get(_FOLDER_MARK) and match.end() > len(path) for match in found)


def _on_one_line(text: str) -> str:
    return text.replace("\n", _LINE_BREAK)


def matcher(patterns: Iterable[str]) -> Patterns:
    """Return a matcher of the user's patterns.

    Raises:
        ConfigError: if a pattern is not valid.

    """
    try:
        return Patterns(patterns)
    except ValueError as error:
        raise ConfigError(f"not a usable pattern: {error}") from None
