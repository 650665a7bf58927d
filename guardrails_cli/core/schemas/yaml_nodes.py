"""Questions about a YAML file's node tree, which has line numbers that the loaded content lacks."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from typing import Any

import msgspec
import yaml

MOST_NODES = 100_000
"""Maximum number of nodes once aliases are unfolded: a few lines can expand beyond any memory."""
MOST_FLOWS, MOST_COLUMNS = 1000, 1000
"""A file with fewer brackets and shorter lines is nested at most 3,000 deep, a list in a mapping in the same column."""

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


class _PlainLoader(yaml.SafeLoader):
    """Keeps dates as text, as JSON has them."""


class _FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Same loader over the C library, if there is one."""


_PlainLoader.yaml_implicit_resolvers = _FastLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Parsed(msgspec.Struct, frozen=True):
    """A YAML file that was read once: its content, and the nodes with its line numbers."""

    root: yaml.Node
    content: Any
    """Content as JSON would have it, except for keys that are not text: dates are text."""


def parse(data: bytes) -> Parsed | None:
    """Return a file's nodes and content, None if it is empty.

    Raises:
        yaml.YAMLError: if it is not YAML.
        ValueError, RecursionError: if it has a value or a depth that Python cannot represent.

    """
    if _is_shallow(data):
        with suppress(yaml.YAMLError):  # Python's parser has the better messages
            return _parsed(data, _FastLoader)
    return _parsed(data, _PlainLoader)


def parse_valid(data: bytes) -> Parsed:
    """Return a file that is known to be valid YAML and not empty, with its keys as text."""
    parsed = parse(data)
    if parsed is None:
        raise ValueError("an empty file has no nodes")
    return with_text_keys(parsed)


def _is_shallow(data: bytes) -> bool:
    """Return whether the C library can read the file: it recurses on an unguarded stack."""
    flow = data.count(b"[") + data.count(b"{")
    return flow < MOST_FLOWS and max(map(len, data.splitlines()), default=0) < MOST_COLUMNS


def _parsed(data: bytes, kind: type[Any]) -> Parsed | None:
    root = _composed(data, kind)
    if root is None:
        return None
    loader = kind(b"")
    try:
        # Merge keys are resolved in the nodes themselves, which lose them: so not in the nodes that are kept.
        copy = _composed(data, kind) if _has_merges(root) else root
        return Parsed(root, loader.construct_document(copy))
    finally:
        loader.dispose()


def _composed(data: bytes, kind: type[Any]) -> yaml.Node | None:
    loader = kind(data)
    try:
        root: yaml.Node | None = loader.get_single_node()
    finally:
        loader.dispose()
    return root


def _has_merges(root: yaml.Node) -> bool:
    return any(
        key.tag == "tag:yaml.org,2002:merge"
        for node in _all_nodes(root)
        if isinstance(node, yaml.MappingNode)
        for key, _ in node.value
    )


def with_text_keys(parsed: Parsed) -> Parsed:
    """Return a file with the keys of its content as text, as in JSON; it must not contain itself."""
    return Parsed(parsed.root, _with_text_keys(parsed.content))


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _with_text_keys(item) for key, item in value.items()}
    return [_with_text_keys(item) for item in value] if isinstance(value, list) else value


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
