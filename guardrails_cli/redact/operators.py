"""The redaction strategies, one function each: the replacement of a value."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence

import msgspec

from guardrails_cli.core.errors import InputError
from guardrails_cli.redact.pseudonyms import pseudonym
from guardrails_cli.redact.sealing import seal

Operator = Callable[[str, str, bytes], str]
"""Function of a value, its entity type and the key that returns the replacement."""


class Details(msgspec.Struct, frozen=True):
    """Details of strategies that hide a value character by character."""

    character: str = "*"
    """Replacement of each hidden character."""
    keep_last: int = 4
    """Number of characters that `partial` keeps of values at least twice as long; shorter ones would be given away."""


_PLAIN = Details()


def masked(value: str, details: Details = _PLAIN) -> str:
    """Return a value with every character hidden."""
    return details.character * len(value)


def masked_in_part(value: str, details: Details = _PLAIN) -> str:
    """Return a value with all but its last characters hidden."""
    if len(value) < 2 * details.keep_last:
        return masked(value, details)
    return masked(value[: -details.keep_last], details) + value[-details.keep_last :]


DETAILED = {"mask": masked, "partial": masked_in_part}
"""Strategies that have details."""


def _mask(value: str, _entity: str, _key: bytes) -> str:
    return masked(value)


def _token(_value: str, entity: str, _key: bytes) -> str:
    return f"[{entity}]"


def _partial(value: str, _entity: str, _key: bytes) -> str:
    return masked_in_part(value)


def _hash(value: str, entity: str, key: bytes) -> str:
    """Keyed: the plain hash of a Social Security number is found by trying them all."""
    digest = hmac.digest(key, f"{entity}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
    return f"[{entity}:{digest[:16]}]"


def _remove(_value: str, _entity: str, _key: bytes) -> str:
    return ""


SPECIFIED: dict[str, Operator] = {"mask": _mask, "token": _token, "partial": _partial, "hash": _hash}
"""Strategies of the task specification."""

OPERATORS: dict[str, Operator] = {**SPECIFIED, "replace": pseudonym, "remove": _remove, "encrypt": seal}


class Span(msgspec.Struct, frozen=True):
    """A place to redact: half-open character offsets, and the entity type."""

    start: int
    end: int
    entity_type: str


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, overlapping ones merged with the type of the longest; empty ones are dropped.

    No character of any span survives in clear, except the characters that `partial` keeps of the union.
    """
    rows: list[tuple[Span, int]] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end, span.entity_type)):
        length = span.end - span.start
        if length <= 0:
            continue
        if rows and span.start < rows[-1][0].end:
            last, longest = rows[-1]
            kind, longest = (span.entity_type, length) if length > longest else (last.entity_type, longest)
            rows[-1] = (Span(last.start, max(last.end, span.end), kind), longest)
        else:
            rows.append((span, length))
    return [span for span, _ in rows]


def redact(text: str, spans: Sequence[tuple[int, int, str]], strategy: str, key: bytes) -> tuple[str, int]:
    """Return `text` with the spans replaced, and the number of replacements.

    Args:
        text: the original.
        spans: (start, end, entity type), half-open, in any order; overlapping ones are replaced together.
        strategy: a name in `SPECIFIED`.
        key: key of `hash`.

    Raises:
        InputError: if the strategy is unknown or a span is outside the text.

    """
    operator = SPECIFIED.get(strategy) if isinstance(strategy, str) else None
    if operator is None:
        raise InputError(f"unknown redaction strategy {repr(strategy)[:40]}; choose one of {', '.join(SPECIFIED)}")
    for start, end, _ in spans:
        if not 0 <= start <= end <= len(text):
            raise InputError(f"entity position [{start}, {end}] lies outside the text of {len(text)} characters")
    chosen = merged(Span(*span) for span in spans)
    pieces, position = [], 0
    for span in chosen:
        pieces += [text[position : span.start], operator(text[span.start : span.end], span.entity_type, key)]
        position = span.end
    return "".join([*pieces, text[position:]]), len(chosen)
