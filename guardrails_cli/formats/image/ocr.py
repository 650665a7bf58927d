"""Text in pictures, if the extra `ocr` is installed: RapidOCR, whose models come with the package.

Nothing is downloaded at run time. Without the extra, or if its libraries cannot be loaded, `recognizer` returns None.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from guardrails_cli.core.text import Location, Segment

PART = "text in a picture"
MAX_SIDE = 2400
"""Maximum side of a picture for recognition, in pixels: a page of A4 at 200 dots per inch."""
MAX_PIXELS = 50_000_000
"""Maximum number of pixels of a picture to unpack."""

Recognizer = Callable[[Any], list[str]]
"""Returns the lines of text in an array of pixels (height, width, colours)."""


@cache
def recognizer() -> Recognizer | None:
    """Return the text recognizer; None if none is installed."""
    try:
        from rapidocr_onnxruntime import RapidOCR

        engine = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
    except Exception:  # noqa: BLE001 - a missing system library shows in many ways; then there is no OCR
        return None

    def lines(pixels: Any) -> list[str]:
        boxes, _ = engine(pixels)
        return in_lines([(box, text) for box, text, _ in boxes or []])

    return lines


def segment(lines: Sequence[str], place: Location) -> Segment:
    """Return the text of one picture as a part of its own, so that it is yielded before the next picture is read."""
    return Segment("".join(f"{line}\n" for line in lines), place, begins=True)


def in_lines(boxes: Sequence[tuple[Sequence[Sequence[float]], str]]) -> list[str]:
    """Return adjacent texts joined to one line each, from top to bottom.

    Args:
        boxes: the corners of each text, as (x, y) in pixels, and the text.

    """
    found: list[tuple[float, float, list[tuple[float, str]]]] = []
    for box, text in sorted(boxes, key=lambda entry: min(y for _, y in entry[0])):
        top, bottom = min(y for _, y in box), max(y for _, y in box)
        left = min(x for x, _ in box)
        if found and (top + bottom) / 2 < found[-1][1]:
            found[-1][2].append((left, text))
        else:
            found.append((top, bottom, [(left, text)]))
    return [" ".join(text for _, text in sorted(line)) for _, _, line in found]
