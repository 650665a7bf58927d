"""A document cut into chunks is answered as the whole one is."""

from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails_cli.core.finding import Detection
from guardrails_cli.detect.chunks import split
from guardrails_cli.detect.refine import refine
from tests.detect.refine.support import marked

LINES = st.sampled_from(
    [
        "[[PERSON Jane Doe]] met [[PERSON @handle]] in [[LOCATION Springfield]].\n",
        "commit 9fceb02d0ae598e95dc97[[US_BANK_NUMBER 1797476773]]7f19372d61af8\n",
        "Jane Doe\nExample Widgets\n[[LOCATION 1 Example Street]]\n",
        "[[DATE_TIME 2026-03-04]] 10:11:13 [[PERSON Error]] x = [[PERSON foo]](1)\n",
        "7,[[LOCATION Jane]],[[PERSON Doe,Spring]]field,(217) 555-0142\n",
        '{"city": "[[PERSON Warszawa]]", "phone": "+48 22 555 01 23"}\n',
        "[[PERSON Jane]] [[PERSON Jane Roe]] " + "word " * 150 + "\n",
        "\n",
    ]
)
DOCUMENTS = st.tuples(st.sampled_from(["", "id,name,city,phone\n"]), st.lists(LINES, min_size=1, max_size=8)).map(
    lambda parts: parts[0] + "".join(parts[1]) * 40
)
MARGIN = 1600
LIMIT = 20_000


def within(detections: list[Detection], start: int, end: int) -> list[Detection]:
    """Return what an engine would find in text[start:end], with offsets into that."""
    return [
        Detection(found.entity_type, found.start - start, found.end - start, found.score, found.recognizer)
        for found in detections
        if start <= found.start and found.end <= end
    ]


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_cut_or_whole_the_answer_is_the_same(document: str) -> None:
    text, detections = marked(document)
    detections += [
        Detection("LOCATION", found.start, found.end, 0.9, "AddressRecognizer")
        for found in detections
        if text[found.start : found.end] == "1 Example Street"
    ]
    whole = [(found.entity_type, found.start, found.end) for found in refine(text, detections)]
    pieces = []
    for chunk in split(text, LIMIT, MARGIN):
        end = chunk.core_end if chunk.core_end >= 0 else len(text) + 1
        inside = within(detections, chunk.start, chunk.start + len(chunk.text))
        pieces += [
            (found.entity_type, chunk.start + found.start, chunk.start + found.end)
            for found in refine(chunk.text, inside, chunk.header)
            if chunk.core_start <= chunk.start + found.start < end
        ]
    assert pieces == whole
