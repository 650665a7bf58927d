"""Apply our own recognizers to a text, each only where it may find something."""

from collections.abc import Iterable

from guardrails_cli.detect.patterns.search import Expression, Search
from guardrails_cli.detect.recognizers.own import extra_recognizers
from guardrails_cli.detect.recognizers.recognizer import FLAGS, ValueRecognizer
from guardrails_cli.detect.results import Raw


class Finder:
    """Applies our own recognizers, those of `own.py`."""

    def __init__(self, use_prefilter: bool = True, countries: Iterable[str] = ()) -> None:
        """Prepare the recognizers; the results are the same without the prefilter."""
        self.recognizers = extra_recognizers(countries)
        self.entity_types = frozenset(entity for recognizer in self.recognizers for entity in recognizer.entities)
        needs = {
            Expression(evidence.regex, FLAGS): evidence.needs
            for recognizer in self.recognizers
            for evidence in recognizer.evidence
        }
        self._search = Search(needs, use_prefilter=use_prefilter, needs=tuple(needs.values()))
        self._numbers = {
            recognizer: [self._search.index[Expression(evidence.regex, FLAGS)] for evidence in recognizer.evidence]
            for recognizer in self.recognizers
        }

    def find(self, text: str, wanted: frozenset[str]) -> list[tuple[ValueRecognizer, list[Raw]]]:
        """Return the findings of each recognizer; only of the `wanted` types, empty means all."""
        matches, _ = self._search.matches(text)
        found = []
        for recognizer, numbers in self._numbers.items():
            if any(matches[number] for number in numbers) and (
                not wanted or not wanted.isdisjoint(recognizer.entities)
            ):
                results = recognizer.judge(text, [matches[number] for number in numbers])
                if kept := [each for each in results if not wanted or each.entity_type in wanted]:
                    found.append((recognizer, kept))
        return found
