"""How formats are told that have no fixed first bytes: functions of a file's first bytes, cheap and without imports."""

_BLOCK = 512
_CHECKSUM = slice(148, 156)


def looks_like_tar(head: bytes) -> bool:
    """Return whether a file begins with the header of a tar member: old archives have no magic, but a checksum."""
    block = head[:_BLOCK]
    if len(block) < _BLOCK or not block[0]:
        return False
    try:
        told = int(block[_CHECKSUM].strip(b" \0"), 8)
    except ValueError:
        return False
    return told == sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")
