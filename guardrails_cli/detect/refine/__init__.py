"""Refine the engine's detections: drop false positives, cut spans to their values, resolve overlaps.

Everything here is a pure function of the text around a detection, at most `lines.REACH` characters, so that a document
cut into chunks gives the same findings as the whole.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

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
"""Checks that refute a pattern's match, by entity type."""

MODEL_RECOGNIZER = "SpacyRecognizer"
"""Recognizer whose results come from a language model: the rules for names apply to them, not to patterns."""


def refine(
    text: str,
    detections: Iterable[Detection],
    header: str | None = None,
    entities: Sequence[str] = (),
    min_score: float = 0.0,
    layout: Layout | None = None,
    marks: Sequence[Mark] = (),
) -> list[Detection]:
    """Return the final detections for a text: `detections` as the rules leave them, without overlaps, sorted by place.

    Args:
        text: the text of the detections' offsets.
        detections: the engine's detections, in any order.
        header: the document's first line if `text` is a later part of it; None if `text` is its beginning.
        entities: the types to return; empty means all.
        min_score: lowest score to return, 0 to 1.
        layout: the table's layout if the text is known to be one; otherwise None.
        marks: start of each row and cell of such a table.

    """
    checked = [each for found in detections for each in _checked(text, found)]
    checked += list(address_blocks(text, checked))
    typed = apply_fields(text, checked, header, layout, marks)
    wanted = [each for each in typed if each.score >= min_score and (not entities or each.entity_type in entities)]
    return resolve(with_special_categories(wanted))


def _checked(text: str, found: Detection) -> Iterator[Detection]:
    """Yield the parts of a detection that the rules for its type leave."""
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
