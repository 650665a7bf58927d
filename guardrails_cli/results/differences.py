"""What has changed between two scans: sets of findings, compared by what stays when lines move."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import NamedTuple

from guardrails_cli.core.display import INSIDE
from guardrails_cli.core.record import DocumentResult, Status


class Known(NamedTuple):
    """A value in a document: the same finding in each scan, wherever in the document it stands and how often."""

    path: str
    entity_type: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the findings of two scans, each part sorted."""

    new: tuple[Known, ...]
    fixed: tuple[Known, ...]
    unchanged: tuple[Known, ...]
    unknown: tuple[Known, ...]
    """Were there, in documents that could not be scanned this time: neither fixed nor still there."""


def known(record: DocumentResult) -> Iterator[Known]:
    """Yield the findings that a document's record lists."""
    for finding in record.findings:
        yield Known(record.path, finding.entity_type, finding.fingerprint)


def is_unread(record: DocumentResult) -> bool:
    """Tell whether the record says nothing about what the document holds."""
    return record.status not in (Status.FINDINGS, Status.CLEAN)


def compare(before: Set[Known], after: Set[Known], unread: Set[str] = frozenset()) -> Changes:
    """Return what is new, fixed and unchanged between two scans.

    Args:
        before: the earlier scan's findings.
        after: the later one's.
        unread: paths that the later scan could not read; what lies below or inside them is unknown.

    """
    gone = before - after
    unknown = {one for one in gone if any(path in unread for path in _above(one.path))} if unread else set()
    return Changes(_sorted(after - before), _sorted(gone - unknown), _sorted(before & after), _sorted(unknown))


def _sorted(found: Iterable[Known]) -> tuple[Known, ...]:
    return tuple(sorted(found))


def _above(path: str) -> Iterator[str]:
    """Yield the path, and those of all folders and documents that it lies in."""
    yield path
    for index, letter in enumerate(path):
        if letter in ("/", INSIDE) and index:
            yield path[:index]
