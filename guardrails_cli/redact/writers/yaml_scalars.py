"""The scalars of YAML, to add quotes to one that needs them after its value was replaced."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BEGIN_FLOW = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
_END_FLOW = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


class Scalar(msgspec.Struct, frozen=True):
    """A scalar in the text of a file, at half-open offsets, its quotes included."""

    start: int
    end: int
    style: str
    """Quotation mark, `|` or `>`; empty for a plain scalar."""
    in_flow: bool
    """Whether it is between brackets or braces, which a plain scalar there cannot contain."""

    def breaks_by(self, place: int) -> bool:
        """Return whether it needs quotes if the text at `place` in it changes."""
        return not self.style and (self.in_flow or place == self.start)


class Scalars:
    """The scalars of a YAML text; none if it is not valid."""

    def __init__(self, text: str) -> None:
        try:
            self._scalars = list(_scalars(text))
        except yaml.YAMLError:
            self._scalars = []

    def at(self, place: int) -> Scalar | None:
        """Return the scalar that holds the character at `place`."""
        index = bisect_right(self._scalars, place, key=_start) - 1
        return self._scalars[index] if index >= 0 and place < self._scalars[index].end else None


def shape(text: str) -> object:
    """Return the structure of a YAML text without its scalars; None if it is not valid."""
    try:
        return [type(event).__name__ for event in yaml.parse(text, Loader=_LOADER)]
    except (yaml.YAMLError, RecursionError):
        return None


def escaped(text: str, quote: str) -> str:
    """Return a text escaped for these quotation marks; without quotation marks it stays."""
    if quote == '"':
        return text.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("'", "''") if quote == "'" else text


def _scalars(text: str) -> Iterator[Scalar]:
    depth = 0
    for token in yaml.scan(text, Loader=_LOADER):
        depth += isinstance(token, _BEGIN_FLOW) - isinstance(token, _END_FLOW)
        if isinstance(token, yaml.ScalarToken):
            style = "" if token.plain else str(token.style or "")
            yield Scalar(token.start_mark.index, token.end_mark.index, style, depth > 0)


def _start(scalar: Scalar) -> int:
    return scalar.start
