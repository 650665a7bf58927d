"""Rules for network addresses: dotted names in code are not web addresses, version numbers are not IP addresses."""

import re

from guardrails_cli.detect.refine.lines import before, line_bounds, looks_like_code

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|www\.", re.IGNORECASE)
_FILE = re.compile(r".*\.(?:py|md|rs|sh|pl|cc|zip|mov|ps|so|java|name|id|is|in|to)(?:[:#?].*)?", re.IGNORECASE)
"""Top-level domains that far more often end a file name or an attribute."""
_VERSION = re.compile(r"(?:\bv|version|release|build|rev|[<>~]=)[ :='\"]{0,3}$", re.IGNORECASE)
_IN_FRONT = ("@", ".", "_", "/", "\\", "-")
_BEHIND = ("(", "_", "[", "@")
"""Characters next to a name that is part of something else."""
_MIN_IPV6 = 6
"""Minimum number of characters; `::`, `a::b` and the loopback `::1` are scopes of a program or nobody's address."""


def is_web_address(text: str, start: int, end: int) -> bool:
    """Return whether text[start:end] is a web address: with a scheme, or a host name in prose."""
    value = text[start:end]
    if _SCHEME.match(value):
        return True
    if text[max(0, start - 1) : start] in _IN_FRONT or text[end : end + 1] in _BEHIND:
        return False
    host = value.partition("/")[0]
    if _FILE.fullmatch(host) or any(character.isupper() for character in host[1:]) or "_" in host:
        return False
    low, high = line_bounds(text, start, end)
    rest = text[low:start] + text[end:high]
    return not looks_like_code(rest)


def is_ip_address(text: str, start: int, end: int) -> bool:
    """Return whether text[start:end] is a machine's address, not a version number or the `::` of a program."""
    if ":" in text[start:end]:
        return end - start >= _MIN_IPV6
    return not _VERSION.search(before(text, start, 20))
