"""Apply our own recognizers to a text, each only where it may find something."""

from guardrails_cli.detect.patterns.search import Expression, Search
from guardrails_cli.detect.recognizers.own import extra_recognizers
from guardrails_cli.detect.recognizers.recognizer import FLAGS, ValueRecognizer
from guardrails_cli.detect.results import Raw


class Finder:
    """Applies the recognizers of `recognizers.RECOGNIZERS`."""

    def __init__(self, use_prefilter: bool = True) -> None:
        """Prepare the recognizers; the results are the same without the prefilter."""
        self.recognizers = extra_recognizers()
        self.entity_types = frozenset(recognizer.entity for recognizer in self.recognizers)
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
            if any(matches[number] for number in numbers) and (not wanted or recognizer.entity in wanted):
                results = recognizer.judge(text, [matches[number] for number in numbers])
                if results:
                    found.append((recognizer, results))
        return found
