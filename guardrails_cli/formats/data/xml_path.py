"""Paths in XML, and runs of elements that share one location until something is found.

A run is a piece of text of at most `RUN_CHARS` that holds whole elements and no references. Its location's path is
their parent's followed, after line breaks, by the numbers of earlier children by name.
"""

import re
from collections.abc import Iterable, Mapping

from guardrails_cli.formats.data import json_path
from guardrails_cli.formats.data.json_path import extend, shown

BEGINS = ("/", "\n")
"""Beginnings of paths in XML: the root's is empty, so the path of a run there begins with its line break."""
RUN_CHARS = json_path.RUN_CHARS
MAX_COUNTED = 8
"""Maximum number of names in a run's path."""
_DEPTH = 3
_NAME = r"[A-Za-z_:][^\s/>=<&]{0,100}+"
_ATTRIBUTES = r"""(?:\s++[^\s=/"'<>&]{1,100}+\s*+=\s*+(?:"[^"<&]*+"|'[^'<&]*+'))*+\s*+"""


def _element(depth: int) -> str:
    inner = rf"(?:{_element(depth - 1)}[^<&]*+)*+" if depth else ""
    return rf"<(?P<name{depth}>{_NAME}){_ATTRIBUTES}(?:/>|>[^<&]*+{inner}</(?P=name{depth})\s*+>)"


ELEMENT = re.compile(_element(_DEPTH))
RUN = re.compile(rf"(?:{_element(_DEPTH)}\s*+)++")
_TAG = re.compile(rf"<(/?)({_NAME})({_ATTRIBUTES})(/?)>")
_ATTRIBUTE = re.compile(r"""([^\s=/"'<>]++)\s*+=\s*+(?:"[^"]*+"|'[^']*+')""")


def child(base: str, name: str, count: int) -> str:
    """Return the path of the `count`th child of that name, from 1; the first has no index."""
    return extend(base, f"/{shown(name)}" + (f"[{count}]" if count > 1 else ""))


def attribute(base: str, name: str) -> str:
    """Return the path of an attribute."""
    return extend(base, f"/@{shown(name)}")


def run(base: str, counts: Mapping[str, int]) -> str:
    """Return the unfinished path of a run."""
    return "\n".join([base, *(f"{name}={count}" for name, count in counts.items())]) + "\n"


def count(names: Iterable[str], counts: dict[str, int], most: int) -> None:
    """Count children by name, with at most `most` different names."""
    for name in names:
        if name in counts or len(counts) < most:
            counts[name] = counts.get(name, 0) + 1


def complete(path: str, text: str, start: int, offset: int) -> str:
    """Return the path of the element or attribute that holds text[offset] in the run that begins at text[start].

    A finished path is returned unchanged.
    """
    if not path.endswith("\n"):
        return path
    base, *known = path.removesuffix("\n").split("\n")
    before = {name: int(number) for name, _, number in (line.rpartition("=") for line in known)}
    frames = [(base, before)]
    last = base
    for tag in _TAG.finditer(text, start, start + RUN_CHARS):
        if tag.start() > offset:
            break
        if tag[1]:
            del frames[max(1, len(frames) - 1) :]
            continue
        parent, counts = frames[-1]
        counts[tag[2]] = counts.get(tag[2], 0) + 1
        last = child(parent, tag[2], counts[tag[2]])
        if offset < tag.end():
            for found in _ATTRIBUTE.finditer(text, tag.start(3), tag.end(3)):
                if found.start() <= offset < found.end():
                    return attribute(last, found[1])
        if not tag[4]:
            frames.append((last, {}))
    return (frames[-1][0] if len(frames) > 1 else last) or "/"
