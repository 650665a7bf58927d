"""The redaction strategies of the specification, one function each."""

import hashlib
import hmac
from collections.abc import Callable, Sequence

from guardrails_cli.errors import InputError

_KEPT = 4
_SHORTEST_PARTIAL = 8


def _mask(value: str, _entity: str, _key: bytes) -> str:
    return "*" * len(value)


def _token(_value: str, entity: str, _key: bytes) -> str:
    return f"[{entity}]"


def _partial(value: str, _entity: str, _key: bytes) -> str:
    """Keep the last four characters of a value that has at least eight; shorter ones would be given away."""
    if len(value) < _SHORTEST_PARTIAL:
        return "*" * len(value)
    return "*" * (len(value) - _KEPT) + value[-_KEPT:]


def _hash(value: str, entity: str, key: bytes) -> str:
    """Keyed: the plain hash of a Social Security number is found by trying them all."""
    digest = hmac.digest(key, f"{entity}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
    return f"[{entity}:{digest[:16]}]"


OPERATORS: dict[str, Callable[[str, str, bytes], str]] = {
    "mask": _mask,
    "token": _token,
    "partial": _partial,
    "hash": _hash,
}


def redact(text: str, spans: Sequence[tuple[int, int, str]], strategy: str, key: bytes) -> tuple[str, int]:
    """Return `text` with the spans replaced, and how many replacements were made.

    Spans that overlap are replaced together, as one value of the type of the longest among them: no character of any
    span survives in clear but what `partial` keeps of the union.

    Args:
        text: the original.
        spans: (start, end, entity type), half-open, in any order.
        strategy: a name in `OPERATORS`.
        key: for `hash`.

    Raises:
        InputError: for an unknown strategy or a span outside the text.

    """
    operator = OPERATORS.get(strategy) if isinstance(strategy, str) else None
    if operator is None:
        raise InputError(f"unknown redaction strategy {repr(strategy)[:40]}; choose one of {', '.join(OPERATORS)}")
    merged: list[tuple[int, int, str, int]] = []
    for start, end, entity in sorted(spans):
        if not 0 <= start <= end <= len(text):
            raise InputError(f"entity position [{start}, {end}] lies outside the text of {len(text)} characters")
        if start == end:
            continue
        if merged and start < merged[-1][1]:
            first, last, kind, longest = merged[-1]
            kind, longest = (entity, end - start) if end - start > longest else (kind, longest)
            merged[-1] = (first, max(last, end), kind, longest)
        else:
            merged.append((start, end, entity, end - start))
    pieces, position = [], 0
    for start, end, entity, _ in merged:
        pieces += [text[position:start], operator(text[start:end], entity, key)]
        position = end
    return "".join([*pieces, text[position:]]), len(merged)
