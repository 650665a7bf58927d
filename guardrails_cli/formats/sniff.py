"""Recognize formats without fixed first bytes: tar archives and mails."""

import re

_BLOCK = 512
_CHECKSUM = slice(148, 156)
_FIELD = re.compile(rb"([!-9;-~]{1,76}):[ \t\r\n]")
_ADDRESSED = {b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"reply-to", b"sender", b"bcc"}
_CARRIED = {b"received", b"return-path", b"mime-version", b"content-type", b"delivered-to", b"dkim-signature"}
_POSTMARK = re.compile(rb"From [^\n]{0,1000}?\d\d:\d\d[^\n]{0,100}\n")
_GIT_POSTMARK = b" Mon Sep 17 00:00:00 2001"
"""First bytes of every patch of `git format-patch`, which is code, not a mailbox."""
_MAIL_SUFFIXES = {".eml": "mail", ".mht": "mail", ".mhtml": "mail", ".mbox": "mbox", ".mbx": "mbox"}


def tar_format(head: bytes, _suffix: str) -> str | None:
    """Return whether a file begins with the header of a tar member: old archives have no magic, but a checksum."""
    block = head[:_BLOCK]
    if len(block) < _BLOCK or not block[0]:
        return None
    try:
        told = int(block[_CHECKSUM].strip(b" \0"), 8)
    except ValueError:
        return None
    return "tar" if told == sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ") else None


def mail_format(head: bytes, suffix: str) -> str | None:
    """Return whether a file is a mail or a mailbox, by the names of its first fields.

    Three fields of mails are enough if one of them names the sender, or one field if the suffix agrees.
    """
    expected = _MAIL_SUFFIXES.get(suffix)
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    postmark = is_postmark(head)
    if postmark and _GIT_POSTMARK in head[:200]:
        return None
    names = _field_names(head[head.find(b"\n") + 1 :] if postmark else head)
    sent = bool(names & {b"from", b"received", b"return-path"})
    known = len(names & (_ADDRESSED | _CARRIED))
    if postmark and (known or expected == "mbox"):
        return "mbox"
    if known >= 3 and sent:
        return "mail"
    return "mail" if expected and known and b"\0" not in head[:64] else None


def is_postmark(line: bytes) -> bool:
    """Return whether a text begins with the line that precedes each mail of a mailbox."""
    return line.startswith(b"From ") and _POSTMARK.match(line) is not None


def _field_names(head: bytes) -> set[bytes]:
    """Return the names of the fields at the beginning of a text, in lower case; empty if it begins with none."""
    names = set()
    for line in head.split(b"\n"):
        match = _FIELD.match(line + b"\n")
        if match:
            names.add(match[1].lower())
        elif not line.startswith((b" ", b"\t")) or not names:
            break
    return names
