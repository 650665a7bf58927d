"""Comments that suppress findings: `guardrails: ignore[US_SSN] a reason until=2027-01-31`."""

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date

from guardrails_cli.core.finding import Directive
from guardrails_cli.core.schemas.yaml_check import nearest
from guardrails_cli.core.text import Chunk

KINDS = ("ignore", "ignore-next-line", "ignore-file")
ANY = "*"
FIRST_LINES = 10
"""Number of lines in which `ignore-file` must be, so that anyone who opens the file sees it."""
TEXT_FORMATS = frozenset({"csv", "html", "json", "json lines", "jupyter notebook", "markdown", "text", "xml", "yaml"})
"""Formats that are text. In others a comment would be content, written by whoever sent the document."""

_SIGN = "guardrails:"
_DIRECTIVE = re.compile(r"guardrails:[ \t]*(ignore[\w-]*)[ \t]*(?:\[([^\]\n]{0,500})\])?([^\n]{0,500})")
_OPENERS = ("#", "//", "/*", "*", "--", "<!--", ";", "%", "(*", "{-", "'")
_CLOSER = re.compile(r"\*/|-->|\*\)|-\}")
_UNTIL = re.compile(r"(?:^|\s)until=(\S*)")
_REASON_CHARACTERS = 200


def find_directives(
    chunk: Chunk, line_at: Callable[[int], int], known: Callable[[], Collection[str]]
) -> Iterator[Directive]:
    """Yield the comments in a chunk's text, margins included, that suppress findings or are meant to.

    A directive is at the beginning of a comment or of a line.

    Args:
        chunk: the text.
        line_at: returns the document's line of an offset into the text.
        known: returns the known entity types.

    """
    text = chunk.text
    if _SIGN not in text:
        return
    for match in _DIRECTIVE.finditer(text):
        begin = text.rfind("\n", max(0, match.start() - 500), match.start()) + 1
        before = text[begin : match.start()].rstrip(" \t")
        if before and not before.endswith(_OPENERS):
            continue
        kind, types, rest = match.groups()
        yield _directive(chunk.start + match.start(), line_at(match.start()), kind, types, rest, known)


def _directive(
    start: int, line: int, kind: str, types: str | None, rest: str, known: Callable[[], Collection[str]]
) -> Directive:
    closer = _CLOSER.search(rest)
    said = rest[: closer.start()] if closer else rest
    until, fault = None, None
    if found := _UNTIL.search(said):
        try:
            until = date.fromisoformat(found[1])
        except ValueError:
            fault = f"{found[1][:40]!r} is not a date; write for example until=2027-01-31"
        said = said[: found.start()] + said[found.end() :]
    names = tuple(name.strip() for name in (types or "").split(",") if name.strip())
    reason = " ".join(said.split()).strip("\"' :").strip()[:_REASON_CHARACTERS]
    fault = _fault(kind, names, reason, known) or fault
    return Directive(start, line, kind if kind in KINDS else "ignore", names, reason, until, fault)


def _fault(kind: str, names: tuple[str, ...], reason: str, known: Callable[[], Collection[str]]) -> str | None:
    if kind not in KINDS:
        return f"unknown comment {kind[:40]!r}{nearest(kind, KINDS)}"
    if not names:
        return f"no entity types; write {kind}[US_SSN] and a reason"
    if names != (ANY,):
        types = known()
        for name in names:
            if name not in types:
                return f"unknown entity type {name[:40]!r}{nearest(name, types)}"
    if not reason:
        return "no reason; write one after the brackets"
    return None
