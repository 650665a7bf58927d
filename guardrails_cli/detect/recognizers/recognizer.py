"""The base of our own recognizers: patterns that hold the evidence, with a part of the match as the value.

They do not derive from Presidio's, so that a scan for patterns need not import it; they run beside Presidio's.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import regex

from guardrails_cli.detect.results import Raw, remove_duplicates

VALUE = "value"
"""Group of a pattern that is the value; the rest of the match is evidence. Without it the whole match is the value."""
LABEL = "label"
"""Group of a pattern that is the label in front of the value; findings name it as their evidence."""
FLAGS = int(regex.MULTILINE)
"""Patterns state themselves where letter case does not matter: `(?i:…)`."""
TIMEOUT_SECONDS = 60.0

Check = Callable[[str], bool]


class Evidence(msgspec.Struct, frozen=True):
    """One pattern of a recognizer."""

    name: str
    regex: str
    score: float
    """Score of a match that passes the check, 0 to 1."""
    check: Check | None = None
    """Called with the value; a value that fails is dropped."""
    needs: tuple[str, ...] = ()
    """Words in lower case of which every match contains one; a text without them is not searched. Empty: no such
    words."""
    refuted_by: tuple[Callable[[str, int, int], bool], ...] = ()
    """Called with the text and the value's offsets; a value that one of them is true for is dropped."""
    checked: str = ""
    """Name of the check, for the finding's evidence."""


class ValueRecognizer:
    """Finds values of one entity type by patterns that may need evidence around them, such as a keyword before them.

    Reports the group `value` of a match and drops values that fail the check.
    """

    def __init__(self, entity: str, patterns: Sequence[Evidence], *, name: str, context: Sequence[str] = ()) -> None:
        self.name = name
        self.entity = entity
        self.entities = frozenset({entity})
        """Types of all its results; more than one where many types are searched for together."""
        self.evidence = tuple(patterns)
        self.context = tuple(word.lower() for word in context)
        """Words that raise the score when they are near, as for Presidio's recognizers."""
        self._compiled: dict[int, Any] = {}

    def find(self, text: str) -> list[Raw]:
        """Return the values found in any text, without values inside a better one."""
        spans = [
            [match.span() for match in self._pattern(number).finditer(text, timeout=TIMEOUT_SECONDS)]
            for number in range(len(self.evidence))
        ]
        return self.judge(text, spans)

    def judge(self, text: str, spans: Sequence[Sequence[tuple[int, int]]]) -> list[Raw]:
        """Return the values found, given the places where each piece of `evidence` matches in the text."""
        return remove_duplicates(
            Raw(self.entity, *found[:3], self.name, found[3])
            for number, places in enumerate(spans)
            for start, _ in places
            if (found := self._value(number, text, start))
        )

    def weigh(self, match: "regex.Match[str]", score: float) -> tuple[int, int, float]:
        """Return the value's half-open offsets and its score; a score of 0 rejects it."""
        start, end = match.span(VALUE if VALUE in match.re.groupindex and match[VALUE] is not None else 0)
        return start, end, score

    def _value(self, number: int, text: str, place: int) -> tuple[int, int, float, tuple[str, ...]] | None:
        """Return the value in a pattern's match at `place` with its evidence in words, or None."""
        evidence = self.evidence[number]
        match = self._pattern(number).match(text, place)
        start, end, score = self.weigh(match, evidence.score)
        if not (start < end and score > 0 and (evidence.check is None or evidence.check(text[start:end]))):
            return None
        if any(refutes(text, start, end) for refutes in evidence.refuted_by):
            return None
        return start, end, score, _in_words(evidence, match)

    def _pattern(self, number: int) -> Any:
        if number not in self._compiled:
            self._compiled[number] = regex.compile(self.evidence[number].regex, FLAGS)
        return self._compiled[number]


def _in_words(evidence: Evidence, match: "regex.Match[str]") -> tuple[str, ...]:
    """Return the evidence in words: the label in front of the value or the pattern's name, and the check it passed."""
    label = match[LABEL] if LABEL in match.re.groupindex else None
    first = f'label "{" ".join(label.split())}"' if label else f"pattern {evidence.name.removeprefix('pattern ')}"
    return (first, f"check {evidence.checked}") if evidence.checked else (first,)
