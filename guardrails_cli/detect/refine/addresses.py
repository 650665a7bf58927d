"""Rules for network addresses: dotted names in code are not web addresses, version numbers are not IP addresses."""

import re

from guardrails_cli.detect.refine.lines import before, line_bounds, looks_like_code

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|www\.", re.IGNORECASE)
_FILE = re.compile(r".*\.(?:py|md|rs|sh|pl|cc|zip|mov|ps|so|java|name|id|is|in|to)(?:[:#?].*)?", re.IGNORECASE)
"""Top-level domains that far more often end a file name or an attribute."""
_ADDRESS = re.compile(r"\S+://\S+")
_MODULE = re.compile(r" v\d+\.\d+")
"""Version after the path of a module, as in `go.sum`."""
_NUMBERED = re.compile(
    r"(?:\b(?:v|ver|version|file ?version|release|build|rev|section|chapter|clause|oid|package|assembly|firmware"
    r"|kernel)"
    r"|[<>~=!]=|[~^]>?|[A-Za-z]/)[ :='\"]{0,3}$",
    re.IGNORECASE,
)
"""Words and marks in front of a version, a section or an object identifier."""
_WORD_DOMAINS = frozenset(
    {"am", "as", "at", "be", "by", "do", "id", "in", "io", "is", "it", "me", "my", "no", "so", "th", "to"}
)
"""Top-level domains that are words: without a path, a full stop without a space behind it is more likely."""
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
    if text[max(0, start - 3) : start] == "://":
        return True  # the scheme is one that the recognizer does not know
    behind = text[end : end + 1]
    if text[max(0, start - 1) : start] in _IN_FRONT or behind in _BEHIND or behind.isalnum():
        return False  # part of a longer name
    host, _, path = value.partition("/")
    if not path and host.count(".") == 1 and host.rpartition(".")[2].lower() in _WORD_DOMAINS:
        return False
    if _MODULE.match(text, end):
        return False
    if _FILE.fullmatch(host) or any(character.isupper() for character in host[1:]) or "_" in host:
        return False
    low, high = line_bounds(text, start, end)
    rest = _ADDRESS.sub("", text[low:start] + text[end:high])
    return not looks_like_code(rest)


def is_ip_address(text: str, start: int, end: int) -> bool:
    """Return whether text[start:end] is a machine's address, not a version number or the `::` of a program."""
    if ":" in text[start:end]:
        return end - start >= _MIN_IPV6
    if _NUMBERED.search(before(text, start, 24)):
        return False
    behind = text[end : end + 2]
    return not (len(behind) == 2 and behind[0] == "." and behind[1].isdigit())
