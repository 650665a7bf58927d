"""From the engine's detections to the answer: false alarms dropped, spans cut to their values, overlaps resolved.

Everything here is a pure function of the text around a detection, at most `lines.REACH` characters of it, so that a
document cut into chunks is answered as the whole one is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from guardrails_cli.core.finding import Detection
from guardrails_cli.core.text import Layout, Mark
from guardrails_cli.detect.refine.addresses import is_ip_address, is_web_address
from guardrails_cli.detect.refine.blocks import address_blocks
from guardrails_cli.detect.refine.dates import date_span
from guardrails_cli.detect.refine.fields import apply_fields
from guardrails_cli.detect.refine.names import CHECKS, is_rest, pieces, true_type
from guardrails_cli.detect.refine.numbers import WEAK_NUMBERS, is_part_of_another
from guardrails_cli.detect.refine.overlap import resolve
from guardrails_cli.detect.refine.special import with_special_categories

REFUTERS: dict[str, Callable[[str, int, int], bool]] = {
    **dict.fromkeys(WEAK_NUMBERS, is_part_of_another),
    "IP_ADDRESS": lambda text, start, end: not is_ip_address(text, start, end),
    "URL": lambda text, start, end: not is_web_address(text, start, end),
}
"""By type what says that a pattern's match is none."""

MODEL_RECOGNIZER = "SpacyRecognizer"
"""Whose answers are a language model's: the rules for names apply to them, not to patterns."""


def refine(
    text: str,
    detections: Iterable[Detection],
    header: str | None = None,
    entities: Sequence[str] = (),
    min_score: float = 0.0,
    layout: Layout | None = None,
    marks: Sequence[Mark] = (),
) -> list[Detection]:
    """Return the answer for a text: what the rules leave of `detections`, without overlaps, sorted by place.

    Args:
        text: what the detections' offsets are in.
        detections: the engine's, in any order.
        header: the first line of the document if `text` is a later part of it; None if `text` begins it.
        entities: the types that may come back; empty means all.
        min_score: what has less does not come back, 0 to 1.
        layout: of the table that the text is known to be; None if it may be one or not.
        marks: where the rows and cells of such a table begin.

    """
    checked = [each for found in detections for each in _checked(text, found)]
    checked += list(address_blocks(text, checked))
    typed = apply_fields(text, checked, header, layout, marks)
    wanted = [each for each in typed if each.score >= min_score and (not entities or each.entity_type in entities)]
    return resolve(with_special_categories(wanted))


def _checked(text: str, found: Detection) -> Iterator[Detection]:
    """Yield what is left of a detection after the rules for its type."""
    kind = found.entity_type
    if kind == "DATE_TIME":
        span = date_span(text, found.start, found.end)
        if span == (found.start, found.end):
            yield found
        elif span:
            yield replace(found, start=span[0], end=span[1])
    elif kind in REFUTERS:
        if not REFUTERS[kind](text, found.start, found.end):
            yield found
    elif kind in CHECKS and found.recognizer == MODEL_RECOGNIZER:
        for start, end in pieces(text, found.start, found.end, numbers=kind == "LOCATION"):
            if is_rest(text, (start, end), (found.start, found.end)):
                continue
            entity = true_type(text, kind, start, end)
            if CHECKS[entity](text, start, end):
                yield replace(found, entity_type=entity, start=start, end=end)
    else:
        yield found
