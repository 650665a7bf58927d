"""Turn rules into raw results: the patterns' matches, judged as each recognizer judges them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from guardrails_cli.detect.patterns.search import Expression, Search, Span
from guardrails_cli.detect.presidio.exported import Rule
from guardrails_cli.detect.recognizers import phone
from guardrails_cli.detect.results import Raw, remove_duplicates

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

Revive = Callable[[Rule], "EntityRecognizer"]
_MOST_REMEMBERED = 20_000


class Matcher:
    """Applies rules of the kinds `pattern`, `iban` and `phone`."""

    def __init__(self, rules: Sequence[Rule], revive: Revive, use_prefilter: bool = True) -> None:
        """Prepare to match `rules`.

        Args:
            rules: all rules that `find` will be called with.
            revive: returns the recognizer of a rule; called when its code has to decide.
            use_prefilter: see `Search`.

        """
        self._phones = any(rule.kind == "phone" for rule in rules)
        hints = (phone.RUN_EXPRESSION, phone.EXTENSION_EXPRESSION) if self._phones else ()
        expressions = [Expression(one.regex, rule.flags) for rule in rules for one in rule.patterns]
        self._search = Search(expressions, hints, use_prefilter)
        self._judges = {rule: _Judge(rule, revive) for rule in rules}

    def find(self, text: str, rules: Sequence[Rule]) -> list[tuple[Rule, list[Raw]]]:
        """Return the raw results of each rule, as its recognizer's `analyze` gives them."""
        matches, hints = self._search.matches(text)
        return [(rule, found) for rule in rules if (found := self._results(rule, text, matches, hints))]

    def _results(
        self, rule: Rule, text: str, matches: Sequence[Sequence[Span]], hints: Sequence[Sequence[int]] | None
    ) -> list[Raw]:
        judge = self._judges[rule]
        if rule.kind == "phone":
            return judge.phones(text, hints)
        found: list[Raw] = []
        for pattern in rule.patterns:
            number = self._search.index[Expression(pattern.regex, rule.flags)]
            spans = matches[number]
            if not spans:
                continue
            if rule.kind == "iban":
                found += judge.ibans(text, spans, self._search.compiled(number), pattern.score)
            else:
                found += judge.plain(text, spans, pattern.score)
        return found if rule.kind == "iban" or len(found) < 2 else remove_duplicates(found)


class _Judge:
    """One rule's decisions; those made by the recognizer's own code are cached."""

    def __init__(self, rule: Rule, revive: Revive) -> None:
        self._rule = rule
        self._entity = rule.entities[0] if rule.entities else ""
        self._revive = revive
        self._recognizer: Any = None
        self._verdicts: dict[str, float | None] = {}

    def plain(self, text: str, spans: Sequence[Span], score: float) -> list[Raw]:
        """Judge matches as `PatternRecognizer` does."""
        name, entity = self._rule.name, self._entity
        if not any(self._rule.checks):
            return [Raw(entity, start, end, score, name) for start, end in spans] if score > 0 else []
        found = []
        for start, end in spans:
            verdict = self._verdict(text[start:end])
            final = score if verdict is None else verdict
            if final > 0:
                found.append(Raw(entity, start, end, final, name))
        return found

    def _verdict(self, value: str) -> float | None:
        """Return the score that the recognizer's checks give a match; None keeps the pattern's score."""
        try:
            return self._verdicts[value]
        except KeyError:
            pass
        recognizer = self._live()
        valid = recognizer.validate_result(value) if self._rule.checks[0] else None
        verdict = None if valid is None else 1.0 if valid else 0.0
        if self._rule.checks[1] and recognizer.invalidate_result(value):
            verdict = 0.0
        if len(self._verdicts) >= _MOST_REMEMBERED:
            self._verdicts.clear()
        self._verdicts[value] = verdict
        return verdict

    def _live(self) -> Any:
        if self._recognizer is None:
            self._recognizer = self._revive(self._rule)
        return self._recognizer

    def ibans(self, text: str, spans: Sequence[Span], pattern: Any, score: float) -> list[Raw]:
        """Judge matches as `IbanRecognizer` does: part of a match that is too long may be valid."""
        found = []
        for start, end in spans:
            match = pattern.match(text, start)
            for group in reversed(range(1, len(match.groups()) + 1)):
                until = match.end(group) if match.end(group) > 0 else end
                if until <= start:
                    continue
                verdict = self._verdict(text[start:until])
                final = score if verdict is None else verdict
                if final > 0:
                    found.append(Raw(self._entity, start, until, final, self._rule.name))
                    break
        return found

    def phones(self, text: str, hints: Sequence[Sequence[int]] | None) -> list[Raw]:
        """Judge numbers as `PhoneRecognizer` does."""
        rule = self._rule
        if phone.may_exhaust_tries(text):
            results = self._live().analyze(text, list(rule.entities))
            spans = [(result.start, result.end) for result in results]
        else:
            runs, extensions = hints or (None, None)
            spans = phone.matches(text, rule.regions, rule.leniency, runs, extensions)
        return remove_duplicates(Raw(self._entity, start, end, rule.score, rule.name) for start, end in spans)
