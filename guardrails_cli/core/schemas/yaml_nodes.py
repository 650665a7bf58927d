"""Questions about a YAML file's node tree, which has line numbers that the loaded content lacks."""

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

import yaml

MOST_NODES = 100_000
"""Of a file whose aliases are unfolded: a few lines can stand for more than any memory holds."""

Fault = tuple[int, str]
"""Line, from 1, and the fault there."""


def line_of(node: yaml.Node, path: Iterable[str | int]) -> int:
    """Return the line, from 1, of the node at `path`, or of the last node on the way."""
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


def unusable(root: yaml.Node) -> str | None:
    """Return why the file is endless: aliases that lead to their own container, or that unfold to too much."""
    sizes: dict[yaml.Node, int] = {}
    try:
        for node in TopologicalSorter({node: _children(node) for node in _all_nodes(root)}).static_order():
            sizes[node] = 1 + sum(sizes[child] for child in _children(node))
    except CycleError:
        return "an alias leads to what it lies in"
    return f"its aliases unfold to more than {MOST_NODES:,} values" if sizes[root] > MOST_NODES else None


class _PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Leaves dates as the text that they are, as JSON would have them."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def tree(data: bytes) -> yaml.Node:
    """Return the node tree of a file that is known to be YAML and not empty."""
    root = yaml.compose(data, Loader=yaml.SafeLoader)
    if root is None:
        raise ValueError("an empty file has no nodes")
    return root


def load(data: bytes) -> Any:
    """Return a file's content as JSON would have it: dates are text.

    Raises:
        yaml.YAMLError: if it is no YAML.

    """
    return yaml.load(data, Loader=_PlainLoader)  # noqa: S506 - a safe loader


def with_text_keys(value: Any) -> Any:
    """Return loaded content with its keys as text, as JSON would have them; it must not contain itself."""
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    return [with_text_keys(item) for item in value] if isinstance(value, list) else value


def repeated_keys(root: yaml.Node) -> list[Fault]:
    """Return the keys given twice in a mapping: YAML silently lets the last one win."""
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
    """Yield each node once, however many aliases refer to it."""
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
