"""The differences between two scans: sets of findings, compared by properties that survive when lines move."""

from collections.abc import Iterable, Iterator, Set
from typing import NamedTuple

import msgspec

from guardrails_cli.core.display import INSIDE
from guardrails_cli.core.record import DocumentResult, Status


class Known(NamedTuple):
    """A value in a document: the same finding in each scan, wherever it is in the document and however often."""

    path: str
    entity_type: str
    fingerprint: str


class Changes(msgspec.Struct, frozen=True):
    """The differences between the findings of two scans, each part sorted."""

    new: tuple[Known, ...]
    fixed: tuple[Known, ...]
    unchanged: tuple[Known, ...]
    unknown: tuple[Known, ...]
    """Earlier findings in documents that could not be scanned this time: neither fixed nor confirmed."""


def known(record: DocumentResult) -> Iterator[Known]:
    """Yield the findings in a document's record."""
    for finding in record.findings:
        yield Known(record.path, finding.entity_type, finding.fingerprint)


def is_unread(record: DocumentResult) -> bool:
    """Return whether the record says nothing about the document's content."""
    return record.status not in (Status.FINDINGS, Status.CLEAN)


def compare(before: Set[Known], after: Set[Known], unread: Set[str] = frozenset()) -> Changes:
    """Return the new, fixed and unchanged findings of two scans.

    Args:
        before: findings of the earlier scan.
        after: findings of the later scan.
        unread: paths that the later scan could not read; findings below or inside them are unknown.

    """
    gone = before - after
    unknown = {one for one in gone if any(path in unread for path in _above(one.path))} if unread else set()
    return Changes(_sorted(after - before), _sorted(gone - unknown), _sorted(before & after), _sorted(unknown))


def _sorted(found: Iterable[Known]) -> tuple[Known, ...]:
    return tuple(sorted(found))


def _above(path: str) -> Iterator[str]:
    """Yield the path, and those of all folders and documents that it is in."""
    yield path
    for index, letter in enumerate(path):
        if letter in ("/", INSIDE) and index:
            yield path[:index]
