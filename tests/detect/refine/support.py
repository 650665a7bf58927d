"""Detections as an engine gives them, written as marks in the text."""

import re

from guardrails_cli.core.finding import Detection
from guardrails_cli.detect.refine import MODEL_RECOGNIZER, refine

_MARK = re.compile(r"\[\[(?P<type>[A-Z_]+) (?P<value>.*?)\]\]", re.DOTALL)

Answer = list[tuple[str, str]]


def marked(text: str, recognizer: str = MODEL_RECOGNIZER, score: float = 0.85) -> tuple[str, list[Detection]]:
    """Return the text without its marks `[[TYPE value]]`, and a detection for each mark."""
    plain, detections, at = "", [], 0
    for match in _MARK.finditer(text):
        plain += text[at : match.start()]
        detections.append(Detection(match["type"], len(plain), len(plain) + len(match["value"]), score, recognizer))
        plain += match["value"]
        at = match.end()
    return plain + text[at:], detections


def answer(text: str, recognizer: str = MODEL_RECOGNIZER, header: str | None = None) -> Answer:
    """Return types and values of what is left of the marks in `text`."""
    plain, detections = marked(text, recognizer)
    return [(found.entity_type, plain[found.start : found.end]) for found in refine(plain, detections, header)]
