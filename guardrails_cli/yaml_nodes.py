"""Questions about a YAML file's node tree, which knows the lines that the loaded content does not."""

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

import yaml

Fault = tuple[int, str]
"""Line, from 1, and what is wrong there."""


def line_of(node: yaml.Node, path: Iterable[str | int]) -> int:
    """Return the line, from 1, of what `path` leads to, or of the last thing on the way."""
    line = node.start_mark.line
    for part in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == part), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line
    return line + 1


def contains_itself(root: yaml.Node) -> bool:
    """Return whether an alias leads back to a node that it lies in."""
    try:
        TopologicalSorter({node: _children(node) for node in _all_nodes(root)}).prepare()
    except CycleError:
        return True
    return False


def repeated_keys(root: yaml.Node) -> list[Fault]:
    """Return the keys given twice in a mapping: YAML lets the last one win without a word."""
    faults = []
    for node in _all_nodes(root):
        seen: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if str(key.value) in seen:
                faults.append((key.start_mark.line + 1, f"{key.value}: the key is given twice"))
            seen.add(str(key.value))
    return faults


def items(node: yaml.Node | None, key: str) -> list[yaml.Node]:
    """Return the items under `key` of a mapping, or the scalar there as the only item."""
    for name, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if name.value == key:
            if isinstance(value, yaml.SequenceNode):
                return list(value.value)
            return [value] if isinstance(value, yaml.ScalarNode) else []
    return []


def _all_nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """Yield each node once, however many aliases lead to it."""
    pending, seen = [root], {root}
    while pending:
        node = pending.pop()
        yield node
        fresh = [child for child in _children(node) if child not in seen]
        seen.update(fresh)
        pending += dict.fromkeys(fresh)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
