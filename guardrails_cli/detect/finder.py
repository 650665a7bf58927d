"""Our own recognizers over a text, each where it may find something."""

from functools import cached_property

from guardrails_cli.detect.presence import Presence
from guardrails_cli.detect.recognizers import extra_recognizers
from guardrails_cli.detect.recognizers.base import ValueRecognizer
from guardrails_cli.detect.results import Raw


class Finder:
    """Applies the recognizers of `recognizers.RECOGNIZERS`."""

    def __init__(self, use_prefilter: bool = True) -> None:
        """Prepare them; without the prefilter the answer is the same."""
        self._use_prefilter = use_prefilter
        self.recognizers = extra_recognizers()
        self.entity_types = frozenset(recognizer.entity for recognizer in self.recognizers)
        self._patterns = [
            (recognizer, number) for recognizer in self.recognizers for number in range(len(recognizer.evidence))
        ]

    @cached_property
    def _presence(self) -> Presence | None:
        if not self._use_prefilter:
            return None
        return Presence([recognizer.evidence[number].regex for recognizer, number in self._patterns])

    def find(self, text: str, wanted: frozenset[str]) -> list[tuple[ValueRecognizer, list[Raw]]]:
        """Return what each recognizer finds; only of the `wanted` types, empty means all."""
        candidates: dict[ValueRecognizer, list[int]] = {}
        for recognizer, number in self._candidates(text):
            if not wanted or recognizer.entity in wanted:
                candidates.setdefault(recognizer, []).append(number)
        found = ((recognizer, recognizer.find(text, numbers)) for recognizer, numbers in candidates.items())
        return [(recognizer, results) for recognizer, results in found if results]

    def _candidates(self, text: str) -> list[tuple[ValueRecognizer, int]]:
        numbers = self._presence.candidates(text) if self._presence is not None else None
        if numbers is not None:
            return [self._patterns[number] for number in numbers]
        lowered = text.lower()
        return [
            (recognizer, number)
            for recognizer, number in self._patterns
            if not (needs := recognizer.evidence[number].needs) or any(word in lowered for word in needs)
        ]
