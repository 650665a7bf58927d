"""Rich Text Format 1.9.1: visible text, deleted and hidden text, field codes, notes, properties.

`striprtf` was weighed: it takes three times the processor time (0.67 s against 0.22 s for 2 MB), needs the whole file
in memory, and returns one string without the places of paragraphs, hidden and deleted text, notes or embedded
objects.
"""

from collections.abc import Iterator
from io import BytesIO

from guardrails_cli.core.reasons import Reason, ReasonCode
from guardrails_cli.core.text import Segment
from guardrails_cli.formats.reader import MEMORY_BYTES, Blob, Reading
from guardrails_cli.formats.text.rtf_document import Document


def read(blob: Blob, reading: Reading) -> Iterator[Segment | Blob]:
    """Yield the text with its notes and properties in order, then pictures and embedded objects.

    Raises:
        DamagedError: after all of that, if it is truncated.

    """
    document = Document()
    held = b""
    for piece in blob.pieces():
        held += piece
        held = held[document.feed(held, last=False) :]
        yield from document.taken()
    document.feed(held, last=True)
    cut_off = document.is_open
    document.finish()
    yield from document.taken()
    if cut_off:
        reading.unread = Reason(ReasonCode.DAMAGED, "damaged: it ends in the middle")
    elif document.left_out:
        sentence = f"more than {MEMORY_BYTES // 1024**2} MiB of pictures and objects"
        reading.unread = Reason(ReasonCode.TOO_LARGE, sentence)
    for number, data in enumerate(document.objects, start=1):
        if reading.budget:
            reading.budget.member()
            reading.budget.expand(len(data))
        yield Blob(f"{blob.path}!object {number}", BytesIO(data), len(data))
