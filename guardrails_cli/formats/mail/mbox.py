"""Mailboxes (RFC 4155): each mail is a document inside, in order."""

from collections.abc import Iterator

from guardrails_cli.formats.mail.lines import Lines
from guardrails_cli.formats.mail.transfer_encoding import Pieces
from guardrails_cli.formats.members import Names
from guardrails_cli.formats.reader import Blob, Budget, Reading
from guardrails_cli.formats.sniff import is_postmark


def read(blob: Blob, reading: Reading) -> Iterator[Blob]:
    """Yield the mails. Lines that begin with `>From` stay as they are.

    Raises:
        RefusedError: if the limits are exceeded.

    """
    budget = reading.budget or Budget(reading.limits)
    names = Names(blob.path)
    lines = Lines(blob)
    number = 0
    while lines.peek():
        if is_postmark(lines.peek()):
            lines.next()
        number += 1
        budget.member()
        pieces = lines.until(b"From ", lambda line, _: is_postmark(line))
        yield Blob(names.path(f"message {number}"), Pieces(pieces, budget), format="mail")
        for _ in pieces:
            pass
        budget.expand(0)
