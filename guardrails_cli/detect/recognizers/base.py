"""What our own recognizers are: patterns with the evidence in them, of which a part is the value.

They are no recognizers of Presidio's, so that a scan for patterns need not import it; they run beside these.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from guardrails_cli.detect.results import Raw, remove_duplicates

VALUE = "value"
"""The group of a pattern that is the value; the rest of the match is evidence. Without it all of the match counts."""
FLAGS = regex.MULTILINE
"""Patterns say themselves where letter case does not matter: `(?i:…)`."""
TIMEOUT_SECONDS = 60.0

Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One pattern of a recognizer."""

    name: str
    regex: str
    score: float
    """Of a match that passes the check, 0 to 1."""
    check: Check | None = None
    """Called with the value; a value that fails is none."""
    needs: tuple[str, ...] = ()
    """Words in small letters of which every match holds one; a text without them is not searched. Empty: no such."""


class ValueRecognizer:
    """Finds values of one entity type by patterns that may need evidence around them, such as a keyword in front.

    It reports the group `value` of a match and drops what fails its check.
    """

    def __init__(self, entity: str, patterns: Sequence[Evidence], *, name: str, context: Sequence[str] = ()) -> None:
        self.name = name
        self.entity = entity
        self.evidence = tuple(patterns)
        self.context = tuple(word.lower() for word in context)
        """Words that raise the score where they stand near, as for Presidio's recognizers."""
        self._compiled: dict[int, Any] = {}

    def find(self, text: str, candidates: Iterable[int] | None = None) -> list[Raw]:
        """Return the values found, without those that lie in a better one.

        Args:
            text: any string.
            candidates: numbers of the patterns that may match; None means all.

        """
        numbers = range(len(self.evidence)) if candidates is None else candidates
        spans = (span for number in numbers for span in self._matches(number, text))
        return remove_duplicates(Raw(self.entity, *span, self.name) for span in spans)

    def weigh(self, match: "regex.Match[str]", score: float) -> tuple[int, int, float]:
        """Return where the value of a match is, as half-open offsets, and its score; 0 means that it is none."""
        start, end = match.span(VALUE if VALUE in match.re.groupindex and match[VALUE] is not None else 0)
        return start, end, score

    def _matches(self, number: int, text: str) -> Iterator[tuple[int, int, float]]:
        evidence = self.evidence[number]
        if number not in self._compiled:
            self._compiled[number] = regex.compile(evidence.regex, FLAGS)
        for match in self._compiled[number].finditer(text, timeout=TIMEOUT_SECONDS):
            start, end, score = self.weigh(match, evidence.score)
            if start < end and score > 0 and (evidence.check is None or evidence.check(text[start:end])):
                yield start, end, score
