"""Match findings with allow lists and the baseline in the worker, which alone has their raw values."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec.structs import replace

from guardrails_cli.core.display import fingerprint, normalized
from guardrails_cli.core.finding import Finding
from guardrails_cli.core.text import Chunk
from guardrails_cli.options.model import AllowedValues, DetectOptions

_SECONDS = 0.25
"""Seconds that a pattern may take per value; after that the value is not allowed."""


def marked(findings: Sequence[Finding], chunk: Chunk, options: DetectOptions) -> list[Finding]:
    """Return the findings with their tokens for the baseline, and the allow-list entries that their values match."""
    if not options.salt and not options.allowed:
        return list(findings)
    done = []
    for finding in findings:
        value = chunk.text[finding.start - chunk.start : finding.end - chunk.start]
        token = fingerprint(value, finding.entity_type, options.salt) if options.salt else ""
        done.append(replace(finding, token=token, allowed=tuple(_met(value, options.allowed))))
    return done


def _met(value: str, entries: Sequence[AllowedValues]) -> Iterator[int]:
    normal = normalized(value)
    for entry in entries:
        if normal in _values(entry) or (entry.regex is not None and _matches(entry.regex, value)):
            yield entry.number


@lru_cache(maxsize=1024)
def _values(entry: AllowedValues) -> frozenset[str]:
    return frozenset(map(normalized, entry.values))


def _matches(pattern: str, value: str) -> bool:
    import regex

    try:
        return regex.compile(pattern).fullmatch(value, timeout=_SECONDS) is not None
    except TimeoutError:
        return False
